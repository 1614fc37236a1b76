/**
 * The gateway's edges. `src/gateway` knows these and nothing behind them; every adapter implements one and
 * joins that port's contract suite under `test/contract`.
 */
import type { HeartRateMeasurement } from '../device/profiles/heart-rate.ts';
import type { AlertEvent } from './domain/alert.ts';
import type { StrapMatch } from './domain/athlete.ts';
import type { EnteredGap } from './domain/gap.ts';
import type { LedgerPast } from './domain/ledger.ts';
import type { Batch, BatchExtent, EncodedBatch, NewRecord, RecordKind } from './domain/record.ts';
import type { Past } from './domain/rules/engine.ts';
import type { AthleteId, StrapId } from './domain/sample.ts';
import type { SeqRange, SeqRanges } from './domain/seq-ranges.ts';
import type { ClockPast } from './domain/timekeeper.ts';
import type { TelemetryEvent } from './telemetry/events.ts';

/**
 * Two clocks. The monotonic one is for durations and never steps; the wall clock is for stamps and may
 * step at any time, on a Pi by years.
 */
export interface Clock {
  /** Milliseconds since boot, with fractions; comparable between processes of one boot. */
  monotonicMs(): number;
  /** Unix time in ms, with fractions. */
  wallMs(): number;
  /** Resolves after `durationMs`, or at once when the signal aborts; never rejects, so look at the signal after it. */
  sleep(durationMs: number, signal?: AbortSignal): Promise<void>;
}

/** Whoever knows whether the machine's wall clock is right. */
export interface TimeAuthority {
  /**
   * Whether NTP, or what takes its place, holds the clock now; undefined where there is nobody to ask. Takes a few
   * seconds at most, resolves at once when the signal aborts, and never rejects.
   */
  isSynchronised(signal: AbortSignal): Promise<boolean | undefined>;
}

/** Whose strap to look for, and how to know it. */
export interface StrapWish {
  readonly athlete: AthleteId;
  readonly match: StrapMatch;
}

/** By which way a reading came: over a link to the strap, or in what the strap advertises to everybody. */
type ReadingWay = 'link' | 'broadcast';

/** How an adapter last heard a strap advertise; a strap with a link does so seldom. */
export interface Reception {
  readonly adapter: string;
  /** dBm, smoothed over some advertisements. */
  readonly rssi: number;
  /** When the last of them was heard, monotonic. */
  readonly heardMs: number;
}

/** What is wrong with an identity, or with the wishes that name it. */
export type IdentityConflict =
  /** Two straps fit one athlete's entry: only the first is read. */
  | 'two-straps-one-athlete'
  /** One strap fits the entries of two athletes: it is read for one of them. */
  | 'one-strap-two-athletes'
  /** Another sender uses the identity of this athlete's strap. */
  | 'second-advertiser'
  /** The strap's GATT table is another one than at its last link. */
  | 'gatt-table-changed';

/**
 * What comes from the radio. Every event is plain data with the monotonic time at which it happened, taken
 * where it happened: the radio lives in another process.
 */
export type SourceEvent =
  | {
      readonly type: 'measurement';
      readonly athlete: AthleteId;
      readonly strap: StrapId;
      readonly monotonicMs: number;
      readonly measurement: HeartRateMeasurement;
      readonly way: ReadingWay;
      /** Absent where the adapter does not know. */
      readonly reception?: Reception;
    }
  | {
      /** A notification that is no heart-rate measurement: a reading is lost. */
      readonly type: 'malformed';
      readonly athlete: AthleteId;
      readonly strap: StrapId;
      readonly monotonicMs: number;
      readonly reason: string;
    }
  | {
      /** Readings that the radio had and could not keep while the core was away. */
      readonly type: 'dropped';
      readonly athlete: AthleteId;
      readonly strap: StrapId;
      /** When the first of them came. */
      readonly fromMonotonicMs: number;
      readonly monotonicMs: number;
      readonly count: number;
    }
  | {
      readonly type: 'link';
      readonly athlete: AthleteId;
      readonly strap: StrapId;
      readonly monotonicMs: number;
      readonly adapter: string;
      readonly state: 'connecting' | 'subscribed' | 'lost' | 'failed';
      /** Why, for `lost` and `failed`. */
      readonly reason?: string;
      /** What kind of end, for `lost`: the strap faded away, the adapter or its process went, or anything else. */
      readonly cause?: 'out-of-range' | 'adapter-lost' | 'other';
      /** Of `connecting`, where it is known. */
      readonly reception?: Reception;
    }
  | {
      /** Read from the strap after each new link, and from broadcasts that tell it. */
      readonly type: 'battery';
      readonly athlete: AthleteId;
      readonly strap: StrapId;
      readonly monotonicMs: number;
      /** Absent where the strap only tells that it is low. */
      readonly percent?: number;
      readonly low: boolean;
    }
  | {
      /** Read once a link. Absent means that the strap does not tell. */
      readonly type: 'device';
      readonly athlete: AthleteId;
      readonly strap: StrapId;
      readonly monotonicMs: number;
      readonly manufacturer?: string;
      readonly model?: string;
      readonly firmware?: string;
      readonly sensorLocation?: string;
    }
  | {
      /**
       * Something is wrong with who is who. Told when it begins and, while it is seen, again every few minutes: nothing
       * tells its end, so the domain contests readings for ten minutes after a doubt about their sender was last told.
       */
      readonly type: 'conflict';
      readonly athlete: AthleteId;
      readonly strap: StrapId;
      readonly monotonicMs: number;
      readonly conflict: IdentityConflict;
      /** The other strap, or the other athlete. */
      readonly other?: string;
    }
  | {
      /** A heart-rate strap that is nobody's; told once in a while. */
      readonly type: 'stranger';
      readonly strap: StrapId;
      readonly monotonicMs: number;
      /** dBm. */
      readonly rssi: number;
    }
  | {
      readonly type: 'adapter';
      readonly adapter: string;
      readonly monotonicMs: number;
      readonly state: 'ready' | 'lost';
      readonly reason?: string;
      readonly retryInMs?: number;
    };

