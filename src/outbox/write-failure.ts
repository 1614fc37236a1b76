/** A write that SQLite or the disk has refused, as an error of the store's. */
import { messageOf, OperatingError } from '../domain/errors.ts';
import { codeOf } from './sqlite-errors.ts';

export function writeFailure(path: string, error: unknown): OperatingError {
  const code = codeOf(error);
  const what = code === undefined ? messageOf(error) : `${messageOf(error)} (${code})`;
  return new OperatingError('store-write-failed', `${path}: ${what}`, { cause: error });
}
