/**
 * The rows on a page of a database, as the file format says (https://www.sqlite.org/fileformat2.html#b_tree_pages),
 * read so that anything may be wrong with the page: what cannot be read is left out, and counted.
 */
import { PAGE_BYTES } from '../schema.ts';

export type Column = number | string | null;

export interface PageRow {
  /** Its place among the cells of the page. */
  readonly cell: number;
  /** Absent in a table without. */
  readonly rowid: number | undefined;
  /** Fewer than were written where the row goes on on other pages and those were not asked for, or cannot be read. */
  readonly columns: readonly Column[];
  /** How many were written. */
  readonly width: number;
}

/** The pages on which long rows go on. */
type Overflow = (page: number) => Buffer | undefined;

const INTERIOR_INDEX = 2;
const INTERIOR_TABLE = 5;
const LEAF_INDEX = 10;
const LEAF_TABLE = 13;

/** A row of a store is a chunk of 500 samples at most. */
const ROW_BYTES_MAX = 4 * 1024 * 1024;

const LOCAL_MIN = Math.floor(((PAGE_BYTES - 12) * 32) / 255) - 23;
const LOCAL_MAX_INDEX = Math.floor(((PAGE_BYTES - 12) * 64) / 255) - 23;
const LOCAL_MAX_TABLE = PAGE_BYTES - 35;

export type PageKind = 'table' | 'interior-table' | 'index' | 'interior-index' | 'other';

export function kindOf(page: Buffer, number: number): PageKind {
  switch (page[startOf(number)]) {
    case LEAF_TABLE:
      return 'table';
    case INTERIOR_TABLE:
      return 'interior-table';
    case LEAF_INDEX:
      return 'index';
    case INTERIOR_INDEX:
      return 'interior-index';
    default:
      return 'other';
  }
}

export interface PageRows {
  readonly rows: readonly PageRow[];
  /** Cells in which there is no row. */
  readonly unreadable: number;
}

/** The rows of a page; without `overflow` those columns only that begin on it. */
export function rowsOf(page: Buffer, number: number, overflow?: Overflow): PageRows {
  const rows: PageRow[] = [];
  const count = cellCount(page, number);
  for (let cell = 0; cell < count; cell++) {
    const row = rowAt(page, number, cell, overflow);
    if (row !== undefined) rows.push(row);
  }
  return { rows, unreadable: count - rows.length };
}

/** The pages below an interior page. */
export function childrenOf(page: Buffer, number: number): number[] {
  const children = [page.readUInt32BE(startOf(number) + 8)];
  for (let cell = 0; cell < cellCount(page, number); cell++) {
    const at = cellOffset(page, number, cell);
    if (at !== undefined && at + 4 <= page.length) children.push(page.readUInt32BE(at));
  }
  return children;
}

export function rowAt(page: Buffer, number: number, cell: number, overflow?: Overflow): PageRow | undefined {
  const kind = kindOf(page, number);
  const start = cellOffset(page, number, cell);
  if (start === undefined || kind === 'other' || kind === 'interior-table') return undefined;
  try {
    const reader = new ByteReader(page, kind === 'interior-index' ? start + 4 : start);
    const size = reader.varint();
    if (size < 2 || size > ROW_BYTES_MAX) return undefined;
    const rowid = kind === 'table' ? reader.varint() : undefined;
    const payload = payloadOf(page, reader.at, { size, isTable: kind === 'table' }, overflow);
    const { columns, width } = recordOf(payload);
    return { cell, rowid, columns, width };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The first page begins with the header of the file. */
function startOf(number: number): number {
  return number === 1 ? 100 : 0;
}

function cellCount(page: Buffer, number: number): number {
  return Math.min(page.readUInt16BE(startOf(number) + 3), PAGE_BYTES / 4);
}

function cellOffset(page: Buffer, number: number, cell: number): number | undefined {
  const header = startOf(number) + (['interior-index', 'interior-table'].includes(kindOf(page, number)) ? 12 : 8);
  const at = header + cell * 2;
  return at + 2 > page.length ? undefined : page.readUInt16BE(at);
}

/** As much of a row as there is. */
function payloadOf(
  page: Buffer,
  at: number,
  { size, isTable }: { size: number; isTable: boolean },
  overflow: Overflow | undefined,
): Buffer {
  const localMax = isTable ? LOCAL_MAX_TABLE : LOCAL_MAX_INDEX;
  if (size <= localMax) return page.subarray(at, at + size);
  const wished = LOCAL_MIN + ((size - LOCAL_MIN) % (PAGE_BYTES - 4));
  const local = wished <= localMax ? wished : LOCAL_MIN;
  const parts = [page.subarray(at, at + local)];
  if (overflow === undefined) return parts[0] ?? Buffer.alloc(0);
  let left = size - local;
  for (let next = page.readUInt32BE(at + local); left > 0; ) {
    const more = overflow(next);
    if (more === undefined) break;
    const part = more.subarray(4, 4 + left);
    parts.push(part);
    left -= part.length;
    next = more.readUInt32BE(0);
  }
  return Buffer.concat(parts);
}

function recordOf(payload: Buffer): { columns: Column[]; width: number } {
  const header = new ByteReader(payload, 0);
  const headerBytes = header.varint();
  const types: number[] = [];
  while (header.at < headerBytes) types.push(header.varint());
  const columns: Column[] = [];
  let at = headerBytes;
  for (const type of types) {
    const bytes = bytesOf(type);
    if (at + bytes > payload.length) {
      // Of a text that goes on elsewhere the beginning tells what it is.
      if (isText(type)) columns.push(payload.toString('utf8', at));
      break;
    }
    columns.push(columnAt(payload, at, type));
    at += bytes;
  }
  return { columns, width: types.length };
}

function isText(type: number): boolean {
  return type >= 13 && type % 2 === 1;
}

const INTEGER_BYTES = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0] as const;

function bytesOf(type: number): number {
  return type >= 12 ? Math.floor((type - 12) / 2) : (INTEGER_BYTES[type] ?? Number.POSITIVE_INFINITY);
}

function columnAt(payload: Buffer, at: number, type: number): Column {
  switch (type) {
    case 0:
      return null;
    case 1:
    case 2:
    case 3:
    case 4:
    case 5:
      return payload.readIntBE(at, bytesOf(type));
    case 6:
      return Number(payload.readBigInt64BE(at));
    case 7:
      return payload.readDoubleBE(at);
    case 8:
      return 0;
    case 9:
      return 1;
    default:
      return payload.toString('utf8', at, at + bytesOf(type));
  }
}

class ByteReader {
  readonly #bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at: number) {
    this.#bytes = bytes;
    this.at = at;
  }

  /** @throws RangeError where the bytes end, or where the number is none that a store has */
  varint(): number {
    let value = 0;
    for (let count = 0; count < 8; count++) {
      const byte = this.#bytes.readUInt8(this.at++);
      value = value * 128 + (byte & 0x7f);
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) break;
        return value;
      }
    }
    throw new RangeError('a number out of range');
  }
}
