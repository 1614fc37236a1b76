/** When to try again what has failed. */

export interface Retry {
  readonly minMs: number;
  readonly maxMs: number;
}

/**
 * Exponential back-off with jitter: doubles with each failure in a row and is drawn from the upper half of
 * that, so that straps that failed together do not come back together.
 *
 * @param failures how many there were in a row before this one
 * @param random 0 up to 1
 */
export function retryDelayMs({ minMs, maxMs }: Retry, failures: number, random: number): number {
  return Math.max(minMs, doubledMs({ minMs: 2 * minMs, maxMs }, failures) * (0.5 + 0.5 * random));
}

/** The shortest delay, doubled with each failure in a row before this one; for what comes seldom and alone. */
export function doubledMs({ minMs, maxMs }: Retry, failures: number): number {
  return Math.min(maxMs, minMs * 2 ** failures);
}
