/**
 * Opens a store's file, and looks before anything is written whether it is what was written: what a power cut leaves is
 * put right, anything else is for the caller to move aside.
 */
import { existsSync, statSync } from 'node:fs';
import type { SeqRange } from '../domain/seq-ranges.ts';
import { OpenStore, type OpenStoreOptions } from './open-store.ts';
import { openingError } from './opening-error.ts';
import { type Log, readLog } from './salvage/log-frames.ts';
import { numberOf, tailOf } from './salvage/log-tail.ts';
import { DamagedStore, PAGE_BYTES } from './schema.ts';
import { type Connection, Sqlite } from './sqlite.ts';
import { codeOf, isDamage } from './sqlite-errors.ts';

/** A process that was just killed may hold the lock for a moment while it is taken apart. */
const LOCK_WAIT_MS = 500;

/**
 * A file up to this size is checked whole: at the 100 MB/s that were measured on a small x86 machine in 80 ms, on a Pi in
 * a third of a second. The rest of a larger one is gone through in idle time.
 */
const CHECKED_WHOLE_BYTES = 8 * 1024 * 1024;

/**
 * After a process that did not close the store so many numbers are left out. A card that says that something is written
 * which is not yet may have lost records that were delivered, and whoever got them would take new ones with their
 * numbers for the same.
 */
const NUMBERS_SKIPPED = 10_000;

export interface SoundOpening {
  readonly path: string;
  /** What a torn commit holds beyond this number is nothing: whoever has it begins with it again. */
  readonly restoreThrough?: number;
}

/**
 * Undefined for a file that is damaged, after `onDamage` was called, while it was still locked.
 *
 * @returns also the head as SQLite had it, and which samples a torn commit has cost
 * @throws OperatingError `store-locked`, or `store-unusable` when it cannot be read or is not this program's
 */
export function checkedOpening(
  options: OpenStoreOptions & SoundOpening,
  onDamage: (reason: unknown) => void,
): { readonly open: OpenStore; readonly recoveredHead: number; readonly lost: readonly SeqRange[] } | undefined {
  const { path, restoreThrough = Number.POSITIVE_INFINITY } = options;
  if (isEmptied(path)) {
    onDamage(new DamagedStore('its file is cut off, and its log is not'));
    return undefined;
  }
  // Whoever closes a store removes its log.
  const wasLeft = existsSync(`${path}-wal`);
  const db = openDatabase(path);
  let log: Log | undefined;
  const beforeWrite = () => {
    log = soundLog(path);
    checkWhole(db);
  };
  try {
    const open = new OpenStore(db, { ...options, beforeWrite });
    const { head: recoveredHead } = open;
    const tail = log?.state === 'torn' ? tailOf(log, recoveredHead) : [];
    const restored = tail.filter((record) => numberOf(record) <= restoreThrough);
    // Whoever opens it anew has what was being written.
    const isUnsound = log?.isTailUnsound === true && options.restoreThrough === undefined;
    const lost = open.restore(restored, isUnsound);
    if (wasLeft && options.restoreThrough === undefined) open.leaveOut(NUMBERS_SKIPPED);
    return { open, recoveredHead, lost };
  } catch (error) {
    try {
      if (!isDamage(error) && !isMissing(error)) throw openingError(error, path);
      onDamage(error);
      return undefined;
    } finally {
      db.close();
    }
  }
}

/** A log begins when the file has its first page; SQLite would delete it. Nobody can have such a file in use. */
export function isEmptied(path: string): boolean {
  const bytes = statSync(path, { throwIfNoEntry: false })?.size ?? PAGE_BYTES;
  return bytes < PAGE_BYTES && readLog(`${path}-wal`).frames.length > 0;
}

function openDatabase(path: string): Connection {
  try {
    return new Sqlite(path, { timeout: LOCK_WAIT_MS });
  } catch (error) {
    throw openingError(error, path);
  }
}

function soundLog(path: string): Log {
  const log = readLog(`${path}-wal`);
  if (log.state === 'damaged') throw new DamagedStore('its log is not what was written');
  return log;
}

function checkWhole(db: Connection): void {
  const bytes = db.prepare<[], number>('SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()');
  if ((bytes.pluck().get() ?? 0) > CHECKED_WHOLE_BYTES) return;
  const finding = db.pragma('quick_check(1)', { simple: true });
  if (finding !== 'ok') throw new DamagedStore(String(finding));
}

/** A table or a column is not there, though the file is marked as a store. */
function isMissing(error: unknown): boolean {
  return codeOf(error) === 'SQLITE_ERROR';
}
