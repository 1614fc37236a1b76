/**
 * The file of a store through its openings: opened anew after a write that failed, and replaced by an empty one where it
 * turns out to be damaged. What that brings with it for those outside is gathered here until the store is asked.
 */
import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { messageOf } from '../domain/errors.ts';
import type { EnteredGap } from '../domain/gap.ts';
import { RECORD_KINDS } from '../domain/record.ts';
import { type SeqRange, SeqRanges } from '../domain/seq-ranges.ts';
import type { FailedWrite, OpenStore } from './open-store.ts';
import { openingError } from './opening-error.ts';
import { completeMove, moveAside } from './quarantine.ts';
import type { Known } from './salvage/salvage.ts';
import { Salvages } from './salvages.ts';
import { Scrub } from './scrub.ts';
import { checkedOpening } from './sound-opening.ts';
import { Sqlite } from './sqlite.ts';
import type { StoreNotice } from './store-requests.ts';
import { UnsureWrite } from './unsure-write.ts';

export interface StoreOptions {
  readonly path: string;
  /** What the store may use of the disk: database, log and ballast. */
  readonly maxBytes: number;
  /** The boot that monotonic stamps belong to. */
  readonly bootId: string;
  /** The serial number of the board that this is; absent where it has none. */
  readonly board?: string | undefined;
  /** The names under which uplinks acknowledge. */
  readonly uplinks: readonly string[];
  /** Samples so long before and after an event of an alert go last, ms; five minutes unless it is said otherwise. */
  readonly keepAroundMs?: number;
  /** While records are in memory, after how many ms the file is tried again; a few seconds unless it is said otherwise. */
  readonly fileRetryMs?: number;
}

export interface FileOptions extends StoreOptions {
  /** It is on another board than before, or was restored from a copy: where it is empty it gets another epoch. */
  readonly isElsewhere: boolean;
}

/** What of the size is not the tables': the log and the ballast. */
export const ALLOWANCE_BYTES = 4 * 1024 * 1024;

/** A damaged store that is kept counts for the size, but leaves at least so much of it. */
const OWN_SHARE = 0.5;

export class StoreFile {
  readonly salvages: Salvages;
  readonly unsure = new UnsureWrite();
  /** A write has failed, and the connection has not been opened anew since. */
  isBroken = false;
  hasFoundDamage = false;
  /** Samples that went undelivered, of the store that is open. */
  evicted: SeqRange[] = [];
  /** What the store has entered in the ledger by itself. */
  entered: EnteredGap[] = [];
  readonly #options: FileOptions;
  readonly #onNotice: (notice: StoreNotice) => void;
  #open: OpenStore;
  #scrub = new Scrub();
  /** What the write that failed last would have done, until the file has been opened anew. */
  #failed: FailedWrite | undefined;
  /** The head that the file had when it was opened. */
  #recoveredHead = 0;
  /** Records of this boot wait for the time no longer. */
  #isReleased = false;

  /** @throws OperatingError `store-locked` when another process has it, `store-unusable` when it cannot be read */
  constructor(options: FileOptions, onNotice: (notice: StoreNotice) => void) {
    this.#options = options;
    this.#onNotice = onNotice;
    this.salvages = new Salvages({ path: options.path, uplinks: options.uplinks, onNotice });
    try {
      mkdirSync(dirname(options.path), { recursive: true, mode: 0o700 });
      completeMove(options.path);
    } catch (error) {
      throw openingError(error, options.path);
    }
    this.#open = this.#openFile();
  }

  /** As it is now; another one after `reopen` and `replace`. */
  get open(): OpenStore {
    return this.#open;
  }

  get scrub(): Scrub {
    return this.#scrub;
  }

  /** The highest number that is sure. */
  get head(): number {
    return this.unsure.after ?? this.#open.head;
  }

  /** Damage was found in it since it was opened, or what is left of a damaged store lies beside it. */
  get isDamaged(): boolean {
    return this.hasFoundDamage || this.salvages.hasCopies;
  }

