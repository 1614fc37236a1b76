/**
 * How long to wait before the next attempt to connect. The ceiling doubles with each failure in a row and
 * the delay is drawn evenly below it (full jitter), so that the gateways of a whole club, cut off by one
 * access point, do not come back in step. The floor is never undercut: AWS IoT Core takes one CONNECT a
 * second for a client id.
 */
export interface BackOffLimits {
  /** The shortest delay, ms. */
  readonly minMs: number;
  /** The longest delay, ms; not below `minMs`. */
  readonly maxMs: number;
}

/** The delay in ms after `failures` failures in a row, at least one; `random` draws from [0, 1). */
export function backOffMs(failures: number, { minMs, maxMs }: BackOffLimits, random: () => number): number {
  const ceilingMs = Math.min(maxMs, minMs * 2 ** failures);
  return minMs + random() * (ceilingMs - minMs);
}
