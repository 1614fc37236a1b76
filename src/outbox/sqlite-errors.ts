/** What an error of SQLite's means for the store. */
import { DamagedStore } from './schema.ts';
import { Sqlite } from './sqlite.ts';

export function codeOf(error: unknown): string | undefined {
  return error instanceof Sqlite.SqliteError ? error.code : undefined;
}

/** Whether the connection is not to be trusted after it: anything but a full disk, a lock, and what was written. */
export function isOfTheFile(error: unknown): boolean {
  return ['SQLITE_IOERR', 'SQLITE_READONLY', 'SQLITE_CANTOPEN'].some((code) => codeOf(error)?.startsWith(code));
}

/** Whether the cause is a disk that cannot be written or read now: not what was asked of it, and not what is on it. */
export function isOfTheDisk(error: unknown): boolean {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (isOfTheFile(cause) || codeOf(cause) === 'SQLITE_FULL') return true;
    // What the system answered to a call of this program's own.
    if ('syscall' in cause) return true;
  }
  return false;
}

/** The file is not what was written; no waiting and no room will help. */
export function isDamage(error: unknown): boolean {
  const code = codeOf(error);
  return error instanceof DamagedStore || code === 'SQLITE_NOTADB' || (code?.startsWith('SQLITE_CORRUPT') ?? false);
}
