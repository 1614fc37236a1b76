/**
 * Who is expected to be heard when the gateway begins: whoever was heard just before it ended has lost the signal until
 * then; who was not has gone home, or has come only now.
 *
 * How long that is ago can be told where the reading is of this boot, since the monotonic clock has gone on, or where its
 * time and that of now are right. Otherwise nobody knows: a clock that has lost its time, or has not been confirmed yet,
 * says nothing about how long the machine was off. Then all are expected who were heard shortly before the last reading of
 * anybody, until it is known better.
 */
import type { RecalledSample } from '../sample.ts';

/** A restart takes seconds, and an update with all that belongs to it some minutes. */
const EXPECTED_MS = 600_000;

/** A run of the gateway that begins. */
export interface Beginning {
  /** Unix ms. */
  readonly timeMs: number;
  /** That time is known to be right. */
  readonly isTimeKnown: boolean;
}

/** An athlete is expected for want of a time that says otherwise. */
export interface Assumption {
  /** Of the last reading, which is right, Unix ms. */
  readonly heardMs: number;
  /** Of the beginning, as far as it is known, Unix ms. */
  readonly begunMs: number;
}

export type Expectation = 'expected' | 'not-expected' | Assumption;

/**
 * @param heard the athlete's last usable reading
 * @param newest the last reading of anybody
 */
export function expectation(
  heard: RecalledSample | undefined,
  newest: RecalledSample | undefined,
  { timeMs, isTimeKnown }: Beginning,
): Expectation {
  if (heard === undefined || newest === undefined) return 'not-expected';
  const { timeMs: heardMs, offsetMs, isUnsynchronised } = heard;
  const isComparable = offsetMs !== undefined || (isTimeKnown && isUnsynchronised !== true);
  // One that seems to be of the future has a wrong time, which says nothing either.
  if (isComparable && heardMs <= timeMs) return isRecent(heardMs, timeMs) ? 'expected' : 'not-expected';
  if (!isRecent(heardMs, newest.timeMs)) return 'not-expected';
  return isTimeKnown || isUnsynchronised === true ? 'expected' : { heardMs, begunMs: timeMs };
}

/** What becomes of an assumption now that the time is known: all stamps of this run were wrong by the correction, ms. */
export function isDisproved({ heardMs, begunMs }: Assumption, correctionMs: number): boolean {
  return !isRecent(heardMs, begunMs + correctionMs);
}

function isRecent(heardMs: number, nowMs: number): boolean {
  return nowMs - heardMs <= EXPECTED_MS;
}
