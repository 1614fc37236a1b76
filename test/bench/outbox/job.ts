/** What is measured in a process of its own, and what it says when it is done. */

/** Appends samples by number, one group after the other. */
export interface AppendJob {
  readonly kind: 'append';
  readonly path: string;
  readonly from: number;
  /** The last one is not among them. */
  readonly to: number;
  /** Samples a commit. */
  readonly group: number;
  /** Whether to say after each commit how many are accepted. */
  readonly tells: boolean;
  /** Whether each is acknowledged as soon as it is there. */
  readonly isDelivered?: boolean;
  /** How large the store may grow; by default nothing is ever evicted. */
  readonly maxBytes?: number;
}

/** Offers samples by number, one group after the other, as fast as a gateway takes them. */
export interface TakeJob {
  readonly kind: 'take';
  readonly path: string;
  readonly from: number;
  /** The last one is not among them. */
  readonly to: number;
  readonly group: number;
}

/** Delivers what is in the store until nothing waits any more. */
export interface DrainJob {
  readonly kind: 'drain';
  readonly path: string;
  readonly url: string;
  /** Or shorter, in seconds. */
  readonly atMostSeconds: number;
  /** Whether fifty straps go on sending meanwhile. */
  readonly live: boolean;
  /** How often an alert is raised or cleared, ms; never where it is absent. */
  readonly alertEveryMs?: number;
  /** Whether the backlog goes as gzip. */
  readonly compressed: boolean;
  /** Whether to say after each acknowledgement how many samples are delivered. */
  readonly tells: boolean;
}

export interface Drained {
  readonly samples: number;
  /** From the first message to the last acknowledgement. */
  readonly seconds: number;
  /** The 99th percentile of the time between two turns of the main thread's event loop, of which 1 ms is the probe's own timer. */
  readonly loopP99Ms: number;
  readonly loopMostMs: number;
  /** From each sample that raised or cleared an alert to the alert's PUBACK, ms. */
  readonly alertsMs: readonly number[];
}

/** Appends to a store that is full and has everything acknowledged with the next commit, as fast as it goes. */
export interface LifeJob {
  readonly kind: 'life';
  readonly path: string;
  readonly maxBytes: number;
  readonly from: number;
  /** The last one is not among them. */
  readonly to: number;
  /** Samples a commit. */
  readonly group: number;
}

/** Opens a store and appends one sample. */
export interface StartJob {
  readonly kind: 'start';
  readonly path: string;
}

export interface Started {
  /** From before the store was opened until the sample was on the disk. */
  readonly seconds: number;
}

export type Job = AppendJob | TakeJob | DrainJob | LifeJob | StartJob;

/** Of the peer that is mqtt.js. */
export interface MqttJsJob {
  readonly url: string;
  readonly from: number;
  /** The last one is not among them. */
  readonly to: number;
  /** Whether it begins once it is connected. */
  readonly waits: boolean;
}
