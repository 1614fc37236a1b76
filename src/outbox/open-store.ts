/**
 * A store's file while it is open: appends, and what follows from that in the same transaction. Errors are SQLite's
 * own; what to do about them is decided in store.ts.
 *
 * Invariants: a record is on the disk before `append` returns; sequence numbers only grow and are never
 * given twice, over restarts too; the newest chunk is never evicted, so the highest number is always there
 * to go on from; a record is dropped only when it was acknowledged or together with the ledger entry that
 * says so.
 */
import { crc32 } from 'node:zlib';
import type { AlertEvent } from '../domain/alert.ts';
import type { Gap } from '../domain/gap.ts';
import { RECORD_KINDS, type RecordKind } from '../domain/record.ts';
import type { SeqRange, SeqRanges } from '../domain/seq-ranges.ts';
import type { Backlog } from '../ports.ts';
import { Acknowledgements } from './acknowledgements.ts';
import { evict, LossEntries, usedBytes } from './eviction.ts';
import { Pins } from './pins.ts';
import { Reader } from './reader.ts';
import { prepare } from './schema.ts';
import type { Connection } from './sqlite.ts';
import { type ChunkExtent, type ChunkRow, type OpenRow, type Statements, statements } from './statements.ts';
import type { AcknowledgedPairs, ChunkParcel, EventParcel, Parcel } from './store-requests.ts';

export interface OpenStoreOptions {
  /** What the tables may take up, bytes. */
  readonly limitBytes: number;
  /** The boot that monotonic stamps belong to. */
  readonly bootId: string;
  /** Whose acknowledgements count before samples are dropped. */
  readonly uplinks: readonly string[];
}

export class OpenStore {
  readonly epoch: string;
  readonly acknowledgements: Acknowledgements;
  readonly reader: Reader;
  /** What the tables may take up now, bytes: less than the setting on a disk that is full. */
  limitBytes: number;
  readonly #db: Connection;
  readonly #sql: Statements;
  readonly #pins: Pins;
  readonly #options: OpenStoreOptions;
  #head: number;
  #total: number;
  /** Ledger entries up to here may have been sent; those of an earlier run all may. */
  #gapsReadThrough: number;

