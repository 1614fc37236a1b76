/** The store's statements, prepared once and typed by the rows they give. */
import type { Connection } from './sqlite.ts';

export interface ChunkExtent {
  readonly first_seq: number;
  readonly last_seq: number;
  readonly total: number;
  readonly from_ms: number | null;
  readonly to_ms: number;
  readonly boot: string;
  readonly offset_ms: number | null;
  /** 1 for a row without samples, which keeps numbers from being given again. */
  readonly is_empty: number;
}

/** @typeParam Text how the samples' JSON is held: as text, or as UTF-8 */
export interface ChunkRow<Text = string> extends Omit<ChunkExtent, 'is_empty'> {
  readonly counts: string | null;
  readonly samples: Text;
  readonly crc: number | null;
  readonly origin: string | null;
}

export interface EventRow {
  readonly seq: number;
  readonly body: string;
  readonly boot: string | null;
  readonly offset_ms: number | null;
  readonly crc: number | null;
  readonly origin: string | null;
}

/** The event or entry that opened something. */
export type OpenRow = Pick<EventRow, 'body' | 'boot' | 'offset_ms'>;

/** The text of a chunk whose samples could not be read any more, or which never had any. */
export const EMPTY = '[]';

/** By its length alone, which SQLite knows without reading the text. */
const IS_EMPTY = `octet_length(samples) = ${EMPTY.length}`;

const EXTENT = `SELECT first_seq, last_seq, total, from_ms, to_ms, boot, offset_ms, ${IS_EMPTY} AS is_empty FROM chunk`;
const BESIDE_SAMPLES = 'first_seq, last_seq, total, from_ms, to_ms, boot, offset_ms, counts, crc, origin';
const CHUNK = `SELECT ${BESIDE_SAMPLES}, samples FROM chunk`;
/** As it is on the disk: what is sent is made of it byte by byte. */
const CHUNK_BYTES = `SELECT ${BESIDE_SAMPLES}, CAST(samples AS BLOB) AS samples FROM chunk`;

/**
 * From the last chunk that begins at or before this number, which may also end before it: its own word for where it
 * ends is not to be trusted before its checksum is.
 */
const FROM = `WHERE first_seq >= coalesce((SELECT max(first_seq) FROM chunk WHERE first_seq <= ?), 0)
  AND first_seq <= ? ORDER BY first_seq LIMIT ?`;

