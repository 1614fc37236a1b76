/**
 * For how long a reading counts, in every kind that counts time: until the next one, where that comes soon enough, and
 * else for the time between two notifications. So a strap of 2 Hz and a recording of one row in five seconds mean the
 * same (decision 0004).
 */

/** Straps notify about once a second. */
export const NOMINAL_MS = 1_000;

/** A longer silence is a gap: five notifications missing in a row is no longer jitter of the radio. */
export const STANDS_AT_MOST_MS = 5_000;

export function isGap(sinceLastMs: number): boolean {
  return !(sinceLastMs <= STANDS_AT_MOST_MS);
}

/** How long a reading stood when the next one came, ms. */
export function stoodMs(sinceLastMs: number): number {
  return sinceLastMs <= STANDS_AT_MOST_MS ? sinceLastMs : NOMINAL_MS;
}
