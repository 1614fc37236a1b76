/**
 * The gateway's own recording format: a header `time,bpm,rr_ms`, then a row for each notification. `time`
 * is ISO 8601 in UTC, `bpm` whole beats per minute (0 or empty where unknown), `rr_ms` the RR intervals in
 * ms separated by spaces, or empty.
 */
import { OperatingError } from '../errors.ts';
import type { RecordedMeasurement, Recording } from './recording.ts';

const HEADER = 'time,bpm,rr_ms';
const UTC_TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|\+00:00)$/;
/** Plain digits: `Number` alone would also take `0x46`, `1e2` and `+70` for rates and intervals. */
const WHOLE = /^\d+$/;
const DECIMAL = /^\d+(\.\d+)?$/;
const BPM_MAX = 65_535;
/** The longest RR interval that a strap can send, 65535/1024 s. */
const RR_MAX_MS = 64_000;

/** @throws OperatingError `recording-invalid`, naming the first line that is wrong */
export function parseCsv(text: string, file: string): Recording {
  const lines = text.split(/\r?\n/);
  if (lines[0]?.trim().replace(/^\uFEFF/, '') !== HEADER) {
    throw invalid(file, 1, `the first line must be "${HEADER}"`, 'give the columns this order and these names');
  }
  const measurements: RecordedMeasurement[] = [];
  for (const [index, line] of lines.entries()) {
    if (index === 0 || line.trim() === '') continue;
    const row = parseRow(line, file, index + 1);
    const before = measurements.at(-1);
    if (before !== undefined && row.timeMs < before.timeMs) {
      throw invalid(file, index + 1, 'this time is before that of the row above', 'sort the rows by time');
    }
    measurements.push(row);
  }
  if (measurements.length === 0) throw invalid(file, 1, 'the recording has no rows', 'record something first');
  return { measurements };
}

function parseRow(line: string, file: string, lineNumber: number): RecordedMeasurement {
  const cells = line.split(',').map((cell) => cell.trim());
  const [time = '', bpmText = '', rrText = ''] = cells;
  if (cells.length < 2 || cells.length > 3) {
    throw invalid(
      file,
      lineNumber,
      `${cells.length} columns where "${HEADER}" has 3`,
      'separate RR intervals by spaces',
    );
  }
  const timeMs = UTC_TIME.test(time) ? Date.parse(time) : Number.NaN;
  if (Number.isNaN(timeMs)) {
    throw invalid(file, lineNumber, `"${time}" is no time`, 'write ISO 8601 in UTC, as in 2026-01-31T15:04:05.000Z');
  }
  const bpm = Number(bpmText);
  if (bpmText !== '' && !(WHOLE.test(bpmText) && bpm <= BPM_MAX)) {
    throw invalid(file, lineNumber, `"${bpmText}" is no heart rate`, 'write whole beats per minute, or leave it empty');
  }
  const rrTexts = rrText === '' ? [] : rrText.split(/\s+/);
  const rrMs = rrTexts.map(Number);
  if (!rrTexts.every((rr) => DECIMAL.test(rr)) || rrMs.some((rr) => rr >= RR_MAX_MS)) {
    throw invalid(file, lineNumber, `"${rrText}" are no RR intervals`, 'write milliseconds separated by spaces');
  }
  return { timeMs, bpm, rrMs };
}

function invalid(file: string, line: number, what: string, remedy: string): OperatingError {
  return new OperatingError('recording-invalid', `${file}:${line}:1: ${what}`, { remedy });
}
