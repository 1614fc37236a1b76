/**
 * The store through everything that can happen to its file. It works in a thread of its own, since a commit takes as
 * long as the disk takes to have it.
 *
 * What the disk does, and what comes of it:
 * - it is full: the ballast is given up, the oldest records go as at the size limit, and the append is tried once more;
 * - a write or sync fails: the connection is closed and opened anew before anything else is written, and what SQLite
 *   still finds in its log is brought into the database and synced again, since after a failed sync the kernel may
 *   take pages for written that are not. The append fails, and its caller has the records;
 * - a chunk is not what was written: it goes, and the ledger says whose samples it held;
 * - the file is no database any more: it is moved aside and a new store begins (see quarantine.ts).
 */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { isOperatingError, messageOf, OperatingError } from '../domain/errors.ts';
import type { SeqRange } from '../domain/seq-ranges.ts';
import { Ballast } from './ballast.ts';
import { OpenStore } from './open-store.ts';
import { openingError } from './opening-error.ts';
import { Sqlite } from './sqlite.ts';
import type { AcknowledgedPairs, Parcel, StoreAnswer, StoreRequest, StoreState } from './store-requests.ts';

export interface StoreOptions {
  readonly path: string;
  /** What the store may use of the disk: database, log and ballast. */
  readonly maxBytes: number;
  /** The boot that monotonic stamps belong to. */
  readonly bootId: string;
  /** The names under which uplinks acknowledge. */
  readonly uplinks: readonly string[];
}

/** A process that was just killed may hold the lock for a moment while it is taken apart. */
const LOCK_WAIT_MS = 500;

/** What of the size is not the tables': the log and the ballast. */
const ALLOWANCE_BYTES = 4 * 1024 * 1024;

/** The log is written back once it is that long, between requests and not within a commit. */
const CHECKPOINT_BYTES = 1024 * 1024;

/** What a commit writes to the log beside the records' own text: pages of tables, root and acknowledgements. */
const COMMIT_BYTES = 6 * 1024;

/** On a full disk so much of what the store holds is worked free. */
const FULL_DISK_SHARE = 0.95;

export class Store {
  readonly #options: StoreOptions;
  readonly #ballast: Ballast;
  #open: OpenStore;
  /** A write has failed, and the connection has not been opened anew since. */
  #isBroken = false;
  /** The head before an append of which nobody knows whether it is on the disk. */
  #unsureHead: number | undefined;
  #evicted: SeqRange[] = [];
  #state: StoreState;
  #logBytes = 0;

  /** @throws OperatingError `store-locked` when another process has it, `store-unusable` when it cannot be read */
  constructor(options: StoreOptions) {
    this.#options = options;
    try {
      mkdirSync(dirname(options.path), { recursive: true, mode: 0o700 });
    } catch (error) {
      throw openingError(error, options.path);
    }
    this.#ballast = new Ballast(options.path);
    this.#open = this.#openFile();
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
        this.#writing(() => this.#open.sync(request.acknowledged));
        return this.answer();
      case 'read':
        return this.#read(request);
      case 'recall':
        return { ...this.answer(), past: this.#reading(() => this.#open.reader.recall(request.memoryMs)) };
      case 'learn-time':
        this.#writing(() => this.#open.learnTime(request.offsetMs));
        return this.answer();
      case 'release-unsynchronised':
        this.#open.reader.releaseUnsynchronised();
        return this.answer();
      case 'close':
        return this.#close(request.acknowledged);
    }
  }

