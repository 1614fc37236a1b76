/** How a gateway is, for people at a terminal: athletes who need looking after first, then whatever carries them. */
import { styleText } from 'node:util';
import type { StatusDocument } from '../system/status-document.ts';
import { alertNames, stateOf } from './live-columns.ts';
import { counted } from './output.ts';
import { ago, amount, duration } from './quantity-text.ts';
import { wrapped } from './wrapped.ts';

type Athlete = StatusDocument['athletes'][number];
type Uplink = StatusDocument['uplinks'][number];
type Gap = StatusDocument['gaps'][number];

/** Ids have up to 64 characters; the longest ones put the rest of their line out of its column. */
const ID_WIDTH = { least: 7, most: 16 } as const;
const STATE_WIDTH = 22;
const HEARD_WIDTH = 10;
const BATTERY_WIDTH = 9;
const RADIO_HEAD = 'STRENGTH';
const LABEL_WIDTH = 10;
const CAUSE_WIDTH = 18;

/** More would push the athletes off the screen; `--json` has them all. */
const GAPS_SHOWN = 10;

/** Past it a strength is not that of now. */
const RADIO_OLD_MS = 60_000;

const DRAIN_SHOWN_MS = 5_000;

/** The lines, in colour where stdout is a terminal; none wider than `columns` but for names that alone are. */
export function statusText(document: StatusDocument, columns: number): string[] {
  return [
    headline(document),
    styleText('dim', origin(document)),
    '',
    ...athleteLines(document.athletes, columns),
    '',
    ...supportLines(document),
    ...gapLines(document),
  ];
}

function headline({ gateway, athletes }: StatusDocument): string {
  const alerts = athletes.reduce((sum, { openAlerts }) => sum + openAlerts.length, 0);
  const without = athletes.filter((athlete) => !isLive(athlete)).length;
  const alertText = alerts === 0 ? 'no open alerts' : alarm(counted(alerts, 'open alert'));
  const signalText =
    without === 0
      ? `heart rates of all ${counted(athletes.length, 'athlete')}`
      : styleText('red', `no heart rate of ${without} of ${counted(athletes.length, 'athlete')}`);
  return `${styleText('bold', gateway)}: ${alertText}, ${signalText}`;
}

function origin({ version, uptimeMs, timeMs }: StatusDocument): string {
  return `sideline ${version}, running for ${duration(uptimeMs)}, since ${utc(timeMs - uptimeMs)}`;
}

function athleteLines(athletes: readonly Athlete[], columns: number): string[] {
  const longest = Math.max(ID_WIDTH.least, ...athletes.map(({ id }) => id.length));
  const idWidth = Math.min(ID_WIDTH.most, longest) + 2;
  const radios = new Map(athletes.map((athlete) => [athlete, radioText(athlete, isOneAdapter(athletes))]));
  const widest = Math.max(...[...radios.values()].map(({ length }) => length));
  // Where nothing is known of it there is no such column.
  const radioWidth = widest > 0 ? Math.max(RADIO_HEAD.length, widest) + 2 : 0;
  const radioHead = radioWidth > 0 ? RADIO_HEAD.padEnd(radioWidth) : '';
  const before = 2 + idWidth + STATE_WIDTH + radioWidth + HEARD_WIDTH + BATTERY_WIDTH;
  const head = `  ${'ATHLETE'.padEnd(idWidth)}${'SIGNAL'.padEnd(STATE_WIDTH)}${radioHead}${'HEARD'.padEnd(HEARD_WIDTH)}${'BATTERY'.padEnd(BATTERY_WIDTH)}OPEN ALERTS`;
  const lines = worstFirst(athletes).flatMap((athlete) => {
    const { id, sinceReadingMs, battery } = athlete;
    const { text, style } = stateOf(athlete);
    const heard = sinceReadingMs === undefined ? 'never' : ago(sinceReadingMs);
    const charge = battery?.percent === undefined ? (battery?.low === true ? 'low' : '–') : `${battery.percent} %`;
    const cells = [
      `  ${id.padEnd(idWidth)}`,
      styleText(style, text.padEnd(STATE_WIDTH)),
      (radios.get(athlete) ?? '').padEnd(radioWidth),
      heard.padEnd(HEARD_WIDTH),
      battery?.low === true ? styleText('yellow', charge.padEnd(BATTERY_WIDTH)) : charge.padEnd(BATTERY_WIDTH),
    ];
    // No alert is left out for want of room.
    const [first = '', ...rest] = wrapped(alertNames(athlete), columns - before);
    return [`${cells.join('')}${alarm(first)}`, ...rest.map((line) => ' '.repeat(before) + alarm(line))];
  });
  return [styleText('dim', head), ...lines];
}

