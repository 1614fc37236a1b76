/**
 * What the scheduler of a team is told, what it wants done, and how long it waits for what.
 *
 * The shapes of what comes from a worker are those of its messages, so that a message with the adapter's name added
 * is an input.
 */
import type { AthleteId, StrapId } from '../../../src/domain/sample.ts';
import type { SourceEvent, StrapWish } from '../../../src/ports.ts';
import type { Retry } from './retry.ts';

/** A link that a worker held when it said hello. */
export interface HeldLink {
  readonly strap: StrapId;
  readonly subscribed: boolean;
  /** What the worker knows of the strap; without them only straps wished for by address are known after a restart. */
  readonly name?: string | undefined;
  readonly serial?: string | undefined;
}

export interface SightingInput {
  readonly type: 'sighting';
  readonly adapter: string;
  /** When the worker heard it; never later than now. */
  readonly atMs: number;
  readonly strap: StrapId;
  readonly addressType: 'public' | 'random';
  readonly name?: string | undefined;
  /** dBm; 127 where the controller does not know (Core Specification, volume 4 part E, 7.7.65.2). */
  readonly rssi: number;
  readonly connectable: boolean;
  /** It advertises the Heart Rate service. */
  readonly heartRate: boolean;
  /** Only whether there is one is looked at. */
  readonly broadcast?: object | undefined;
}

export interface LinkInput {
  readonly type: 'link';
  readonly adapter: string;
  readonly strap: StrapId;
  readonly state: 'connecting' | 'connected' | 'subscribed' | 'ended';
  /** HCI status or disconnection reason of `ended`. */
  readonly code?: number | undefined;
  readonly reason?: string | undefined;
}

export interface DeviceInput {
  readonly type: 'device';
  readonly adapter: string;
  readonly strap: StrapId;
  readonly serial?: string | undefined;
  readonly table: string;
}

export type SchedulerInput =
  /** The worker is there and its adapter is on. */
  | { readonly type: 'adapter-ready'; readonly adapter: string; readonly links: readonly HeldLink[] }
  /** The worker or its adapter has gone, and every link with it, as far as the scheduler is concerned. */
  | { readonly type: 'adapter-lost'; readonly adapter: string; readonly reason?: string | undefined }
  | SightingInput
  | LinkInput
  | DeviceInput
  /** Bytes of this strap's made the worker's library fail. */
  | { readonly type: 'fault'; readonly adapter: string; readonly strap?: StrapId | undefined }
  | { readonly type: 'prefer'; readonly athletes: ReadonlySet<AthleteId> }
  /** Takes the place of what was wished for before. */
  | { readonly type: 'wish'; readonly wishes: readonly StrapWish[] }
  | { readonly type: 'tick' };

type Event<T extends SourceEvent['type']> = Omit<SourceEvent & { type: T }, 'monotonicMs'>;

/** For a worker: to be sent to it in this order. */
export type Command =
  | { readonly type: 'connect'; readonly adapter: string; readonly strap: StrapId; readonly identify: boolean }
  | { readonly type: 'subscribe'; readonly adapter: string; readonly strap: StrapId }
  | { readonly type: 'release'; readonly adapter: string; readonly strap: StrapId; readonly reason: string }
  | {
      readonly type: 'listen';
      readonly adapter: string;
      readonly scan: boolean;
      readonly addresses: readonly StrapId[];
      readonly names: readonly string[];
    };

export type SchedulerEffect =
  | Command
  /**
   * The worker did not answer within the time in which every answer comes: to be killed and started anew. It counts
   * as lost already, and nothing that it says is heard until it is ready again.
   */
  | { readonly type: 'suspect'; readonly adapter: string; readonly reason: string }
  /** Source events that lack their stamp. */
  | Event<'link'>
  | Event<'conflict'>
  | Event<'stranger'>;

export type Emit = (effect: SchedulerEffect) => void;

