/** The store's statements, prepared once and typed by the rows they give. */
import type { Lane } from '../domain/record.ts';
import type { Connection } from './sqlite.ts';

export interface ChunkRow {
  readonly first_seq: number;
  readonly last_seq: number;
  readonly total: number;
  readonly to_ms: number;
  readonly samples: string;
}

type Extent = Omit<ChunkRow, 'samples'>;

interface EventRow {
  readonly seq: number;
  readonly body: string;
}

const CHUNK = 'SELECT first_seq, last_seq, total, to_ms, samples FROM chunk';
const CHUNK_EXTENT = 'SELECT first_seq, last_seq, total, to_ms FROM chunk';

export function statements(db: Connection) {
  const value = <Arguments extends unknown[]>(sql: string) => db.prepare<Arguments, number | null>(sql).pluck();
  return {
    insertChunk: db.prepare<[number, number, number, number, string, string]>(
      'INSERT INTO chunk (first_seq, last_seq, total, to_ms, boot, samples) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    lastSeq: value<[]>(
      `SELECT max(seq) FROM (
         SELECT max(last_seq) AS seq FROM chunk UNION ALL
         SELECT max(seq) FROM alert UNION ALL
         SELECT max(seq) FROM gap UNION ALL
         SELECT max(seq) FROM cursor)`,
    ),
    usedBytes: value<[]>(
      `SELECT (page_count - freelist_count) * page_size
         FROM pragma_page_count(), pragma_freelist_count(), pragma_page_size()`,
    ),

    /** From the chunk that has this number or the next one after it. */
    chunksFrom: db.prepare<[number, number, number], ChunkRow>(
      `${CHUNK} WHERE first_seq >= coalesce((SELECT max(first_seq) FROM chunk WHERE first_seq <= ?), 0)
         AND last_seq > ? ORDER BY first_seq LIMIT ?`,
    ),
    /** The newest before this number. */
    chunksBefore: db.prepare<[number, number], ChunkRow>(
      `${CHUNK} WHERE first_seq < ? ORDER BY first_seq DESC LIMIT ?`,
    ),
    chunkAt: db.prepare<[number], Extent>(`${CHUNK_EXTENT} WHERE first_seq <= ? ORDER BY first_seq DESC LIMIT 1`),
    newestChunk: db.prepare<[], Extent>(`${CHUNK_EXTENT} ORDER BY first_seq DESC LIMIT 1`),
    oldestChunk: db.prepare<[], Extent>(`${CHUNK_EXTENT} ORDER BY first_seq LIMIT 1`),
    oldestChunkSamples: db.prepare<[], ChunkRow>(`${CHUNK} ORDER BY first_seq LIMIT 1`),
    deleteChunk: db.prepare<[number]>('DELETE FROM chunk WHERE first_seq = ?'),

    alerts: events(db, 'alert'),
    gaps: events(db, 'gap'),
    /** An entry of this athlete's for what was evicted, after this number. */
    evictedGap: db.prepare<[number, string], EventRow>(
      `SELECT seq, body FROM gap
        WHERE seq > ? AND body ->> 'cause' = 'evicted' AND body ->> 'athlete' = ? ORDER BY seq LIMIT 1`,
    ),
    deleteGap: db.prepare<[number]>('DELETE FROM gap WHERE seq = ?'),

    openAlert: db.prepare<[string, string, string]>(
      'INSERT OR REPLACE INTO open_alert (athlete, rule, body) VALUES (?, ?, ?)',
    ),
    closeAlert: db.prepare<[string, string]>('DELETE FROM open_alert WHERE athlete = ? AND rule = ?'),
    openAlerts: db.prepare<[], string>('SELECT body FROM open_alert').pluck(),
    openGap: db.prepare<[string, string]>('INSERT OR REPLACE INTO open_gap (athlete, body) VALUES (?, ?)'),
    closeGap: db.prepare<[string]>('DELETE FROM open_gap WHERE athlete = ?'),
    openGaps: db.prepare<[], string>('SELECT body FROM open_gap').pluck(),

    cursor: value<[string, Lane]>('SELECT seq FROM cursor WHERE uplink = ? AND lane = ?'),
    setCursor: db.prepare<[string, string, number]>(
      'INSERT INTO cursor (uplink, lane, seq) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET seq = excluded.seq',
    ),
  };
}

/** The two tables of rows by number and JSON have the same statements. */
function events(db: Connection, table: 'alert' | 'gap') {
  return {
    insert: db.prepare<[number, string]>(`INSERT INTO ${table} (seq, body) VALUES (?, ?)`),
    from: db.prepare<[number, number], EventRow>(`SELECT seq, body FROM ${table} WHERE seq > ? ORDER BY seq LIMIT ?`),
    countAfter: db.prepare<[number], number>(`SELECT count(*) FROM ${table} WHERE seq > ?`).pluck(),
    deleteThrough: db.prepare<[number]>(`DELETE FROM ${table} WHERE seq <= ?`),
  };
}

export type Statements = ReturnType<typeof statements>;
