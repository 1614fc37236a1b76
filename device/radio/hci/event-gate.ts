/**
 * What noble is told of the controller's events (Bluetooth Core Specification, volume 4, part E, section 7.7), judged
 * before it reads them: noble looks at no length, at the status of hardly any event, and takes the answer to anybody's
 * command and anybody's link for its own.
 *
 * Invariants: noble is told the end of links only that it was told the beginning of, and once; an answer to a command
 * reaches it only when it had asked; every event that passes is as long as noble reads.
 */
import { isHarmful, reportsIn } from './advertising.ts';
import type { AdvertisingGate } from './advertising-gate.ts';
import { AnswerGate } from './answer-gate.ts';
import type { ControllerView } from './controller-view.ts';
import { attemptFailed, foreign, linkGone, malformedEvent, refused } from './decisions.ts';
import type { GuardEffect, LinkParameters } from './guard-effects.ts';
import { LinkGuard } from './link-guard.ts';
import { addressAt, disconnect, EVENT, HANDLE_MAX, hex, LE_EVENT, OPCODE, STATUS } from './packets.ts';

export interface EventGateParts {
  readonly view: ControllerView;
  readonly advertising: AdvertisingGate;
  /** Nobody else uses it: all links are ours, and straps' signals are answered by nobody else. */
  readonly ownsController: boolean;
}

const CENTRAL = 0;

export class EventGate {
  readonly #parts: EventGateParts;
  readonly #view: ControllerView;
  readonly #answers: AnswerGate;

  constructor(parts: EventGateParts) {
    this.#parts = parts;
    this.#view = parts.view;
    this.#answers = new AnswerGate(parts.view);
  }

