/**
 * Holds the heart rate that a strap sends against the one that its own RR intervals give. A real strap computes the
 * first from the second and lags behind it by some seconds; somebody who makes readings up may forget the one or the
 * other.
 *
 * Each plausible interval is held against the interval of the rate that came with it, over `WINDOW_BEATS` of them: they
 * disagree when both the mean and the median of those quotients are beyond `DISAGREE`. Lost or doubled beats shift the
 * mean and leave the median; a heart that alternates between two intervals shifts the median and leaves the mean.
 *
 * The limit leaves room for smoothing: a rate that lags by a time constant of 10 s while the heart rises by 3 bpm a
 * second from 60 to 150, faster than hearts do, is off by 23 % over the window. Rates that do not lag are off by less
 * than 2 % in the recordings of the tests.
 */
import { type Sample, usableBpm } from './sample.ts';

/** Plausible intervals, ms, inclusive. Garmin's HRM-Dual sends 52 ms at 56 bpm now and then, which says nothing. */
const PLAUSIBLE_RR_MS = { min: 250, max: 2_400 } as const;

const WINDOW_BEATS = 64;

/** A window that goes further back is no evidence about now: it takes that long at 25 bpm. */
const WINDOW_MAX_MS = 160_000;

/** As a quotient, either way. Between the two, what was said before stands. */
const DISAGREE = 1.3;
const AGREE = 1.15;

export class RateAgreement {
  /** The newest beats, by their number modulo the window: when they came, ms; interval; that of the rate it came with. */
  readonly #cameMs = new Float64Array(WINDOW_BEATS);
  readonly #rrMs = new Float64Array(WINDOW_BEATS);
  readonly #expectedMs = new Float64Array(WINDOW_BEATS);
  #count = 0;
  #disagrees = false;

  /** @returns whether the strap's rate and its intervals disagree, by this reading and those before it */
  disagrees(sample: Sample): boolean {
    const { monotonicMs, rrMs } = sample;
    const bpm = usableBpm(sample);
    if (bpm !== undefined)
      for (const interval of rrMs) if (isPlausible(interval)) this.#add(monotonicMs, interval, bpm);
    const oldestMs = this.#cameMs[this.#count % WINDOW_BEATS] ?? 0;
    const isWhole = this.#count >= WINDOW_BEATS && monotonicMs - oldestMs <= WINDOW_MAX_MS;
    this.#disagrees = isWhole && this.#judge();
    return this.#disagrees;
  }

  #add(monotonicMs: number, intervalMs: number, bpm: number): void {
    const at = this.#count++ % WINDOW_BEATS;
    this.#cameMs[at] = monotonicMs;
    this.#rrMs[at] = intervalMs;
    this.#expectedMs[at] = 60_000 / bpm;
  }

  #judge(): boolean {
    const limit = this.#disagrees ? AGREE : DISAGREE;
    const mean = sum(this.#rrMs) / sum(this.#expectedMs);
    if (mean < limit && mean > 1 / limit) return false;
    const quotients = this.#rrMs.map((intervalMs, at) => intervalMs / (this.#expectedMs[at] ?? intervalMs)).sort();
    const median = quotients[WINDOW_BEATS / 2] ?? 1;
    return mean > 1 ? median >= limit : median <= 1 / limit;
  }
}

function sum(values: Float64Array): number {
  let total = 0;
  for (let at = 0; at < values.length; at++) total += values[at] ?? 0;
  return total;
}

function isPlausible(rrMs: number): boolean {
  return rrMs >= PLAUSIBLE_RR_MS.min && rrMs <= PLAUSIBLE_RR_MS.max;
}
