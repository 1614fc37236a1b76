/** `sideline store export`: the records of a store for other programs. Ids only; names are not in a store. */
import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { RecordKind } from '../../domain/record.ts';
import { storedBatches } from '../../outbox/tools/records.ts';
import { EXIT, type ExitCode } from '../exit-code.ts';
import { complain, complainOfFailure, counted } from '../output.ts';
import { type ExportFormatName, exportFormat } from './export-formats.ts';
import { EXPORT_COLUMNS, rowsOf } from './export-rows.ts';
import { OWNER_ONLY, type PlaceOptions, placeOf } from './place.ts';

export interface ExportOptions extends PlaceOptions {
  readonly format: ExportFormatName;
  /** A file, or `-` for stdout. */
  readonly out: string;
  readonly what: RecordKind;
  /** Unix ms. */
  readonly from?: number;
  readonly to?: number;
  readonly athlete?: readonly string[];
}

export async function exportStore(options: ExportOptions): Promise<ExitCode> {
  const place = placeOf(options);
  if (typeof place === 'number') return place;
  try {
    return await exported(place.path, options);
  } catch (error) {
    if (!isFileError(error)) return complainOfFailure(error);
    complain(`sideline: ${options.out}: cannot be written (${error.message}); name a file in a folder with room`);
    return EXIT.failed;
  }
}

async function exported(path: string, options: ExportOptions): Promise<ExitCode> {
  const { what, from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY, athlete } = options;
  const filter = { fromMs: from, toMs: to, athletes: athlete === undefined ? undefined : new Set(athlete) };
  let [count, damaged] = [0, 0];
  const batches = storedBatches(path, what, () => damaged++);
  // The store is opened with the first one: a file is not begun for a store that cannot be had.
  const first = batches.next();
  process.umask(OWNER_ONLY);
  const out = options.out === '-' ? process.stdout : createWriteStream(options.out);
  const format = await exportFormat(options.format, EXPORT_COLUMNS[what], out);
  for (let next = first; next.done !== true; next = batches.next()) {
    const rows = rowsOf(next.value, filter);
    count += rows.length;
    await format.write(rows);
  }
  await format.end();
  if (out !== process.stdout) await ended(out);
  complain(`${path}: ${counted(count, 'record')} to ${options.out}`);
  if (damaged === 0) return EXIT.done;
  complain(
    `sideline: ${path}: ${counted(damaged, 'row')} passed over, not being what was written; sideline store check`,
  );
  return EXIT.failed;
}

async function ended(out: Writable): Promise<void> {
  out.end();
  await finished(out);
}

function isFileError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && 'syscall' in error;
}
