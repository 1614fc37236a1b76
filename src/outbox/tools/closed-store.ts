/** Stores that no gateway has in use, for the commands that look after them. */
import { existsSync } from 'node:fs';
import { messageOf, OperatingError } from '../../domain/errors.ts';
import { OpenStore } from '../open-store.ts';
import { openingError } from '../opening-error.ts';
import { type Connection, Sqlite } from '../sqlite.ts';
import { isDamage } from '../sqlite-errors.ts';

const LOCK_WAIT_MS = 500;

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
 * @throws OperatingError `store-locked`; what SQLite throws when it is no database
 */
export function locked(path: string): Connection {
  const db = new Sqlite(path, { timeout: LOCK_WAIT_MS, fileMustExist: true });
  try {
    db.pragma('locking_mode = EXCLUSIVE');
    db.prepare('SELECT count(*) FROM sqlite_master').get();
    return db;
  } catch (error) {
    db.close();
    throw isDamage(error) ? error : openingError(error, path);
  }
}

/** @throws OperatingError `store-locked` when a gateway has it */
export function refuseInUse(path: string): void {
  try {
    locked(path).close();
  } catch (error) {
    // A file that SQLite cannot read is in nobody's use.
    if (!isDamage(error)) throw error;
  }
}

/**
 * A store as the gateway would open it, but for the size.
 *
 * @throws OperatingError `store-locked`, or `store-unusable` also for a damaged one
 */
export function openStore(path: string, limitBytes = Number.POSITIVE_INFINITY, uplinks: readonly string[] = []) {
  const db = new Sqlite(path, { timeout: LOCK_WAIT_MS });
  try {
    const store = new OpenStore(db, { limitBytes, bootId: '', uplinks });
    // No time will be learned here.
    store.reader.releaseUnsynchronised();
    return { db, store };
  } catch (error) {
    db.close();
    throw isDamage(error) ? damagedError(error, path) : openingError(error, path);
  }
}

export function damagedError(error: unknown, path: string): OperatingError {
  return new OperatingError('store-unusable', `${path}: the store is damaged (${messageOf(error)})`, {
    remedy: `bring what can be read into a new one: sideline store salvage --store ${path} --into NEWFILE`,
    cause: error,
  });
}
