/**
 * The least or the greatest of the heart rates of a time that moves along, exactly. Of two readings the older one can
 * become the extreme only if it is beyond the newer one, so those that are kept are all different, and whole: there are no
 * more of them than heart rates, and memory is `CAPACITY` of them, 4 KB.
 */

/** More than the plausible whole heart rates, 25 to 240. */
const CAPACITY = 256;

export interface Extremes {
  /** 1 for the greatest, -1 for the least. */
  readonly sign: 1 | -1;
  readonly timesMs: Float64Array;
  readonly rates: Float64Array;
  first: number;
  count: number;
}

export function newExtremes(which: 'greatest' | 'least'): Extremes {
  return {
    sign: which === 'greatest' ? 1 : -1,
    timesMs: new Float64Array(CAPACITY),
    rates: new Float64Array(CAPACITY),
    first: 0,
    count: 0,
  };
}

/** Takes one more reading and gives the extreme of those that are no older than `lengthMs`, itself among them. */
export function extremeWith(extremes: Extremes, timeMs: number, rate: number, lengthMs: number): number {
  const { sign, timesMs, rates } = extremes;
  while (extremes.count > 0 && sign * (rates[last(extremes)] ?? 0) <= sign * rate) extremes.count -= 1;
  if (extremes.count === CAPACITY) drop(extremes);
  extremes.count += 1;
  timesMs[last(extremes)] = timeMs;
  rates[last(extremes)] = rate;
  while ((timesMs[extremes.first] ?? 0) < timeMs - lengthMs) drop(extremes);
  return rates[extremes.first] ?? rate;
}

export function shiftExtremes({ timesMs }: Extremes, correctionMs: number): void {
  for (let at = 0; at < CAPACITY; at++) timesMs[at] = (timesMs[at] ?? 0) + correctionMs;
}

function last({ first, count }: Extremes): number {
  return (first + count - 1) % CAPACITY;
}

function drop(extremes: Extremes): void {
  extremes.first = (extremes.first + 1) % CAPACITY;
  extremes.count -= 1;
}
