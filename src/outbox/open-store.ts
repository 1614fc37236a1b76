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
import type { EnteredGap, Gap } from '../domain/gap.ts';
import { RECORD_KINDS, type RecordKind } from '../domain/record.ts';
import { type SeqRange, SeqRanges } from '../domain/seq-ranges.ts';
import type { Backlog } from '../ports.ts';
import { Acknowledgements } from './acknowledgements.ts';
import { acknowledgedCrc, chunkCrc, eventCrc, isCounted, isWhole, isWholeEvent, parsed } from './checksums.ts';
import { evict, usedBytes } from './eviction.ts';
import { isOfTheStore, LossEntries, type LossEntry, lossOfEvent, silenceOf } from './losses.ts';
import { Pins } from './pins.ts';
import { type Damage, Reader } from './reader.ts';
import type { TailRecord } from './salvage/log-tail.ts';
import type { Haul, HauledChunk } from './salvage/salvage.ts';
import type { SmallRow } from './salvage/wreck-rows.ts';
import { DamagedStore, PAGE_BYTES, prepare } from './schema.ts';
import type { Connection } from './sqlite.ts';
import {
  type ChunkExtent,
  type ChunkRow,
  EMPTY,
  type EventRow,
  type OpenRow,
  type Statements,
  statements,
} from './statements.ts';
import type { AcknowledgedPairs, ChunkParcel, EventParcel, Parcel } from './store-requests.ts';

export interface OpenStoreOptions {
  /** What the tables may take up, bytes. */
  readonly limitBytes: number;
  /** The boot that monotonic stamps belong to. */
  readonly bootId: string;
  /** Whose acknowledgements count before samples are dropped. */
  readonly uplinks: readonly string[];
  /** Called when the store is locked and nothing of it has been written yet. */
  readonly beforeWrite?: () => void;
  /** Told of what the store has entered in the ledger by itself, once it is on the disk. */
  readonly onEntered?: (entered: readonly EnteredGap[]) => void;
}

export class OpenStore {
  readonly epoch: string;
  readonly acknowledgements: Acknowledgements;
  /** Uplinks whose acknowledgements are not what was written: what they have is sent to them again. */
  readonly forgotten: readonly string[];
  readonly reader: Reader;
  /** What the tables may take up now, bytes: less than the setting on a disk that is full. */
  limitBytes: number;
  readonly #db: Connection;
  readonly #sql: Statements;
  readonly #pins: Pins;
  readonly #options: OpenStoreOptions;
  readonly #transaction: (body: () => readonly SeqRange[]) => readonly SeqRange[];
  #head: number;
  #total: number;
  /** Ledger entries up to here may have been sent; those of an earlier run all may. */
  #gapsReadThrough: number;
  /** What the tables take up is no more than this, bytes: asking SQLite at every commit costs a tenth of it. */
  #usedAtMostBytes = Number.POSITIVE_INFINITY;
  /** By the transaction that goes on. */
  #entered: EnteredGap[] = [];

  /** @throws what SQLite throws, and OperatingError `store-unusable` for what is not a store that this program knows */
  constructor(db: Connection, options: OpenStoreOptions) {
    this.#db = db;
    this.epoch = prepare(db, options.beforeWrite);
    this.#options = options;
    this.limitBytes = options.limitBytes;
    this.#sql = statements(db);
    this.#transaction = db.transaction((body) => body());
    const { acknowledgements, forgotten } = readAcknowledgements(this.#sql);
    this.acknowledgements = acknowledgements;
    this.forgotten = forgotten;
    this.#head = this.#sql.lastSeq.get() ?? 0;
    this.#gapsReadThrough = this.#head;
    this.#total = newestTotal(this.#sql);
    this.#pins = new Pins(this.#sql);
    this.#pins.endOpen(this.#head);
    this.reader = new Reader(this.#sql, { epoch: this.epoch, bootId: options.bootId });
  }

  get head(): number {
    return this.#head;
  }

  /** @returns what went undelivered to make room */
  append({ chunks, events }: Parcel, acknowledged: AcknowledgedPairs): readonly SeqRange[] {
    this.#usedAtMostBytes += bytesAtMost([...chunks.map(({ samples }) => samples), ...events.map(({ body }) => body)]);
    return this.#write(acknowledged, () => {
      for (const chunk of chunks) this.#insertChunk(chunk);
      for (const event of events) this.#insertEvent(event);
      return this.#usedAtMostBytes > this.limitBytes ? this.#evict() : [];
    });
  }

