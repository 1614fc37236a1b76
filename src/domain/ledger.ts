/**
 * Keeps the gap ledger: watches each athlete's readings and enters every silence between them, when it is
 * noticed and again when it is over, and every reading that came and could not be kept.
 *
 * Pure: times come in with the events, entries go out as data.
 */
import type { Gap, GapCause } from './gap.ts';
import type { AthleteId, Sample } from './sample.ts';

/** Straps notify once a second; five missing in a row are a gap and no longer jitter of the radio. */
export const SILENCE_MS = 5_000;

/** Where something is known to have gone wrong, one missing is a gap. */
const INTERRUPTION_MS = 2_000;

interface Seen {
  readonly lastMs: number;
  readonly lastMonotonicMs: number;
  /** When the last reading was taken in: later than it came where the radio had to keep it for a while. */
  readonly takenMs: number;
  /** What is known to have ended the readings since the last one. */
  readonly cause: GapCause | undefined;
  /** The silence since the last reading has been entered already. */
  readonly entered: boolean;
}

/** What the log remembers of an earlier run. */
export interface LedgerPast {
  readonly samples: readonly Pick<Sample, 'athlete' | 'timeMs'>[];
  /** The silences that were going on. */
  readonly openGaps: readonly Gap[];
}

/** One reading that was lost, or several. */
export interface Loss {
  readonly athlete: AthleteId;
  readonly cause: GapCause;
  /** Unix time in ms of the first one. */
  readonly fromMs: number;
  /** Of the last one, where there are several. */
  readonly toMs?: number;
  readonly count?: number;
}

export class Ledger {
  readonly #seen = new Map<AthleteId, Seen>();
  readonly #lost = new Map<string, Gap>();

  /** Takes up an earlier run: since its last readings nothing was read, and silences that went on then go on. */
  resume({ samples, openGaps }: LedgerPast, monotonicMs: number): void {
    for (const { athlete, timeMs } of samples) {
      this.#seen.set(athlete, {
        lastMs: timeMs,
        lastMonotonicMs: monotonicMs,
        takenMs: monotonicMs,
        cause: 'gateway-stopped',
        entered: false,
      });
    }
    for (const { athlete, fromMs, cause } of openGaps) {
      const now = { lastMonotonicMs: monotonicMs, takenMs: monotonicMs };
      this.#seen.set(athlete, { lastMs: fromMs, ...now, cause, entered: true });
    }
  }

  /** A reading came, and is taken in now. Gives the entry for the silence before it, if there was one. */
  reading({ athlete, timeMs, monotonicMs }: Sample, nowMs = monotonicMs): Gap | undefined {
    const before = this.#seen.get(athlete);
    this.#seen.set(athlete, {
      lastMs: timeMs,
      lastMonotonicMs: monotonicMs,
      takenMs: Math.max(monotonicMs, nowMs),
      cause: undefined,
      entered: false,
    });
    if (before === undefined || !isSilence(before, monotonicMs)) return undefined;
    return {
      athlete,
      fromMs: before.lastMs,
      toMs: Math.max(timeMs, before.lastMs),
      cause: before.cause ?? 'no-signal',
    };
  }

  /**
   * Time has passed: gives an entry without an end for each silence that has now lasted too long. Those that are being
   * caught up with, reading by reading, are none yet.
   */
  silences(monotonicMs: number): Gap[] {
    const gaps: Gap[] = [];
    for (const [athlete, seen] of this.#seen) {
      if (seen.entered || monotonicMs - seen.takenMs <= SILENCE_MS) continue;
      this.#seen.set(athlete, { ...seen, entered: true });
      gaps.push({ athlete, fromMs: seen.lastMs, cause: seen.cause ?? 'no-signal' });
    }
    return gaps;
  }

  /** What the athlete's readings come through has ended; whatever silence follows has this cause. */
  interrupted(athlete: AthleteId, cause: GapCause): void {
    const before = this.#seen.get(athlete);
    if (before !== undefined && before.cause === undefined) this.#seen.set(athlete, { ...before, cause });
  }

  /** Readings that came and could not be kept. Entries are merged until they are taken. */
  lost({ athlete, cause, fromMs, toMs = fromMs, count = 1 }: Loss): void {
    const key = `${athlete}\n${cause}`;
    const before = this.#lost.get(key);
    this.#lost.set(key, {
      athlete,
      fromMs: Math.min(before?.fromMs ?? fromMs, fromMs),
      toMs: Math.max(before?.toMs ?? toMs, toMs),
      cause,
      count: (before?.count ?? 0) + count,
    });
  }

  /** The entries of readings lost since it was last called. */
  takeLost(): Gap[] {
    const gaps = [...this.#lost.values()];
    this.#lost.clear();
    return gaps;
  }
}

/**
 * Silence is measured on the monotonic clock, since a step of the wall clock is none. A restart is an
 * interruption however short: what came meanwhile is gone.
 */
function isSilence({ cause, entered, lastMonotonicMs }: Seen, monotonicMs: number): boolean {
  if (entered || cause === 'gateway-stopped') return true;
  return monotonicMs - lastMonotonicMs > (cause === undefined ? SILENCE_MS : INTERRUPTION_MS);
}
