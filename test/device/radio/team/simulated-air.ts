/** Straps on the air as the simulated workers hear them, and the time in which everything happens. */
import type { Random } from '../../../../simulator/random.ts';
import { TimerHeap } from '../../../../simulator/timer-heap.ts';
import type { StrapMatch } from '../../../../src/domain/athlete.ts';

/** Runs callbacks in the order of their times, and nothing between them. */
export class SimulatedTime {
  readonly #timers = new TimerHeap();
  nowMs = 0;

  after(delayMs: number, callback: () => void): void {
    this.#timers.add(this.nowMs + delayMs, callback);
  }

  at(atMs: number, callback: () => void): () => void {
    const timer = this.#timers.add(Math.max(atMs, this.nowMs), callback);
    return () => this.#timers.cancel(timer);
  }

  runUntil(untilMs: number): void {
    for (
      let first = this.#timers.first();
      first !== undefined && first.dueMs <= untilMs;
      first = this.#timers.first()
    ) {
      this.#timers.removeFirst();
      this.nowMs = first.dueMs;
      first.callback();
    }
    this.nowMs = untilMs;
  }
}

export interface SimulatedStrap {
  address: string;
  readonly name: string;
  readonly serial: string;
  readonly advertisingMs: number;
  /** dBm, by adapter; an adapter that is not there does not hear it. */
  readonly rssi: ReadonlyMap<string, number>;
  present: boolean;
  /** The link that it holds, as far as it knows. */
  linkedBy: { readonly adapter: string } | undefined;
  /** Every attempt to connect to it fails. */
  broken: boolean;
}

let next = 0;

/** Every strap has an address of its own, also after it has changed it. */
export function newAddress(): string {
  return (0xc0_0000_0000_00 + next++).toString(16).padStart(12, '0');
}

export function strapOf(random: Random, name: string, adapters: readonly string[]): SimulatedStrap {
  return {
    address: newAddress(),
    name,
    serial: `serial of ${name}`,
    advertisingMs: random.between(200, 1_000),
    rssi: new Map(adapters.map((adapter) => [adapter, Math.round(random.between(-90, -45))])),
    present: true,
    linkedBy: undefined,
    broken: false,
  };
}

export function matchOf({ address, name, serial }: SimulatedStrap, kind: number): StrapMatch {
  switch (kind % 3) {
    case 0:
      return { address };
    case 1:
      return { name };
    default:
      return { serial };
  }
}
