/**
 * Finds a value that has frozen: a strap or a watch that goes on sending the last thing it measured, for many minutes,
 * as if it were worn.
 *
 * A rate alone is a whole number that straps smooth over several beats: a heart at rest gives the same one for half a
 * minute and, where it is very steady, for two (155 s is the longest of 200 simulated hearts of 4 h, smoothed over
 * 10 s). So an unchanged rate proves something after `RATE_FROZEN_MS` only. RR intervals come in steps of 1/1024 s and
 * differ from beat to beat: the same ones with four readings in a row are rare, and a list that is another one than the
 * last proves that the heart is being measured, however steady the rate. So they prove it after `RR_FROZEN_MS`.
 */
import type { Sample } from './sample.ts';

export const RATE_FROZEN_MS = 180_000;
export const RR_FROZEN_MS = 30_000;

/** A strap that sends RR intervals with only some readings has not sent enough of them to tell. */
const RR_FROZEN_READINGS = 10;

/** Readings in a row that could be one and the same. */
export class UnchangedRun {
  #sinceMs = 0;
  #lastMs = 0;
  #bpm: number | undefined;
  #readings = 0;
  /** The intervals of every reading of the run that had any. */
  #rrMs: readonly number[] = [];
  #rrReadings = 0;

  get sinceMs(): number {
    return this.#sinceMs;
  }

  /** One more reading, of this rate: of the run, or the first of another one. */
  reading({ monotonicMs, rrMs }: Pick<Sample, 'monotonicMs' | 'rrMs'>, bpm: number): void {
    const hasRr = rrMs.length > 0;
    if (bpm !== this.#bpm || (hasRr && this.#rrReadings > 0 && !isSame(this.#rrMs, rrMs))) {
      this.#sinceMs = monotonicMs;
      this.#bpm = bpm;
      this.#readings = 0;
      this.#rrReadings = 0;
    }
    this.#lastMs = monotonicMs;
    this.#readings += 1;
    if (!hasRr) return;
    this.#rrMs = rrMs;
    this.#rrReadings += 1;
  }

  /** What comes next is the first of a run, whatever it is. */
  forget(): void {
    this.#bpm = undefined;
  }

  /** As of the last reading of the run. */
  get isFrozen(): boolean {
    return this.#bpm !== undefined && this.frozenAt(this.#lastMs) !== undefined;
  }

  /** The last reading was at this time, by another clock than the one that the run went by. */
  moveTo(monotonicMs: number): void {
    this.#sinceMs += monotonicMs - this.#lastMs;
    this.#lastMs = monotonicMs;
  }

  /** The numbers that prove it, where the run has lasted too long to be a heart's. */
  frozenAt(monotonicMs: number): Readonly<Record<string, number>> | undefined {
    const unchangedMs = monotonicMs - this.#sinceMs;
    const isFrozen =
      unchangedMs >= RATE_FROZEN_MS || (unchangedMs >= RR_FROZEN_MS && this.#rrReadings >= RR_FROZEN_READINGS);
    return isFrozen ? { unchangedMs, readings: this.#readings, rrReadings: this.#rrReadings } : undefined;
  }
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
