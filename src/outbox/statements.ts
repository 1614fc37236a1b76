/** The store's statements, prepared once and typed by the rows they give. */
import type Database from 'better-sqlite3';
import type { Lane } from '../domain/record.ts';

export interface ChunkRow {
  readonly first_seq: number;
  readonly last_seq: number;
  readonly total: number;
  readonly to_ms: number;
  readonly samples: string;
}

export interface EventRow {
  readonly seq: number;
  readonly kind: 'alert' | 'gap';
  readonly body: string;
}

const CHUNK = 'SELECT first_seq, last_seq, total, to_ms, samples FROM chunk';
const CHUNK_EXTENT = 'SELECT first_seq, last_seq, total, to_ms FROM chunk';

type Extent = Omit<ChunkRow, 'samples'>;

export function statements(db: Database.Database) {
  const value = <Arguments extends unknown[]>(sql: string) => db.prepare<Arguments, number | null>(sql).pluck();
  return {
    insertChunk: db.prepare<[number, number, number, number, string, string]>(
      'INSERT INTO chunk (first_seq, last_seq, total, to_ms, boot, samples) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    insertEvent: db.prepare<[number, EventRow['kind'], string]>('INSERT INTO event (seq, kind, body) VALUES (?, ?, ?)'),
    lastSeq: value<[]>(
      `SELECT max(seq) FROM (
         SELECT max(last_seq) AS seq FROM chunk UNION ALL
         SELECT max(seq) FROM event UNION ALL
         SELECT max(seq) FROM cursor)`,
    ),

    chunksFrom: db.prepare<[number, number], ChunkRow>(
      `${CHUNK} WHERE first_seq >= coalesce((SELECT max(first_seq) FROM chunk WHERE first_seq <= ?), 0)
         AND last_seq > ? ORDER BY first_seq`,
    ),
    chunksBackwards: db.prepare<[], ChunkRow>(`${CHUNK} ORDER BY first_seq DESC`),
    chunkAt: db.prepare<[number], Extent>(`${CHUNK_EXTENT} WHERE first_seq <= ? ORDER BY first_seq DESC LIMIT 1`),
    newestChunk: db.prepare<[], Extent>(`${CHUNK_EXTENT} ORDER BY first_seq DESC LIMIT 1`),
    oldestChunk: db.prepare<[], Extent>(`${CHUNK_EXTENT} ORDER BY first_seq LIMIT 1`),
    oldestChunkSamples: db.prepare<[], ChunkRow>(`${CHUNK} ORDER BY first_seq LIMIT 1`),
    deleteChunk: db.prepare<[number]>('DELETE FROM chunk WHERE first_seq = ?'),

    eventsFrom: db.prepare<[number, number], EventRow>(
      'SELECT seq, kind, body FROM event WHERE seq > ? ORDER BY seq LIMIT ?',
    ),
    eventsAfter: value<[number]>('SELECT count(*) FROM event WHERE seq > ?'),
    deleteEventsThrough: db.prepare<[number]>('DELETE FROM event WHERE seq <= ?'),

    openAlert: db.prepare<[string, string]>('INSERT OR IGNORE INTO open_alert (athlete, rule) VALUES (?, ?)'),
    closeAlert: db.prepare<[string, string]>('DELETE FROM open_alert WHERE athlete = ? AND rule = ?'),
    openAlerts: db.prepare<[], { athlete: string; rule: string }>('SELECT athlete, rule FROM open_alert'),

    cursor: value<[string, Lane]>('SELECT seq FROM cursor WHERE uplink = ? AND lane = ?'),
    setCursor: db.prepare<[string, string, number]>(
      'INSERT INTO cursor (uplink, lane, seq) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET seq = excluded.seq',
    ),
  };
}

export type Statements = ReturnType<typeof statements>;