/** Durations in ms. */
export interface SchedulerTiming {
  /** How long after an advertisement its strap is taken to be there still, and may be connected. */
  readonly freshMs: number;
  /** How long an adapter that has heard a strap is taken to be in its range. */
  readonly inRangeMs: number;
  /** After a strap appears, for the other adapters to hear it as well. */
  readonly settleMs: number;
  /** How long a strap waits for an adapter that hears it far better and is busy. */
  readonly betterMs: number;
  /** From `connect` to `connected` or `ended`: more than a worker takes to stop its scan, connect and cancel. */
  readonly connectMs: number;
  /** From `connected` to `subscribed`, to `device` of one that is asked, or from `subscribe` to `subscribed`. */
  readonly setUpMs: number;
  /** From `release` to `ended`: more than the supervision timeout, by which every link has ended. */
  readonly releaseMs: number;
  /** A link that held that long was good: its end is a new beginning. */
  readonly steadyMs: number;
  /** A link that held that long gave readings: its strap can be read, and is not left alone for long. */
  readonly usefulMs: number;
  readonly strapRetry: Retry;
  /** For a strap that makes the library fail. Without jitter. */
  readonly quarantine: Retry;
  /** A strap that made no fault for that long starts anew with the shortest quarantine. */
  readonly faultMemoryMs: number;
  /** The longest that an adapter only listens after a connect that failed: a long advertising interval. */
  readonly listenMs: number;
  /** How long an adapter that refused a link while it held none is left alone. */
  readonly refusedMs: number;
  /** Until the places of an adapter that refused are raised by one; doubles while it goes on refusing. */
  readonly raise: Retry;
  /** How long an athlete's strap is heard without a place before a place is made. */
  readonly crampedMs: number;
  /** Between two places that are made on one adapter. */
  readonly roomEveryMs: number;
  /** How long a place that was made is kept for whom it was made. */
  readonly reservedMs: number;
  /** How long an adapter's hearing of a strap that is linked elsewhere still speaks for it. */
  readonly heardOnceMs: number;
  /** The same of a strap that is not linked: it waits for that adapter, which may be busy, and nobody gives way. */
  readonly heardLatelyMs: number;
  /** A strap that has given no sign for that long gives way to another that fits the same athlete. */
  readonly changeoverMs: number;
  /** A strap known by its serial number that is missing for that long may have another address: others are asked. */
  readonly missingMs: number;
  /** How long a strap is left in peace whose serial number is nobody's; and until a stranger is reported again. */
  readonly strangerMs: number;
  /** For a stranger that could not be asked. */
  readonly strangerRetry: Retry;
  /** Two senders of one identity are told apart from one that changed its address when both are there that long. */
  readonly rivalMs: number;
  /** Until the same conflict is told again. */
  readonly conflictMs: number;
}

export const SCHEDULER_TIMING: SchedulerTiming = {
  freshMs: 2_000,
  inRangeMs: 5_000,
  settleMs: 300,
  betterMs: 2_000,
  connectMs: 15_000,
  setUpMs: 20_000,
  releaseMs: 12_000,
  steadyMs: 10_000,
  usefulMs: 2_000,
  strapRetry: { minMs: 1_000, maxMs: 30_000 },
  quarantine: { minMs: 60_000, maxMs: 600_000 },
  faultMemoryMs: 1_800_000,
  listenMs: 1_200,
  refusedMs: 5_000,
  raise: { minMs: 60_000, maxMs: 600_000 },
  crampedMs: 2_000,
  roomEveryMs: 15_000,
  reservedMs: 10_000,
  heardOnceMs: 600_000,
  heardLatelyMs: 60_000,
  changeoverMs: 3_000,
  missingMs: 30_000,
  strangerMs: 600_000,
  strangerRetry: { minMs: 15_000, maxMs: 30_000 },
  rivalMs: 8_000,
  conflictMs: 300_000,
};

export interface SchedulerOptions {
  readonly wishes: readonly StrapWish[];
  /** From 0 up to and without 1, for the jitter of the back-offs. */
  readonly random: () => number;
  readonly timing?: Partial<SchedulerTiming>;
  /** How many links an adapter may hold at most, by its name. */
  readonly placesOf?: (adapter: string) => number;
}
