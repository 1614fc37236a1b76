/**
 * The outbox in one SQLite file.
 *
 * Invariants: a record is on the disk before `append` resolves; sequence numbers only grow and are never
 * given twice, over restarts too; the newest chunk is never evicted, so the highest number is always there
 * to go on from; a record is dropped only when it was acknowledged or together with the ledger entry that
 * says so.
 */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import type { AlertEvent } from '../domain/alert.ts';
import { messageOf, OperatingError } from '../domain/errors.ts';
import type { Gap } from '../domain/gap.ts';
import type { Batch, Lane, NewRecord, Stored } from '../domain/record.ts';
import type { Past } from '../domain/rules/engine.ts';
import type { Sample } from '../domain/sample.ts';
import type { Backlog, Outbox } from '../ports.ts';
import { decodeChunk, encodeChunk } from './chunk.ts';
import { evict } from './eviction.ts';
import { prepare } from './schema.ts';
import { type Statements, statements } from './statements.ts';

/** A chunk is decoded whole to read a part of it, so it is about as large as a batch. */
const CHUNK_SAMPLES_MAX = 500;

export interface SqliteOutboxOptions {
  readonly path: string;
  /** What the database may use of the disk, the write-ahead log included. */
  readonly maxBytes: number;
  /** The boot that monotonic stamps belong to. */
  readonly bootId: string;
  /** Whose cursors these are. */
  readonly uplink: string;
}

export class SqliteOutbox implements Outbox {
  readonly epoch: string;
  readonly #db: Database.Database;
  readonly #sql: Statements;
  readonly #options: SqliteOutboxOptions;
  readonly #cursors: Record<Lane, number>;
  #cursorsMoved = false;
  #lastSeq: number;
  #total: number;

  /**
   * Opens the store, or makes it.
   *
   * @throws OperatingError `store-locked` when another process has it, `store-unusable` when it cannot be read
   */
  static open(options: SqliteOutboxOptions): SqliteOutbox {
    let db: Database.Database | undefined;
    try {
      mkdirSync(dirname(options.path), { recursive: true, mode: 0o700 });
      db = new Database(options.path, { timeout: LOCK_WAIT_MS });
      return new SqliteOutbox(db, prepare(db), options);
    } catch (error) {
      db?.close();
      throw openingError(error, options.path);
    }
  }

  private constructor(db: Database.Database, epoch: string, options: SqliteOutboxOptions) {
    this.epoch = epoch;
    this.#db = db;
    this.#sql = statements(db);
    this.#options = options;
    this.#cursors = { urgent: this.#storedCursor('urgent'), samples: this.#storedCursor('samples') };
    this.#lastSeq = this.#sql.lastSeq.get() ?? 0;
    this.#total = this.#sql.newestChunk.get()?.total ?? 0;
  }

  async append(records: readonly NewRecord[]): Promise<void> {
    if (records.length === 0) return;
    this.#write(() => {
      const state = { lastSeq: this.#lastSeq, total: this.#total };
      // Samples first: consecutive numbers make a chunk, and an alert follows the samples that caused it.
      const samples = records.flatMap((record) => (record.kind === 'sample' ? [record.sample] : []));
      for (let at = 0; at < samples.length; at += CHUNK_SAMPLES_MAX) {
        this.#insertChunk(samples.slice(at, at + CHUNK_SAMPLES_MAX), state);
      }
      for (const record of records) {
        if (record.kind === 'alert') this.#insertAlert(++state.lastSeq, record.alert);
        else if (record.kind === 'gap') this.#insertGap(++state.lastSeq, record.gap);
      }
      for (const gap of evict(this.#db, this.#sql, { ...this.#options, cursors: this.#cursors })) {
        this.#insertGap(++state.lastSeq, gap);
      }
      return state;
    });
  }

  async read(lane: Lane, afterSeq: number, limit: number): Promise<Batch | undefined> {
    try {
      return lane === 'samples' ? this.#readSamples(afterSeq, limit) : this.#readEvents(afterSeq, limit);
    } catch (error) {
      throw new OperatingError('store-unusable', messageOf(error), { cause: error });
    }
  }

  cursor(lane: Lane): number {
    return this.#cursors[lane];
  }