  /** Writes what was acknowledged. */
  sync(acknowledged: AcknowledgedPairs): void {
    this.#write(acknowledged, () => []);
  }

  /** Has records go that are kept elsewhere, and that nobody has been told of. Their numbers stay used. */
  takeBack(range: SeqRange): void {
    const { after, through } = range;
    this.#write([], () => {
      const [newest = NO_CHUNK] = this.#sql.chunksBefore.all(Number.MAX_SAFE_INTEGER, 1);
      for (const { first_seq } of this.#sql.chunksFrom.all(after + 1, through, Number.MAX_SAFE_INTEGER)) {
        if (first_seq > after) this.#sql.deleteChunk.run(first_seq);
      }
      for (const kind of ['alerts', 'gaps'] as const) this.#sql[kind].deleteWithin.run(after, through);
      // They are settled: another record with one of these numbers would be taken for delivered.
      this.#insertEmpty({ ...newest, first_seq: after + 1 }, through);
      this.#settle([range]);
      return [];
    });
  }

  /** The next record has a number that is so much higher. */
  skipNumbers(count: number): void {
    if (this.#head > 0) this.#head += count;
  }

  /** Takes rows out that are not what was written, and enters what they held in the ledger. */
  dropDamaged(damage: Damage): readonly SeqRange[] {
    return this.#write([], () =>
      damage.damaged === 'samples' ? this.#dropChunks(damage.chunks) : this.#dropEvents(damage.damaged, damage.events),
    );
  }

  /**
   * Stores again what stands in the log behind the last commit, under the numbers that it had; those that cannot be read
   * are in the ledger afterwards.
   */
  restore(records: readonly TailRecord[]): readonly SeqRange[] {
    if (records.length === 0) return [];
    return this.#write([], () => {
      const entries = new LossEntries(this.#sql, 'corrupted', this.#gapsReadThrough);
      const lost: SeqRange[] = [];
      for (const { kind, row } of records) {
        const before = this.#head;
        if (kind === 'samples') {
          this.#head = Math.max(before, row.last_seq);
          if (row.first_seq > before && isWhole(row)) {
            this.#sql.insertChunk.run(row);
            this.#total = row.total;
            continue;
          }
          entries.add(row, new SeqRanges());
          lost.push({ after: before, through: this.#head });
        } else {
          this.#head = Math.max(before, row.seq);
          if (row.seq <= before || !isWholeEvent(row)) continue;
          // What it says is gone is there again, and so is the entry that it took the place of.
          if (kind === 'gaps' && isOfTheStore(JSON.parse(row.body) as Gap)) continue;
          this.#sql[kind].insert.run(row);
          if (kind === 'alerts') {
            this.#alerted(JSON.parse(row.body) as AlertEvent, row);
            this.#pins.alert();
          } else this.#missed(JSON.parse(row.body) as Gap, row);
        }
      }
      this.#enter(entries.all);
      this.#settle(lost);
      return lost;
    });
  }

  /** Takes up what a damaged store had open, at once, and remembers to take over the rest of it. */
  adopt(file: string, through: number, rows: readonly SmallRow[]): void {
    this.#write([], () => {
      for (const row of rows) {
        if (row.table === 'open_alert' && parsed(row.body) !== undefined) this.#sql.openAlert.run(row);
        if (row.table === 'open_gap' && parsed(row.body) !== undefined) this.#sql.openGap.run(row);
        if (row.table === 'boot') this.#sql.setBootOffset.run(row.id, row.offsetMs);
        if (row.table === 'salvage') this.#sql.setSalvage.run(row.file, row.through, row.isDone ? 1 : 0);
      }
      this.#sql.setSalvage.run(file, through, 0);
      return [];
    });
  }

  /** Damaged stores that were moved aside and are known here. */
  salvages(): { readonly file: string; readonly through: number; readonly isDone: boolean }[] {
    return this.#sql.salvages.all().map(({ file, through, is_done }) => ({ file, through, isDone: is_done !== 0 }));
  }

  forgetSalvage(file: string): void {
    this.#write([], () => {
      this.#sql.deleteSalvage.run(file);
      return [];
    });
  }

  /**
   * Stores records of another store, under the next numbers, in the order of those that they had, and with the identity
   * they had there.
   *
   * @param epoch undefined where nobody knows it: they are records of this store then
   * @returns what went undelivered to make room
   */
  takeOver(
    { chunks, events, gaps, progress, openings = [], bootOffsetMs }: Haul,
    epoch: string | undefined,
  ): readonly SeqRange[] {
    return this.#write([], () => {
      const records = [...chunks, ...events].sort((a, b) => numberOf(a.row) - numberOf(b.row));
      for (const record of records) {
        if ('kind' in record) this.#takeEvent(record, epoch);
        else this.#takeChunk(record, epoch);
      }
      this.#enter(gaps);
      if (progress !== undefined) {
        this.#sql.setSalvage.run(progress.file, progress.through, progress.isDone ? 1 : 0);
      }
      for (const event of openings) this.#openOrClose(event);
      if (bootOffsetMs !== undefined) this.#learnTime(bootOffsetMs);
      return this.#evict();
    });
  }

  /** Has go what is beyond the size. @returns what went undelivered */
  makeRoom(): readonly SeqRange[] {
    const ranges: SeqRange[] = [];
    for (let before = Number.POSITIVE_INFINITY; this.usedBytes > this.limitBytes && this.usedBytes < before; ) {
      before = this.usedBytes;
      ranges.push(...this.#write([], () => this.#evict()));
    }
    return ranges;
  }

  learnTime(offsetMs: number): void {
    this.#db.transaction(() => this.#learnTime(offsetMs))();
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
    this.#entered = [];
    try {
      const lost = this.#transaction(() => {
        const ranges = body();
        changed = this.acknowledgements.takeChanged();
        for (const { uplink, kind, pairs } of changed) {
          const ranges = JSON.stringify(pairs);
          this.#sql.setAcknowledged.run(uplink, kind, ranges, acknowledgedCrc(uplink, kind, ranges));
        }
        return ranges;
      });
      if (this.#entered.length > 0) this.#options.onEntered?.(this.#entered);
      return lost;
    } catch (error) {
      this.#usedAtMostBytes = Number.POSITIVE_INFINITY;
      this.#head = before.head;
      this.#total = before.total;
      this.#pins.undone(before.pins);
      this.acknowledgements.reset(sets);
      this.acknowledgements.putBack(sets);
      throw error;
    }
  }

  #evict(): readonly SeqRange[] {
    const { entries, ranges } = evict(this.#sql, {
      limitBytes: this.limitBytes,
      delivered: (kind) => this.#delivered(kind),
      pinned: () => this.#pins.ranges(this.#head),
      gapsReadThrough: this.#gapsReadThrough,
    });
    this.#enter(entries);
    this.#settle(ranges);
    this.#usedAtMostBytes = this.usedBytes;
    return ranges;
  }

  #insertChunk(chunk: ChunkParcel): void {
    const { firstSeq, lastSeq } = this.#addChunk(chunk.count, chunk.crc, {
      from_ms: chunk.fromMs,
      to_ms: chunk.toMs,
      boot: this.#options.bootId,
      offset_ms: chunk.offsetMs ?? null,
      counts: chunk.counts,
      samples: chunk.samples,
      origin: null,
    });
    this.#pins.chunk({ firstSeq, lastSeq, monotonicMs: chunk.monotonicMs });
  }

  #takeChunk({ row, isPinned }: HauledChunk, epoch: string | undefined): void {
    const { firstSeq, lastSeq } = this.#addChunk(row.last_seq - row.first_seq + 1, undefined, {
      ...row,
      origin: row.origin ?? originOf(epoch, row.first_seq),
    });
    if (isPinned) this.#sql.insertClosedPin.run(firstSeq - 1, lastSeq);
  }

  #addChunk(
    count: number,
    textCrc: number | undefined,
    columns: Omit<ChunkRow, 'first_seq' | 'last_seq' | 'total' | 'crc'>,
  ): { firstSeq: number; lastSeq: number } {
    const firstSeq = this.#head + 1;
    const lastSeq = this.#head + count;
    this.#head = lastSeq;
    this.#total += count;
    const row = { ...columns, first_seq: firstSeq, last_seq: lastSeq, total: this.#total };
    this.#sql.insertChunk.run({ ...row, crc: chunkCrc(row, textCrc) });
    return { firstSeq, lastSeq };
  }

  #insertEvent({ kind, body, crc, offsetMs }: EventParcel): void {
    const { bootId } = this.#options;
    this.#addEvent(kind === 'alert' ? 'alerts' : 'gaps', crc, {
      body,
      boot: bootId,
      offset_ms: offsetMs ?? null,
      origin: null,
    });
    this.#openOrClose({ kind, body, offsetMs });
    if (kind === 'alert') this.#pins.alert();
  }

  #openOrClose({ kind, body, offsetMs }: Omit<EventParcel, 'crc'>): void {
    const row = { body, boot: this.#options.bootId, offset_ms: offsetMs ?? null };
    if (kind === 'alert') this.#alerted(JSON.parse(body) as AlertEvent, row);
    else this.#missed(JSON.parse(body) as Gap, row);
  }

  #learnTime(offsetMs: number): void {
    this.#sql.setBootOffset.run(this.#options.bootId, offsetMs);
    this.reader.timeLearned();
  }

  /** What it opened or closed then is past. */
  #takeEvent({ kind, row }: Haul['events'][number], epoch: string | undefined): void {
    this.#addEvent(kind, undefined, { ...row, origin: row.origin ?? originOf(epoch, row.seq) });
  }

  #addEvent(kind: 'alerts' | 'gaps', bodyCrc: number | undefined, columns: Omit<EventRow, 'seq' | 'crc'>): void {
    const row = { ...columns, seq: ++this.#head };
    this.#sql[kind].insert.run({ ...row, crc: eventCrc(row, bodyCrc) });
  }

  #dropChunks(chunks: readonly ChunkRow[]): readonly SeqRange[] {
    const delivered = this.#delivered('samples');
    const entries = new LossEntries(this.#sql, 'corrupted', this.#gapsReadThrough);
    const ranges: SeqRange[] = [];
    for (const chunk of chunks) {
      const range = this.extentOf(chunk);
      if (!delivered.covers(range)) {
        entries.add(chunk, delivered);
        ranges.push(range);
      }
    }
    for (const chunk of chunks) this.#deleteChunk(chunk, this.extentOf(chunk).through);
    this.#enter(entries.all);
    this.#settle(ranges);
    return ranges;
  }

  /** The newest stays as an empty row, since numbers go on from it. */
  #deleteChunk(chunk: ChunkRow, lastSeq: number): void {
    const newest = this.#sql.newestChunk.get()?.first_seq;
    this.#sql.deleteChunk.run(chunk.first_seq);
    if (chunk.first_seq === newest) this.#insertEmpty(chunk, lastSeq);
  }

  #insertEmpty(chunk: ChunkRow, lastSeq: number): void {
    const row = { ...chunk, last_seq: lastSeq, total: this.#total, samples: EMPTY, counts: '[]', origin: null };
    this.#sql.insertChunk.run({ ...row, crc: chunkCrc(row) });
  }

  /** Where a chunk ends is not to be trusted when it is damaged: no further than where the next one begins. */
  extentOf({ first_seq, last_seq }: ChunkRow): SeqRange {
    const next = this.#sql.chunkWithin.get(first_seq, Number.MAX_SAFE_INTEGER)?.first_seq ?? this.#head + 1;
    const isPossible = last_seq >= first_seq && last_seq < next;
    return { after: first_seq - 1, through: isPossible ? last_seq : next - 1 };
  }

  #dropEvents(kind: 'alerts' | 'gaps', events: readonly EventRow[]): readonly SeqRange[] {
    const delivered = this.#delivered(kind);
    for (const event of events) this.#sql[kind].deleteOne.run(event.seq);
    const lost = events.filter(({ seq }) => !delivered.has(seq));
    this.#enter(lost.flatMap((event) => lossOfEvent(event, this.#sql.chunksBefore.all(event.seq, 1)) ?? []));
    return [];
  }

  #alerted({ athlete, rule, event }: AlertEvent, row: OpenRow): void {
    if (event === 'raised') this.#sql.openAlert.run({ athlete, rule, ...row });
    else this.#sql.closeAlert.run(athlete, rule);
  }

  #missed(gap: Gap, row: OpenRow): void {
    const silence = silenceOf(gap);
    if (silence === 'begun') this.#sql.openGap.run({ athlete: gap.athlete, ...row });
    if (silence === 'over') this.#sql.closeGap.run(gap.athlete);
  }

  /** None of them begins or ends a silence. */
  #enter(entries: readonly LossEntry[]): void {
    for (const { boot, offset_ms, ...entered } of entries) {
      const body = JSON.stringify(entered.gap);
      this.#addEvent('gaps', crc32(body), { body, boot: boot ?? this.#options.bootId, offset_ms, origin: null });
      this.#entered.push(entered);
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

/** What a commit of these texts adds to the tables at most: UTF-8, the rest of a row, pages begun and split on the way. */
function bytesAtMost(texts: readonly string[]): number {
  return texts.reduce((bytes, text) => bytes + 3 * text.length + 4 * PAGE_BYTES, 64 * PAGE_BYTES);
}

/** @throws DamagedStore where numbers would go on from a chunk of which nobody knows where it ends */
function newestTotal(sql: Statements): number {
  const [newest, previous] = sql.chunksBefore.all(Number.MAX_SAFE_INTEGER, 2);
  if (newest === undefined) return 0;
  if (isWhole(newest)) return newest.total;
  if (!isCounted(newest)) throw new DamagedStore('its newest chunk is not what was written');
  return (previous?.total ?? 0) + newest.last_seq - newest.first_seq + 1;
}

/** In a store that never had one. */
const NO_CHUNK: ChunkRow = {
  first_seq: 1,
  last_seq: 0,
  total: 0,
  from_ms: null,
  to_ms: 0,
  boot: '',
  offset_ms: null,
  counts: '[]',
  samples: EMPTY,
  crc: null,
  origin: null,
};

function readAcknowledgements(sql: Statements) {
  const acknowledgements = new Acknowledgements();
  const forgotten: string[] = [];
  const rows = sql.acknowledged.all().flatMap(({ uplink, kind: text, ranges, crc }) => {
    const kind = RECORD_KINDS.find((one) => one === text);
    if (kind === undefined) return [];
    const isSound = crc === null ? parsed(ranges) !== undefined : acknowledgedCrc(uplink, kind, ranges) === crc;
    if (!isSound) forgotten.push(uplink);
    return isSound ? [{ uplink, kind, pairs: JSON.parse(ranges) as [number, number][] }] : [];
  });
  acknowledgements.reset(rows);
  return { acknowledgements, forgotten };
}

function originOf(epoch: string | undefined, firstSeq: number): string | null {
  return epoch === undefined ? null : JSON.stringify({ epoch, firstSeq });
}

function numberOf(row: ChunkRow | EventRow): number {
  return 'seq' in row ? row.seq : row.first_seq;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
