/**
 * What is put right in a store's log, each within a transaction that somebody else begins: records that are stored under
 * the numbers they have, records of another store, records that have to go.
 */
import type { Gap } from '../domain/gap.ts';
import { type SeqRange, SeqRanges } from '../domain/seq-ranges.ts';
import { isWhole, isWholeEvent, parsed } from './checksums.ts';
import type { LogWriter } from './log-writer.ts';
import { isOfTheStore, lossOfEvent } from './losses.ts';
import type { Damage } from './reader.ts';
import type { TailRecord } from './salvage/log-tail.ts';
import type { Haul } from './salvage/salvage.ts';
import type { SmallRow } from './salvage/wreck-rows.ts';
import type { ChunkRow, EventRow, Statements } from './statements.ts';

/** Has records go that are kept elsewhere, and that nobody has been told of. Their numbers stay used. */
export function takeBack(sql: Statements, log: LogWriter, range: SeqRange): void {
  const { after, through } = range;
  const newest = log.newestChunk();
  for (const { first_seq } of sql.chunksFrom.all(after + 1, through, Number.MAX_SAFE_INTEGER)) {
    if (first_seq > after) sql.deleteChunk.run(first_seq);
  }
  for (const kind of ['alerts', 'gaps'] as const) sql[kind].deleteWithin.run(after, through);
  log.useUp(range, newest);
}

/**
 * Stores again what stands in the log behind the last commit; what cannot be read is in the ledger afterwards.
 *
 * @param isMore there may have been others, of which nothing is known
 * @returns which samples are lost
 */
export function restore(log: LogWriter, records: readonly TailRecord[], isMore: boolean): readonly SeqRange[] {
  const entries = log.losses('corrupted');
  const lost: SeqRange[] = [];
  for (const { kind, row } of records) {
    const before = log.head;
    if (kind === 'samples') {
      if (row.first_seq > before && isWhole(row)) {
        log.restoredChunk(row);
        continue;
      }
      log.skipThrough(row.last_seq);
      entries.add(row, new SeqRanges());
      lost.push({ after: before, through: log.head });
    } else {
      log.skipThrough(row.seq);
      if (row.seq <= before || !isWholeEvent(row)) continue;
      // What it says is gone is there again, and so is the entry that it took the place of.
      if (kind === 'gaps' && isOfTheStore(JSON.parse(row.body) as Gap)) continue;
      log.restoredEvent(kind, row);
    }
  }
  if (isMore) entries.addUnknown();
  log.enter(entries.all);
  log.settle(lost);
  return lost;
}

/** Takes up what a damaged store had open, at once, and remembers to take over the rest of it. */
export function adopt(sql: Statements, file: string, through: number, rows: readonly SmallRow[]): void {
  for (const row of rows) {
    if (row.table === 'open_alert' && parsed(row.body) !== undefined) sql.openAlert.run(row);
    if (row.table === 'open_gap' && parsed(row.body) !== undefined) sql.openGap.run(row);
    if (row.table === 'boot') sql.setBootOffset.run(row.id, row.offsetMs);
    if (row.table === 'salvage') sql.setSalvage.run(row.file, row.through, row.isDone ? 1 : 0);
  }
  sql.setSalvage.run(file, through, 0);
}

/** Stores records of another store, in the order of the numbers that they had, and with the identity they had there. */
export function takeOver(
  sql: Statements,
  log: LogWriter,
  { chunks, events, gaps, progress, openings = [] }: Haul,
  epoch: string | undefined,
): void {
  const records = [...chunks, ...events].sort((a, b) => numberOf(a.row) - numberOf(b.row));
  for (const record of records) {
    if ('kind' in record) log.takenEvent(record, epoch);
    else log.takenChunk(record, epoch);
  }
  log.enter(gaps);
  if (progress !== undefined) sql.setSalvage.run(progress.file, progress.through, progress.isDone ? 1 : 0);
  for (const event of openings) log.openOrClose(event);
}

/**
 * Takes rows out that are not what was written, and enters what they held in the ledger.
 *
 * @returns which samples are lost
 */
export function dropDamaged(sql: Statements, log: LogWriter, damage: Damage): readonly SeqRange[] {
  if (damage.damaged === 'samples') return dropChunks(log, damage.chunks);
  dropEvents(sql, log, damage.damaged, damage.events);
  return [];
}

function dropChunks(log: LogWriter, chunks: readonly ChunkRow[]): readonly SeqRange[] {
  const delivered = log.delivered('samples');
  const entries = log.losses('corrupted');
  const ranges: SeqRange[] = [];
  for (const chunk of chunks) {
    const range = log.extentOf(chunk);
    if (!delivered.covers(range)) {
      entries.add(chunk, delivered);
      ranges.push(range);
    }
  }
  for (const chunk of chunks) log.deleteChunk(chunk, log.extentOf(chunk).through);
  log.enter(entries.all);
  log.settle(ranges);
  return ranges;
}

function dropEvents(sql: Statements, log: LogWriter, kind: 'alerts' | 'gaps', events: readonly EventRow[]): void {
  const delivered = log.delivered(kind);
  for (const event of events) sql[kind].deleteOne.run(event.seq);
  const lost = events.filter(({ seq }) => !delivered.has(seq));
  log.enter(lost.flatMap((event) => lossOfEvent(event, sql.chunksBefore.all(event.seq, 1)) ?? []));
}

function numberOf(row: ChunkRow | EventRow): number {
  return 'seq' in row ? row.seq : row.first_seq;
}
