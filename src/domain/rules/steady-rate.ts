/**
 * The heart rate without wild readings: the median of the last five. Two wild ones in a row move it no further than to the
 * next good one. After a gap it begins anew, since what was before is no evidence about now.
 */
import type { Reading } from './rule.ts';
import { isGap } from './standing.ts';

const READINGS = 5;

export interface SteadyRate {
  readonly bpm: Float64Array;
  /** For each of them, 1 where it is contested. */
  readonly contested: Uint8Array;
  count: number;
  at: number;
  lastMs: number;
}

export function newSteadyRate(): SteadyRate {
  return {
    bpm: new Float64Array(READINGS),
    contested: new Uint8Array(READINGS),
    count: 0,
    at: 0,
    lastMs: Number.NEGATIVE_INFINITY,
  };
}

/** Takes a reading. Nothing before there are five readings, and for one that has come late. */
export function steadied(steady: SteadyRate, reading: Reading): number | undefined {
  return takeRate(steady, reading) ? steadyRate(steady) : undefined;
}

/** @returns false for a reading that has come late, which is left out */
export function takeRate(steady: SteadyRate, { timeMs, bpm, isContested }: Reading): boolean {
  if (timeMs < steady.lastMs) return false;
  if (isGap(timeMs - steady.lastMs)) steady.count = 0;
  steady.lastMs = timeMs;
  steady.bpm[steady.at] = bpm;
  steady.contested[steady.at] = isContested ? 1 : 0;
  steady.at = (steady.at + 1) % READINGS;
  if (steady.count < READINGS) steady.count += 1;
  return true;
}

/** Whether one of the readings that it is made of is contested; where there are too few, none counts yet. */
export function hasContested({ count, contested }: SteadyRate): boolean {
  return count === READINGS && contested.includes(1);
}

/** As it is after the last reading; nothing before there are five. */
export function steadyRate({ count, bpm }: SteadyRate): number | undefined {
  return count === READINGS ? median(bpm) : undefined;
}

/** One of the five is contested, and so is what comes of them. */
export function isSteadyContested({ contested }: SteadyRate): boolean {
  for (let at = 0; at < READINGS; at++) if (contested[at] === 1) return true;
  return false;
}

export function shiftSteadyRate(steady: SteadyRate, correctionMs: number): void {
  steady.lastMs += correctionMs;
}

/** The one of which at most two are less and at most two more. */
function median(values: Float64Array): number {
  for (let at = 0; at < READINGS; at++) {
    const candidate = values[at] ?? 0;
    let [less, more] = [0, 0];
    for (let other = 0; other < READINGS; other++) {
      const value = values[other] ?? 0;
      if (value < candidate) less += 1;
      else if (value > candidate) more += 1;
    }
    if (less <= 2 && more <= 2) return candidate;
  }
  throw new Error('five numbers have a median');
}
