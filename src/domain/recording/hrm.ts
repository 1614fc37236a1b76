/**
 * Polar's HRM text format, version 1.06, as far as RR recordings go: `Date=` (yyyymmdd) and `StartTime=`
 * (hh:mm:ss.s) under `[Params]`, and with `Interval=238` one RR interval in ms a line under `[HRData]`
 * (Polar, "Polar HRM files, version 1.06", chapter 3).
 *
 * The format has no time zone. Its local time is taken as UTC, so that one file gives the same result on
 * every machine.
 */
import { OperatingError } from '../errors.ts';
import { measurementsFromBeats, type Recording } from './recording.ts';

/** The value of `Interval` that says that the data are RR intervals and not rates. */
const RR_INTERVAL = '238';
/** Plain digits: `Number` alone would also take `0x258` and `6e2` for intervals. */
const DECIMAL = /^\d+(\.\d+)?$/;
const RR_MAX_MS = 64_000;

/** @throws OperatingError `recording-invalid`, naming the first line that is wrong */
export function parseHrm(text: string, file: string): Recording {
  const params = new Map<string, { value: string; line: number }>();
  const rrMs: number[] = [];
  let section = '';
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim();
    if (line === '') continue;
    if (line.startsWith('[')) section = line;
    else if (section === '[Params]') {
      const [key = '', value = ''] = line.split('=', 2);
      params.set(key, { value, line: index + 1 });
    } else if (section === '[HRData]') rrMs.push(parseRr(line, file, index + 1));
  }
  const interval = params.get('Interval');
  if (interval?.value !== RR_INTERVAL) {
    throw invalid(
      file,
      interval?.line ?? 1,
      `not a recording of RR intervals (Interval=${interval?.value ?? 'missing'})`,
      `export it with RR intervals, which gives Interval=${RR_INTERVAL}`,
    );
  }
  if (rrMs.length === 0) throw invalid(file, 1, 'no data under [HRData]', 'choose another file');
  return { measurements: [...measurementsFromBeats(startOf(params, file), rrMs)] };
}

function parseRr(text: string, file: string, line: number): number {
  const rr = Number(text);
  if (DECIMAL.test(text) && rr > 0 && rr < RR_MAX_MS) return rr;
  throw invalid(file, line, `"${text}" is no RR interval`, 'one interval in milliseconds is expected on each line');
}

function startOf(params: ReadonlyMap<string, { value: string; line: number }>, file: string): number {
  const date = params.get('Date');
  const time = params.get('StartTime');
  const day = /^(\d{4})(\d{2})(\d{2})$/.exec(date?.value ?? '');
  const clock = /^(\d{1,2}):(\d{2}):(\d{2}(?:\.\d+)?)$/.exec(time?.value ?? '');
  if (day === null)
    throw invalid(file, date?.line ?? 1, 'no Date=yyyymmdd under [Params]', 'add the day of the recording');
  if (clock === null)
    throw invalid(file, time?.line ?? 1, 'no StartTime=hh:mm:ss under [Params]', 'add the time of its start');
  const [, year, month, dayOfMonth] = day.map(Number);
  const [, hour, minute, second] = clock.map(Number);
  const dayMs = Date.UTC(year ?? 0, (month ?? 0) - 1, dayOfMonth);
  return dayMs + Math.round(((hour ?? 0) * 3600 + (minute ?? 0) * 60 + (second ?? 0)) * 1000);
}

function invalid(file: string, line: number, what: string, remedy: string): OperatingError {
  return new OperatingError('recording-invalid', `${file}:${line}:1: ${what}`, { remedy });
}
