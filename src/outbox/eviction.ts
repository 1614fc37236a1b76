/**
 * What goes when the store reaches its size: the oldest samples that are delivered, then the oldest of all; what lies
 * around alerts goes after everything else, in the same order. Delivered alerts and ledger entries go with the samples
 * of their time; undelivered ones stay. What goes undelivered is in the gap ledger afterwards.
 */
import type { AlertEvent } from '../domain/alert.ts';
import type { Gap } from '../domain/gap.ts';
import type { RecordKind } from '../domain/record.ts';
import { type SeqRange, SeqRanges } from '../domain/seq-ranges.ts';
import { parsed } from './checksums.ts';
import { LossEntries, type LossEntry } from './losses.ts';
import type { Statements } from './statements.ts';

/** Room is made for a while and not for one commit, so that few entries tell of it. */
const STRIDE = 0.02;

/** A lower limit than before is reached over many commits, none of which takes long. */
const CHUNKS_AT_ONCE = 200;
const EVENTS_AT_ONCE = 500;

/** So many of the newest alerts and ledger entries never go. */
const EVENTS_KEPT = 500;

export interface EvictionLimits {
  /** What the tables may take up, bytes. */
  readonly limitBytes: number;
  /** What every uplink has acknowledged. */
  readonly delivered: (kind: RecordKind) => SeqRanges;
  /** What lies around alerts. */
  readonly pinned: () => SeqRanges;
  /** Ledger entries up to here may have been sent: they must stay as they are. */
  readonly gapsReadThrough: number;
}

export interface Evicted {
  /**
   * What the ledger has to say, one entry an athlete: an earlier one that was not sent yet is taken back and is part of
   * the new one, so that the ledger of a long outage does not itself fill the store.
   */
  readonly entries: readonly LossEntry[];
  /** Entries of the ledger that have taken the place of several, each of one cause. */
  readonly merged: readonly LossEntry[];
  /** Samples that were not acknowledged by everybody. */
  readonly ranges: readonly SeqRange[];
}

/** To be called inside the transaction that appends, so that a record and what it pushed out change together. */
export function evict(sql: Statements, limits: EvictionLimits): Evicted {
  const entries = new LossEntries(sql, 'evicted', limits.gapsReadThrough);
  const ranges: SeqRange[] = [];
  if (usedBytes(sql) <= limits.limitBytes) return { entries: [], merged: [], ranges };
  const delivered = limits.delivered('samples');
  const enoughBytes = limits.limitBytes * (1 - STRIDE);
  let count = 0;
  for (const { first_seq: firstSeq, last_seq: lastSeq } of candidates(sql, delivered, limits.pinned())) {
    const range = { after: firstSeq - 1, through: lastSeq };
    if (!delivered.covers(range)) {
      const row = sql.chunk.get(firstSeq);
      if (row !== undefined) entries.add(row, delivered);
      ranges.push(range);
    }
    sql.deleteChunk.run(firstSeq);
    if (++count >= CHUNKS_AT_ONCE || usedBytes(sql) <= enoughBytes) break;
  }
  dropOldEvents(sql, limits);
  if (count === 0) evictEvents(sql, limits, entries);
  return { entries: entries.all, merged: entries.merged, ranges };
}

/**
 * Nothing but undelivered alerts and ledger entries is left. The oldest entries become one for each athlete and
 * cause; when that is not enough, the oldest alerts go, and are in the one for what was evicted, which grows.
 */
function evictEvents(sql: Statements, { delivered, limitBytes }: EvictionLimits, entries: LossEntries): void {
  const undelivered = (kind: 'alerts' | 'gaps') => delivered(kind).gaps(sql[kind].newestButFew.get(EVENTS_KEPT) ?? 0);
  for (const { after, through } of undelivered('gaps')) {
    for (const row of sql.otherGaps.all(after, through, EVENTS_AT_ONCE)) {
      const gap = parsed(row.body) as Gap | undefined;
      if (gap !== undefined) entries.merge(gap, row);
      sql.deleteGap.run(row.seq);
    }
  }
  if (usedBytes(sql) <= limitBytes) return;
  for (const { after, through } of undelivered('alerts')) {
    for (const row of sql.alerts.within.all(after, through, EVENTS_AT_ONCE)) {
      const alert = parsed(row.body) as AlertEvent | undefined;
      if (alert !== undefined) entries.addAlert(alert.athlete, alert.timeMs, row);
      sql.alerts.deleteOne.run(row.seq);
    }
  }
}

/** The chunks in the order in which they go; never the newest one, whose numbers the next record goes on from. */
function* candidates(sql: Statements, delivered: SeqRanges, pinned: SeqRanges) {
  const before = (sql.newestChunk.get()?.first_seq ?? 1) - 1;
  const all = new SeqRanges([{ after: 0, through: before }]);
  for (const phase of [delivered.minus(pinned), all.minus(pinned), delivered, all]) {
    for (const { after, through } of phase.ranges) {
      for (let from = after; ; ) {
        const chunk = sql.chunkWithin.get(from, Math.min(through, before));
        if (chunk === undefined) break;
        yield chunk;
        from = chunk.last_seq;
      }
    }
  }
}

function dropOldEvents(sql: Statements, { delivered }: EvictionLimits): void {
  const before = (sql.oldestChunk.get()?.first_seq ?? 1) - 1;
  sql.deletePinsThrough.run(before);
  for (const kind of ['alerts', 'gaps'] as const) {
    for (const { after, through } of delivered(kind).ranges) {
      sql[kind].deleteWithin.run(after, Math.min(through, before));
    }
  }
}

export function usedBytes(sql: Statements): number {
  return sql.usedBytes.get() ?? 0;
}
