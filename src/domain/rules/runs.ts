/**
 * For how long an athlete has been beyond a limit without a break, and within what clears an alert.
 *
 * A gap is time that nobody has seen. It does not count towards either; on the way to an alert it breaks nothing unless it
 * is longer than the time that is asked for, and on the way to clearing one it breaks everything, as a lost signal does.
 * Contested readings count while they are beyond the limit, and otherwise neither break an alert's way nor go along the
 * way to its end.
 */
import type { Finding, Reading } from './rule.ts';
import { isGap, NOMINAL_MS } from './standing.ts';

const NONE = -1;

export interface Runs {
  /** How long readings have been beyond, ms; none if negative. */
  beyondMs: number;
  beyondLastMs: number;
  withinMs: number;
  withinLastMs: number;
  /** Of the newest reading. */
  lastMs: number;
}

export function newRuns(): Runs {
  const never = Number.NEGATIVE_INFINITY;
  return { beyondMs: NONE, beyondLastMs: never, withinMs: NONE, withinLastMs: never, lastMs: never };
}

/**
 * One more reading, which lies there: `beyond` once that has lasted for `forMs`, `within` for `clearForMs`. Nothing for a
 * reading that has come late.
 */
export function runOn(
  runs: Runs,
  { timeMs, isContested }: Pick<Reading, 'timeMs' | 'isContested'>,
  place: Finding,
  forMs: number,
  clearForMs: number,
): Finding | undefined {
  if (timeMs < runs.lastMs) return undefined;
  runs.lastMs = timeMs;
  if (place === 'beyond') {
    runs.withinMs = NONE;
    const sinceMs = timeMs - runs.beyondLastMs;
    runs.beyondLastMs = timeMs;
    if (runs.beyondMs === NONE || (isGap(sinceMs) && sinceMs > forMs)) runs.beyondMs = 0;
    else runs.beyondMs += isGap(sinceMs) ? NOMINAL_MS : sinceMs;
    return runs.beyondMs >= forMs ? 'beyond' : 'between';
  }
  if (!isContested) runs.beyondMs = NONE;
  if (isContested || place === 'between') {
    runs.withinMs = NONE;
    return 'between';
  }
  const sinceMs = timeMs - runs.withinLastMs;
  runs.withinLastMs = timeMs;
  runs.withinMs = runs.withinMs === NONE || isGap(sinceMs) ? 0 : runs.withinMs + sinceMs;
  return runs.withinMs >= clearForMs ? 'within' : 'between';
}

/** The signal was lost: the way to clearing an alert begins anew. */
export function breakOff(runs: Runs): void {
  runs.withinMs = NONE;
}

export function shiftRuns(runs: Runs, correctionMs: number): void {
  runs.beyondLastMs += correctionMs;
  runs.withinLastMs += correctionMs;
  runs.lastMs += correctionMs;
}

/** How much of the past rebuilds what `runOn` knows, where readings come without gaps. */
export function runsMemoryMs(forMs: number, clearForMs: number): number {
  return 2 * Math.max(forMs, clearForMs) + 60_000;
}
