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
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { isOperatingError, messageOf, OperatingError } from '../domain/errors.ts';
import type { EnteredGap } from '../domain/gap.ts';
import { RECORD_KINDS } from '../domain/record.ts';
import { type SeqRange, SeqRanges } from '../domain/seq-ranges.ts';
import { Ballast } from './ballast.ts';
import type { FailedWrite, OpenStore } from './open-store.ts';
import { openingError } from './opening-error.ts';
import { inForm } from './packing.ts';
import { completeMove, moveAside } from './quarantine.ts';
import type { Damage } from './reader.ts';
import type { Haul, Known } from './salvage/salvage.ts';
import { Salvages } from './salvages.ts';
import { Scrub } from './scrub.ts';
import { checkedOpening } from './sound-opening.ts';
import { Sqlite } from './sqlite.ts';
import { codeOf, isDamage, isOfTheFile } from './sqlite-errors.ts';
import type {
  AcknowledgedPairs,
  Parcel,
  StoreAnswer,
  StoreNotice,
  StoreRequest,
  StoreState,
} from './store-requests.ts';
import { writeFailure } from './write-failure.ts';

export interface StoreOptions {
  readonly path: string;
  /** What the store may use of the disk: database, log and ballast. */
  readonly maxBytes: number;
  /** The boot that monotonic stamps belong to. */
  readonly bootId: string;
  /** The names under which uplinks acknowledge. */
  readonly uplinks: readonly string[];
  /** While records are in memory, after how many ms the file is tried again; a few seconds unless it is said otherwise. */
  readonly fileRetryMs?: number;
}

/** What of the size is not the tables': the log and the ballast. */
export const ALLOWANCE_BYTES = 4 * 1024 * 1024;

/** The log is written back once it is that long, between requests and not within a commit. */
const CHECKPOINT_BYTES = 1024 * 1024;

/** What a commit writes to the log beside the records' own text: pages of tables, root and acknowledgements. */
const COMMIT_BYTES = 6 * 1024;

/** On a full disk so much of what the store holds is worked free. */
const FULL_DISK_SHARE = 0.95;

/** A damaged store that is kept counts for the size, but leaves at least so much of it. */
const OWN_SHARE = 0.5;

/** A write of which nobody knows whether it is on the disk. Until it is settled, nothing else takes numbers. */
interface UnsureWrite {
  /** The numbers of its records; entries that it made for what it pushed out come behind them. */
  readonly range: SeqRange;
  /** False once something else was stored in its place: what is on the disk of it has to go then. */
  readonly isWanted: boolean;
}

export class Store {
  readonly #options: StoreOptions;
  readonly #ballast: Ballast;
  readonly #onNotice: (notice: StoreNotice) => void;
  readonly #salvages: Salvages;
  #open: OpenStore;
  #scrub: Scrub;
  /** A write has failed, and the connection has not been opened anew since. */
  #isBroken = false;
  #unsure: UnsureWrite | undefined;
  /** What the write that failed last would have done, until the file has been opened anew. */
  #failed: FailedWrite | undefined;
  /** The head that the file had when it was opened. */
  #recoveredHead = 0;
  /** Records of this boot wait for the time no longer. */
  #isReleased = false;
  #evicted: SeqRange[] = [];
  #entered: EnteredGap[] = [];
  #hasFoundDamage = false;
  #state: StoreState;
  #logBytes = 0;

  /** @throws OperatingError `store-locked` when another process has it, `store-unusable` when it cannot be read */
  constructor(options: StoreOptions, onNotice: (notice: StoreNotice) => void = () => {}) {
    this.#options = options;
    this.#onNotice = onNotice;
    this.#salvages = new Salvages({ path: options.path, uplinks: options.uplinks, onNotice });
    try {
      mkdirSync(dirname(options.path), { recursive: true, mode: 0o700 });
      completeMove(options.path);
    } catch (error) {
      throw openingError(error, options.path);
    }
    this.#ballast = new Ballast(options.path);
    this.#open = this.#openFile();
    this.#scrub = new Scrub();
    this.#state = this.#stateNow();
    this.#ballast.lay();
    this.#useUpNumbers();
  }

  get epoch(): string {
    return this.#open.epoch;
  }

  get acknowledged(): AcknowledgedPairs {
    return this.#open.acknowledgements.all();
  }

  /** What uplinks have acknowledged, to be written with the next write. */
  acknowledge(acknowledged: AcknowledgedPairs): void {
    this.#open.acknowledgements.merge(acknowledged);
  }

