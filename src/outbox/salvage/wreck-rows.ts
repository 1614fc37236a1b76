/** Which of a store's tables a row found on some page belongs to, told by its columns. */
import { RECORD_KINDS, type RecordKind } from '../../domain/record.ts';
import { acknowledgedCrc } from '../checksums.ts';
import type { ChunkRow, EventRow, OpenRow } from '../statements.ts';
import type { Column, PageRow } from './page-rows.ts';

/** Where a chunk, an alert or a ledger entry is. */
export interface Find {
  readonly kind: RecordKind;
  readonly first: number;
  readonly last: number;
  readonly page: number;
  readonly cell: number;
}

/** What a row of a small table says. */
export type SmallRow =
  | { readonly table: 'store'; readonly epoch: string }
  | { readonly table: 'acknowledged'; readonly uplink: string; readonly kind: RecordKind; readonly ranges: string }
  | ({ readonly table: 'open_alert'; readonly athlete: string; readonly rule: string } & OpenRow)
  | ({ readonly table: 'open_gap'; readonly athlete: string } & OpenRow)
  | { readonly table: 'boot'; readonly id: string; readonly offsetMs: number }
  | { readonly table: 'pin'; readonly after: number; readonly through: number | undefined }
  | { readonly table: 'salvage'; readonly file: string; readonly through: number; readonly isDone: boolean };

const EPOCH = /^[0-9a-f]{20}$/;
const FORMAT_1_CHUNK_COLUMNS = 6;

/** What kind of record the row is, and of which numbers; its text need not be there. */
export function findOf({ rowid, columns, cell }: PageRow, page: number): Find | undefined {
  const [key, second, total, toMs, boot, samples] = columns;
  if (rowid === undefined || rowid < 1 || key !== null) return undefined;
  if (isNumber(second) && isNumber(total) && isNumber(toMs) && isText(boot) && isText(samples)) {
    return second < rowid ? undefined : { kind: 'samples', first: rowid, last: second, page, cell };
  }
  if (!isText(second) || !second.startsWith('{')) return undefined;
  const kind = second.includes('"rule":') ? 'alerts' : second.includes('"cause":') ? 'gaps' : undefined;
  return kind === undefined ? undefined : { kind, first: rowid, last: rowid, page, cell };
}

/** A chunk with what could be read of it; where its end is missing, its checksum is one that nothing has. */
export function chunkOf({ rowid, columns, width }: PageRow): ChunkRow | undefined {
  const [, last, total, toMs, boot, samples, fromMs = null, counts = null, crc = null, offsetMs = null, origin = null] =
    columns;
  if (rowid === undefined || !isNumber(last) || !isNumber(total) || !isNumber(toMs)) return undefined;
  const isCut = columns.length < width || width < FORMAT_1_CHUNK_COLUMNS;
  return {
    first_seq: rowid,
    last_seq: last,
    total,
    to_ms: toMs,
    boot: isText(boot) ? boot : '',
    samples: isText(samples) ? samples : '',
    from_ms: isNumber(fromMs) ? fromMs : null,
    counts: isText(counts) ? counts : null,
    crc: isCut ? -1 : isNumber(crc) ? crc : null,
    offset_ms: isNumber(offsetMs) ? offsetMs : null,
    origin: isText(origin) ? origin : null,
  };
}

export function eventOf({ rowid, columns, width }: PageRow): EventRow | undefined {
  const [, body, boot = null, crc = null, offsetMs = null, origin = null] = columns;
  if (rowid === undefined || !isText(body)) return undefined;
  return {
    seq: rowid,
    body,
    boot: isText(boot) ? boot : null,
    crc: columns.length < width ? -1 : isNumber(crc) ? crc : null,
    offset_ms: isNumber(offsetMs) ? offsetMs : null,
    origin: isText(origin) ? origin : null,
  };
}

export function smallRowOf({ rowid, columns, width }: PageRow): SmallRow | undefined {
  if (columns.length < width) return undefined;
  return rowid === undefined ? unnumbered(columns) : numbered(rowid, columns);
}

function numbered(rowid: number, [first, second, ...rest]: readonly Column[]): SmallRow | undefined {
  if (rest.length > 0) return undefined;
  if (isText(first) && second === undefined && EPOCH.test(first)) return { table: 'store', epoch: first };
  if (first !== null || isText(second) || second === undefined) return undefined;
  return { table: 'pin', after: rowid, through: second ?? undefined };
}

function unnumbered([first, second, third, fourth, fifth]: readonly Column[]): SmallRow | undefined {
  if (!isText(first)) return undefined;
  const kind = RECORD_KINDS.find((one) => one === second);
  if (kind !== undefined && isText(third) && third.startsWith('[')) {
    const isSound = !isNumber(fourth) || acknowledgedCrc(first, kind, third) === fourth;
    return isSound ? { table: 'acknowledged', uplink: first, kind, ranges: third } : undefined;
  }
  // A cursor of the first format.
  if (kind !== undefined && isNumber(third)) {
    return { table: 'acknowledged', uplink: first, kind, ranges: JSON.stringify(third > 0 ? [[0, third]] : []) };
  }
  if (isNumber(second) && isNumber(third)) {
    return { table: 'salvage', file: first, through: second, isDone: third !== 0 };
  }
  if (isNumber(second) && third === undefined) return { table: 'boot', id: first, offsetMs: second };
  if (isText(second) && second.startsWith('{')) {
    return { table: 'open_gap', athlete: first, ...openOf(second, third, fourth) };
  }
  if (isText(second) && isText(third) && third.startsWith('{')) {
    return { table: 'open_alert', athlete: first, rule: second, ...openOf(third, fourth, fifth) };
  }
  return undefined;
}

/** The first format had the body alone. */
function openOf(body: string, boot: Column | undefined, offsetMs: Column | undefined): OpenRow {
  return { body, boot: isText(boot) ? boot : null, offset_ms: isNumber(offsetMs) ? offsetMs : null };
}

function isNumber(value: Column | undefined): value is number {
  return typeof value === 'number';
}

function isText(value: Column | undefined): value is string {
  return typeof value === 'string';
}
