/** What went wrong when a store was opened, as an error that says what to do. */
import { messageOf, OperatingError } from '../domain/errors.ts';
import { Sqlite } from './sqlite.ts';

export function openingError(error: unknown, path: string): unknown {
  if (error instanceof OperatingError) {
    return new OperatingError(error.code, `${path}: ${error.message}`, {
      cause: error,
      ...(error.remedy === undefined ? {} : { remedy: error.remedy }),
    });
  }
  const code = error instanceof Sqlite.SqliteError ? error.code : (error as NodeJS.ErrnoException).code;
  if (code === 'SQLITE_BUSY' || code === 'SQLITE_LOCKED') {
    return new OperatingError('store-locked', `the store ${path} is in use by another process`, {
      remedy: 'stop the other gateway, or give this one a store of its own',
      cause: error,
    });
  }
  return new OperatingError('store-unusable', `the store ${path} cannot be opened: ${messageOf(error)}`, {
    remedy: 'check that the folder exists, is writable and has room',
    cause: error,
  });
}
