/**
 * What goes when the store reaches its size: the oldest samples, which are the delivered ones as long as
 * there are any; undelivered ones leave an entry in the gap ledger for each athlete. Delivered alerts and
 * ledger entries go with the samples of their time; undelivered ones stay.
 */
import type Database from 'better-sqlite3';
import type { Gap } from '../domain/gap.ts';
import type { Lane } from '../domain/record.ts';
import type { AthleteId } from '../domain/sample.ts';
import { decodeChunk } from './chunk.ts';
import type { Statements } from './statements.ts';

/** The write-ahead log lies beside the database and is kept to about 1 MiB by automatic checkpoints. */
const LOG_ALLOWANCE_BYTES = 4 * 1024 * 1024;

export interface EvictionLimits {
  readonly maxBytes: number;
  readonly cursors: Readonly<Record<Lane, number>>;
}

/** To be called inside the transaction that appends, so that a record and what it pushed out change together. */
export function evict(db: Database.Database, sql: Statements, { maxBytes, cursors }: EvictionLimits): Gap[] {
  const gaps = new Map<AthleteId, Gap>();
  while (usedBytes(db) > maxBytes - LOG_ALLOWANCE_BYTES) {
    const oldest = sql.oldestChunkSamples.get();
    const newest = sql.newestChunk.get();
    if (oldest === undefined || oldest.first_seq === newest?.first_seq) break;
    for (const { athlete, timeMs } of decodeChunk(oldest.samples, oldest.first_seq, cursors.samples)) {
      const gap = gaps.get(athlete) ?? { athlete, fromMs: timeMs, toMs: timeMs, cause: 'evicted', count: 0 };
      gaps.set(athlete, { ...gap, toMs: Math.max(gap.toMs, timeMs), count: (gap.count ?? 0) + 1 });
    }
    sql.deleteChunk.run(oldest.first_seq);
    sql.deleteEventsThrough.run(Math.min(oldest.last_seq, cursors.urgent));
  }
  return [...gaps.values()];
}

function usedBytes(db: Database.Database): number {
  const pages = db.pragma('page_count', { simple: true }) as number;
  const free = db.pragma('freelist_count', { simple: true }) as number;
  return (pages - free) * (db.pragma('page_size', { simple: true }) as number);
}
