/**
 * What the log holds. Each record gets a sequence number when it is stored; with the gateway's name and
 * the store's epoch that number identifies it for ever, so a receiver can drop what it gets twice.
 */
import type { AlertEvent } from './alert.ts';
import type { Gap } from './gap.ts';
import type { Sample } from './sample.ts';
import type { SeqRange } from './seq-ranges.ts';

export type NewRecord = (
  | { readonly kind: 'sample'; readonly sample: Sample }
  | { readonly kind: 'alert'; readonly alert: AlertEvent }
  | { readonly kind: 'gap'; readonly gap: Gap }
) & {
  /**
   * Where the clock was not trusted: the wall time minus the monotonic time by which the record's times were made, ms,
   * so that they can be put right once the time is known. Absent where they are right.
   */
  readonly offsetMs?: number;
};

export type Stored<T> = T & { readonly seq: number };

/** Between which times the records of a boot lie that never learned the time; Unix ms, absent where nothing tells. */
export interface TimeBounds {
  readonly notBeforeMs?: number;
  readonly notAfterMs?: number;
}

interface BatchFrame {
  /**
   * Every record of its kind that the store has in this range is in the batch, so acknowledging the batch is
   * acknowledging the range.
   */
  readonly range: SeqRange;
  /**
   * With the records' sequence numbers their identity. Both are the store's own, but for records that were saved from a
   * damaged store: those keep the identity that they had.
   */
  readonly epoch: string;
  /** The epoch of the store itself, which `range` is about, where that is another one. */
  readonly storedIn?: string;
  /** The times of these records are not right, and never will be. */
  readonly unsynchronised?: TimeBounds;
}

/** Records of one kind in ascending sequence, as one message carries them. Never empty. */
export type Batch = BatchFrame &
  (
    | { readonly kind: 'samples'; readonly records: readonly Stored<Sample>[] }
    | { readonly kind: 'alerts'; readonly records: readonly Stored<AlertEvent>[] }
    | { readonly kind: 'gaps'; readonly records: readonly Stored<Gap>[] }
  );

/** Which records a batch had, and how many: all that matters of it once it is on its way. A batch is one itself. */
export type BatchExtent = Omit<BatchFrame, 'unsynchronised'> & {
  readonly kind: Batch['kind'];
  readonly records: { readonly length: number };
};

export function extentOf({ kind, range, epoch, storedIn, records }: EncodedBatch): BatchExtent {
  const { length } = records;
  return { kind, range, epoch, ...(storedIn === undefined ? {} : { storedIn }), records: { length } };
}

/** A batch whose records are the text of a message's entries (see entries.ts): as it is sent, and cheap to hand on. */
export type EncodedBatch = BatchFrame & {
  readonly kind: Batch['kind'];
  readonly records: { readonly length: number };
  /**
   * UTF-8, in a buffer of its own, which can be handed from thread to thread. Where there is room in it before and behind
   * the entries, it is there to make a message of them without a copy.
   */
  readonly entries: Uint8Array<ArrayBuffer>;
};

export const RECORD_KINDS = ['alerts', 'gaps', 'samples'] as const satisfies readonly Batch['kind'][];
export type RecordKind = (typeof RECORD_KINDS)[number];
