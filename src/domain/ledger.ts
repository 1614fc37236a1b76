/**
 * Keeps the gap ledger: watches each athlete's readings and states every silence between them as an entry,
 * with its cause, as soon as it is over. A silence that is still going on is not an entry yet.
 *
 * Pure: times come in with the events, entries go out as data.
 */
import type { Gap, GapCause } from './gap.ts';
import type { AthleteId, Sample } from './sample.ts';

/** Straps notify once a second; five missing in a row are a gap and no longer jitter of the radio. */
export const SILENCE_MS = 5_000;

interface Seen {
  readonly lastMs: number;
  readonly lastMonotonicMs: number;
  /** What is known to have ended the readings since the last one. */
  readonly cause: GapCause | undefined;
}

export class Ledger {
  readonly #seen = new Map<AthleteId, Seen>();
  readonly #lost = new Map<string, Gap>();

  /** The last readings of an earlier run: from them on nothing was read until the next sample comes. */
  resume(samples: readonly Sample[]): void {
    for (const { athlete, timeMs } of samples) {
      this.#seen.set(athlete, { lastMs: timeMs, lastMonotonicMs: Number.NEGATIVE_INFINITY, cause: 'gateway-stopped' });
    }
  }

  /** A reading came. Gives the entry for the silence before it, if there was one. */
  reading({ athlete, timeMs, monotonicMs }: Sample): Gap | undefined {
    const before = this.#seen.get(athlete);
    this.#seen.set(athlete, { lastMs: timeMs, lastMonotonicMs: monotonicMs, cause: undefined });
    if (before === undefined) return undefined;
    // Silence is measured on the monotonic clock: a step of the wall clock is not one. After a restart only
    // the wall clock spans both runs, and there every interruption is one.
    const silent = before.cause === 'gateway-stopped' || monotonicMs - before.lastMonotonicMs > SILENCE_MS;
    if (!silent) return undefined;
    return {
      athlete,
      fromMs: before.lastMs,
      toMs: Math.max(timeMs, before.lastMs),
      cause: before.cause ?? 'no-signal',
    };
  }

  /** The link to the athlete's strap ended; whatever silence follows has this cause. */
  linkLost(athlete: AthleteId): void {
    const before = this.#seen.get(athlete);
    if (before !== undefined && before.cause === undefined) this.#seen.set(athlete, { ...before, cause: 'link-lost' });
  }

  /** One reading that came and could not be kept. Entries are merged until they are taken. */
  lost(athlete: AthleteId, timeMs: number, cause: GapCause): void {
    const key = `${athlete}\n${cause}`;
    const gap = this.#lost.get(key);
    this.#lost.set(
      key,
      gap === undefined
        ? { athlete, fromMs: timeMs, toMs: timeMs, cause, count: 1 }
        : { ...gap, toMs: Math.max(gap.toMs, timeMs), count: (gap.count ?? 0) + 1 },
    );
  }

  /** The entries of readings lost since it was last called. */
  takeLost(): Gap[] {
    const gaps = [...this.#lost.values()];
    this.#lost.clear();
    return gaps;
  }
}
