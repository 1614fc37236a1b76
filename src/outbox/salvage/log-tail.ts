/**
 * What stands in a torn log behind the last commit that SQLite goes by. After a power cut that is a commit which nobody
 * was told of, as far as it had come; where the medium has damaged the last commit, it is one that was relied upon. The
 * two look alike, so whatever can be read of it is taken for good, and its numbers are not given again.
 */
import type { RecordKind } from '../../domain/record.ts';
import type { ChunkRow, EventRow } from '../statements.ts';
import type { Log } from './log-frames.ts';
import { kindOf, rowsOf } from './page-rows.ts';
import { chunkOf, eventOf, findOf } from './wreck-rows.ts';

export type TailRecord =
  | { readonly kind: 'samples'; readonly row: ChunkRow }
  | { readonly kind: Exclude<RecordKind, 'samples'>; readonly row: EventRow };

/** A commit stores no more records than that. */
const NUMBERS_AHEAD_MAX = 100_000;

/** Records with numbers above the last one that SQLite has, in order; they need not be what was written. */
export function tailOf({ frames, committed }: Log, head: number): TailRecord[] {
  const pages = new Map(frames.slice(committed).map(({ page, content }) => [page, content]));
  const records = new Map<number, TailRecord>();
  for (const [number, page] of pages) {
    if (kindOf(page, number) !== 'table') continue;
    for (const row of rowsOf(page, number, (other) => pages.get(other)).rows) {
      const find = findOf(row, number);
      if (find === undefined || find.first <= head || find.last > head + NUMBERS_AHEAD_MAX) continue;
      const chunk = find.kind === 'samples' ? chunkOf(row) : undefined;
      const event = find.kind === 'samples' ? undefined : eventOf(row);
      if (chunk !== undefined) records.set(find.first, { kind: 'samples', row: chunk });
      if (event !== undefined && find.kind !== 'samples') records.set(find.first, { kind: find.kind, row: event });
    }
  }
  return [...records].sort(([a], [b]) => a - b).map(([, record]) => record);
}

/** The first one that it has. */
export function numberOf(record: TailRecord): number {
  return record.kind === 'samples' ? record.row.first_seq : record.row.seq;
}