  acknowledge(lane: Lane, batch: Batch): void {
    const seq = batch.records.at(-1)?.seq ?? 0;
    if (seq <= this.#cursors[lane]) return;
    this.#cursors[lane] = seq;
    this.#cursorsMoved = true;
  }

  async sync(): Promise<void> {
    if (this.#cursorsMoved) this.#write(() => ({ lastSeq: this.#lastSeq, total: this.#total }));
  }

  backlog(): Backlog {
    const cursor = this.#cursors.samples;
    const reached = this.#sql.chunkAt.get(cursor) ?? this.#sql.oldestChunk.get();
    const behind =
      reached === undefined ? 0 : reached.total - Math.max(0, reached.last_seq - cursorIn(reached, cursor));
    return { urgent: this.#sql.eventsAfter.get(this.#cursors.urgent) ?? 0, samples: this.#total - behind };
  }

  async recall(memoryMs: number): Promise<Past> {
    const chunks: Stored<Sample>[][] = [];
    const newestMs = this.#sql.newestChunk.get()?.to_ms ?? 0;
    for (const chunk of this.#sql.chunksBackwards.iterate()) {
      if (chunk.to_ms < newestMs - memoryMs) break;
      chunks.push(decodeChunk(chunk.samples, chunk.first_seq, 0));
    }
    return { openAlerts: this.#sql.openAlerts.all(), samples: chunks.reverse().flat() };
  }

  async close(): Promise<void> {
    if (!this.#db.open) return;
    try {
      await this.sync();
    } finally {
      this.#db.close();
    }
  }

  /** One transaction, with the cursors that have moved; what it returns is taken over once it is on the disk. */
  #write(body: () => { lastSeq: number; total: number }): void {
    try {
      const state = this.#db.transaction(() => {
        if (this.#cursorsMoved) this.#writeCursors();
        return body();
      })();
      this.#lastSeq = state.lastSeq;
      this.#total = state.total;
      this.#cursorsMoved = false;
    } catch (error) {
      if (!(error instanceof Database.SqliteError)) throw error;
      throw new OperatingError('store-write-failed', `${this.#options.path}: ${error.message} (${error.code})`, {
        cause: error,
      });
    }
  }

  #insertChunk(samples: readonly Sample[], state: { lastSeq: number; total: number }): void {
    const firstSeq = state.lastSeq + 1;
    state.lastSeq += samples.length;
    state.total += samples.length;
    const toMs = samples.at(-1)?.timeMs ?? 0;
    this.#sql.insertChunk.run(firstSeq, state.lastSeq, state.total, toMs, this.#options.bootId, encodeChunk(samples));
  }

  #insertAlert(seq: number, alert: AlertEvent): void {
    this.#sql.insertEvent.run(seq, 'alert', JSON.stringify(alert));
    const keep = alert.event === 'raised' ? this.#sql.openAlert : this.#sql.closeAlert;
    keep.run(alert.athlete, alert.rule);
  }

  #insertGap(seq: number, gap: Gap): void {
    this.#sql.insertEvent.run(seq, 'gap', JSON.stringify(gap));
  }

  #readSamples(afterSeq: number, limit: number): Batch | undefined {
    const records: Stored<Sample>[] = [];
    for (const chunk of this.#sql.chunksFrom.iterate(afterSeq, afterSeq)) {
      records.push(...decodeChunk(chunk.samples, chunk.first_seq, afterSeq));
      if (records.length >= limit) break;
    }
    return records.length === 0 ? undefined : { kind: 'samples', records: records.slice(0, limit) };
  }

  #readEvents(afterSeq: number, limit: number): Batch | undefined {
    const rows = this.#sql.eventsFrom.all(afterSeq, limit);
    const kind = rows[0]?.kind;
    if (kind === undefined) return undefined;
    const other = rows.findIndex((row) => row.kind !== kind);
    const same = other === -1 ? rows : rows.slice(0, other);
    return kind === 'alert'
      ? { kind: 'alerts', records: same.map(({ seq, body }) => ({ ...(JSON.parse(body) as AlertEvent), seq })) }
      : { kind: 'gaps', records: same.map(({ seq, body }) => ({ ...(JSON.parse(body) as Gap), seq })) };
  }

  #storedCursor(lane: Lane): number {
    return this.#sql.cursor.get(this.#options.uplink, lane) ?? 0;
  }

  #writeCursors(): void {
    for (const [lane, seq] of Object.entries(this.#cursors)) {
      this.#sql.setCursor.run(this.#options.uplink, lane, seq);
    }
  }
}

/** A process that was just killed may hold the lock for a moment while it is taken apart. */
const LOCK_WAIT_MS = 500;

/** The cursor as far as it lies in this chunk: before it, nothing of the chunk is acknowledged. */
function cursorIn(chunk: { first_seq: number; last_seq: number }, cursor: number): number {
  return Math.min(Math.max(cursor, chunk.first_seq - 1), chunk.last_seq);
}

function openingError(error: unknown, path: string): unknown {
  if (error instanceof OperatingError) {
    return new OperatingError(error.code, `${path}: ${error.message}`, {
      cause: error,
      ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
    });
  }
  const code = error instanceof Database.SqliteError ? error.code : (error as NodeJS.ErrnoException).code;
  if (code === 'SQLITE_BUSY' || code === 'SQLITE_LOCKED') {
    return new OperatingError('store-locked', `the store ${path} is in use by another process`, {
      remedy: 'stop the other gateway, or give this one a store of its own',
      cause: error,
    });
  }
  const remedy =
    code === 'SQLITE_NOTADB' || code === 'SQLITE_CORRUPT'
      ? 'move it aside; the gateway makes a new one at the next start'
      : 'check that the folder exists, is writable and has room';
  return new OperatingError('store-unusable', `the store ${path} cannot be opened: ${messageOf(error)}`, {
    remedy,
    cause: error,
  });
}