  /**
   * Takes over records that were kept elsewhere while this file could not be written, those of the write that failed
   * last among them.
   *
   * @param isRetry the same haul was to be taken over before, and that failed
   * @returns the head before
   * @throws OperatingError as appending does; nothing of it has happened then
   */
  takeOver(haul: Haul, epoch: string, isRetry: boolean): number {
    let before = 0;
    const write = () => {
      this.#checkpoint();
      before = this.#unsure?.range.after ?? this.#open.head;
      if (this.#settleUnsure() === 'wanted') return;
      before = this.#open.head;
      this.#unsureWhen(recordsOfHaul(haul), () => this.#evicted.push(...this.#open.takeOver(haul, epoch)));
    };
    if (!isRetry) this.#disown();
    this.#writing(write, write);
    this.#logBytes += COMMIT_BYTES;
    for (const { row } of haul.chunks) this.#logBytes += row.samples.length;
    for (const { row } of haul.events) this.#logBytes += row.body.length;
    return before;
  }

  /** Damage was found in it since it was opened, or what is left of a damaged store lies beside it. */
  get isDamaged(): boolean {
    return this.#hasFoundDamage || this.#salvages.hasCopies;
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
        this.#isReleased = true;
        this.#open.reader.releaseUnsynchronised();
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
    const isNew = epoch !== this.#open.epoch || head !== this.#open.head || this.#evicted.length > 0;
    return { isMore, ...(isNew ? { news: this.answer() } : {}) };
  }

  #idle(): boolean {
    if (this.#isBroken || this.#unsure !== undefined || !this.#open.isOpen) return false;
    try {
      return this.#checkpoint() || this.#takeOver() || this.#lookForDamage();
    } catch (error) {
      if (isDamage(error)) return this.#attempt(() => this.#replace(error));
      // The next write meets the same disk, and says so.
      if (isOfTheFile(error)) this.#isBroken = true;
      if (error instanceof Sqlite.SqliteError) return false;
      throw error;
    }
  }

  #checkpoint(): boolean {
    if (this.#logBytes < CHECKPOINT_BYTES) return false;
    this.#logBytes = 0;
    this.#open.checkpoint('PASSIVE');
    this.#ballast.lay();
    if (this.#ballast.isThere) this.#open.limitBytes = this.#tablesBytes();
    return true;
  }

  #takeOver(): boolean {
    const evicted = this.#salvages.step(this.#open);
    if (evicted === undefined) return false;
    this.#evicted.push(...evicted);
    return true;
  }

  #lookForDamage(): boolean {
    const { damage, isOver } = this.#scrub.step(this.#open);
    if (damage !== undefined) this.#drop(damage);
    return !isOver;
  }

