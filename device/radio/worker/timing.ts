/** How long a worker waits for what, in ms. noble itself has no timeouts. */

export interface WorkerTiming {
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
  /** For the core to say what becomes of a strap whose serial number was read. */
  readonly verdictMs: number;
  /** For a disconnection: longer than the supervision timeout, by which every link has ended. */
  readonly disconnectMs: number;
  /** A strap sends about once a second; one that has been silent for that long has forgotten that it is subscribed to. */
  readonly silentMs: number;
  /** Between two readings of the battery. */
  readonly batteryMs: number;
  /** For everything that is to be undone at the end: below what a gateway's stop gives the radio. */
  readonly stopMs: number;
  /** A strap that goes on advertising is told of that often, unless it broadcasts something new. */
  readonly sightingMs: number;
  /** How often the core is told that the worker is alive. */
  readonly aliveMs: number;
}

export const WORKER_TIMING: WorkerTiming = {
  startUpMs: 10_000,
  scanMs: 2_000,
  scanRoundMs: 60_000,
  scanPauseMs: 1_000,
  connectMs: 6_000,
  cancelMs: 2_000,
  gattMs: 8_000,
  verdictMs: 5_000,
  disconnectMs: 8_000,
  silentMs: 30_000,
  batteryMs: 180_000,
  stopMs: 1_000,
  sightingMs: 500,
  aliveMs: 1_000,
};
