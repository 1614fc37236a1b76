/** The durations that an uplink goes by. Settings only so that tests need not wait for them. */
import type { BackOffLimits } from './back-off.ts';

export interface Timing {
  /** From the first byte sent to the broker's answer, ms; a phone's hotspot takes seconds to wake. */
  readonly connectTimeoutMs: number;
  /** How long a publish may go without its acknowledgement before the connection counts as dead, ms. */
  readonly ackTimeoutMs: number;
  /** How long a polite end may take before the socket is destroyed, ms. */
  readonly stopTimeoutMs: number;
  /**
   * How long a connection must have held before the back-off starts over, ms. A broker that accepts and
   * drops at once is thereby not asked every second.
   */
  readonly heldMs: number;
  readonly backOff: BackOffLimits;
}

export const TIMING: Timing = {
  connectTimeoutMs: 30_000,
  ackTimeoutMs: 20_000,
  stopTimeoutMs: 1_000,
  heldMs: 30_000,
  backOff: { minMs: 1_000, maxMs: 60_000 },
};

/** How often a silent connection is probed, s. The least that AWS IoT Core accepts: a dead link shows within 45 s. */
export const KEEP_ALIVE_S = 30;
