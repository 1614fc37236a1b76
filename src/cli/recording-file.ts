/** Reads a recording, by its ending `.csv` or `.hrm`. */
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { whyUnreadable } from '../config/text-file.ts';
import { OperatingError } from '../domain/errors.ts';
import { parseCsv } from '../domain/recording/csv.ts';
import { parseHrm } from '../domain/recording/hrm.ts';
import type { Recording } from '../domain/recording/recording.ts';

/** @throws OperatingError `recording-invalid` when it cannot be read, or is no recording */
export function readRecording(path: string): Recording {
  const parse = { '.csv': parseCsv, '.hrm': parseHrm }[extname(path).toLowerCase()];
  if (parse === undefined) {
    throw new OperatingError('recording-invalid', `${path}: not a recording by its name`, {
      remedy: 'give a file that ends in .csv or .hrm',
    });
  }
  return parse(readText(path), path);
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { reason, remedy } = whyUnreadable(error, 'this user');
    throw new OperatingError('recording-invalid', `${path}: cannot be read (${reason})`, { remedy, cause: error });
  }
}
