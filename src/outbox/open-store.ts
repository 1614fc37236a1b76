/**
 * A store's file while it is open: appends, and what follows from that in the same transaction. Errors are SQLite's
 * own; what to do about them is decided in store.ts.
 *
 * Invariants: a record is on the disk before `append` returns; sequence numbers only grow and are never
 * given twice, over restarts too; the newest chunk is never evicted, so the highest number is always there
 * to go on from; a record is dropped only when it was acknowledged or together with the ledger entry that
 * says so.
 */
import type { EnteredGap } from '../domain/gap.ts';
import { RECORD_KINDS } from '../domain/record.ts';
import type { SeqRange } from '../domain/seq-ranges.ts';
import type { Backlog } from '../ports.ts';
import { Acknowledgements } from './acknowledgements.ts';
import { backlogOf, oldestOf } from './backlog.ts';
import { acknowledgedCrc, parsed } from './checksums.ts';
import { evict, usedBytes } from './eviction.ts';
import { LogWriter } from './log-writer.ts';
import { type Damage, Reader } from './reader.ts';
import { adopt, dropDamaged, restore, takeBack, takeOver } from './repairs.ts';
import type { TailRecord } from './salvage/log-tail.ts';
import type { Haul } from './salvage/salvage.ts';
import type { SmallRow } from './salvage/wreck-rows.ts';
import { PAGE_BYTES, prepare, read } from './schema.ts';
import type { Connection } from './sqlite.ts';
import { type ChunkRow, type Statements, statements } from './statements.ts';
import type { AcknowledgedPairs, Parcel } from './store-requests.ts';

export interface OpenStoreOptions {
  /** What the tables may take up, bytes. */
  readonly limitBytes: number;
  /** The boot that monotonic stamps belong to. */
  readonly bootId: string;
  /** Whose acknowledgements count before samples are dropped. */
  readonly uplinks: readonly string[];
  /** Samples so long before and after an event of an alert go last, ms; five minutes unless it is said otherwise. */
  readonly keepAroundMs?: number;
  /** Nothing of it can be written; it is not brought up to date. */
  readonly isReadOnly?: true;
  /** It is on another board than before, or was restored from a copy: where it is empty it gets another epoch. */
  readonly isElsewhere?: boolean;
  /** Called when the store is locked and nothing of it has been written yet. */
  readonly beforeWrite?: () => void;
  /** Told of what the store has entered in the ledger by itself, once it is on the disk. */
  readonly onEntered?: (entered: readonly EnteredGap[]) => void;
}

/** What a write would have done that failed. It may be on the disk all the same: the file then has a higher head. */
export interface FailedWrite {
  /** The head before it. */
  readonly after: number;
  /** What went undelivered by it. */
  readonly evicted: readonly SeqRange[];
  readonly entered: readonly EnteredGap[];
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
  readonly #log: LogWriter;
  readonly #options: OpenStoreOptions;
  readonly #transaction: (body: () => void) => void;
  /** What the tables take up is no more than this, bytes: asking SQLite at every commit costs a tenth of it. */
  #usedAtMostBytes = Number.POSITIVE_INFINITY;
  /** Numbers that nothing will have, of which the file does not know yet. */
  #leftOut: SeqRange | undefined;
  #failed: FailedWrite | undefined;

  /** @throws what SQLite throws, and OperatingError `store-unusable` for what is not a store that this program knows */
  constructor(db: Connection, options: OpenStoreOptions) {
    this.#db = db;
    this.epoch = options.isReadOnly ? read(db) : prepare(db, options);
    this.#options = options;
    this.limitBytes = options.limitBytes;
    this.#sql = statements(db);
    this.#transaction = db.transaction((body) => body());
    const { acknowledgements, forgotten } = readAcknowledgements(this.#sql);
    this.acknowledgements = acknowledgements;
    this.forgotten = forgotten;
    this.#log = new LogWriter(this.#sql, acknowledgements, options);
    this.reader = new Reader(this.#sql, { epoch: this.epoch, bootId: options.bootId });
  }

  get head(): number {
    return this.#log.head;
  }

  /** The last write, where it failed. */
  get failed(): FailedWrite | undefined {
    return this.#failed;
  }

  /** @returns what went undelivered to make room */
  append({ chunks, events }: Parcel, acknowledged: AcknowledgedPairs): readonly SeqRange[] {
    this.#usedAtMostBytes += bytesAtMost([...chunks.map(({ samples }) => samples), ...events.map(({ body }) => body)]);
    return this.#write(acknowledged, () => {
      for (const chunk of chunks) this.#log.chunk(chunk);
      for (const event of events) this.#log.event(event);
      return this.#usedAtMostBytes > this.limitBytes ? this.#evict() : [];
    });
  }