function isOneAdapter(athletes: readonly Athlete[]): boolean {
  return new Set(athletes.flatMap(({ adapter }) => adapter ?? [])).size <= 1;
}

/** `hci1 −67 dBm (2 h ago)`: by which adapter, where there are several, and how long ago, where that is not now. */
function radioText({ adapter, rssi, sinceRssiMs }: Athlete, isOne: boolean): string {
  const parts = [
    ...(adapter === undefined || isOne ? [] : [adapter]),
    ...(rssi === undefined ? [] : [`${String(rssi).replace('-', '−')} dBm`]),
    ...(sinceRssiMs === undefined || sinceRssiMs < RADIO_OLD_MS ? [] : [`(${ago(sinceRssiMs)})`]),
  ];
  return parts.join(' ');
}

function worstFirst(athletes: readonly Athlete[]): Athlete[] {
  return [...athletes].sort((a, b) => urgency(a) - urgency(b));
}

function urgency(athlete: Athlete): number {
  if (athlete.openAlerts.length > 0) return isLive(athlete) ? 1 : 0;
  if (!isLive(athlete)) return 2;
  return athlete.contested !== undefined || athlete.battery?.low === true ? 3 : 4;
}

function isLive({ signal }: Athlete): boolean {
  return signal === 'live';
}

/** In two steps, since a list of styles is not left out where there is no terminal. */
function alarm(text: string): string {
  return text === '' ? '' : styleText('bold', styleText('red', text));
}

function supportLines({ adapters, uplinks, store, clock, athletesFile, readingsPerSecond }: StatusDocument): string[] {
  const lost = adapters.filter(({ state }) => state === 'lost').map(({ adapter }) => adapter);
  const ready = adapters.filter(({ state }) => state === 'ready').map(({ adapter }) => adapter);
  const heard = [
    ...(lost.length === 0 ? [] : [styleText('red', `${lost.join(', ')} lost (sideline doctor says more)`)]),
    ...(ready.length === 0 ? [] : [`${ready.join(', ')} ready`]),
  ];
  return [
    labelled('adapters', heard.length === 0 ? 'none heard of yet' : heard.join('; ')),
    ...(readingsPerSecond === undefined ? [] : [labelled('readings', `${readingsPerSecond} a second`)]),
    ...uplinks.flatMap(uplinkLines),
    ...storeLines(store),
    ...(clock === undefined ? [] : [labelled('clock', clockText(clock))]),
    ...(athletesFile === undefined ? [] : [labelled('athletes', athletesFileText(athletesFile))]),
  ];
}

function athletesFileText({ version, problems }: NonNullable<StatusDocument['athletesFile']>): string {
  const inForce = `version ${version} of the athletes file is in force`;
  if (problems === undefined) return inForce;
  const found = counted(problems, 'problem');
  return `${inForce}, ${styleText('red', `what is on the disk is not: it has ${found} (sideline check tells them)`)}`;
}

function uplinkLines({
  name,
  connected,
  backlog,
  lanes,
  oldestMs,
  sinceAcknowledgedMs,
  unacknowledgedBytes,
  drainMs,
}: Uplink): string[] {
  const state = connected ? 'connected' : styleText('red', 'down, storing');
  const last = sinceAcknowledgedMs === undefined ? 'none yet' : ago(sinceAcknowledgedMs);
  const underWay = unacknowledgedBytes === undefined ? '' : `, ${amount(unacknowledgedBytes)} under way`;
  return [
    labelled('uplink', `${state}  ${name}`),
    labelled('', `last acknowledgement ${last}${underWay}`),
    labelled(
      'backlog',
      backlog === undefined ? styleText('red', 'unknown: the store cannot be read') : backlogText(backlog, oldestMs),
    ),
    ...(lanes === undefined || lanes.urgent + lanes.live + lanes.backfill === 0
      ? []
      : [labelled('', lanesText(lanes))]),
    // What is stored this second and gone the next is no backlog.
    ...(drainMs === undefined || drainMs < DRAIN_SHOWN_MS
      ? []
      : [labelled('', `through in about ${duration(drainMs)}, if it goes on like this`)]),
  ];
}

