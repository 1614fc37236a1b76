/** Who is there and who is missing: as a live picture, as lines, and as JSON. */
import { stripVTControlCharacters, styleText } from 'node:util';
import type { Attendee } from './attendance-list.ts';
import { counted } from './output.ts';

/** Athletes' names, which are for the terminal of the gateway alone: absent for lines, which may go on to a file. */
export type Names = ReadonlyMap<string, string>;

const NO_NAMES: Names = new Map();

export interface AttendancePicture {
  readonly attendees: readonly Attendee[];
  readonly names: Names;
  /** How much longer there is to wait, ms; absent while nobody listens yet. */
  readonly leftMs?: number | undefined;
  /** Who tells it. */
  readonly source: string;
  /** Why nobody can say that all are there. */
  readonly flaw?: string | undefined;
}

/** None wider than `columns`, no more than `rows`; those who are missing come first. */
export function drawAttendance(picture: AttendancePicture, columns: number, rows: number): string[] {
  const { attendees, names, leftMs, source, flaw } = picture;
  const left = leftMs === undefined ? 'not listening yet' : `${Math.max(0, Math.ceil(leftMs / 1000))} s left`;
  const head = [
    styleText('bold', `${summary(attendees, NO_NAMES, flaw)}   ${source}   ${left}`),
    ...(flaw === undefined ? [] : [styleText('red', flaw)]),
    '',
  ];
  const foot = ['', styleText('dim', '  q  stop')];
  const lines = [...attendees].sort(missingFirst).map((each) => {
    const line = `  ${attendeeLine(each, names)}`;
    return styleText(each.there ? (each.notes.length > 0 ? 'yellow' : 'green') : 'red', line);
  });
  const room = Math.max(1, rows - head.length - foot.length);
  const shown = lines.length <= room ? lines : [...lines.slice(0, room - 1), `  … and ${lines.length - room + 1} more`];
  return [...head, ...shown, ...foot].slice(0, rows).map((line) => cut(line, columns));
}

export function attendeeLine({ athlete, there, state, notes, rssi }: Attendee, names: Names = NO_NAMES): string {
  const name = names.get(athlete);
  const mark = there ? '✔' : '✖';
  const signal = rssi === undefined ? '' : `, ${rssi} dBm`;
  // A weak one says its strength itself.
  const how = notes.some((note) => note.startsWith('weak')) ? state : state + signal;
  const who = name === undefined ? athlete.padEnd(ID_WIDTH) : `${athlete.padEnd(ID_WIDTH)}  ${name.padEnd(NAME_WIDTH)}`;
  return `${mark} ${who}  ${[how, ...notes].join('; ')}`;
}

const ID_WIDTH = 4;
const NAME_WIDTH = 20;

/** `12 of 14 athletes are there; missing: 3, 9`. */
export function summary(attendees: readonly Attendee[], names: Names, flaw?: string): string {
  const missing = attendees.filter(({ there }) => !there);
  const all = counted(attendees.length, 'athlete');
  if (missing.length === 0 && flaw !== undefined)
    return `${all} that the gateway knows: there; who else is to be, is not known`;
  if (missing.length === 0) return attendees.length === 1 ? 'the only athlete is there' : `all ${all} are there`;
  const who = missing.map(({ athlete }) =>
    [athlete, names.get(athlete)].filter((part) => part !== undefined).join(' '),
  );
  return `${attendees.length - missing.length} of ${all} are there; missing: ${who.join(', ')}`;
}

/** One document. Absent means unknown; `flaw` is why nobody can say that all are there. */
export function attendanceJson(attendees: readonly Attendee[], source: string, flaw?: string): string {
  const missing = attendees.filter(({ there }) => !there).map(({ athlete }) => athlete);
  const ok = attendees.length > 0 && missing.length === 0 && flaw === undefined;
  return JSON.stringify({ ok, source, athletes: attendees, missing, flaw });
}

function missingFirst(a: Attendee, b: Attendee): number {
  return Number(a.there) - Number(b.there);
}

/** A line that is too wide loses its end and its colours, so that the terminal does not wrap it. */
function cut(text: string, columns: number): string {
  const plain = stripVTControlCharacters(text);
  return plain.length <= columns ? text : plain.slice(0, columns);
}
