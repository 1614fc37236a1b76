/** A time on the command line. Without its zone it would mean another one on another machine. */
import { InvalidArgumentError } from 'commander';

const TIME = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/;

/** Unix ms. */
export function timeOption(text: string): number {
  const ms = TIME.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(ms)) return ms;
  throw new InvalidArgumentError(
    'Give a day as 2026-11-26 (from midnight UTC), or a time with its zone: 2026-11-26T14:30:00Z.',
  );
}
