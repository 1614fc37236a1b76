/** The terminal's picture of a running gateway: one line an athlete, and below it the way to the cloud. */
import { stripVTControlCharacters, styleText } from 'node:util';
import type { GatewayStatus } from '../gateway/gateway.ts';
import type { AthleteStatus } from '../gateway/roster.ts';

export interface Picture {
  readonly title: string;
  /** The time that the heartbeats go by, Unix ms. */
  readonly timeMs: number;
  readonly status: GatewayStatus;
  /** Real time, Unix ms: what acknowledgements are stamped with. */
  readonly realTimeMs: number;
  readonly uplink: string;
  /** What the embedded broker has received; absent with a broker of one's own. */
  readonly received?: { readonly messages: number; readonly bytes: number };
  readonly keys: readonly string[];
  readonly log: readonly string[];
}

type Style = Parameters<typeof styleText>[0];

const SIGNALS: Record<AthleteStatus['signal'], { text: string; style: Style }> = {
  live: { text: 'live', style: 'green' },
  searching: { text: 'searching', style: 'yellow' },
  connecting: { text: 'connecting', style: 'yellow' },
  subscribed: { text: 'linked, no reading yet', style: 'yellow' },
  silent: { text: 'linked, silent', style: 'red' },
  'contact-lost': { text: 'no skin contact', style: 'red' },
  'no-reading': { text: 'no heart rate', style: 'red' },
};

/** The lines of the picture, none wider than `columns`, no more than `rows`: the log gives way first, then athletes. */
export function draw(picture: Picture, columns: number, rows: number): string[] {
  const head = [styleText('bold', `${picture.title}   ${clock(picture.timeMs)}`), '', heading()];
  const athletes = picture.status.athletes.map(athleteLine);
  const foot = ['', ...uplinkLines(picture), '', styleText('dim', picture.keys.join('   '))];
  const room = Math.max(1, rows - head.length - foot.length);
  const shown =
    athletes.length <= room ? athletes : [...athletes.slice(0, room - 1), `  … and ${athletes.length - room + 1} more`];
  const logRoom = Math.max(0, room - shown.length - 1);
  const log = logRoom === 0 ? [] : ['', ...picture.log.slice(-logRoom)];
  return [...head, ...shown, ...foot, ...log].map((line) => cut(line, columns));
}

function heading(): string {
  return styleText('dim', `  ${'ATHLETE'.padEnd(24)}${'BPM'.padStart(5)}   ${'STATE'.padEnd(24)}ALERTS`);
}

function athleteLine({ athlete, signal, bpm, openAlerts }: GatewayStatus['athletes'][number]): string {
  const { text, style } = SIGNALS[signal];
  const who = `${athlete.id.padStart(3)}  ${athlete.name ?? ''}`.slice(0, 23);
  const rate = bpm === undefined ? '–' : String(bpm);
  const alerts = openAlerts.length === 0 ? '' : styleText(['bold', 'red'], openAlerts.join(', '));
  return `  ${who.padEnd(24)}${styleText('bold', rate.padStart(5))}   ${styleText(style, text.padEnd(24))}${alerts}`;
}

function uplinkLines({ status, uplink, received, realTimeMs }: Picture): string[] {
  const { backlog, connected, lastAcknowledgedMs } = status;
  const state = connected ? styleText('green', 'connected') : styleText('red', 'down, storing');
  const ago =
    lastAcknowledgedMs === undefined ? 'none yet' : `${((realTimeMs - lastAcknowledgedMs) / 1000).toFixed(1)} s ago`;
  const lines = [
    `  uplink    ${state}  ${uplink}`,
    `  backlog   ${backlog.samples} samples, ${backlog.urgent} alerts and ledger entries`,
    `  last ack  ${ago}`,
  ];
  if (received !== undefined) lines.push(`  broker    received ${received.messages} messages, ${received.bytes} bytes`);
  return lines;
}

function clock(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** A line that is too wide loses its end and its colours, so that the terminal does not wrap it. */
function cut(line: string, columns: number): string {
  const plain = stripVTControlCharacters(line);
  return plain.length <= columns ? line : plain.slice(0, columns);
}
