/**
 * What is asked of a store, and what it answers: plain data, so that it can cross to the thread in which the store
 * works. Records cross as the text in which they are stored, which is cheap to copy; packing them is the business of
 * the side that has them.
 */
import type { EnteredGap } from '../domain/gap.ts';
import type { EncodedBatch, RecordKind, TimeBounds } from '../domain/record.ts';
import type { SeqRange } from '../domain/seq-ranges.ts';
import type { ClockPast } from '../domain/timekeeper.ts';
import type { Backlog, Telemetry, Written } from '../ports.ts';

/** Samples for one chunk. */
export interface ChunkParcel {
  readonly count: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** Monotonic time of the last one. */
  readonly monotonicMs: number;
  readonly offsetMs: number | undefined;
  /** How many of whom, as JSON. */
  readonly counts: string;
  readonly samples: string;
  /** CRC-32 of `samples`. */
  readonly crc: number;
}

/** An alert or a ledger entry; what it opens or closes is looked up in it by the store. */
export interface EventParcel {
  readonly kind: 'alert' | 'gap';
  readonly offsetMs: number | undefined;
  readonly body: string;
  readonly crc: number;
}

export interface Parcel {
  readonly chunks: readonly ChunkParcel[];
  readonly events: readonly EventParcel[];
}

/** Per uplink and kind, as pairs of `after` and `through`; those only that have changed. */
export type AcknowledgedPairs = readonly {
  readonly uplink: string;
  readonly kind: RecordKind;
  readonly pairs: readonly (readonly [number, number])[];
}[];

/** Something that the store tells by itself. */
export type StoreNotice = Parameters<Telemetry['emit']>[0] & { readonly event: `store.${string}` };

/**
 * `epoch` names the store that the numbers in a request belong to: when another one has taken its place meanwhile, they
 * mean nothing any more.
 */
export type StoreRequest =
  | {
      readonly type: 'append';
      readonly epoch: string;
      readonly parcel: Parcel;
      readonly acknowledged: AcknowledgedPairs;
      /** The same parcel was asked for before, and that failed: it may be on the disk all the same. */
      readonly isRetry: boolean;
    }
  | { readonly type: 'sync'; readonly epoch: string; readonly acknowledged: AcknowledgedPairs }
  | {
      readonly type: 'read';
      readonly epoch: string;
      readonly kind: RecordKind;
      readonly range: SeqRange;
      readonly limit: number;
      /** As the entries of a message; otherwise as records, which cross as they are stored. */
      readonly isEncoded: boolean;
    }
  | { readonly type: 'recall'; readonly memoryMs: number }
  | { readonly type: 'learn-time'; readonly offsetMs: number }
  | { readonly type: 'release-unsynchronised' }
  | { readonly type: 'close'; readonly epoch: string; readonly acknowledged: AcknowledgedPairs };

/** A part of a chunk. @typeParam Text how its JSON is held: as text, or as UTF-8 */
export interface ChunkSlice<Text = string> {
  readonly firstSeq: number;
  readonly skip: number;
  readonly limit: number;
  readonly shiftMs: number;
  readonly samples: Text;
  /** Of what is recalled and may yet be put right: the offset by which it was stamped. */
  readonly offsetMs?: number;
  /** Of what is recalled and will never be put right. */
  readonly isUnsynchronised?: true;
}

interface EventSlice {
  readonly seq: number;
  readonly shiftMs: number;
  readonly body: string;
}

/** A batch with its records still as text. */
export interface PackedBatch {
  readonly kind: RecordKind;
  readonly range: SeqRange;
  readonly epoch: string;
  readonly unsynchronised?: TimeBounds;
  /** Of samples. */
  readonly chunks: readonly ChunkSlice<Uint8Array>[];
  /** Of alerts and ledger entries. */
  readonly events: readonly EventSlice[];
}

/** The text of what opened something; `shiftMs` is absent where its times are as right as they will ever be. */
interface OpenSlice {
  readonly body: string;
  readonly shiftMs?: number;
  readonly offsetMs?: number;
}

export interface PackedPast extends ClockPast {
  readonly openAlerts: readonly OpenSlice[];
  readonly openGaps: readonly OpenSlice[];
  readonly chunks: readonly ChunkSlice[];
}

/** How the store stands; comes with every answer. */
export interface StoreState {
  readonly epoch: string;
  /** Present while the disk cannot be written, and records are in memory only. */
  readonly inMemory?: true;
  readonly head: number;
  /** By the uplink's name. */
  readonly backlog: Readonly<Record<string, Backlog>>;
  /** When the oldest sample of that was taken, Unix ms; absent where there is none, or nobody knows. */
  readonly oldestMs: Readonly<Record<string, number | undefined>>;
  /** Damage was found since it was opened, or what is left of a damaged store lies beside it. */
  readonly isDamaged: boolean;
  /** Absent while records are in memory only. */
  readonly written?: Written;
}

/** Numbers above `after`, up to and with `through`, are higher by so much in the store that took the records over. */
export interface Move extends SeqRange {
  readonly by: number;
}

/** What was taken over from the store of this epoch. */
export interface Moved {
  readonly epoch: string;
  readonly moves: readonly Move[];
}

export interface StoreAnswer {
  readonly state: StoreState;
  readonly batch?: PackedBatch;
  readonly encoded?: EncodedBatch;
  readonly past?: PackedPast;
  /** Samples that went undelivered since the last answer: they count as settled. */
  readonly evicted: readonly SeqRange[];
  /** What it has entered in the ledger by itself since the last answer, in that order. */
  readonly entered: readonly EnteredGap[];
  /** Where another store has taken the place of the one before: all that is known there as acknowledged. */
  readonly acknowledged?: AcknowledgedPairs;
  /** And what it has of the one before. */
  readonly moved?: Moved;
}
