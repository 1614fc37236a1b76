/**
 * Stores that no gateway has in use, for the commands that look after them.
 *
 * Invariant: where a log lies beside a store, it was not closed, and the gateway has still to see that log: whether it is
 * what was written, and that numbers are to be left out. SQLite would bring it into the file and remove it, commits that
 * are out of its reach and all. So such a store is only ever read (decision 0053).
 */
import { existsSync, rmSync } from 'node:fs';
import { messageOf, OperatingError } from '../../domain/errors.ts';
import { OpenStore } from '../open-store.ts';
import { openingError } from '../opening-error.ts';
import { readLog } from '../salvage/log-frames.ts';
import { DamagedStore } from '../schema.ts';
import { isEmptied } from '../sound-opening.ts';
import { type Connection, Sqlite } from '../sqlite.ts';
import { isDamage } from '../sqlite-errors.ts';

const LOCK_WAIT_MS = 500;

/** A store's file, which no gateway gets before it is closed. */
export interface HeldFile {
  readonly db: Connection;
  readonly close: () => void;
}

export interface HeldStore extends HeldFile {
  readonly store: OpenStore;
}

/** @throws OperatingError `store-unusable` when there is no file */
export function requireStore(path: string): void {
  if (existsSync(path)) return;
  throw new OperatingError('store-unusable', `${path}: there is no store`, {
    remedy: 'name the file of a store, or the gateway.yaml that does',
  });
}

/**
 * The file with its lock; nothing is set or written.
 *
 * @throws OperatingError `store-locked`; DamagedStore, or what SQLite throws, when it is no database
 */
export function hold(path: string): HeldFile {
  let held: HeldFile | undefined;
  try {
    // SQLite would remove the log of such a file, reading only or not.
    if (isEmptied(path)) throw new DamagedStore('its file is cut off, and its log is not');
    held = wasLeft(path) ? readOnly(path) : exclusive(path);
    held.db.prepare('SELECT count(*) FROM sqlite_master').get();
    return held;
  } catch (error) {
    held?.close();
    throw isDamage(error) ? error : openingError(error, path);
  }
}

/**
 * Undefined for a file that SQLite cannot read: that is in nobody's use.
 *
 * @throws OperatingError `store-locked` when a gateway has it
 */
export function holdAnything(path: string): HeldFile | undefined {
  try {
    return hold(path);
  } catch (error) {
    if (!isDamage(error)) throw error;
    return undefined;
  }
}

/**
 * A store as the gateway would open it, but for the size; it may be written.
 *
 * @throws OperatingError `store-locked`, or `store-unusable` also for a damaged one and for one that was not closed
 */
export function openStore(
  path: string,
  limitBytes = Number.POSITIVE_INFINITY,
  uplinks: readonly string[] = [],
): HeldStore {
  if (wasLeft(path)) {
    // In use is the better answer where it is so.
    holdAnything(path)?.close();
    throw new OperatingError(
      'store-unusable',
      `${path}: the store was not closed, and what is in its log comes first`,
      {
        remedy: `start the gateway and stop it, which brings it in; or sideline store salvage --store ${path} --into NEWFILE`,
      },
    );
  }
  const db = new Sqlite(path, { timeout: LOCK_WAIT_MS });
  return opened(path, { db, close: () => void db.close() }, { limitBytes, uplinks });
}

/** As `openStore`, for a store that was not closed too; nothing of it is written. */
export function openForReading(path: string): HeldStore {
  if (!wasLeft(path)) return openStore(path);
  try {
    const held = hold(path);
    if (readLog(logOf(path)).state !== 'damaged') return opened(path, held, { isReadOnly: true });
    held.close();
  } catch (error) {
    throw isDamage(error) ? damagedError(error, path) : error;
  }
  throw damagedError(new DamagedStore('its log is not what was written'), path);
}

export function damagedError(error: unknown, path: string): OperatingError {
  return new OperatingError('store-unusable', `${path}: the store is damaged (${messageOf(error)})`, {
    remedy: `bring what can be read into a new one: sideline store salvage --store ${path} --into NEWFILE`,
    cause: error,
  });
}

interface Opening {
  readonly limitBytes?: number;
  readonly uplinks?: readonly string[];
  readonly isReadOnly?: true;
}

function opened(path: string, { db, close }: HeldFile, opening: Opening): HeldStore {
  try {
    const store = new OpenStore(db, { limitBytes: Number.POSITIVE_INFINITY, bootId: '', uplinks: [], ...opening });
    // No time will be learned here.
    store.reader.releaseUnsynchronised();
    return { db, store, close };
  } catch (error) {
    close();
    throw isDamage(error) ? damagedError(error, path) : openingError(error, path);
  }
}

/** Whoever closes a store removes its log. */
function wasLeft(path: string): boolean {
  return existsSync(logOf(path));
}

function logOf(path: string): string {
  return `${path}-wal`;
}

function exclusive(path: string): HeldFile {
  const db = new Sqlite(path, { timeout: LOCK_WAIT_MS, fileMustExist: true });
  db.pragma('locking_mode = EXCLUSIVE');
  return { db, close: () => void db.close() };
}

/**
 * Has a lock that is shared, and which keeps out every gateway, since that wants the file for itself. SQLite can neither
 * write back the log nor remove it then, but makes an index of it in a file beside it.
 */
function readOnly(path: string): HeldFile {
  const index = `${path}-shm`;
  const wasThere = existsSync(index);
  const db = new Sqlite(path, { timeout: LOCK_WAIT_MS, fileMustExist: true, readonly: true });
  const close = () => {
    db.close();
    if (!wasThere) rmSync(index, { force: true });
  };
  return { db, close };
}
