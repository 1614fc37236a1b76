/**
 * What goes when the store reaches its size: the oldest samples, which are the delivered ones as long as
 * there are any; undelivered ones are in the gap ledger afterwards. Delivered alerts and ledger entries go
 * with the samples of their time; undelivered ones stay.
 */
import type { Gap } from '../domain/gap.ts';
import type { Lane } from '../domain/record.ts';
import type { AthleteId } from '../domain/sample.ts';
import { decodeChunk } from './chunk.ts';
import type { Statements } from './statements.ts';

/** The write-ahead log lies beside the database and is kept to about 1 MiB by automatic checkpoints. */
const LOG_ALLOWANCE_BYTES = 4 * 1024 * 1024;

/** Room is made for a while and not for one commit, so that few entries tell of it. */
const STRIDE = 0.02;

/** A lower limit than before is reached over many commits, none of which takes long. */
const CHUNKS_AT_ONCE = 200;

export interface EvictionLimits {
  readonly maxBytes: number;
  readonly cursors: Readonly<Record<Lane, number>>;
  /** Ledger entries up to here may have been sent: they must stay as they are. */
  readonly gapsReadThrough: number;
}

/**
 * To be called inside the transaction that appends, so that a record and what it pushed out change together.
 *
 * @returns what the ledger has to say, one entry an athlete: an earlier one that was not sent yet is taken back and
 *   is part of the new one, so that the ledger of a long outage does not itself fill the store
 */
export function evict(sql: Statements, limits: EvictionLimits): Gap[] {
  const limitBytes = limits.maxBytes - LOG_ALLOWANCE_BYTES;
  if (usedBytes(sql) <= limitBytes) return [];
  const gaps = new Map<AthleteId, Gap>();
  for (let i = 0; i < CHUNKS_AT_ONCE && usedBytes(sql) > limitBytes * (1 - STRIDE); i++) {
    const oldest = sql.oldestChunkSamples.get();
    if (oldest === undefined || oldest.first_seq === sql.newestChunk.get()?.first_seq) break;
    for (const { athlete, timeMs } of decodeChunk(oldest.samples, oldest.first_seq, limits.cursors.samples)) {
      const gap = gaps.get(athlete) ?? unsentGap(sql, limits.gapsReadThrough, athlete, timeMs);
      const fromMs = Math.min(gap.fromMs, timeMs);
      const toMs = Math.max(gap.toMs ?? timeMs, timeMs);
      gaps.set(athlete, { ...gap, fromMs, toMs, count: (gap.count ?? 0) + 1 });
    }
    sql.deleteChunk.run(oldest.first_seq);
    sql.alerts.deleteThrough.run(Math.min(oldest.last_seq, limits.cursors.alerts));
    sql.gaps.deleteThrough.run(Math.min(oldest.last_seq, limits.cursors.gaps));
  }
  return [...gaps.values()];
}

function unsentGap(sql: Statements, afterSeq: number, athlete: AthleteId, timeMs: number): Gap {
  const row = sql.evictedGap.get(afterSeq, athlete);
  if (row === undefined) return { athlete, fromMs: timeMs, toMs: timeMs, cause: 'evicted', count: 0 };
  sql.deleteGap.run(row.seq);
  return JSON.parse(row.body) as Gap;
}

function usedBytes(sql: Statements): number {
  return sql.usedBytes.get() ?? 0;
}
