/** The columns of the live table: how wide each is on a given terminal, and an athlete's line in them. */
import { styleText } from 'node:util';
import { type Severity, USUAL_SEVERITY } from '../domain/alert.ts';
import type { GatewayStatus } from '../gateway/gateway.ts';
import type { AthleteStatus } from '../gateway/roster.ts';
import { duration } from './quantity-text.ts';

/** Widths in characters, the space after each included. */
export interface Columns {
  readonly isNarrow: boolean;
  readonly who: number;
  readonly state: number;
  readonly alerts: number;
}

type Style = Parameters<typeof styleText>[0];

interface State {
  readonly text: string;
  readonly short: string;
  readonly style: Style;
}

/** As a running gateway tells them too, where absent and undefined are the same. */
export interface SignalFacts {
  readonly signal: AthleteStatus['signal'];
  readonly contested?: AthleteStatus['contested'] | undefined;
  readonly battery?: { readonly low: boolean } | undefined;
  readonly way?: AthleteStatus['way'] | undefined;
}

const SIGNALS: Record<AthleteStatus['signal'], State> = {
  live: { text: 'live', short: 'live', style: 'green' },
  searching: { text: 'searching', short: 'search', style: 'yellow' },
  connecting: { text: 'connecting', short: 'connect', style: 'yellow' },
  subscribed: { text: 'linked, no reading yet', short: 'linked', style: 'yellow' },
  'no-signal': { text: 'silent', short: 'silent', style: 'red' },
  'contact-lost': { text: 'no skin contact', short: 'no skin', style: 'red' },
  frozen: { text: 'frozen value', short: 'frozen', style: 'red' },
  'out-of-range': { text: 'out of range', short: 'away', style: 'red' },
  'adapter-lost': { text: 'adapter lost', short: 'adapter', style: 'red' },
  'link-lost': { text: 'link lost', short: 'no link', style: 'red' },
  'no-reading': { text: 'no heart rate', short: 'no rate', style: 'red' },
};

/** Below this, names and states are shortened so that alerts are not cut away. */
const WIDE_COLUMNS = 80;
/** Margin, heart rate and the space after it. */
const FIXED = 2 + 5 + 3;
const WIDE = 24;
const NARROW_STATE = 8;
/** Room for `high-average`. */
const NARROW_ALERTS = 12;
/** Below this a name says nothing; an id of three digits is left. */
const NARROW_WHO = 4;

export function columnsFor(columns: number): Columns {
  if (columns >= WIDE_COLUMNS) return { isNarrow: false, who: WIDE, state: WIDE, alerts: columns - FIXED - 2 * WIDE };
  const room = columns - FIXED - NARROW_STATE;
  const who = Math.min(WIDE, Math.max(NARROW_WHO, room - NARROW_ALERTS));
  return { isNarrow: true, who, state: NARROW_STATE, alerts: Math.max(0, room - who) };
}

export function heading({ who, state, alerts }: Columns): string {
  const line = `  ${cell('ATHLETE', who)}${'BPM'.padStart(5)}   ${cell('STATE', state)}${shortened('ALERTS', alerts)}`;
  return styleText('dim', line);
}

export function athleteLine(status: GatewayStatus['athletes'][number], columns: Columns): string {
  const { athlete, bpm } = status;
  const { text, short, style } = stateOf(status);
  const id = columns.isNarrow ? `${athlete.id} ` : `${athlete.id.padStart(3)}  `;
  const who = cell(`${id}${athlete.name ?? ''}`, columns.who);
  const rate = styleText('bold', (bpm === undefined ? '–' : String(bpm)).padStart(5));
  const state = styleText(style, cell(columns.isNarrow ? short : text, columns.state));
  const names = shortened(alertNames(status).join(', '), columns.alerts);
  return `  ${who}${rate}   ${state}${names === '' ? '' : styleText(['bold', 'red'], names)}`;
}

/** As a gateway tells them, which an earlier version did without how they stand. */
interface AlertFacts {
  readonly openAlerts: readonly string[];
  readonly alerts?: readonly AlertStanding[] | undefined;
}

interface AlertStanding {
  readonly rule: string;
  readonly severity: Severity;
  readonly acknowledged: boolean;
  /** ms */
  readonly snoozedForMs?: number | undefined;
}

/** The open alerts, each with what is not usual about it. */
export function alertNames({ openAlerts, alerts }: AlertFacts): readonly string[] {
  if (alerts === undefined) return openAlerts;
  return alerts.map(({ rule, severity, acknowledged, snoozedForMs }) => {
    const more = [
      ...(severity === USUAL_SEVERITY ? [] : [severity]),
      ...(acknowledged ? ['seen'] : []),
      ...(snoozedForMs === undefined ? [] : [`quiet for ${duration(snoozedForMs)}`]),
    ];
    return more.length === 0 ? rule : `${rule} (${more.join(', ')})`;
  });
}

/** What there is to be said of a signal; of a live one the gravest. */
export function stateOf({ signal, contested, battery, way }: SignalFacts): State {
  if (signal !== 'live') return SIGNALS[signal];
  if (contested !== undefined) return { text: 'live, contested', short: 'doubted', style: 'yellow' };
  if (battery?.low === true) return { text: 'live, battery low', short: 'battery', style: 'yellow' };
  return way === undefined ? SIGNALS.live : { ...SIGNALS.live, text: 'live, broadcast' };
}

/** Exactly so wide, its last character a space. */
function cell(text: string, width: number): string {
  return text.slice(0, width - 1).padEnd(width);
}

/** Says with its last character that there was more. */
function shortened(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, Math.max(0, width - 1))}…`.slice(0, width);
}
