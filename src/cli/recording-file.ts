/** Reads a recording, by its ending `.csv`, `.hrm` or `.fit`. */
import { readFileSync } from 'node:fs';
import { extname } from 'node:path';
import { whyUnreadable } from '../config/text-file.ts';
import { OperatingError } from '../domain/errors.ts';
import { parseCsv } from '../domain/recording/csv.ts';
import { parseHrm } from '../domain/recording/hrm.ts';
import type { Recording } from '../domain/recording/recording.ts';
import { readFit } from './fit-line.ts';

/** @throws OperatingError `recording-invalid` when it cannot be read, or is no recording */
export async function readRecording(path: string): Promise<Recording> {
  switch (extname(path).toLowerCase()) {
    case '.csv':
      return parseCsv(contentOf(path).toString(), path);
    case '.hrm':
      return parseHrm(contentOf(path).toString(), path);
    case '.fit':
      return await readFit(contentOf(path), path);
    default:
      throw new OperatingError('recording-invalid', `${path}: not a recording by its name`, {
        remedy: 'give a file that ends in .csv, .hrm or .fit',
      });
  }
}

function contentOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const { reason, remedy } = whyUnreadable(error, 'this user');
    throw new OperatingError('recording-invalid', `${path}: cannot be read (${reason})`, { remedy, cause: error });
  }
}
