/**
 * The store through everything that can happen to its file. It works in a thread of its own, since a commit takes as
 * long as the disk takes to have it.
 *
 * What the disk does, and what comes of it:
 * - it is full: the ballast is given up, the oldest records go as at the size limit, and the append is tried once more;
 * - a write or sync fails: the connection is closed and opened anew before anything else is written, and what SQLite
 *   still finds in its log is brought into the database and synced again, since after a failed sync the kernel may
 *   take pages for written that are not. The append fails, and its caller has the records;
 * - a row is not what was written: it goes, and the ledger says whose samples it held;
 * - the file is no database any more, or SQLite finds it damaged: it is moved aside, a new store with a new epoch begins
 *   at once, and what can be read of the old one comes into it in idle time (see salvages.ts).
 */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { encodedBatch } from '../domain/entries.ts';
import { isOperatingError, messageOf, OperatingError } from '../domain/errors.ts';
import type { EnteredGap } from '../domain/gap.ts';
import { RECORD_KINDS } from '../domain/record.ts';
import { type SeqRange, SeqRanges } from '../domain/seq-ranges.ts';
import { Ballast } from './ballast.ts';
import type { OpenStore } from './open-store.ts';
import { openingError } from './opening-error.ts';
import { unpack } from './packing.ts';
import { completeMove, moveAside } from './quarantine.ts';
import type { Damage } from './reader.ts';
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

export interface StoreOptions {
  readonly path: string;
  /** What the store may use of the disk: database, log and ballast. */
  readonly maxBytes: number;
  /** The boot that monotonic stamps belong to. */
  readonly bootId: string;
  /** The names under which uplinks acknowledge. */
  readonly uplinks: readonly string[];
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

export class Store {
  readonly #options: StoreOptions;
  readonly #ballast: Ballast;
  readonly #onNotice: (notice: StoreNotice) => void;
  readonly #salvages: Salvages;
  #open: OpenStore;
  #scrub: Scrub;
  /** A write has failed, and the connection has not been opened anew since. */
  #isBroken = false;
  /** The head before an append of which nobody knows whether it is on the disk. Until it is tried again, nothing else takes numbers. */
  #unsureHead: number | undefined;
  /** It turned out to be, whole, when the file was opened anew. */
  #isUnsureStored = false;
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
  }

  get acknowledged(): AcknowledgedPairs {
    return this.#open.acknowledgements.all();
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
    if (this.#isBroken || this.#unsureHead !== undefined || !this.#open.isOpen) return false;
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
    this.#writing(
      () => {
        const isStored = isRetry && this.#isUnsureStored;
        this.#unsureHead = undefined;
        this.#isUnsureStored = false;
        // The write that failed had its whole effect after all, and the log has been synced since.
        if (isStored) return;
        const { head } = this.#open;
        try {
          this.#insert(parcel, this.#validOf(request));
        } catch (error) {
          if (isOfTheFile(error)) this.#unsureHead = head;
          throw error;
        }
      },
      () => this.#insert(parcel, []),
    );
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

  #read({ epoch, kind, range, limit, isEncoded }: StoreRequest & { type: 'read' }): StoreAnswer {
    while (epoch === this.#open.epoch) {
      const found = this.#reading(() => this.#open.reader.read(kind, range, limit));
      if (found === undefined) break;
      if (!('damaged' in found)) {
        if (kind === 'gaps') this.#open.gapsRead(found.range.through);
        return {
          ...this.answer(),
          ...(isEncoded ? { encoded: encodedBatch(unpack(found, epoch)) } : { batch: found }),
        };
      }
      if (this.#unsureHead !== undefined) throw this.#unusable('damaged records wait for an append that failed');
      this.#writing(() => this.#drop(found));
    }
    return this.answer();
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
      if (acknowledged.length > 0) this.#writing(() => this.#open.sync(acknowledged));
      return this.answer();
    } finally {
      this.#salvages.close();
      this.#open.close();
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
    const { epoch, head } = this.#open;
    const backlogs = this.#options.uplinks.map((uplink) => [uplink, this.#open.backlog(uplink)] as const);
    const isDamaged = this.#hasFoundDamage || this.#salvages.hasCopies;
    return { epoch, head, backlog: Object.fromEntries(backlogs), isDamaged };
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
      if (this.#isBroken) this.#reopen();
      this.#orElse(write, again);
    } catch (error) {
      const code = codeOf(error);
      if (code === undefined && !isOperatingError(error)) throw error;
      if (isOfTheFile(error)) this.#isBroken = true;
      const what = code === undefined ? messageOf(error) : `${messageOf(error)} (${code})`;
      throw new OperatingError('store-write-failed', `${this.#options.path}: ${what}`, { cause: error });
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
    if (this.#open.isOpen) this.#open.close();
    this.#open = this.#openFile(this.#unsureHead ?? head);
    if (this.#open.epoch === epoch) {
      this.#open.limitBytes = limitBytes;
      this.#open.acknowledgements.merge(acknowledged);
    }
    this.#open.checkpoint('TRUNCATE');
    this.#isBroken = false;
  }

  /** Another store takes the place of this one. */
  #replace(reason: unknown): void {
    const { head, acknowledgements } = this.#open;
    const { uplinks } = this.#options;
    const sets = new Map(RECORD_KINDS.map((kind) => [kind, acknowledgements.byAll(uplinks, kind)] as const));
    const copy = this.#setAside(reason);
    this.#salvages.remember(copy, {
      head: this.#unsureHead ?? head,
      acknowledged: (kind) => sets.get(kind) ?? new SeqRanges(),
    });
    this.#unsureHead = undefined;
    this.#evicted = [];
    // What it still writes goes into the file that was moved.
    if (this.#open.isOpen) closeQuietly(this.#open);
    this.#open = this.#openFile();
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

  #openFile(restoreThrough?: number): OpenStore {
    const onEntered = (entered: readonly EnteredGap[]) => void this.#entered.push(...entered);
    const limited = { ...this.#options, limitBytes: this.#tablesBytes(), onEntered };
    const options = restoreThrough === undefined ? limited : { ...limited, restoreThrough };
    const opened =
      checkedOpening(options, (reason) => void this.#setAside(reason)) ??
      checkedOpening(options, (reason) => {
        throw openingError(reason, this.#options.path);
      });
    if (opened === undefined) throw new Error('a store is opened or refused');
    const { open, lost, recoveredHead } = opened;
    this.#isUnsureStored = this.#unsureHead !== undefined && recoveredHead > this.#unsureHead;
    try {
      this.#salvages.adopt(open);
    } catch (error) {
      open.close();
      throw openingError(error, this.#options.path);
    }
    this.#scrub = new Scrub();
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

function closeQuietly(open: OpenStore): void {
  try {
    open.close();
  } catch (error) {
    if (!(error instanceof Sqlite.SqliteError)) throw error;
  }
}
