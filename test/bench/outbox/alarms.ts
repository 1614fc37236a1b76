/** Alerts to be timed: an athlete whose every reading raises an alert or clears it. */
import type { Athlete } from '../../../src/domain/athlete.ts';
import type { AlertEntry } from '../../../src/domain/entries.ts';
import type { SourceEvent } from '../../../src/ports.ts';
import { SystemClock } from '../../../src/system/clock.ts';

const ID = 'alarm';
const STRAP = 'a09e1affffff';
const HIGH_BPM = 190;
const LOW_BPM = 70;

/** Far shorter than an athletes file may ask for, so that the next reading ends it. */
const WINDOW_MS = 4;

const BEGIN_MS = 1_800_000_000_000;

/** Its wall clock keeps still against the monotonic one, so that an alert's time names the reading it came from. */
export class SteadyClock extends SystemClock {
  override wallMs(): number {
    return this.wallOf(this.monotonicMs());
  }

  wallOf(monotonicMs: number): number {
    return BEGIN_MS + monotonicMs;
  }
}

export class Alarms {
  readonly athlete: Athlete = {
    id: ID,
    name: 'Alarm',
    strap: { address: STRAP },
    rules: [{ name: 'high', kind: 'average', parameters: { window: WINDOW_MS, coverage: 0, above: 160 } }],
  };
  readonly #clock: SteadyClock;
  readonly #latenciesMs: number[] = [];
  /** When the reading was offered that ended a window, by the window's end, Unix ms. */
  readonly #offeredMs = new Map<number, number>();
  /** The end of the window of the last reading, Unix ms. */
  #windowEndMs: number | undefined;
  /** The ends of windows that time alone has ended, since their reading's timer came late. */
  readonly #early = new Set<number>();
  #isHigh = false;

  constructor(clock: SteadyClock) {
    this.#clock = clock;
  }

  every(intervalMs: number, offer: (event: SourceEvent) => void): NodeJS.Timeout {
    return setInterval(() => {
      const reading = this.next();
      if (reading !== undefined) offer(reading);
    }, intervalMs);
  }

  acknowledged(alerts: readonly Pick<AlertEntry, 'athlete' | 't'>[]): void {
    for (const { t: timeMs } of alerts.filter(({ athlete }) => athlete === ID)) {
      const offeredMs = this.#offeredMs.get(timeMs);
      if (offeredMs === undefined) this.#early.add(timeMs);
      else this.#latenciesMs.push(performance.now() - offeredMs);
      this.#offeredMs.delete(timeMs);
    }
  }

  /** From each reading to the acknowledgement of its alert, ms; to now where it has none yet. */
  latenciesMs(): number[] {
    const nowMs = performance.now();
    return [...this.#latenciesMs, ...[...this.#offeredMs.values()].map((offeredMs) => nowMs - offeredMs)];
  }

  /** The next reading. Nothing where the last one's window is not over: timers may come late, and two of them together. */
  next(): (SourceEvent & { readonly type: 'measurement' }) | undefined {
    const monotonicMs = this.#clock.monotonicMs();
    const timeMs = Math.round(this.#clock.wallOf(monotonicMs));
    if (this.#windowEndMs !== undefined) {
      if (timeMs < this.#windowEndMs) return undefined;
      if (!this.#early.delete(this.#windowEndMs)) this.#offeredMs.set(this.#windowEndMs, performance.now());
    }
    this.#windowEndMs = (Math.floor(timeMs / WINDOW_MS) + 1) * WINDOW_MS;
    this.#isHigh = !this.#isHigh;
    const bpm = this.#isHigh ? HIGH_BPM : LOW_BPM;
    const measurement = { bpm, contact: 'detected', energyKj: null, rrMs: [] } as const;
    return { type: 'measurement', athlete: ID, strap: STRAP, monotonicMs, measurement, way: 'link' };
  }
}