export function statements(db: Connection) {
  const value = <Arguments extends unknown[]>(sql: string) => db.prepare<Arguments, number | null>(sql).pluck();
  return {
    insertChunk: db.prepare<[ChunkRow]>(
      `INSERT INTO chunk (first_seq, last_seq, total, from_ms, to_ms, boot, offset_ms, counts, samples, crc, origin)
       VALUES (@first_seq, @last_seq, @total, @from_ms, @to_ms, @boot, @offset_ms, @counts, @samples, @crc, @origin)`,
    ),
    /** The newest chunk has the highest number of all samples. To look for it in all of them reads the whole file. */
    lastSeq: value<[]>(
      `SELECT max(seq) FROM (
         SELECT max(first_seq, last_seq) AS seq FROM (
           SELECT first_seq, last_seq FROM chunk ORDER BY first_seq DESC LIMIT 1) UNION ALL
         SELECT max(seq) FROM alert UNION ALL
         SELECT max(seq) FROM gap)`,
    ),
    usedBytes: value<[]>(
      `SELECT (page_count - freelist_count) * page_size
         FROM pragma_page_count(), pragma_freelist_count(), pragma_page_size()`,
    ),

    chunksFrom: db.prepare<[number, number, number], ChunkRow>(`${CHUNK} ${FROM}`),
    chunkBytesFrom: db.prepare<[number, number, number], ChunkRow<Buffer>>(`${CHUNK_BYTES} ${FROM}`),
    /** The newest before this number. */
    chunksBefore: db.prepare<[number, number], ChunkRow>(
      `${CHUNK} WHERE first_seq < ? ORDER BY first_seq DESC LIMIT ?`,
    ),
    allChunks: db.prepare<[], ChunkRow>(`${CHUNK} ORDER BY first_seq`),
    chunk: db.prepare<[number], ChunkRow>(`${CHUNK} WHERE first_seq = ?`),
    chunkAt: db.prepare<[number], ChunkExtent>(`${EXTENT} WHERE first_seq <= ? ORDER BY first_seq DESC LIMIT 1`),
    newestChunk: db.prepare<[], ChunkExtent>(`${EXTENT} ORDER BY first_seq DESC LIMIT 1`),
    oldestChunk: db.prepare<[], ChunkExtent>(`${EXTENT} ORDER BY first_seq LIMIT 1`),
    /** The first that lies whole in a range, by its `after` and `through`. */
    chunkWithin: db.prepare<[number, number], ChunkExtent>(
      `${EXTENT} WHERE first_seq > ? AND last_seq <= ? ORDER BY first_seq LIMIT 1`,
    ),
    deleteChunk: db.prepare<[number]>('DELETE FROM chunk WHERE first_seq = ?'),
    /** The nearest chunks of the same store, by its epoch, with right times before and after this number. */
    trustedBefore: value<[number, string | null]>(
      `SELECT to_ms FROM chunk WHERE first_seq < ? AND offset_ms IS NULL AND NOT ${IS_EMPTY} AND origin ->> 'epoch' IS ?
        ORDER BY first_seq DESC LIMIT 1`,
    ),
    trustedAfter: value<[number, string | null]>(
      `SELECT coalesce(from_ms, to_ms) FROM chunk WHERE first_seq > ? AND offset_ms IS NULL AND NOT ${IS_EMPTY} AND origin ->> 'epoch' IS ?
        ORDER BY first_seq LIMIT 1`,
    ),

    /**
     * The newest chunk whose times were right when they were written, of this store's own: what was taken over of a damaged
     * one has high numbers and old times.
     */
    newestTrusted: db.prepare<[], Pick<ChunkExtent, 'first_seq' | 'to_ms'>>(
      `SELECT first_seq, to_ms FROM chunk
        WHERE offset_ms IS NULL AND origin IS NULL AND NOT ${IS_EMPTY} ORDER BY first_seq DESC LIMIT 1`,
    ),
    newestTakenOver: value<[number]>(
      `SELECT to_ms FROM chunk
        WHERE first_seq > ? AND offset_ms IS NULL AND origin IS NOT NULL ORDER BY first_seq DESC LIMIT 1`,
    ),
    /** The newest times after this number that were put right. */
    newestCorrected: value<[number]>(
      `SELECT to_ms - chunk.offset_ms + boot.offset_ms FROM chunk JOIN boot ON boot.id = chunk.boot
        WHERE first_seq > ? AND chunk.offset_ms IS NOT NULL ORDER BY first_seq DESC LIMIT 1`,
    ),

    alerts: events(db, 'alert'),
    gaps: events(db, 'gap'),
    /** A counted entry of this athlete's for what went this way, after this number, with times made by the same clock. */
    unsentGap: db.prepare<[number, string, string, number | null, string | null], EventRow>(
      `SELECT * FROM gap
        WHERE seq > ? AND body ->> 'cause' = ? AND body ->> 'athlete' = ? AND body ->> 'count' IS NOT NULL
          AND offset_ms IS ? AND (offset_ms IS NULL OR boot IS ?) AND body ->> 'fromIsSettled' IS NULL
          AND origin IS NULL ORDER BY seq LIMIT 1`,
    ),
    deleteGap: db.prepare<[number]>('DELETE FROM gap WHERE seq = ?'),
    /** Ledger entries but those for what was evicted, in a range. */
    otherGaps: db.prepare<[number, number, number], EventRow>(
      `SELECT * FROM gap WHERE seq > ? AND seq <= ? AND body ->> 'cause' <> 'evicted' ORDER BY seq LIMIT ?`,
    ),

    openAlert: db.prepare<[OpenRow & { readonly athlete: string; readonly rule: string }]>(
      `INSERT OR REPLACE INTO open_alert (athlete, rule, body, boot, offset_ms)
       VALUES (@athlete, @rule, @body, @boot, @offset_ms)`,
    ),
    closeAlert: db.prepare<[string, string]>('DELETE FROM open_alert WHERE athlete = ? AND rule = ?'),
    openAlerts: db.prepare<[], OpenRow>('SELECT body, boot, offset_ms FROM open_alert'),
    openGap: db.prepare<[OpenRow & { readonly athlete: string }]>(
      'INSERT OR REPLACE INTO open_gap (athlete, body, boot, offset_ms) VALUES (@athlete, @body, @boot, @offset_ms)',
    ),
    closeGap: db.prepare<[string]>('DELETE FROM open_gap WHERE athlete = ?'),
    openGaps: db.prepare<[], OpenRow>('SELECT body, boot, offset_ms FROM open_gap'),

    acknowledged: db.prepare<[], { uplink: string; kind: string; ranges: string; crc: number | null }>(
      'SELECT uplink, kind, ranges, crc FROM acknowledged',
    ),
    setAcknowledged: db.prepare<[string, string, string, number]>(
      `INSERT INTO acknowledged (uplink, kind, ranges, crc) VALUES (?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET ranges = excluded.ranges, crc = excluded.crc`,
    ),

    salvages: db.prepare<[], { file: string; through: number; is_done: number }>(
      'SELECT file, through, is_done FROM salvage ORDER BY file',
    ),
    setSalvage: db.prepare<[string, number, number]>(
      `INSERT INTO salvage (file, through, is_done) VALUES (?, ?, ?)
         ON CONFLICT DO UPDATE SET through = excluded.through, is_done = excluded.is_done`,
    ),
    deleteSalvage: db.prepare<[string]>('DELETE FROM salvage WHERE file = ?'),

    bootOffset: value<[string]>('SELECT offset_ms FROM boot WHERE id = ?'),
    setBootOffset: db.prepare<[string, number]>(
      'INSERT INTO boot (id, offset_ms) VALUES (?, ?) ON CONFLICT DO UPDATE SET offset_ms = excluded.offset_ms',
    ),

    pins: db.prepare<[], { after: number; through: number | null }>('SELECT after, through FROM pin ORDER BY after'),
    insertPin: db.prepare<[number]>('INSERT OR REPLACE INTO pin (after, through) VALUES (?, NULL)'),
    insertClosedPin: db.prepare<[number, number]>('INSERT OR REPLACE INTO pin (after, through) VALUES (?, ?)'),
    closePins: db.prepare<[number]>('UPDATE pin SET through = max(after, ?) WHERE through IS NULL'),
    deletePinsThrough: db.prepare<[number]>('DELETE FROM pin WHERE through <= ?'),
  };
}