  /** @param packet an event with its type byte */
  pass(packet: Buffer): GuardEffect[] {
    if (packet.length < 3 || packet.length !== 3 + packet.readUInt8(2)) {
      return malformedEvent(this.#view, 'an event cut short');
    }
    const parameters = packet.subarray(3);
    switch (packet[1]) {
      case EVENT.disconnectionComplete:
        return this.#disconnectionComplete(packet, parameters);
      case EVENT.encryptionChange:
        return this.#encryptionChange(packet, parameters);
      case EVENT.commandComplete:
        return this.#answers.complete(packet, parameters);
      case EVENT.commandStatus:
        return this.#answers.status(parameters);
      case EVENT.numberOfCompletedPackets:
        if (parameters.length === 0 || parameters.length !== 1 + 4 * parameters.readUInt8(0)) {
          return malformedEvent(this.#view, 'a Number Of Completed Packets event of a wrong length');
        }
        return [{ kind: 'to-noble', packet, origin: {} }];
      case EVENT.leMeta:
        return this.#leMeta(packet, parameters);
      default:
        return foreign(this.#view);
    }
  }

  #disconnectionComplete(packet: Buffer, parameters: Buffer): GuardEffect[] {
    if (parameters.length !== 4) return malformedEvent(this.#view, 'a Disconnection Complete event of a wrong length');
    const link = this.#view.links.get(parameters.readUInt16LE(1));
    if (link === undefined) return foreign(this.#view);
    const status = parameters.readUInt8(0);
    if (status !== STATUS.success) return [refused(OPCODE.disconnect, status, link.origin)];
    this.#view.links.delete(link.handle);
    return [{ kind: 'to-noble', packet, origin: link.origin }];
  }

  #encryptionChange(packet: Buffer, parameters: Buffer): GuardEffect[] {
    if (parameters.length !== 4) return malformedEvent(this.#view, 'an Encryption Change event of a wrong length');
    const link = this.#view.links.get(parameters.readUInt16LE(1));
    // noble repeats its last request then, and throws where there is none.
    if (link === undefined || !link.isEncrypting) return foreign(this.#view);
    link.isEncrypting = false;
    const status = parameters.readUInt8(0);
    if (status !== STATUS.success) return [refused(OPCODE.leStartEncryption, status, link.origin)];
    return [{ kind: 'to-noble', packet, origin: link.origin }];
  }

  #leMeta(packet: Buffer, parameters: Buffer): GuardEffect[] {
    switch (parameters[0]) {
      case LE_EVENT.connectionComplete:
        return this.#connectionComplete(packet, { parameters, bytes: 19, linkAt: 12 });
      case LE_EVENT.enhancedConnectionComplete:
        return this.#connectionComplete(packet, { parameters, bytes: 31, linkAt: 24 });
      case LE_EVENT.advertisingReport:
        return this.#advertisingReport(parameters);
      case LE_EVENT.connectionUpdateComplete:
        return this.#connectionUpdateComplete(packet, parameters);
      default:
        return foreign(this.#view);
    }
  }

  /** @param event the length that it must have, and where its interval is, from the subevent code on */
  #connectionComplete(
    packet: Buffer,
    { parameters, bytes, linkAt }: { parameters: Buffer; bytes: number; linkAt: number },
  ): GuardEffect[] {
    if (parameters.length !== bytes) return malformedEvent(this.#view, 'a Connection Complete event of a wrong length');
    const status = parameters.readUInt8(1);
    // noble would note a link of handle 0, and not look further where the role is not ours.
    if (status !== STATUS.success) {
      return this.#view.initiating === undefined ? foreign(this.#view) : attemptFailed(this.#view, status);
    }
    const handle = parameters.readUInt16LE(2);
    if (handle > HANDLE_MAX) return malformedEvent(this.#view, `a connection with the handle ${hex(handle, 4)}`);
    const strap = addressAt(parameters, 6);
    // Somebody else's: of another program that uses the adapter, or made by the other side.
    if (parameters[4] !== CENTRAL || strap !== this.#view.initiating) return this.#othersLink(handle);
    this.#view.initiating = undefined;
    const { counts } = this.#view;
    const parts = { handle, strap, parameters: linkParametersAt(parameters, linkAt), counts };
    const link = new LinkGuard({ ...parts, answersSignals: this.#parts.ownsController });
    // A link whose handle is given anew has ended without a word.
    const gone = linkGone(this.#view, handle);
    this.#view.links.set(handle, link);
    return [...gone, { kind: 'to-noble', packet, origin: link.origin }];
  }

  /** Where nobody else could have made it, it is the late success of an attempt that was given up. */
  #othersLink(handle: number): GuardEffect[] {
    this.#view.counts.foreign++;
    if (!this.#parts.ownsController || this.#view.links.has(handle)) return [];
    return [{ kind: 'to-controller', packet: disconnect(handle) }];
  }

  #connectionUpdateComplete(packet: Buffer, parameters: Buffer): GuardEffect[] {
    if (parameters.length !== 10) {
      return malformedEvent(this.#view, 'a Connection Update Complete event of a wrong length');
    }
    const link = this.#view.links.get(parameters.readUInt16LE(2));
    if (link === undefined) return foreign(this.#view);
    const isDone = parameters[1] === STATUS.success;
    link.updated(isDone ? linkParametersAt(parameters, 4) : undefined);
    return [{ kind: 'to-noble', packet, origin: link.origin }];
  }

  #advertisingReport(parameters: Buffer): GuardEffect[] {
    const reports = reportsIn(parameters);
    const { counts } = this.#view;
    if (reports === undefined) {
      counts.malformedAdvertisements++;
      return [];
    }
    const effects: GuardEffect[] = [];
    for (const report of reports) {
      if (isHarmful(report)) {
        counts.malformedAdvertisements++;
        continue;
      }
      const packets = this.#parts.advertising.pass(report);
      if (packets.length === 0) counts.passersBy++;
      const origin = { strap: report.address };
      for (const packet of packets) effects.push({ kind: 'to-noble', packet, origin });
    }
    return effects;
  }
}

function linkParametersAt(bytes: Buffer, at: number): LinkParameters {
  return {
    intervalMs: bytes.readUInt16LE(at) * 1.25,
    latency: bytes.readUInt16LE(at + 2),
    supervisionTimeoutMs: bytes.readUInt16LE(at + 4) * 10,
  };
}