function backlogText({ alerts, gaps, samples }: NonNullable<Uplink['backlog']>, oldestMs: number | undefined): string {
  const entries = gaps === 1 ? '1 ledger entry' : `${gaps} ledger entries`;
  // What is stored this second and gone the next is no backlog.
  const oldest = oldestMs === undefined || oldestMs < DRAIN_SHOWN_MS ? '' : `, the oldest from ${ago(oldestMs)}`;
  return `${counted(alerts, 'alert')}, ${entries}, ${counted(samples, 'sample')}${oldest}`;
}

function lanesText({ urgent, live, backfill }: NonNullable<Uplink['lanes']>): string {
  return `by lane: ${urgent} urgent, ${live} live, ${backfill} backfill`;
}

function storeLines({
  path,
  epoch,
  head,
  pending,
  usedBytes,
  maxBytes,
  inMemory,
  failing,
  damaged,
  writtenBytesPerDay,
  roomMs,
}: StatusDocument['store']): string[] {
  const used = usedBytes === undefined ? 'unknown how much' : amount(usedBytes);
  const trouble = [
    ...(inMemory === true ? ['its disk fails: what is not delivered is in memory only, and lost with the power'] : []),
    ...(failing === true ? [`it cannot be written: ${counted(pending, 'record')} in memory`] : []),
    ...(damaged === true ? ['damage was found in it, or a damaged one lies beside it: see its log'] : []),
  ];
  return [
    labelled('store', path),
    ...trouble.map((text) => labelled('', styleText('red', text))),
    labelled('', `${used} of ${amount(maxBytes)}, up to record ${head} of epoch ${epoch}`),
    ...(roomMs === undefined ? [] : [labelled('', `room for an outage of ${duration(roomMs)}, at this rate`)]),
    ...(writtenBytesPerDay === undefined
      ? []
      : [labelled('', `about ${amount(writtenBytesPerDay)} are written a day, at this rate`)]),
  ];
}

function clockText({ trusted, correctionMs = 0 }: NonNullable<StatusDocument['clock']>): string {
  if (!trusted) return styleText('yellow', 'not known to be right: times are put right once it is');
  if (correctionMs === 0) return 'right';
  return `right; earlier times were put ${correctionMs > 0 ? 'forward' : 'back'} by ${duration(Math.abs(correctionMs))}`;
}

function gapLines({ gaps, gapsToday }: StatusDocument): string[] {
  if (gaps.length === 0) return [labelled('gaps', 'none since the start')];
  const today = gapsToday === undefined ? [] : [`today: ${todayText(gapsToday)}`];
  const sorted = [...gaps].sort(
    (a, b) => Number(b.open) - Number(a.open) || b.seconds - a.seconds || b.readings - a.readings,
  );
  const idWidth = Math.max(...gaps.map(({ athlete }) => athlete.length)) + 2;
  const shown = sorted.slice(0, GAPS_SHOWN).map((gap) => gapText(gap, idWidth));
  const texts = [...today, ...shown];
  const more = gaps.length - shown.length;
  if (more > 0) texts.push(`and ${more} more: see --json`);
  return texts.map((text, index) => labelled(index === 0 ? 'gaps' : '', text));
}

function todayText({ gaps, seconds, readings }: NonNullable<StatusDocument['gapsToday']>): string {
  if (gaps === 0) return 'none';
  return `${counted(gaps, 'gap')}, ${duration(seconds * 1000)} in all, ${counted(readings, 'reading')} lost; since the start:`;
}

function gapText({ athlete, cause, gaps, seconds, readings, open }: Gap, idWidth: number): string {
  const parts = [
    `${gaps} ×`,
    ...(seconds === 0 ? [] : [`${duration(seconds * 1000)} in all`]),
    ...(readings === 0 ? [] : [`${counted(readings, 'reading')} lost`]),
  ];
  const text = `${athlete.padEnd(idWidth)}${cause.replaceAll('-', ' ').padEnd(CAUSE_WIDTH)}${parts.join(', ')}`;
  return open ? `${text}${styleText('red', ', going on')}` : text;
}

function labelled(label: string, text: string): string {
  return `  ${styleText('dim', label.padEnd(LABEL_WIDTH))}${text}`;
}

function utc(timeMs: number): string {
  return `${new Date(timeMs).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