/** The two tables of rows by number and JSON have the same statements. */
function events(db: Connection, table: 'alert' | 'gap') {
  return {
    insert: db.prepare<[EventRow]>(
      `INSERT INTO ${table} (seq, body, boot, crc, offset_ms, origin)
       VALUES (@seq, @body, @boot, @crc, @offset_ms, @origin)`,
    ),
    all: db.prepare<[], EventRow>(`SELECT seq, body, boot, crc, offset_ms, origin FROM ${table} ORDER BY seq`),
    within: db.prepare<[number, number, number], EventRow>(
      `SELECT seq, body, boot, crc, offset_ms, origin FROM ${table} WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?`,
    ),
    countWithin: db
      .prepare<[number, number], number>(`SELECT count(*) FROM ${table} WHERE seq > ? AND seq <= ?`)
      .pluck(),
    /** From which number on there are so many and one more. */
    newestButFew: db.prepare<[number], number>(`SELECT seq FROM ${table} ORDER BY seq DESC LIMIT 1 OFFSET ?`).pluck(),
    deleteWithin: db.prepare<[number, number]>(`DELETE FROM ${table} WHERE seq > ? AND seq <= ?`),
    deleteOne: db.prepare<[number]>(`DELETE FROM ${table} WHERE seq = ?`),
  };
}

export type Statements = ReturnType<typeof statements>;