  /** Whatever can be done between requests. @returns whether there was something */
  idle(): boolean {
    if (this.#isBroken || !this.#open.isOpen || this.#logBytes < CHECKPOINT_BYTES) return false;
    this.#logBytes = 0;
    try {
      this.#open.checkpoint('PASSIVE');
    } catch (error) {
      // The next write meets the same disk, and says so.
      if (isOfTheFile(error)) this.#isBroken = true;
    }
    this.#ballast.lay();
    if (this.#ballast.isThere) this.#open.limitBytes = this.#tablesBytes();
    return true;
  }

  #append({ parcel, acknowledged, isRetry }: StoreRequest & { type: 'append' }): void {
    this.#writing(() => {
      const headBefore = this.#unsureHead;
      this.#unsureHead = undefined;
      // The write that failed had its whole effect after all, and the log has been synced since.
      if (isRetry && headBefore !== undefined && this.#open.head > headBefore) return;
      const { head } = this.#open;
      try {
        this.#insert(parcel, acknowledged);
      } catch (error) {
        if (isOfTheFile(error)) this.#unsureHead = head;
        throw error;
      }
    });
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

  #read({ kind, range, limit }: StoreRequest & { type: 'read' }): StoreAnswer {
    for (;;) {
      const found = this.#reading(() => this.#open.reader.read(kind, range, limit));
      if (found === undefined) return this.answer();
      if (!('damaged' in found)) {
        if (kind === 'gaps') this.#open.gapsRead(found.range.through);
        return { ...this.answer(), batch: found };
      }
      this.#writing(() => this.#evicted.push(...this.#open.dropDamaged(found.damaged)));
    }
  }

  #close(acknowledged: AcknowledgedPairs): StoreAnswer {
    if (!this.#open.isOpen) return this.answer();
    try {
      if (acknowledged.length > 0) this.#writing(() => this.#open.sync(acknowledged));
      return this.answer();
    } finally {
      this.#open.close();
    }
  }

  /** How the store stands, and what went undelivered since it was last asked. */
  answer(): StoreAnswer {
    const evicted = this.#evicted;
    this.#evicted = [];
    if (this.#open.isOpen) this.#state = this.#stateNow();
    return { state: this.#state, evicted };
  }

  #stateNow(): StoreState {
    const { epoch, head } = this.#open;
    const backlogs = this.#options.uplinks.map((uplink) => [uplink, this.#open.backlog(uplink)] as const);
    return { epoch, head, backlog: Object.fromEntries(backlogs) };
  }

  /** What is on the disk can be read as long as there is a connection, whether or not it can be written. */
  #reading<T>(read: () => T): T {
    try {
      if (!this.#open.isOpen) this.#reopen();
      return read();
    } catch (error) {
      throw new OperatingError('store-unusable', `${this.#options.path}: ${messageOf(error)}`, { cause: error });
    }
  }

  #writing(write: () => void): void {
    try {
      if (this.#isBroken) this.#reopen();
      write();
    } catch (error) {
      const code = codeOf(error);
      if (code === undefined && !isOperatingError(error)) throw error;
      if (isOfTheFile(error)) this.#isBroken = true;
      const what = code === undefined ? messageOf(error) : `${messageOf(error)} (${code})`;
      throw new OperatingError('store-write-failed', `${this.#options.path}: ${what}`, { cause: error });
    }
  }

  /** Opens the file anew, and has everything that its log holds synced again. */
  #reopen(): void {
    const { limitBytes } = this.#open;
    const acknowledged = this.#open.acknowledgements.all();
    if (this.#open.isOpen) this.#open.close();
    this.#open = this.#openFile();
    this.#open.limitBytes = limitBytes;
    this.#open.acknowledgements.merge(acknowledged);
    this.#open.checkpoint('TRUNCATE');
    this.#isBroken = false;
  }

  #openFile(): OpenStore {
    const { path, bootId, uplinks } = this.#options;
    const db = openDatabase(path);
    try {
      return new OpenStore(db, { limitBytes: this.#tablesBytes(), bootId, uplinks });
    } catch (error) {
      db.close();
      throw openingError(error, path);
    }
  }

  #tablesBytes(): number {
    return this.#options.maxBytes - ALLOWANCE_BYTES;
  }
}

function openDatabase(path: string) {
  try {
    return new Sqlite(path, { timeout: LOCK_WAIT_MS });
  } catch (error) {
    throw openingError(error, path);
  }
}

/** Whether the connection is not to be trusted after it: anything but a full disk, a lock, and what was written. */
function isOfTheFile(error: unknown): boolean {
  return ['SQLITE_IOERR', 'SQLITE_READONLY', 'SQLITE_CANTOPEN'].some((code) => codeOf(error)?.startsWith(code));
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Sqlite.SqliteError ? error.code : undefined;
}