/**
 * The straps. Events come through the callback in order of their stamps, as far as they come over one adapter; the
 * callback only takes them and returns. A failing adapter is an event and not an exception: the source goes on
 * trying until stopped.
 */
export interface HeartRateSource {
  start(wishes: readonly StrapWish[], onEvent: (event: SourceEvent) => void): Promise<void>;
  /**
   * Takes the place of the wishes before, while it runs; otherwise it does nothing. A wish that was there before keeps
   * its link; of the others the ends are told before it returns. Every event after that is of an athlete who is wished
   * for now, and of a strap that is theirs now.
   */
  wish(wishes: readonly StrapWish[]): void;
  /** Athletes whose straps are to be linked before all others. Takes the place of what was said before. */
  prefer(athletes: ReadonlySet<AthleteId>): void;
  /** No event comes after it resolves. Safe to call twice, and without `start`. */
  stop(): Promise<void>;
}

/** How many records of each kind have no acknowledgement yet. */
export type Backlog = Readonly<Record<RecordKind, number>>;

/** What the store was asked and has not answered. */
export interface Unanswered {
  /** For how long, ms. */
  readonly forMs: number;
  /** It waits for its disk at this moment, as far as the system can tell. */
  readonly isWaitingForDisk: boolean;
}

/** What a store has written since it was opened, bytes; both only grow. */
export interface Written {
  /** To its disk, with what goes along with the records. An estimate, since the file system adds to it. */
  readonly bytes: number;
  /** Of the records themselves. */
  readonly recordBytes: number;
}

/**
 * The log. Appending gives each record the next sequence number of the store's epoch; of each uplink it remembers
 * what that has acknowledged. Errors are `OperatingError`s with a `store-…` code.
 *
 * The epoch may change while it is open: a store that turns out to be damaged is replaced by a new one, whose numbers
 * begin anew and of which nothing is acknowledged. So whoever goes by its numbers compares `epoch` with the one that they
 * were taken under whenever a promise of it has resolved, and when it is another one, forgets what is under way and
 * begins again with `head` and `acknowledged`; what was readable in the old store comes again in the new one. Answers for
 * ranges of the old one are empty. Acknowledging its batches does no harm, and counts where the records are, or will be
 * again, in the store that is in use.
 */
