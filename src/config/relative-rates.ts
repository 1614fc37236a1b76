/**
 * Heart-rate limits that are written as a part of the athlete's own numbers, and what they come to in bpm: the engine knows
 * nothing else. `reserve` is Karvonen's: rest + part × (max − rest). A maximum that was not measured is estimated from the
 * age (Tanaka 2001: 208 − 0.7 × age; single people differ by more than 10 bpm), and what rests on it is marked.
 */

import { PLAUSIBLE } from '../domain/timekeeper.ts';

/** What an athlete's entry says of the heart, all of it optional. */
export interface HeartNumbers {
  /** Measured, bpm. */
  readonly max?: number | undefined;
  readonly rest?: number | undefined;
  readonly treadmillThreshold?: number | undefined;
  /** Years. */
  readonly age?: number | undefined;
}

export type RateBase = 'max' | 'reserve' | 'treadmill';

export interface RelativeRate {
  readonly percent: number;
  readonly of: RateBase;
}

/** What a limit comes to, or which of the athlete's numbers is missing for that. */
export type ResolvedRate =
  | { readonly bpm: number; readonly isEstimated: boolean }
  | { readonly missing: string; readonly remedy: string };

/** Up to three digits and one decimal; the words are those of the file. */
const RELATIVE_PATTERN = /^(\d{1,3}(?:\.\d)?) ?% ?(max|reserve|treadmill)$/;

export function relativeRate(text: string, bases: readonly RateBase[]): RelativeRate | undefined {
  const [, percent, word] = RELATIVE_PATTERN.exec(text) ?? [];
  const of = bases.find((base) => base === word);
  return of === undefined ? undefined : { percent: Number(percent), of };
}

/** For JSON Schema. */
export function relativePattern(bases: readonly RateBase[]): string {
  return `^\\d{1,3}(\\.\\d)? ?% ?(${bases.join('|')})$`;
}

/** @param isCeiling it has to rest on what was measured */
export function resolved(
  { percent, of }: RelativeRate,
  { max, rest, treadmillThreshold, age }: HeartNumbers,
  isCeiling: boolean,
): ResolvedRate {
  if (of === 'treadmill') {
    if (treadmillThreshold !== undefined) return measured((percent / 100) * treadmillThreshold);
    return lacking('no treadmill threshold', '"treadmill_threshold"');
  }
  if (isCeiling && max === undefined) {
    return lacking('no measured maximum, which an age is no substitute for here', '"max"');
  }
  if (of === 'reserve' && rest === undefined) return lacking('no heart rate at rest', '"rest"');
  const top = highest({ max, age });
  if (top === undefined) return lacking('no maximum', '"max"', ', or "age" or "born" for an estimated one');
  const lowest = of === 'reserve' ? (rest ?? 0) : 0;
  return { bpm: rounded(lowest + (percent / 100) * (top.bpm - lowest)), isEstimated: top.isEstimated };
}

/** The maximum, measured if it was; bpm. */
export function highest({
  max,
  age,
}: HeartNumbers): { readonly bpm: number; readonly isEstimated: boolean } | undefined {
  if (max !== undefined) return { bpm: max, isEstimated: false };
  return age === undefined ? undefined : { bpm: estimatedMax(age), isEstimated: true };
}

/** Tanaka 2001, bpm. */
function estimatedMax(age: number): number {
  return 208 - 0.7 * age;
}

function measured(bpm: number): ResolvedRate {
  return { bpm: rounded(bpm), isEstimated: false };
}

function lacking(missing: string, key: string, or = ''): ResolvedRate {
  return { missing, remedy: `add ${key} to "heart_rate" of the athlete${or}` };
}

/** To a tenth of a beat, as a person would compare it. */
function rounded(bpm: number): number {
  return Math.round(bpm * 10) / 10;
}

/**
 * Full years from the day of birth, as in 2004-05-17, to a time. A clock that has lost its time says one that cannot be;
 * the nearest one that can be is taken, since nobody is to be without limits until the time is known.
 */
export function ageOn(born: string, timeMs: number): number {
  const possibleMs = Math.min(Math.max(timeMs, PLAUSIBLE.notBeforeMs), PLAUSIBLE.notAfterMs);
  const [birth, now] = [new Date(`${born}T00:00:00Z`), new Date(possibleMs)];
  const years = now.getUTCFullYear() - birth.getUTCFullYear();
  const isBefore =
    now.getUTCMonth() < birth.getUTCMonth() ||
    (now.getUTCMonth() === birth.getUTCMonth() && now.getUTCDate() < birth.getUTCDate());
  return isBefore ? years - 1 : years;
}
