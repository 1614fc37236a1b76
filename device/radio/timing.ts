/** How long the radio waits for what, in ms, and when it tries again. noble itself has no timeouts. */

export interface Retry {
  readonly minMs: number;
  readonly maxMs: number;
}

export interface RadioTiming {
  /** From a new noble instance to `poweredOn`. */
  readonly startUpMs: number;
  /** For `scanStart` and `scanStop`. */
  readonly scanMs: number;
  /** The longest single scan: one that the adapter has ended without a word is begun anew after that. */
  readonly scanRoundMs: number;
  /** Before scanning again when somebody else has ended the scan, who may do so each time. */
  readonly scanPauseMs: number;
  /** For a connection to a strap that was heard a moment ago: a few of its advertising intervals. */
  readonly connectMs: number;
  /** For the end of a connection attempt that was cancelled, which the controller answers by itself. */
  readonly cancelMs: number;
  /** For one GATT procedure: shorter than the 30 s after which ATT gives up, since the athlete waits. */
  readonly gattMs: number;
  /** For a disconnection: longer than the supervision timeout, by which every link has ended. */
  readonly disconnectMs: number;
  /** A strap sends about once a second; one that has been silent for that long has forgotten that it is subscribed to. */
  readonly silentMs: number;
  /** For everything that is to be undone at the end of an instance: below what a gateway's stop gives the radio. */
  readonly stopMs: number;
  /** How long after an advertisement its strap is taken to be there still. */
  readonly freshMs: number;
  /** How long a strap whose serial number nobody wished for is left in peace. */
  readonly strangerMs: number;
  /** A link, or an adapter, that held that long starts anew with the shortest back-off. */
  readonly steadyMs: number;
  readonly strapRetry: Retry;
  readonly adapterRetry: Retry;
}

export const RADIO_TIMING: RadioTiming = {
  startUpMs: 10_000,
  scanMs: 2_000,
  scanRoundMs: 60_000,
  scanPauseMs: 1_000,
  connectMs: 6_000,
  cancelMs: 2_000,
  gattMs: 8_000,
  disconnectMs: 8_000,
  silentMs: 30_000,
  stopMs: 1_200,
  freshMs: 2_000,
  strangerMs: 600_000,
  steadyMs: 10_000,
  strapRetry: { minMs: 1_000, maxMs: 30_000 },
  adapterRetry: { minMs: 1_000, maxMs: 60_000 },
};

/**
 * Exponential back-off with jitter: doubles with each failure in a row and is drawn from the upper half of
 * that, so that straps that failed together do not come back together.
 *
 * @param failures how many there were in a row before this one
 * @param random 0 up to 1
 */
export function retryDelayMs({ minMs, maxMs }: Retry, failures: number, random: number): number {
  const nominalMs = Math.min(maxMs, 2 * minMs * 2 ** failures);
  return Math.max(minMs, nominalMs * (0.5 + 0.5 * random));
}
