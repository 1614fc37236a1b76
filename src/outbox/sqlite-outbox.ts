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
import type { AlertEvent } from '../domain/alert.ts';
import { messageOf, OperatingError } from '../domain/errors.ts';
import type { Gap } from '../domain/gap.ts';
import type { LedgerPast } from '../domain/ledger.ts';
import { type Batch, LANES, type Lane, type NewRecord, type Stored } from '../domain/record.ts';
import type { Past } from '../domain/rules/engine.ts';
import type { Sample } from '../domain/sample.ts';
import type { Backlog, Outbox } from '../ports.ts';
import { decodeChunk, encodeChunk } from './chunk.ts';
import { evict } from './eviction.ts';
import { prepare } from './schema.ts';
import { type Connection, Sqlite } from './sqlite.ts';
import { type Statements, statements } from './statements.ts';

/** A chunk is decoded whole to read a part of it, so it is about as large as a batch. */
const CHUNK_SAMPLES_MAX = 500;

/** What is recalled whatever its time: about a minute of thirty straps, also when the clock has stepped. */
const RECALL_AT_LEAST = 2_000;

/** What is recalled at most: about half an hour of thirty straps, a quarter of a second. */
const RECALL_AT_MOST = 60_000;

const CHUNKS_A_READ = 50;

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
  readonly #db: Connection;
  readonly #sql: Statements;
  readonly #options: SqliteOutboxOptions;
  readonly #cursors: Record<Lane, number>;
  #cursorsMoved = false;
  #lastSeq: number;
  #total: number;
  /** Ledger entries up to here may have been sent; those of an earlier run all may. */
  #gapsReadThrough: number;

  /**
   * Opens the store, or makes it.
   *
   * @throws OperatingError `store-locked` when another process has it, `store-unusable` when it cannot be read
   */
  static open(options: SqliteOutboxOptions): SqliteOutbox {
    let db: Connection | undefined;
    try {
      mkdirSync(dirname(options.path), { recursive: true, mode: 0o700 });
      db = new Sqlite(options.path, { timeout: LOCK_WAIT_MS });
      return new SqliteOutbox(db, prepare(db), options);
    } catch (error) {
      db?.close();
      throw openingError(error, options.path);
    }
  }

  private constructor(db: Connection, epoch: string, options: SqliteOutboxOptions) {
    this.epoch = epoch;
    this.#db = db;
    this.#sql = statements(db);
    this.#options = options;
    const cursorOf = (lane: Lane) => this.#sql.cursor.get(options.uplink, lane) ?? 0;
    this.#cursors = { alerts: cursorOf('alerts'), gaps: cursorOf('gaps'), samples: cursorOf('samples') };
    this.#lastSeq = this.#sql.lastSeq.get() ?? 0;
    this.#gapsReadThrough = this.#lastSeq;
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
      const limits = { ...this.#options, cursors: this.#cursors, gapsReadThrough: this.#gapsReadThrough };
      for (const gap of evict(this.#sql, limits)) this.#insertGap(++state.lastSeq, gap);
      return state;
    });
  }

  async read(lane: Lane, afterSeq: number, limit: number): Promise<Batch | undefined> {
    return this.#reading(() => {
      switch (lane) {
        case 'samples':
          return this.#readSamples(afterSeq, limit);
        case 'alerts': {
          const records = parsed<AlertEvent>(this.#sql.alerts.from.all(afterSeq, limit));
          return records.length === 0 ? undefined : { kind: 'alerts', records };
        }
        case 'gaps': {
          const records = parsed<Gap>(this.#sql.gaps.from.all(afterSeq, limit));
          this.#gapsReadThrough = Math.max(this.#gapsReadThrough, records.at(-1)?.seq ?? 0);
          return records.length === 0 ? undefined : { kind: 'gaps', records };
        }
      }
    });
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
    return this.#reading(() => ({
      alerts: this.#sql.alerts.countAfter.get(this.#cursors.alerts) ?? 0,
      gaps: this.#sql.gaps.countAfter.get(this.#cursors.gaps) ?? 0,
      samples: this.#total - this.#totalAt(this.#cursors.samples),
    }));
  }

  async recall(memoryMs: number): Promise<Past & LedgerPast> {
    return this.#reading(() => ({
      openAlerts: this.#sql.openAlerts.all().map((body) => JSON.parse(body) as AlertEvent),
      openGaps: this.#sql.openGaps.all().map((body) => JSON.parse(body) as Gap),
      samples: this.#newestSamples(memoryMs),
    }));
  }

  async close(): Promise<void> {
    if (!this.#db.open) return;
    try {
      await this.sync();
    } finally {
      this.#db.close();
    }
  }

  /** How many samples were ever appended up to this number. */
  #totalAt(seq: number): number {
    const reached = this.#sql.chunkAt.get(seq) ?? this.#sql.oldestChunk.get();
    if (reached === undefined) return 0;
    return reached.total - (reached.last_seq - cursorIn(reached, seq));
  }

  #newestSamples(memoryMs: number): Stored<Sample>[] {
    const newestMs = this.#sql.newestChunk.get()?.to_ms ?? 0;
    const chunks: Stored<Sample>[][] = [];
    let count = 0;
    for (let before = this.#lastSeq + 1; ; ) {
      const rows = this.#sql.chunksBefore.all(before, CHUNKS_A_READ);
      for (const { samples, first_seq: firstSeq, to_ms: toMs } of rows) {
        const isOld = toMs < newestMs - memoryMs && count >= RECALL_AT_LEAST;
        if (isOld || count >= RECALL_AT_MOST) return chunks.reverse().flat();
        const decoded = decodeChunk(samples, firstSeq, 0);
        chunks.push(decoded);
        count += decoded.length;
        before = firstSeq;
      }
      if (rows.length === 0) return chunks.reverse().flat();
    }
  }

  #reading<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw new OperatingError('store-unusable', `${this.#options.path}: ${messageOf(error)}`, { cause: error });
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
      if (!(error instanceof Sqlite.SqliteError)) throw error;
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
    const body = JSON.stringify(alert);
    this.#sql.alerts.insert.run(seq, body);
    if (alert.event === 'raised') this.#sql.openAlert.run(alert.athlete, alert.rule, body);
    else this.#sql.closeAlert.run(alert.athlete, alert.rule);
  }

  #insertGap(seq: number, gap: Gap): void {
    const body = JSON.stringify(gap);
    this.#sql.gaps.insert.run(seq, body);
    if (gap.toMs === undefined) this.#sql.openGap.run(gap.athlete, body);
    else if (gap.count === undefined) this.#sql.closeGap.run(gap.athlete);
  }

  #readSamples(afterSeq: number, limit: number): Batch | undefined {
    const records: Stored<Sample>[] = [];
    for (let after = afterSeq; records.length < limit; ) {
      const rows = this.#sql.chunksFrom.all(after, after, CHUNKS_A_READ);
      for (const { samples, first_seq: firstSeq, last_seq: lastSeq } of rows) {
        if (records.length >= limit) break;
        records.push(...decodeChunk(samples, firstSeq, after));
        after = lastSeq;
      }
      if (rows.length === 0) break;
    }
    return records.length === 0 ? undefined : { kind: 'samples', records: records.slice(0, limit) };
  }

  #writeCursors(): void {
    for (const lane of LANES) this.#sql.setCursor.run(this.#options.uplink, lane, this.#cursors[lane]);
  }
}

/** A process that was just killed may hold the lock for a moment while it is taken apart. */
const LOCK_WAIT_MS = 500;

function parsed<T>(rows: readonly { seq: number; body: string }[]): Stored<T>[] {
  return rows.map(({ seq, body }) => ({ ...(JSON.parse(body) as T), seq }));
}

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
  const code = error instanceof Sqlite.SqliteError ? error.code : (error as NodeJS.ErrnoException).code;
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
