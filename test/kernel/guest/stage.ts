/** What every scene plays on, and what several of them need. */
import { setTimeout as wait } from 'node:timers/promises';
import type { SocketKind, StrapState } from './messages.ts';
import { Steered } from './steered.ts';
import type { Report } from './verdicts.ts';
import type { Witness } from './witness.ts';

export interface Stage {
  readonly strap: Steered;
  /** That of the central. */
  readonly controller: Steered;
  readonly witness: Witness;
  readonly report: Report;
  readonly centralScript: string;
}

export const OPCODE = {
  createConnection: 0x200d,
  createConnectionCancel: 0x200e,
  connectionUpdate: 0x2013,
} as const;

export const CHANNEL = { attribute: 4, signaling: 5 } as const;

/**
 * The event loop of a process that waits for nothing stands still for less than this, ms. Emulated processors are slow
 * and share the host with others: it is far from what is usual, and still far from the 20 s and more of a kernel that
 * gives up.
 */
export const STALL_MAX_MS = 1_500;

/** How long the strap is given to say that it has no link any more, ms. */
const FREED_WITHIN_MS = 30_000;

/** noble on hci0, ready; as the service runs, unless it is the package's own socket, which needs root. */
export async function centralOf({ centralScript }: Stage, kind: SocketKind): Promise<Steered> {
  const central = await Steered.start({ script: centralScript, argument: kind, isUnprivileged: kind !== 'package' });
  await central.ask('powerOn');
  return central;
}

/** How long it took until the strap had no link, ms; nothing when it had one to the end. */
export function freed({ strap }: Stage): Promise<number | undefined> {
  return untilMs(async () => !(await strap.ask<StrapState>('state')).isConnected, FREED_WITHIN_MS);
}

/** How long it took until the condition held, ms; nothing when it did not in that time. */
export async function untilMs(condition: () => Promise<boolean>, withinMs: number): Promise<number | undefined> {
  const startMs = performance.now();
  while (performance.now() - startMs < withinMs) {
    if (await condition()) return Math.round(performance.now() - startMs);
    await wait(100);
  }
  return undefined;
}