  #append(request: StoreRequest & { type: 'append' }): void {
    const { parcel, isRetry } = request;
    if (!isRetry) this.#disown();
    this.#writing(
      () => {
        // The write that failed had its whole effect after all, and the log has been synced since.
        if (this.#settleUnsure() === 'wanted') return;
        this.#unsureWhen(recordsOf(parcel), () => this.#insert(parcel, this.#validOf(request)));
      },
      () => this.#unsureWhen(recordsOf(parcel), () => this.#insert(parcel, [])),
    );
  }

  /** Whoever began the write that nobody knows the end of has its records again, and may store them elsewhere. */
  #disown(): void {
    if (this.#unsure !== undefined) this.#unsure = { ...this.#unsure, isWanted: false };
  }

  /** @returns whether the records of a write that failed are on the disk, and are those that are to be there */
  #settleUnsure(): 'wanted' | undefined {
    const unsure = this.#unsure;
    // With its head, the file has all of it.
    const isStored = unsure !== undefined && this.#recoveredHead > unsure.range.after;
    if (isStored && !unsure.isWanted) this.#open.takeBack(unsure.range);
    this.#unsure = undefined;
    return isStored && unsure.isWanted ? 'wanted' : undefined;
  }

  /** @param count how many numbers the write takes for records, beside those of entries that it makes by itself */
  #unsureWhen(count: number, write: () => void): void {
    const { head } = this.#open;
    try {
      write();
    } catch (error) {
      if (isOfTheFile(error)) this.#unsure = { range: { after: head, through: head + count }, isWanted: true };
      throw error;
    }
  }

  #insert(parcel: Parcel, acknowledged: AcknowledgedPairs): void {
    try {
      this.#evicted.push(...this.#open.append(parcel, acknowledged));
    } catch (error) {
      if (codeOf(error) !== 'SQLITE_FULL' || !this.#ballast.release()) throw error;
      this.#open.limitBytes = Math.min(this.#tablesBytes(), this.#open.usedBytes * FULL_DISK_SHARE);
      this.#open.checkpoint('TRUNCATE');
      this.#evicted.push(...this.#open.append(parcel, acknowledged));
    }
    this.#logBytes += COMMIT_BYTES;
    for (const { samples } of parcel.chunks) this.#logBytes += samples.length;
  }

  #read({ epoch, kind, range: wanted, limit, isEncoded }: StoreRequest & { type: 'read' }): StoreAnswer {
    while (epoch === this.#open.epoch) {
      // What nobody was told to be stored may yet be taken back.
      const range = {
        after: wanted.after,
        through: Math.min(wanted.through, this.#unsure?.range.after ?? wanted.through),
      };
      if (range.through <= range.after) break;
      const found = this.#reading(() => this.#open.reader.read(kind, range, limit));
      if (found === undefined) break;
      if (!('damaged' in found)) {
        if (kind === 'gaps') this.#open.gapsRead(found.range.through);
        return { ...this.#unchanged(), ...inForm(found, epoch, isEncoded) };
      }
      if (this.#unsure !== undefined) throw this.#unusable('damaged records wait for an append that failed');
      this.#writing(() => this.#drop(found));
    }
    return this.answer();
  }

  /** As `answer`; reading changes nothing of how the store stands, and counting it anew takes a tenth of a read. */
  #unchanged(): StoreAnswer {
    const { epoch, isDamaged } = this.#state;
    const isSame = epoch === this.#open.epoch && isDamaged === this.isDamaged;
    const isNew = this.#evicted.length > 0 || this.#entered.length > 0 || !isSame;
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
    this.#evicted.push(...ranges);
    const samples = ranges.reduce((sum, { after, through }) => sum + through - after, 0);
    const events = damage.damaged === 'samples' ? 0 : damage.events.length;
    this.#hasFoundDamage = true;
    if (samples + events > 0) this.#onNotice({ event: 'store.damaged-records', records: samples + events });
  }

  #close(request: StoreRequest & { type: 'close' }): StoreAnswer {
    if (!this.#open.isOpen) return this.answer();
    try {
      const acknowledged = this.#validOf(request);
      if (acknowledged.length > 0 || this.#open.hasUnwritten) this.#writing(() => this.#open.sync(acknowledged));
      return this.answer();
    } finally {
      this.#salvages.close();
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

  /** Acknowledgements of another store are none of this one. */
  #validOf({ epoch, acknowledged }: { epoch: string; acknowledged: AcknowledgedPairs }): AcknowledgedPairs {
    return epoch === this.#open.epoch ? acknowledged : [];
  }

  /** How the store stands, and what went undelivered since it was last asked. */
  answer(): StoreAnswer {
    const [evicted, entered] = [this.#evicted, this.#entered];
    this.#evicted = [];
    this.#entered = [];
    if (this.#open.isOpen) this.#state = this.#stateNow();
    return { state: this.#state, evicted, entered };
  }

  #stateNow(): StoreState {
    const { epoch } = this.#open;
    const head = this.#unsure?.range.after ?? this.#open.head;
    const backlogs = this.#options.uplinks.map((uplink) => [uplink, this.#open.backlog(uplink)] as const);
    return { epoch, head, backlog: Object.fromEntries(backlogs), isDamaged: this.isDamaged };
  }

  /**
   * What is on the disk can be read as long as there is a connection, whether or not it can be written. Undefined where
   * the store turned out to be damaged, and another one has taken its place.
   */
  #reading<T>(read: () => T): T | undefined {
    try {
      if (!this.#open.isOpen) this.#reopen();
      return read();
    } catch (error) {
      if (!isDamage(error)) throw this.#unusable(messageOf(error), error);
      this.#replace(error);
      return undefined;
    }
  }

  #unusable(what: string, cause?: unknown): OperatingError {
    return new OperatingError('store-unusable', `${this.#options.path}: ${what}`, { cause });
  }

  /** @param again what is to be done in the store that takes the place of a damaged one */
  #writing(write: () => void, again = () => {}): void {
    try {
      if (this.#isBroken || !this.#open.isOpen) this.#reopen();
      this.#orElse(write, again);
    } catch (error) {
      if (codeOf(error) === undefined && !isOperatingError(error)) throw error;
      if (isOfTheFile(error)) this.#isBroken = true;
      throw writeFailure(this.#options.path, error);
    }
  }

  #orElse(write: () => void, again: () => void): void {
    try {
      write();
    } catch (error) {
      if (!isDamage(error)) throw error;
      this.#replace(error);
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
      this.#isBroken = true;
      return false;
    }
  }

  /** Opens the file anew, and has everything that its log holds synced again. */
  #reopen(): void {
    const { epoch, head, limitBytes } = this.#open;
    const acknowledged = this.#open.acknowledgements.all();
    const known = this.#known();
    this.#failed = this.#open.failed ?? this.#failed;
    if (this.#open.isOpen) this.#open.close();
    this.#open = this.#openFile(this.#unsure?.range.after ?? head, known);
    if (this.#open.epoch === epoch) {
      this.#open.limitBytes = limitBytes;
      this.#open.acknowledgements.merge(acknowledged);
      // Numbers that were left out after a crash are not in the file before something was written.
      this.#open.leaveOut(Math.max(0, (this.#unsure?.range.after ?? head) - this.#open.head));
    } else {
      this.#unsure = undefined;
      this.#failed = undefined;
    }
    this.#open.checkpoint('TRUNCATE');
    this.#isBroken = false;
    this.#tellFailed();
  }

  /** Entries that a write has made, and what they are about, where it turns out to be on the disk. */
  #tellFailed(): void {
    if (this.#failed !== undefined && this.#recoveredHead > this.#failed.after) {
      this.#evicted.push(...this.#failed.evicted);
      this.#entered.push(...this.#failed.entered);
    }
    this.#failed = undefined;
  }

  /** Another store takes the place of this one. */
  #replace(reason: unknown): void {
    const known = this.#known();
    this.#salvages.remember(this.#setAside(reason), known);
    this.#unsure = undefined;
    this.#failed = undefined;
    this.#evicted = [];
    // What it still writes goes into the file that was moved.
    if (this.#open.isOpen) closeQuietly(this.#open);
    this.#open = this.#openFile();
  }

  /** What is to be known of this store once it has been moved aside. */
  #known(): Known {
    const { head, acknowledgements } = this.#open;
    const { uplinks } = this.#options;
    const sets = new Map(RECORD_KINDS.map((kind) => [kind, acknowledgements.byAll(uplinks, kind)] as const));
    return { head: this.#unsure?.range.after ?? head, acknowledged: (kind) => sets.get(kind) ?? new SeqRanges() };
  }

  /** @throws OperatingError `store-unusable` when it cannot be moved */
  #setAside(reason: unknown): string {
    const { path } = this.#options;
    this.#hasFoundDamage = true;
    try {
      const copy = moveAside(path);
      this.#onNotice({ event: 'store.quarantined', path, copy, reason: messageOf(reason) });
      return copy;
    } catch (error) {
      throw openingError(error, path);
    }
  }

  /**
   * @param restoreThrough above it nothing is taken out of a torn commit
   * @param known of the store that is opened anew, for when its file turns out to be damaged
   */
  #openFile(restoreThrough?: number, known?: Known): OpenStore {
    const onEntered = (entered: readonly EnteredGap[]) => void this.#entered.push(...entered);
    const limited = { ...this.#options, limitBytes: this.#tablesBytes(), onEntered };
    const options = restoreThrough === undefined ? limited : { ...limited, restoreThrough };
    const opened =
      checkedOpening(options, (reason) => {
        const copy = this.#setAside(reason);
        if (known !== undefined) this.#salvages.remember(copy, known);
      }) ??
      checkedOpening(options, (reason) => {
        throw openingError(reason, this.#options.path);
      });
    if (opened === undefined) throw new Error('a store is opened or refused');
    const { open, lost, recoveredHead } = opened;
    this.#recoveredHead = recoveredHead;
    try {
      this.#salvages.adopt(open);
    } catch (error) {
      open.close();
      throw openingError(error, this.#options.path);
    }
    this.#scrub = new Scrub();
    if (this.#isReleased) open.reader.releaseUnsynchronised();
    open.limitBytes = this.#tablesBytes();
    this.#evicted.push(...lost);
    this.#hasFoundDamage ||= lost.length > 0;
    for (const uplink of open.forgotten) this.#onNotice({ event: 'store.acknowledgements-lost', uplink });
    return open;
  }

  #tablesBytes(): number {
    const { maxBytes } = this.#options;
    return Math.max(maxBytes - this.#salvages.keptBytes, maxBytes * OWN_SHARE) - ALLOWANCE_BYTES;
  }
}

function recordsOf({ chunks, events }: Parcel): number {
  return chunks.reduce((sum, { count }) => sum + count, events.length);
}

function recordsOfHaul({ chunks, events }: Haul): number {
  return chunks.reduce((sum, { row }) => sum + row.last_seq - row.first_seq + 1, events.length);
}

function closeQuietly(open: OpenStore): void {
  try {
    open.close();
  } catch (error) {
    if (!(error instanceof Sqlite.SqliteError)) throw error;
  }
}