  /** What the tables may take of the disk. */
  get tablesBytes(): number {
    const { maxBytes } = this.#options;
    return Math.max(maxBytes - this.salvages.keptBytes, maxBytes * OWN_SHARE) - ALLOWANCE_BYTES;
  }

  /** @returns whether the records of a write that failed are on the disk, and are those that are to be there */
  settleUnsure(): 'wanted' | undefined {
    return this.unsure.settle(this.#open, this.#recoveredHead);
  }

  releaseUnsynchronised(): void {
    this.#isReleased = true;
    this.#open.reader.releaseUnsynchronised();
  }

  /** Opens the file anew, and has everything that its log holds synced again. */
  reopen(): void {
    const { epoch, limitBytes } = this.#open;
    const { head } = this;
    const acknowledged = this.#open.acknowledgements.all();
    const known = this.#known();
    this.#failed = this.#open.failed ?? this.#failed;
    if (this.#open.isOpen) this.#open.close();
    this.#open = this.#openFile(head, known);
    if (this.#open.epoch === epoch) {
      this.#open.limitBytes = limitBytes;
      this.#open.acknowledgements.merge(acknowledged);
      // Numbers that were left out after a crash are not in the file before something was written.
      this.#open.leaveOut(Math.max(0, head - this.#open.head));
    } else {
      this.unsure.forget();
      this.#failed = undefined;
    }
    this.#open.checkpoint('TRUNCATE');
    this.isBroken = false;
    this.#tellFailed();
  }

  /** Another store takes the place of this one. */
  replace(reason: unknown): void {
    const known = this.#known();
    this.salvages.remember(this.#setAside(reason), known);
    this.unsure.forget();
    this.#failed = undefined;
    this.evicted = [];
    // What it still writes goes into the file that was moved.
    if (this.#open.isOpen) closeQuietly(this.#open);
    this.#open = this.#openFile();
  }

  /** Entries that a write has made, and what they are about, where it turns out to be on the disk. */
  #tellFailed(): void {
    if (this.#failed !== undefined && this.#recoveredHead > this.#failed.after) {
      this.evicted.push(...this.#failed.evicted);
      this.entered.push(...this.#failed.entered);
    }
    this.#failed = undefined;
  }

  /** What is to be known of this store once it has been moved aside. */
  #known(): Known {
    const { acknowledgements } = this.#open;
    const { uplinks } = this.#options;
    const sets = new Map(RECORD_KINDS.map((kind) => [kind, acknowledgements.byAll(uplinks, kind)] as const));
    return { head: this.head, acknowledged: (kind) => sets.get(kind) ?? new SeqRanges() };
  }

  /** @throws OperatingError `store-unusable` when it cannot be moved */
  #setAside(reason: unknown): string {
    const { path } = this.#options;
    this.hasFoundDamage = true;
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
    const onEntered = (entered: readonly EnteredGap[]) => void this.entered.push(...entered);
    const limited = { ...this.#options, limitBytes: this.tablesBytes, onEntered };
    const options = restoreThrough === undefined ? limited : { ...limited, restoreThrough, isElsewhere: false };
    const opened =
      checkedOpening(options, (reason) => {
        const copy = this.#setAside(reason);
        if (known !== undefined) this.salvages.remember(copy, known);
      }) ??
      checkedOpening(options, (reason) => {
        throw openingError(reason, this.#options.path);
      });
    if (opened === undefined) throw new Error('a store is opened or refused');
    const { open, lost, recoveredHead } = opened;
    this.#recoveredHead = recoveredHead;
    try {
      this.salvages.adopt(open);
    } catch (error) {
      open.close();
      throw openingError(error, this.#options.path);
    }
    this.#scrub = new Scrub();
    if (this.#isReleased) open.reader.releaseUnsynchronised();
    open.limitBytes = this.tablesBytes;
    this.evicted.push(...lost);
    this.hasFoundDamage ||= lost.length > 0;
    for (const uplink of open.forgotten) this.#onNotice({ event: 'store.acknowledgements-lost', uplink });
    return open;
  }
}

function closeQuietly(open: OpenStore): void {
  try {
    open.close();
  } catch (error) {
    if (!(error instanceof Sqlite.SqliteError)) throw error;
  }
}
