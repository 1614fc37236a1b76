/** The terminal's picture of a running gateway: one line an athlete, and below it the way to the cloud. */
import { stripVTControlCharacters, styleText } from 'node:util';
import { type GatewayStatus, PRIMARY, type UplinkStatus } from '../gateway/gateway.ts';
import { athleteLine, columnsFor, heading } from './live-columns.ts';

export interface Picture {
  readonly title: string;
  /** The time that the heartbeats go by, Unix ms. */
  readonly timeMs: number;
  readonly status: GatewayStatus;
  /** Real time, Unix ms: what acknowledgements are stamped with. */
  readonly realTimeMs: number;
  /** Whether the way there was cut and is open again, so that a connection is only a matter of time. */
  readonly reconnecting?: boolean;
  /** What the embedded broker has received; absent with a broker of one's own. */
  readonly received?: { readonly messages: number; readonly bytes: number };
  readonly keys: readonly string[];
  readonly log: readonly string[];
}

type Athlete = GatewayStatus['athletes'][number];

/**
 * The lines of the picture, none wider than `columns`, no more than `rows`. The log gives way first, then athletes
 * whose readings come and are within their limits, then the rest below the table, then its heading, and an athlete
 * with an open alert last of all.
 */
export function draw(picture: Picture, columns: number, rows: number): string[] {
  const { athletes } = picture.status;
  const layout = columnsFor(columns);
  const urgent = athletes.filter(isAlerting).length;
  // Under the last alert there is a line to say how many athletes are not shown.
  const atLeast = Math.max(1, urgent < athletes.length ? urgent + 1 : urgent);
  const head = fitted(headLines(picture, heading(layout)), rows - atLeast);
  const foot = fitted(footLines(picture), rows - atLeast - head.length);
  const room = Math.max(1, rows - head.length - foot.length);
  const shown = shownAthletes(athletes, room, (athlete) => athleteLine(athlete, layout));
  const logRoom = Math.max(0, room - shown.length - 1);
  const log = logRoom === 0 ? [] : ['', ...picture.log.slice(-logRoom)];
  return [...head, ...shown, ...foot, ...log].slice(0, rows).map((line) => cut(line, columns));
}

/** A line with its rank: the higher, the sooner it gives way. */
interface Ranked {
  readonly line: string;
  readonly rank: number;
}

function headLines({ title, timeMs }: Picture, headingLine: string): Ranked[] {
  return [
    { line: styleText('bold', `${title}   ${clock(timeMs)}`), rank: 1 },
    { line: '', rank: 3 },
    { line: headingLine, rank: 2 },
  ];
}

function footLines(picture: Picture): Ranked[] {
  const { status, received, keys } = picture;
  const broker =
    received === undefined
      ? []
      : [{ line: `  broker    received ${received.messages} messages, ${received.bytes} bytes`, rank: 5 }];
  return [
    { line: '', rank: 7 },
    ...status.uplinks.flatMap((uplink) => uplinkLines(uplink, picture)),
    ...broker,
    { line: '', rank: 6 },
    { line: styleText('dim', keys.join('   ')), rank: 2 },
  ];
}

function uplinkLines(uplink: UplinkStatus, { reconnecting, realTimeMs }: Picture): Ranked[] {
  const { role, name, backlog, connected, lastAcknowledgedMs } = uplink;
  const label = role === PRIMARY ? 'uplink' : role;
  const down = reconnecting === true ? styleText('yellow', 'reconnecting, storing') : styleText('red', 'down, storing');
  const state = connected ? styleText('green', 'connected') : down;
  const ago =
    lastAcknowledgedMs === undefined ? 'none yet' : `${((realTimeMs - lastAcknowledgedMs) / 1000).toFixed(1)} s ago`;
  return [
    { line: `  ${label.padEnd(8)}  ${state}  ${name}`, rank: 1 },
    {
      line: `  backlog   ${backlog === undefined ? 'unknown: the store cannot be read' : backlogText(backlog)}`,
      rank: 3,
    },
    { line: `  last ack  ${ago}`, rank: 4 },
  ];
}

/** As many of the lines as there is room for, in their own order. */
function fitted(lines: readonly Ranked[], room: number): string[] {
  const kept = new Set([...lines].sort((a, b) => a.rank - b.rank).slice(0, Math.max(0, room)));
  return lines.filter((line) => kept.has(line)).map(({ line }) => line);
}

/** In the order of the team; where not all fit, those come first who have to be seen. */
function shownAthletes(athletes: readonly Athlete[], room: number, lineOf: (athlete: Athlete) => string): string[] {
  if (athletes.length <= room) return athletes.map(lineOf);
  const sorted = [...athletes].sort((a, b) => precedence(a) - precedence(b));
  const hidden = sorted.slice(room - 1);
  const alerting = hidden.filter(isAlerting).length;
  const more = `  … and ${hidden.length} more, ${alerting === 0 ? 'none' : alerting} in alert`;
  return [...sorted.slice(0, room - 1).map(lineOf), alerting === 0 ? more : styleText(['bold', 'red'], more)];
}

function precedence(athlete: Athlete): number {
  if (isAlerting(athlete)) return 0;
  return athlete.signal === 'live' ? 2 : 1;
}

function isAlerting({ openAlerts }: Athlete): boolean {
  return openAlerts.length > 0;
}

function clock(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** A line that is too wide loses its end and its colours, so that the terminal does not wrap it. */
function cut(line: string, columns: number): string {
  const plain = stripVTControlCharacters(line);
  return plain.length <= columns ? line : plain.slice(0, columns);
}

function backlogText({ samples, alerts, gaps }: NonNullable<UplinkStatus['backlog']>): string {
  const entries = gaps === 1 ? '1 ledger entry' : `${gaps} ledger entries`;
  return `${count(samples, 'sample')}, ${count(alerts, 'alert')}, ${entries}`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? '' : 's'}`;
}
