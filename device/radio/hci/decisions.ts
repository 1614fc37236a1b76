/** What several parts of the guard decide in the same way. */
import type { ControllerView } from './controller-view.ts';
import type { GuardEffect, Origin } from './guard-effects.ts';
import { commandName, commandStatus, disconnectionComplete, OPCODE, STATUS } from './packets.ts';

/** An event of the controller's own is not what it says. */
export function malformedEvent({ counts }: ControllerView, reason: string): GuardEffect[] {
  counts.malformedEvents++;
  return [{ kind: 'report', report: { type: 'controller', reason } }];
}

/** Of no concern to noble. */
export function foreign({ counts }: ControllerView): GuardEffect[] {
  counts.foreign++;
  return [];
}

/** The attempt to connect has failed, in the words in which noble understands it best. */
export function attemptFailed(view: ControllerView, status: number): GuardEffect[] {
  const strap = view.initiating;
  view.initiating = undefined;
  const origin = strap === undefined ? {} : { strap };
  return [{ kind: 'to-noble', packet: commandStatus(OPCODE.leCreateConnection, status), origin }];
}

/** A link has ended without a word. */
export function linkGone({ links }: ControllerView, handle: number): GuardEffect[] {
  const link = links.get(handle);
  if (link === undefined) return [];
  links.delete(handle);
  return [{ kind: 'to-noble', packet: disconnectionComplete(handle, STATUS.unknownConnection), origin: link.origin }];
}

export function refused(opcode: number, status: number, origin: Origin): GuardEffect {
  return { kind: 'report', report: { type: 'refused', command: commandName(opcode), status, local: false, ...origin } };
}
