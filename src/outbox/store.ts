/**
 * The store through everything that can happen to its file. It works in a thread of its own, since a commit takes as
 * long as the disk takes to have it.
 *
 * What the disk does, and what comes of it:
 * - it is full: the ballast is given up, the oldest records go as at the size limit, and the append is tried once more;
 * - a write or sync fails: the connection is closed and opened anew before anything else is written, and what SQLite
 *   still finds in its log is brought into the database and synced again, since after a failed sync the kernel may
 *   take pages for written that are not. The append fails, and its caller has the records; what the disk has of it all
 *   the same goes once something else is stored in its place;
 * - a row is not what was written: it goes, and the ledger says whose samples it held;
 * - the file is no database any more, or SQLite finds it damaged: it is moved aside, a new store with a new epoch begins
 *   at once, and what can be read of the old one comes into it in idle time (see salvages.ts).
 */
import { isOperatingError, messageOf, OperatingError } from '../domain/errors.ts';
import type { Written } from '../ports.ts';
import { Ballast } from './ballast.ts';
import { boardsOf, noteBoard, numbersLeftOut } from './boards.ts';
import type { OpenStore } from './open-store.ts';
import { inForm } from './packing.ts';
import type { Damage } from './reader.ts';
import { isMarkedRestored, removeRestoredMark } from './restored-mark.ts';
import type { Haul } from './salvage/salvage.ts';
import { Sqlite } from './sqlite.ts';
import { codeOf, isDamage, isOfTheFile } from './sqlite-errors.ts';
import { StoreFile, type StoreOptions } from './store-file.ts';
import type {
  AcknowledgedPairs,
  Parcel,
  StoreAnswer,
  StoreNotice,
  StoreRequest,
  StoreState,
} from './store-requests.ts';
import { writeFailure } from './write-failure.ts';

/** The log is written back once it is that long, between requests and not within a commit. */
const CHECKPOINT_BYTES = 1024 * 1024;

/** What a commit writes to the log beside the records' own text: pages of tables, root and acknowledgements. */
const COMMIT_BYTES = 6 * 1024;

/** On a full disk so much of what the store holds is worked free. */
const FULL_DISK_SHARE = 0.95;

export class Store {
  readonly #options: StoreOptions;
  readonly #ballast: Ballast;
  readonly #onNotice: (notice: StoreNotice) => void;
  readonly #file: StoreFile;
  #state: StoreState;
  #logBytes = 0;
  #written: Written = { bytes: 0, recordBytes: 0 };

  /** @throws OperatingError `store-locked` when another process has it, `store-unusable` when it cannot be read */
  constructor(options: StoreOptions, onNotice: (notice: StoreNotice) => void = () => {}) {
    this.#options = options;
    this.#onNotice = onNotice;
    this.#ballast = new Ballast(options.path);
    const elsewhere = this.#elsewhere();
    this.#file = new StoreFile({ ...options, isElsewhere: elsewhere !== undefined }, onNotice);
    this.#state = this.#stateNow();
    this.#ballast.lay();
    if (elsewhere !== undefined) this.#goOnApart(elsewhere);
    this.#useUpNumbers();
    this.#noteWhere();
  }

  get epoch(): string {
    return this.#open.epoch;
  }

  get acknowledged(): AcknowledgedPairs {
    return this.#open.acknowledgements.all();
  }

  /** Damage was found in it since it was opened, or what is left of a damaged store lies beside it. */
  get isDamaged(): boolean {
    return this.#file.isDamaged;
  }

  /** What uplinks have acknowledged, to be written with the next write. */
  acknowledge(acknowledged: AcknowledgedPairs): void {
    this.#open.acknowledgements.merge(acknowledged);
  }