  /** @throws what SQLite throws, and OperatingError `store-unusable` for what is not a store that this program knows */
  constructor(db: Connection, options: OpenStoreOptions) {
    this.#db = db;
    this.epoch = prepare(db);
    this.#options = options;
    this.limitBytes = options.limitBytes;
    this.#sql = statements(db);
    this.acknowledgements = readAcknowledgements(this.#sql);
    this.#head = this.#sql.lastSeq.get() ?? 0;
    this.#gapsReadThrough = this.#head;
    this.#total = this.#sql.newestChunk.get()?.total ?? 0;
    this.#pins = new Pins(this.#sql);
    this.#pins.endOpen(this.#head);
    this.reader = new Reader(this.#sql, { epoch: this.epoch, bootId: options.bootId });
  }

  get head(): number {
    return this.#head;
  }

  /** @returns what went undelivered to make room */
  append({ chunks, events }: Parcel, acknowledged: AcknowledgedPairs): readonly SeqRange[] {
    return this.#write(acknowledged, () => {
      for (const chunk of chunks) this.#insertChunk(chunk);
      for (const event of events) this.#insertEvent(event);
      const { gaps, ranges } = evict(this.#sql, {
        limitBytes: this.limitBytes,
        delivered: (kind) => this.#delivered(kind),
        pinned: () => this.#pins.ranges(this.#head),
        gapsReadThrough: this.#gapsReadThrough,
      });
      this.#enter(gaps);
      this.#settle(ranges);
      return ranges;
    });
  }

  /** Writes what was acknowledged. */
  sync(acknowledged: AcknowledgedPairs): void {
    this.#write(acknowledged, () => []);
  }

  /** Takes chunks out whose text is not what was written, and enters their samples in the ledger. */
  dropDamaged(chunks: readonly ChunkRow[]): readonly SeqRange[] {
    return this.#write([], () => {
      const delivered = this.#delivered('samples');
      const entries = new LossEntries(this.#sql, 'corrupted', this.#gapsReadThrough);
      const ranges: SeqRange[] = [];
      for (const chunk of chunks) {
        const range = { after: chunk.first_seq - 1, through: chunk.last_seq };
        if (!delivered.covers(range)) {
          entries.add(chunk, delivered);
          ranges.push(range);
        }
        // The newest stays as a row, since numbers go on from it.
        const isNewest = chunk.last_seq === this.#sql.newestChunk.get()?.last_seq;
        (isNewest ? this.#sql.emptyChunk : this.#sql.deleteChunk).run(chunk.first_seq);
      }
      this.#enter(entries.gaps);
      this.#settle(ranges);
      return ranges;
    });
  }

  learnTime(offsetMs: number): void {
    this.#db.transaction(() => this.#sql.setBootOffset.run(this.#options.bootId, offsetMs))();
    this.reader.timeLearned();
  }

  /** Delivery has seen the ledger up to here. */
  gapsRead(throughSeq: number): void {
    this.#gapsReadThrough = Math.max(this.#gapsReadThrough, throughSeq);
  }

  backlog(uplink: string): Backlog {
    const left = (kind: RecordKind) => this.acknowledgements.of(uplink, kind).gaps(this.#head);
    const events = (kind: 'alerts' | 'gaps') =>
      sum(left(kind).map(({ after, through }) => this.#sql[kind].countWithin.get(after, through) ?? 0));
    return {
      alerts: events('alerts'),
      gaps: events('gaps'),
      samples: sum(left('samples').map((range) => this.#samplesWithin(range))),
    };
  }

  /** Writes the log back into the database. */
  checkpoint(mode: 'PASSIVE' | 'TRUNCATE'): void {
    this.#db.pragma(`wal_checkpoint(${mode})`);
  }

  /** What the tables take up, bytes. */
  get usedBytes(): number {
    return usedBytes(this.#sql);
  }

  get isOpen(): boolean {
    return this.#db.open;
  }

  close(): void {
    this.#db.close();
  }

  /** One transaction, with what was acknowledged; when it fails, nothing of it has happened. */
  #write(acknowledged: AcknowledgedPairs, body: () => readonly SeqRange[]): readonly SeqRange[] {
    const before = { head: this.#head, total: this.#total, pins: this.#pins.state() };
    this.acknowledgements.merge(acknowledged);
    const sets = this.acknowledgements.all();
    let changed: AcknowledgedPairs = [];
    try {
      return this.#db.transaction(() => {
        const ranges = body();
        changed = this.acknowledgements.takeChanged();
        for (const { uplink, kind, pairs } of changed) {
          this.#sql.setAcknowledged.run(uplink, kind, JSON.stringify(pairs));
        }
        return ranges;
      })();
    } catch (error) {
      this.#head = before.head;
      this.#total = before.total;
      this.#pins.undone(before.pins);
      this.acknowledgements.reset(sets);
      this.acknowledgements.putBack(sets);
      throw error;
    }
  }

  #insertChunk(chunk: ChunkParcel): void {
    const firstSeq = this.#head + 1;
    this.#head += chunk.count;
    this.#total += chunk.count;
    this.#sql.insertChunk.run({
      first_seq: firstSeq,
      last_seq: this.#head,
      total: this.#total,
      from_ms: chunk.fromMs,
      to_ms: chunk.toMs,
      boot: this.#options.bootId,
      offset_ms: chunk.offsetMs ?? null,
      counts: chunk.counts,
      samples: chunk.samples,
      crc: chunk.crc,
      origin: null,
    });
    this.#pins.chunk({ firstSeq, lastSeq: this.#head, monotonicMs: chunk.monotonicMs });
  }

  #insertEvent({ kind, body, crc, offsetMs }: EventParcel): void {
    const table = kind === 'alert' ? this.#sql.alerts : this.#sql.gaps;
    const { bootId } = this.#options;
    table.insert.run({ seq: ++this.#head, body, boot: bootId, crc, offset_ms: offsetMs ?? null, origin: null });
    const row = { body, boot: bootId, offset_ms: offsetMs ?? null };
    if (kind === 'alert') this.#alerted(JSON.parse(body) as AlertEvent, row);
    else this.#missed(JSON.parse(body) as Gap, row);
  }

  #alerted({ athlete, rule, event }: AlertEvent, row: OpenRow): void {
    if (event === 'raised') this.#sql.openAlert.run({ athlete, rule, ...row });
    else this.#sql.closeAlert.run(athlete, rule);
    this.#pins.alert();
  }

  #missed({ athlete, toMs, count }: Gap, row: OpenRow): void {
    if (toMs === undefined) this.#sql.openGap.run({ athlete, ...row });
    else if (count === undefined) this.#sql.closeGap.run(athlete);
  }

  #enter(gaps: readonly Gap[]): void {
    for (const gap of gaps) {
      const body = JSON.stringify(gap);
      this.#insertEvent({ kind: 'gap', body, crc: crc32(body), offsetMs: undefined });
    }
  }

  /** Nobody is to be sent what is gone. */
  #settle(ranges: readonly SeqRange[]): void {
    for (const uplink of this.#options.uplinks) {
      for (const range of ranges) this.acknowledgements.add(uplink, 'samples', range);
    }
  }

  #delivered(kind: RecordKind): SeqRanges {
    return this.acknowledgements.byAll(this.#options.uplinks, kind);
  }

  /** How many samples there are in the range; there is no hole in it, since what is gone is settled. */
  #samplesWithin({ after, through }: SeqRange): number {
    const first = this.#chunkAfter(after);
    const last = this.#sql.chunkAt.get(through);
    if (first === undefined || last === undefined || last.first_seq < first.first_seq) return 0;
    const before = first.total - (first.last_seq - Math.max(after, first.first_seq - 1));
    return last.total - (last.last_seq - Math.min(through, last.last_seq)) - before;
  }

  #chunkAfter(seq: number): ChunkExtent | undefined {
    const at = this.#sql.chunkAt.get(seq);
    return at !== undefined && at.last_seq > seq ? at : this.#sql.chunkWithin.get(seq, Number.MAX_SAFE_INTEGER);
  }
}

function readAcknowledgements(sql: Statements): Acknowledgements {
  const acknowledgements = new Acknowledgements();
  const rows = sql.acknowledged.all().flatMap(({ uplink, kind: text, ranges }) => {
    const kind = RECORD_KINDS.find((one) => one === text);
    return kind === undefined ? [] : [{ uplink, kind, pairs: JSON.parse(ranges) as [number, number][] }];
  });
  acknowledgements.reset(rows);
  return acknowledgements;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