export interface Outbox {
  /** Names this store for ever: with the gateway and a sequence number it identifies a record. */
  readonly epoch: string;
  /** The highest sequence number on the disk, 0 when there is none. */
  readonly head: number;
  /** Damage was found in it since it was opened, or what is left of a damaged store lies beside it. */
  readonly isDamaged: boolean;
  /**
   * The disk cannot be written, and the store carries on in memory, with an epoch of its own: what it takes then counts as
   * stored, and is lost with the process. Once the disk can be written, the store before is the store again.
   */
  readonly isInMemory: boolean;
  /** Undefined while nothing goes to the disk. */
  readonly written: Written | undefined;
  /** What it is at; undefined where it has answered everything. */
  unanswered(): Unanswered | undefined;
  /**
   * Has the entries told that the store makes in the ledger by itself, for what it has to give up or cannot read: each
   * when it is on the disk, those of before at once. For one listener, which must not throw.
   */
  onEntered(listener: (entered: EnteredGap) => void): void;
  /** Resolves when every record is on the disk, in one transaction: all of them or none. */
  append(records: readonly NewRecord[]): Promise<void>;
  /**
   * The first records of the kind in the range, at most `limit`; undefined where there are none, or where the first of
   * them waits for the time to become known. Alerts never wait: they are read marked, with what is known of their time.
   */
  read(kind: RecordKind, range: SeqRange, limit: number): Promise<Batch | undefined>;
  /** The same as the entries of a message, without being records in between. */
  readEncoded(kind: RecordKind, range: SeqRange, limit: number): Promise<EncodedBatch | undefined>;
  /** What the uplink has acknowledged of this kind; a copy. */
  acknowledged(uplink: string, kind: RecordKind): SeqRanges;
  /**
   * Owned by delivery: the receiver behind this uplink has acknowledged the batch. It is written with the next append
   * or sync, so a crash repeats what was acknowledged since, and loses nothing.
   */
  acknowledge(uplink: string, batch: BatchExtent): void;
  /**
   * Takes back the buffer of a batch that was read encoded, for one that is read later. Whoever gives it must not look at
   * it again. A drain goes through tens of megabytes a second, which the garbage collector would have to follow.
   */
  reuse(spare: ArrayBuffer): void;
  /** Writes what was acknowledged since the last append. */
  sync(): Promise<void>;
  /** What the uplink has not acknowledged. */
  backlog(uplink: string): Backlog;
  /**
   * When the oldest sample of that was taken, Unix ms, to about a second and as of the last write; undefined where there is
   * none, or where its time is not known to be right.
   */
  oldestWaitingMs(uplink: string): number | undefined;
  /**
   * What was open, and the newest samples: those of the last `memoryMs` and at least some, in bounded number. Those of
   * this boot that were stamped without the time, and are not put right yet, have their `offsetMs`. And what the store
   * knows of the time.
   */
  recall(memoryMs: number): Promise<Past & LedgerPast & ClockPast>;
  /**
   * The time of this boot is known: its wall time minus its monotonic time, ms. Records of this boot that were stamped
   * without it are read with their times put right from now on.
   */
  learnTime(offsetMs: number): Promise<void>;
  /** Records of this boot wait for the time no longer: until it becomes known they are read as they are, marked. */
  releaseUnsynchronised(): Promise<void>;
  /** Writes what was acknowledged, and closes even when that fails, which it then throws. */
  close(): Promise<void>;
}

/** What became of a batch. `lost` and `refused` batches may have arrived all the same. */
export type PublishOutcome =
  /** `spare` is the buffer of the batch's entries, where nobody refers to it any more: see `Outbox.reuse`. */
  | { readonly kind: 'acknowledged'; readonly spare?: ArrayBuffer }
  /** No connection, or it ended before the acknowledgement. */
  | { readonly kind: 'lost'; readonly reason: string }
  /** The broker answered that it will not take it; `isPassing` where it may another time. */
  | { readonly kind: 'refused'; readonly reason: string; readonly isPassing?: true }
  /** The encoded message is larger than the uplink takes; nothing was sent. */
  | { readonly kind: 'too-large' };

/** `compressed` is gzip of the same message: slower, and a quarter of the bytes. */
export type MessageForm = 'plain' | 'compressed';

/** A batch as it goes over the wire. */
export interface PreparedMessage {
  /** The size of the whole packet. */
  readonly bytes: number;
  /** Sends at QoS 1 and resolves with the outcome within a bound of its own; never rejects. Once only. */
  send(): Promise<PublishOutcome>;
}

/**
 * The way to the cloud. It connects and reconnects by itself, with back-off and jitter, until stopped, and
 * keeps no queue: what has no acknowledgement stays the caller's.
 */
export interface Uplink {
  readonly name: string;
  readonly connected: boolean;
  /** Begins to connect and returns; `onChange` is called whenever `connected` has changed. */
  start(onChange: () => void): Promise<void>;
  /** Makes a message of a batch, ready to be sent. Never rejects. */
  prepare(batch: EncodedBatch, form: MessageForm): Promise<PreparedMessage>;
  /** Ends the connection; messages under way resolve as `lost`. Safe to call twice, and without `start`. */
  stop(): Promise<void>;
}

/**
 * Raises the local alarm. Called after the alert is stored, or at once when it cannot be, and again after a
 * restart for what is open then; must not block or throw.
 */
export interface Responder {
  respond(alert: AlertEvent): void;
  /** For one with work of its own, such as a connection: called before the first alert. Must not throw. */
  start?(): void;
  /** Resolves within a bound, when none of that work goes on. Called before the outbox is closed; never rejects. */
  stop?(): Promise<void>;
}

/** Whoever started the process and restarts it when it fails. None of this takes long or throws. */
export interface Supervisor {
  /** The start is over, or what `reloading` has begun. */
  ready(): void;
  /** How things are, on a line for people; called often, it asks for the text only when that is to be told. */
  status(text: () => string): void;
  /** The pipeline was seen to go on just now. Where that stays away the process is restarted. */
  progress(): void;
  reloading(): void;
  stopping(): void;
}

export interface Telemetry {
  emit(event: TelemetryEvent): void;
}