  /**
   * Takes over records that were kept elsewhere while this file could not be written. What it may have of a write that
   * failed is kept there as well, and is taken back.
   *
   * @returns the head before
   * @throws OperatingError as appending does; nothing of it has happened then, as far as the caller is concerned
   */
  takeOver(haul: Haul, epoch: string): number {
    let before = 0;
    const write = () => {
      this.#checkpoint();
      this.#file.settleUnsure();
      before = this.#open.head;
      this.#file.unsure.watch(this.#open, recordsOfHaul(haul), () =>
        this.#file.evicted.push(...this.#open.takeOver(haul, epoch)),
      );
    };
    this.#file.unsure.disown();
    this.#writing(write, write);
    const chunkBytes = haul.chunks.reduce((sum, { row }) => sum + row.samples.length, 0);
    this.#count(haul.events.reduce((sum, { row }) => sum + row.body.length, chunkBytes));
    return before;
  }

  /** @throws OperatingError `store-write-failed` or `store-unusable` */
  handle(request: StoreRequest): StoreAnswer {
    switch (request.type) {
      case 'append':
        this.#append(request);
        return this.answer();
      case 'sync':
        this.#writing(() => this.#open.sync(this.#validOf(request)));
        return this.answer();
      case 'read':
        return this.#read(request);
      case 'recall':
        return this.#recall(request.memoryMs);
      case 'learn-time':
        this.#writing(() => this.#open.learnTime(request.offsetMs));
        return this.answer();
      case 'release-unsynchronised':
        this.#file.releaseUnsynchronised();
        return this.answer();
      case 'close':
        return this.#close(request);
    }
  }

  /**
   * Whatever can be done between requests, a little of it.
   *
   * @returns whether there is more, and how the store stands where that has changed
   */
  idle(): { readonly isMore: boolean; readonly news?: StoreAnswer } {
    const { epoch, head } = this.#open;
    const isMore = this.#idle();
    const isNew = epoch !== this.#open.epoch || head !== this.#open.head || this.#file.evicted.length > 0;
    return { isMore, ...(isNew ? { news: this.answer() } : {}) };
  }

  #idle(): boolean {
    if (this.#file.isBroken || this.#file.unsure.after !== undefined || !this.#open.isOpen) return false;
    try {
      return this.#checkpoint() || this.#takeOver() || this.#lookForDamage();
    } catch (error) {
      if (isDamage(error)) return this.#attempt(() => this.#file.replace(error));
      // The next write meets the same disk, and says so.
      if (isOfTheFile(error)) this.#file.isBroken = true;
      if (error instanceof Sqlite.SqliteError) return false;
      throw error;
    }
  }

  get #open(): OpenStore {
    return this.#file.open;
  }

  #checkpoint(): boolean {
    if (this.#logBytes < CHECKPOINT_BYTES) return false;
    // The records go into the tables a second time; what a commit writes beside them is mostly the same pages again.
    this.#written = { ...this.#written, bytes: this.#written.bytes + CHECKPOINT_BYTES };
    this.#logBytes = 0;
    this.#open.checkpoint('PASSIVE');
    this.#ballast.lay();
    if (this.#ballast.isThere) this.#open.limitBytes = this.#file.tablesBytes;
    return true;
  }

  #takeOver(): boolean {
    const evicted = this.#file.salvages.step(this.#open);
    if (evicted === undefined) return false;
    this.#file.evicted.push(...evicted);
    return true;
  }

  #lookForDamage(): boolean {
    const { damage, isOver } = this.#file.scrub.step(this.#open);
    if (damage !== undefined) this.#drop(damage);
    return !isOver;
  }

  #append(request: StoreRequest & { type: 'append' }): void {
    const { parcel, isRetry } = request;
    if (!isRetry) this.#file.unsure.disown();
    this.#writing(
      () => {
        // The write that failed had its whole effect after all, and the log has been synced since.
        if (this.#file.settleUnsure() === 'wanted') return;
        this.#file.unsure.watch(this.#open, recordsOf(parcel), () => this.#insert(parcel, this.#validOf(request)));
      },
      () => this.#file.unsure.watch(this.#open, recordsOf(parcel), () => this.#insert(parcel, [])),
    );
  }

  #insert(parcel: Parcel, acknowledged: AcknowledgedPairs): void {
    try {
      this.#file.evicted.push(...this.#open.append(parcel, acknowledged));
    } catch (error) {
      if (codeOf(error) !== 'SQLITE_FULL' || !this.#ballast.release()) throw error;
      this.#open.limitBytes = Math.min(this.#file.tablesBytes, this.#open.usedBytes * FULL_DISK_SHARE);
      this.#open.checkpoint('TRUNCATE');
      this.#file.evicted.push(...this.#open.append(parcel, acknowledged));
    }
    const chunkBytes = parcel.chunks.reduce((sum, { samples }) => sum + samples.length, 0);
    this.#count(parcel.events.reduce((sum, { body }) => sum + body.length, chunkBytes));
  }

  /** What a commit has written, which is in the log so far. */
  #count(recordBytes: number): void {
    this.#logBytes += COMMIT_BYTES + recordBytes;
    const { bytes, recordBytes: before } = this.#written;
    this.#written = { bytes: bytes + COMMIT_BYTES + recordBytes, recordBytes: before + recordBytes };
  }

  #read({ epoch, kind, range: wanted, limit, isEncoded }: StoreRequest & { type: 'read' }): StoreAnswer {
    while (epoch === this.#open.epoch) {
      // What nobody was told to be stored may yet be taken back.
      const range = {
        after: wanted.after,
        through: Math.min(wanted.through, this.#file.unsure.after ?? wanted.through),
      };
      if (range.through <= range.after) break;
      const found = this.#reading(() => this.#open.reader.read(kind, range, limit));
      if (found === undefined) break;
      if (!('damaged' in found)) {
        if (kind === 'gaps') this.#open.gapsRead(found.range.through);
        return { ...this.#unchanged(), ...inForm(found, epoch, isEncoded) };
      }
      if (this.#file.unsure.after !== undefined) throw this.#unusable('damaged records wait for an append that failed');
      this.#writing(() => this.#drop(found));
    }
    return this.answer();
  }

  /** As `answer`; reading changes nothing of how the store stands, and counting it anew takes a tenth of a read. */
  #unchanged(): StoreAnswer {
    const { epoch, isDamaged } = this.#state;
    const isSame = epoch === this.#open.epoch && isDamaged === this.#file.isDamaged;
    const isNew = this.#file.evicted.length > 0 || this.#file.entered.length > 0 || !isSame;
    return isNew ? this.answer() : { state: this.#state, evicted: [], entered: [] };
  }

  #recall(memoryMs: number): StoreAnswer {
    const recall = () => this.#reading(() => this.#open.reader.recall(memoryMs));
    // Where the store turned out to be damaged, the new one has taken up what was open.
    const past = recall() ?? recall();
    return { ...this.answer(), ...(past === undefined ? {} : { past }) };
  }

  #drop(damage: Damage): void {
    const ranges = this.#open.dropDamaged(damage);
    this.#file.evicted.push(...ranges);
    const samples = ranges.reduce((sum, { after, through }) => sum + through - after, 0);
    const events = damage.damaged === 'samples' ? 0 : damage.events.length;
    this.#file.hasFoundDamage = true;
    if (samples + events > 0) this.#onNotice({ event: 'store.damaged-records', records: samples + events });
  }

  #close(request: StoreRequest & { type: 'close' }): StoreAnswer {
    if (!this.#open.isOpen) return this.answer();
    try {
      const acknowledged = this.#validOf(request);
      if (acknowledged.length > 0 || this.#open.hasUnwritten) this.#writing(() => this.#open.sync(acknowledged));
      return this.answer();
    } finally {
      this.#file.salvages.close();
      this.#open.close();
    }
  }

  /** Numbers that are left out after a crash stay so, should this run write nothing else. */
  #useUpNumbers(): void {
    if (!this.#open.hasUnwritten) return;
    try {
      this.#writing(() => this.#open.sync([]));
    } catch (error) {
      // The next write does it, or says why it cannot.
      if (!isOperatingError(error)) throw error;
    }
  }

  /** Why there may be another store that goes on from the same records. */
  #elsewhere(): StoreNotice | undefined {
    const { board, path } = this.#options;
    if (isMarkedRestored(path)) return { event: 'store.restored', path };
    const before = boardsOf(path).at(-1);
    if (board === undefined || before === undefined || board === before) return undefined;
    return { event: 'store.other-board', path, board, before };
  }

  /** An empty one has another epoch by now, and leaves nothing out. */
  #goOnApart(why: StoreNotice): void {
    this.#open.leaveOut(numbersLeftOut());
    this.#onNotice(why);
  }

  /** What follows from where it is must not be undone by a crash: that is noted once the numbers are used up. */
  #noteWhere(): void {
    const { board, path } = this.#options;
    if (this.#open.hasUnwritten) return;
    if (board !== undefined) noteBoard(path, board);
    removeRestoredMark(path);
  }

  /** Acknowledgements of another store are none of this one. */
  #validOf({ epoch, acknowledged }: { epoch: string; acknowledged: AcknowledgedPairs }): AcknowledgedPairs {
    return epoch === this.#open.epoch ? acknowledged : [];
  }

  /** How the store stands, and what went undelivered since it was last asked. */
  answer(): StoreAnswer {
    const evicted = this.#file.evicted.splice(0);
    const entered = this.#file.entered.splice(0);
    if (this.#open.isOpen) this.#state = this.#stateNow();
    return { state: this.#state, evicted, entered };
  }

  #stateNow(): StoreState {
    const { epoch } = this.#open;
    const head = this.#file.head;
    const backlogs = this.#options.uplinks.map((uplink) => [uplink, this.#open.backlog(uplink)] as const);
    const backlog = Object.fromEntries(backlogs);
    const oldestMs = Object.fromEntries(this.#options.uplinks.map((uplink) => [uplink, this.#open.oldest(uplink)]));
    return { epoch, head, backlog, oldestMs, isDamaged: this.#file.isDamaged, written: this.#written };
  }

  /**
   * What is on the disk can be read as long as there is a connection, whether or not it can be written. Undefined where
   * the store turned out to be damaged, and another one has taken its place.
   */
  #reading<T>(read: () => T): T | undefined {
    try {
      if (!this.#open.isOpen) this.#file.reopen();
      return read();
    } catch (error) {
      if (!isDamage(error)) throw this.#unusable(messageOf(error), error);
      this.#file.replace(error);
      return undefined;
    }
  }

  #unusable(what: string, cause?: unknown): OperatingError {
    return new OperatingError('store-unusable', `${this.#options.path}: ${what}`, { cause });
  }

  /** @param again what is to be done in the store that takes the place of a damaged one */
  #writing(write: () => void, again = () => {}): void {
    try {
      if (this.#file.isBroken || !this.#open.isOpen) this.#file.reopen();
      this.#orElse(write, again);
    } catch (error) {
      if (codeOf(error) === undefined && !isOperatingError(error)) throw error;
      if (isOfTheFile(error)) this.#file.isBroken = true;
      throw writeFailure(this.#options.path, error);
    }
  }

  #orElse(write: () => void, again: () => void): void {
    try {
      write();
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#file.replace(error);
      again();
    }
  }

  /** Whether it could be done; when not, the next write tries, and says why not. */
  #attempt(action: () => void): boolean {
    try {
      action();
      return true;
    } catch (error) {
      if (!isOperatingError(error)) throw error;
      this.#file.isBroken = true;
      return false;
    }
  }
}

function recordsOf({ chunks, events }: Parcel): number {
  return chunks.reduce((sum, { count }) => sum + count, events.length);
}

function recordsOfHaul({ chunks, events }: Haul): number {
  return chunks.reduce((sum, { row }) => sum + row.last_seq - row.first_seq + 1, events.length);
}