  /** Writes what was acknowledged. */
  sync(acknowledged: AcknowledgedPairs): void {
    this.#write(acknowledged, () => []);
  }

  /** Has records go that are kept elsewhere, and that nobody has been told of. Their numbers stay used. */
  takeBack(range: SeqRange): void {
    this.#write([], () => {
      takeBack(this.#sql, this.#log, range);
      return [];
    });
  }

  /** The next record has a number that is so much higher; those in between are used up with the next write. */
  leaveOut(count: number): void {
    const { head } = this;
    if (head === 0 || count === 0) return;
    this.#leftOut = { after: this.#leftOut?.after ?? head, through: head + count };
    this.#log.skipThrough(head + count);
  }

  /** Something is to be written, though no record is. */
  get hasUnwritten(): boolean {
    return this.acknowledgements.hasChanged || this.#leftOut !== undefined;
  }

  /** Takes rows out that are not what was written, and enters what they held in the ledger. */
  dropDamaged(damage: Damage): readonly SeqRange[] {
    return this.#write([], () => dropDamaged(this.#sql, this.#log, damage));
  }

  /**
   * Stores again what stands in the log behind the last commit, under the numbers that it had; those that cannot be read
   * are in the ledger afterwards.
   *
   * @param isMore there may have been others, of which nothing is known
   */
  restore(records: readonly TailRecord[], isMore = false): readonly SeqRange[] {
    if (records.length === 0 && !isMore) return [];
    return this.#write([], () => restore(this.#log, records, isMore));
  }

  /** Takes up what a damaged store had open, at once, and remembers to take over the rest of it. */
  adopt(file: string, through: number, rows: readonly SmallRow[]): void {
    this.#write([], () => {
      adopt(this.#sql, file, through, rows);
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
  takeOver(haul: Haul, epoch: string | undefined): readonly SeqRange[] {
    return this.#write([], () => {
      takeOver(this.#sql, this.#log, haul, epoch);
      if (haul.bootOffsetMs !== undefined) this.#learnTime(haul.bootOffsetMs);
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
    this.#log.gapsReadThrough = Math.max(this.#log.gapsReadThrough, throughSeq);
  }

  backlog(uplink: string): Backlog {
    return backlogOf(this.#sql, { acknowledgements: this.acknowledgements, uplink, head: this.head });
  }

  /** When the oldest sample of that was taken, Unix ms; undefined where there is none, or nobody knows. */
  oldest(uplink: string): number | undefined {
    return oldestOf(this.#sql, { acknowledgements: this.acknowledgements, uplink, head: this.head });
  }

  /** Where a damaged chunk ends. */
  extentOf(chunk: ChunkRow): SeqRange {
    return this.#log.extentOf(chunk);
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
    const after = this.head;
    const undo = this.#log.begin();
    this.acknowledgements.merge(acknowledged);
    const sets = this.acknowledgements.all();
    let evicted: readonly SeqRange[] = [];
    this.#failed = undefined;
    try {
      this.#transaction(() => {
        if (this.#leftOut !== undefined) this.#log.useUp(this.#leftOut, this.#log.newestChunk());
        evicted = body();
        for (const { uplink, kind, pairs } of this.acknowledgements.takeChanged()) {
          const ranges = JSON.stringify(pairs);
          this.#sql.setAcknowledged.run(uplink, kind, ranges, acknowledgedCrc(uplink, kind, ranges));
        }
      });
      this.#leftOut = undefined;
    } catch (error) {
      this.#failed = { after, evicted, entered: this.#log.entered };
      this.#usedAtMostBytes = Number.POSITIVE_INFINITY;
      undo();
      this.acknowledgements.reset(sets);
      this.acknowledgements.putBack(sets);
      throw error;
    }
    const { entered } = this.#log;
    if (entered.length > 0) this.#options.onEntered?.(entered);
    return evicted;
  }

  #evict(): readonly SeqRange[] {
    const { entries, merged, ranges } = evict(this.#sql, {
      limitBytes: this.limitBytes,
      delivered: (kind) => this.#log.delivered(kind),
      pinned: () => this.#log.pinned(),
      gapsReadThrough: this.#log.gapsReadThrough,
    });
    this.#log.enter(entries);
    for (const entry of merged) this.#log.entry(entry);
    this.#log.settle(ranges);
    this.#usedAtMostBytes = this.usedBytes;
    return ranges;
  }

  #learnTime(offsetMs: number): void {
    this.#sql.setBootOffset.run(this.#options.bootId, offsetMs);
    this.reader.timeLearned();
  }
}

/** What a commit of these texts adds to the tables at most: UTF-8, the rest of a row, pages begun and split on the way. */
function bytesAtMost(texts: readonly string[]): number {
  return texts.reduce((bytes, text) => bytes + 3 * text.length + 4 * PAGE_BYTES, 64 * PAGE_BYTES);
}

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
