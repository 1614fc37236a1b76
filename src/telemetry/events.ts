/**
 * Everything the gateway has to say about itself: one entry is one log line and one counter.
 *
 * ERROR means that data is lost or that a person must act; WARN that something failed and the gateway is
 * dealing with it. Fields are ids, counts and reasons: never a name, a heart rate or a secret.
 */
import { type Severity, USUAL_SEVERITY } from '../domain/alert.ts';
import { CONTEST_REASONS, type ContestReason } from '../domain/contest-reason.ts';
import type { GapCause } from '../domain/gap.ts';
import type { Distrust } from '../domain/timekeeper.ts';

export type Level = 'debug' | 'info' | 'warn' | 'error';

interface EventSpec<Fields> {
  readonly level: (fields: Fields) => Level;
  readonly text: (fields: Fields) => string;
}

/** @param level one that depends on nothing, or what it depends on */
function event<Fields extends object = object>(
  level: Level | ((fields: Fields) => Level),
  text: (fields: Fields) => string,
): EventSpec<Fields> {
  return { level: typeof level === 'function' ? level : () => level, text };
}

interface AlertFields {
  readonly athlete: string;
  readonly rule: string;
  readonly severity?: Severity;
  /** The limit rests on a maximum that was estimated. */
  readonly estimated?: true;
}

/** What is tried again no sooner than that has failed several times in a row, and may need a person. */
const LASTING_MS = 4_000;

/** Causes of a gap by which the gateway has lost readings that it had; of the others none came. */
const LOSSES: readonly string[] = [
  'queue-overflow',
  'radio-dropped',
  'store-unwritable',
  'evicted',
  'corrupted',
  'undeliverable',
] satisfies readonly GapCause[];

/** A critical alert is one that a person must act upon. */
const ALARM_LEVELS: Readonly<Record<Severity, Level>> = { notice: 'info', warning: 'warn', critical: 'error' };

/** What calls for somebody: at the level of its severity. */
function alarm(what: string) {
  return event<AlertFields>(
    ({ severity = USUAL_SEVERITY }) => ALARM_LEVELS[severity],
    ({ athlete, rule, estimated }) =>
      `ALERT athlete ${athlete}: ${rule} ${what}${estimated === true ? ' (a limit from an estimated maximum)' : ''}`,
  );
}

/** A response to an alert of this athlete and rule. */
interface ResponseFields {
  readonly response: string;
  readonly athlete: string;
  readonly rule: string;
}

function response<Fields extends object = object>(level: Level, what: (fields: ResponseFields & Fields) => string) {
  return event<ResponseFields & Fields>(
    level,
    (e) => `response ${e.response} to ${e.rule} of athlete ${e.athlete}: ${what(e)}`,
  );
}

/** How an athlete's signal is from now on, with the counts and durations that speak for it. */
function signal(level: Level, what: (evidence: Evidence) => string) {
  return event<{ athlete: string; evidence: Evidence }>(level, (e) => `athlete ${e.athlete}: ${what(e.evidence)}`);
}

type Evidence = Readonly<Record<string, number>>;

function seconds(ms = 0): string {
  return `${Math.round(ms / 1000)} s`;
}

const CONFLICTS = {
  'two-straps-one-athlete': 'two straps fit the entry; only the first one is read',
  'one-strap-two-athletes': 'the strap fits the entry of another athlete too; it is read for one of them',
  'second-advertiser': CONTEST_REASONS['second-advertiser'],
  'gatt-table-changed': CONTEST_REASONS['gatt-table-changed'],
} as const;

type Conflict = keyof typeof CONFLICTS;

const STUCK = { ingest: 'taking readings', delivery: 'delivery', store: 'the store’s thread' } as const;

const SET_IT = 'set the clock, or say "trust: always" under "clock" where it is right';

const DISTRUST: Readonly<Record<Distrust, string>> = {
  'not-synchronised':
    'the clock is not synchronised yet; see that NTP can be reached, or say "trust: always" under "clock"',
  'nobody-tells': 'neither systemd nor chrony can be asked; say "trust: auto" or "trust: always" under "clock"',
  'too-early': 'the clock says a time before this program was made; see that NTP can be reached, or set the clock',
  'too-late': 'the clock says a time that is years ahead; see that NTP can be reached, or set the clock',
  'before-newest-record': `the clock is behind the newest record in the store; ${SET_IT}`,
};

function signed(seconds: number): string {
  return `${seconds < 0 ? '−' : '+'}${Math.abs(seconds).toFixed(1)}`;
}

export const EVENTS = {
  'gateway.started': event<{ gateway: string; athletes: number; epoch: string; athletesVersion?: string }>(
    'info',
    (e) =>
      `gateway ${e.gateway} started: ${e.athletes} athletes${
        e.athletesVersion === undefined ? '' : ` of version ${e.athletesVersion}`
      }, store epoch ${e.epoch}`,
  ),
  'athletes.reloaded': event<{ athletesVersion: string; athletes: number; came: number; left: number }>(
    'info',
    (e) =>
      `the athletes file has changed: version ${e.athletesVersion} is in force, ${e.athletes} athletes, of whom ${e.came} are new; ${e.left} have left`,
  ),
  'athletes.unchanged': event<{ athletesVersion: string }>(
    'info',
    (e) => `the athletes file is the one that is in force, version ${e.athletesVersion}`,
  ),
  'athletes.rejected': event<{ problems: number; inForce: string }>(
    'error',
    (e) =>
      `the athletes file on the disk is not in force: it has ${e.problems} ${e.problems === 1 ? 'problem' : 'problems'}; version ${e.inForce} stays, as long as the gateway runs: it does not start with this file. \`sideline check\` tells them in full`,
  ),
  'athletes.problem': event<{ place: string; what: string; remedy: string }>(
    'error',
    (e) => `${e.place}: ${e.what}; ${e.remedy}`,
  ),
  'gateway.status': event<{
    athletes: number;
    live: number;
    openAlerts: number;
    backlog: number | undefined;
    uplink: string;
    mirror?: { backlog: number | undefined; uplink: string };
  }>('info', (e) => {
    const team = `${e.live} of ${e.athletes} athletes live, ${e.openAlerts} open alerts`;
    const mirror =
      e.mirror === undefined ? '' : `; mirror ${e.mirror.uplink}, ${e.mirror.backlog ?? 'unknown'} records wait for it`;
    return `${team}, ${e.backlog ?? 'unknown'} records wait, uplink ${e.uplink}${mirror}`;
  }),
  'gateway.failed': event<{ reason: string; stack: string | undefined }>(
    'error',
    (e) => `a fault in the gateway: ${e.reason}; the process ends, to be started again`,
  ),
  'gateway.stuck': event<{ part: 'ingest' | 'delivery' | 'store'; uplink?: string; seconds: number }>(
    'error',
    (e) =>
      `${STUCK[e.part]}${e.uplink === undefined ? '' : ` to ${e.uplink}`} has not gone on for ${e.seconds} s, which is a fault; under systemd's watchdog the gateway is started again`,
  ),
  'gateway.stopping': event<{ reason: string }>('info', (e) => `stopping: ${e.reason}`),
  'gateway.stopped': event<{ backlog: number | undefined }>(
    'info',
    (e) => `stopped; ${e.backlog ?? 'unknown'} records wait in the store`,
  ),
  'gateway.stop-overdue': event<{ part: string }>(
    'warn',
    (e) => `${e.part} did not stop in time; what is committed is safe and goes out after the next start`,
  ),
  'radio.adapter-ready': event<{ adapter: string }>('info', (e) => `adapter ${e.adapter} is on`),
  'radio.adapter-lost': event<{ adapter: string; reason: string; retryInMs?: number }>(
    // A process that ends is started again within a second or two; an adapter that is gone may have been pulled out.
    ({ retryInMs = LASTING_MS }) => (retryInMs < LASTING_MS ? 'warn' : 'error'),
    (e) =>
      `adapter ${e.adapter} is gone: ${e.reason}; ${
        e.retryInMs === undefined ? 'it is looked for' : `trying again in ${(e.retryInMs / 1000).toFixed(1)} s`
      }`,
  ),
  'strap.subscribed': event<{ athlete: string; strap: string }>(
    'info',
    (e) => `athlete ${e.athlete}: strap ${e.strap} is sending`,
  ),
  'strap.lost': event<{ athlete: string; strap: string; reason: string }>(
    'warn',
    (e) => `athlete ${e.athlete}: strap ${e.strap} lost (${e.reason})`,
  ),
  'strap.failed': event<{ athlete: string; strap: string; reason: string }>(
    'warn',
    (e) => `athlete ${e.athlete}: strap ${e.strap} could not be read (${e.reason}); it is tried again`,
  ),
  'strap.device': event<{
    athlete: string;
    strap: string;
    manufacturer?: string;
    model?: string;
    firmware?: string;
    sensorLocation?: string;
  }>('info', (e) => {
    const make = [e.manufacturer, e.model].filter((part) => part !== undefined).join(' ') || 'of unknown make';
    const firmware = e.firmware === undefined ? '' : `, firmware ${e.firmware}`;
    const location = e.sensorLocation === undefined ? '' : `, worn on: ${e.sensorLocation}`;
    return `athlete ${e.athlete}: strap ${e.strap} is ${make}${firmware}${location}`;
  }),
  'strap.battery-low': event<{ athlete: string; strap: string; percent?: number }>(
    'warn',
    (e) =>
      `athlete ${e.athlete}: the battery of strap ${e.strap} is low${e.percent === undefined ? '' : ` (${e.percent} %)`}; change it`,
  ),
  'strap.stranger': event<{ strap: string; rssi: number }>(
    'info',
    (e) => `strap ${e.strap} is near (${e.rssi} dBm) and nobody's in the athletes file`,
  ),
  'strap.conflict': event<{ athlete: string; strap: string; conflict: Conflict; other?: string }>(
    'warn',
    (e) =>
      `athlete ${e.athlete}: ${CONFLICTS[e.conflict]} (strap ${e.strap}${e.other === undefined ? '' : `, ${e.other}`})`,
  ),
  'strap.contested': event<{ athlete: string; strap: string; reason: ContestReason }>(
    'warn',
    (e) => `athlete ${e.athlete}: the readings of strap ${e.strap} are contested: ${CONTEST_REASONS[e.reason]}`,
  ),
  'signal.live': signal('info', () => 'readings come'),
  'signal.contact-lost': signal('warn', () => 'the strap has no skin contact, or finds no heart rate'),
  'signal.frozen': signal('warn', (e) => `the readings are one and the same for ${seconds(e['unchangedMs'])}`),
  'signal.no-signal': signal(
    'warn',
    (e) => `no reading for ${seconds(e['silentMs'])}, and no link is known to be lost`,
  ),
  'signal.out-of-range': signal('warn', () => 'the strap is heard no more; it is out of range'),
  'signal.adapter-lost': signal('warn', () => 'no readings, since the adapter is gone'),
  'signal.link-lost': signal('warn', () => 'no readings, since the link has ended'),
  'alert.raised': alarm('is beyond its limit'),
  'alert.cleared': event<AlertFields>('info', (e) => `alert over, athlete ${e.athlete}: ${e.rule} is within its limit`),
  'alert.escalated': alarm('is graver, the signal was lost while another limit was crossed'),
  'alert.acknowledged': event<AlertFields>(
    'info',
    (e) => `alert of athlete ${e.athlete}: somebody has taken notice of ${e.rule}`,
  ),
  'alert.snoozed': event<AlertFields>(
    'info',
    (e) => `alert of athlete ${e.athlete}: ${e.rule} is to be quiet for a while`,
  ),
  'alert.resumed': alarm('is beyond its limit still, and the quiet is over'),
  'response.connected': event<{ response: string }>('info', (e) => `response ${e.response} is connected to its broker`),
  'response.disconnected': event<{ response: string; reason: string; retryInMs: number }>(
    'warn',
    (e) =>
      `response ${e.response} has no broker (${e.reason}), next attempt in ${(e.retryInMs / 1000).toFixed(1)} s; what it should tell waits`,
  ),
  'response.done': response<{ how: string; seconds: number }>('info', (e) => `${e.how}, after ${e.seconds} s`),
  'response.postponed': response<{ reason: string; retryInMs: number }>(
    'warn',
    (e) => `${e.reason}; it is kept, and tried again in ${(e.retryInMs / 1000).toFixed(1)} s`,
  ),
  'response.failed': response<{ reason: string }>('error', (e) => `${e.reason}; nobody was told by it`),
  'response.dropped': response<{ reason: string }>('error', (e) => `it is dropped: ${e.reason}`),
  'response.outdated': event<{ response: string; alerts: number; hours: number }>(
    'error',
    (e) => `response ${e.response} passes over ${e.alerts} alerts that are older than ${e.hours} h`,
  ),
  'response.unready': event<{ response: string; reason: string }>(
    'error',
    (e) => `response ${e.response} cannot work: ${e.reason}; the gateway goes on, and tries it all the same`,
  ),
  'response.broken': event<{ response: string; reason: string }>(
    'error',
    (e) => `a fault in response ${e.response}: ${e.reason}; it does nothing more until the gateway is started anew`,
  ),
  'response.store-failed': event<{ response: string; reason: string }>(
    'warn',
    (e) => `response ${e.response} cannot read the alerts in the store (${e.reason}); it tries again`,
  ),
  'gap.begun': event<{ athlete: string; cause: string }>(
    'warn',
    (e) => `no readings of athlete ${e.athlete} for five seconds, ${e.cause}`,
  ),
  'gap.recorded': event<{ athlete: string; cause: string; seconds: number }>(
    ({ cause }) => (LOSSES.includes(cause) ? 'error' : 'warn'),
    (e) => `gap, athlete ${e.athlete}: ${e.seconds} s, ${e.cause}`,
  ),
  'store.write-failed': event<{ reason: string; waiting: number }>(
    'warn',
    (e) => `the store cannot be written (${e.reason}); ${e.waiting} records wait in memory and are tried again`,
  ),
  'store.stalled': event<{ seconds: number; waiting: number }>(
    'error',
    (e) =>
      `a write to the store goes on for ${e.seconds} s and has not ended; ${e.waiting} records wait in memory. Look at the card and its power`,
  ),
  'store.recovered': event<{ waiting: number }>(
    'info',
    (e) => `the store can be written again; ${e.waiting} records that waited follow`,
  ),
  'store.in-memory': event<{ reason: string }>(
    'error',
    (e) =>
      `THE DISK FAILS (${e.reason}): records are kept in memory and delivered from there, and what is not delivered is lost when the power goes. Look at the card and at what fills it; the disk is tried again every few seconds`,
  ),
  'store.on-disk-again': event<{ records: number }>(
    'info',
    (e) => `the disk can be written again; ${e.records} records that were in memory are on it now`,
  ),
  'store.unsaved': event<{ records: number; reason: string }>(
    'error',
    (e) => `${e.records} records could not be stored before the end and are lost (${e.reason})`,
  ),
  'store.quarantined': event<{ path: string; copy: string; reason: string }>(
    'error',
    (e) =>
      `the store ${e.path} is damaged (${e.reason}): it was moved to ${e.copy}, a new one has begun, and what can be read of the old one is taken over`,
  ),
  'store.salvaged': event<{ path: string; samples: number; alerts: number; gaps: number }>(
    'info',
    (e) =>
      `what could be read of the damaged store ${e.path} is taken over: ${e.samples} samples, ${e.alerts} alerts and ${e.gaps} ledger entries that were not acknowledged`,
  ),
  'store.salvage-incomplete': event<{ path: string }>(
    'error',
    (e) =>
      `${e.path} may hold more than could be taken over, and is kept: look into it with \`sideline store salvage --store ${e.path}\`, then remove it`,
  ),
  'store.damaged-records': event<{ records: number }>(
    'error',
    (e) => `${e.records} records in the store are not what was written, and are lost; the ledger says whose`,
  ),
  'store.acknowledgements-lost': event<{ uplink: string }>(
    'warn',
    (e) => `what ${e.uplink} has acknowledged is damaged in the store; everything that is there is sent again`,
  ),
  'store.other-board': event<{ path: string; board: string; before: string }>(
    'warn',
    (e) =>
      `the store ${e.path} was used on board ${e.before} before, and this is board ${e.board}; its new records have numbers of their own. If the card was copied and both are to run, give one gateway another name and a certificate of its own`,
  ),
  'store.restored': event<{ path: string }>(
    'info',
    (e) => `the store ${e.path} was brought back from a copy; its new records have numbers of their own`,
  ),
  'store.delivery-failed': event<{ reason: string }>(
    'warn',
    (e) => `delivery cannot use the store (${e.reason}); it tries again`,
  ),
  'clock.untrusted': event<{ reason: Distrust }>(
    'warn',
    (e) =>
      `the time is not known: ${DISTRUST[e.reason]}. Alerts leave at once, marked; other records wait for the time and are put right by it`,
  ),
  'clock.trusted': event<{ correctionSeconds: number }>(
    'info',
    (e) => `the time is known; what was stamped before is put right by ${signed(e.correctionSeconds)} s`,
  ),
  'clock.stepped': event<{ seconds: number }>(
    'warn',
    (e) => `the clock was set by ${signed(e.seconds)} s and is right now; records before keep their times`,
  ),
  'clock.step-ignored': event<{ seconds: number }>(
    'warn',
    (e) =>
      `the clock was set by ${signed(e.seconds)} s, and nobody confirms it: stamps go on as before. If it is right, restart the gateway with "trust: always" under "clock"`,
  ),
  'clock.wait-over': event<{ hours: number }>(
    'warn',
    (e) => `the time did not become known in ${e.hours} h; what waited for it is delivered, marked as unsynchronised`,
  ),
  'uplink.connected': event<{ uplink: string }>('info', (e) => `uplink ${e.uplink} connected`),
  'uplink.disconnected': event<{ uplink: string; reason: string; retryInMs?: number }>(
    'warn',
    (e) =>
      `uplink ${e.uplink} is down (${e.reason}); samples and alerts are kept${
        e.retryInMs === undefined ? '' : `, next attempt in ${(e.retryInMs / 1000).toFixed(1)} s`
      }`,
  ),
  'uplink.refused': event<{ uplink: string; reason: string; retryInMs: number }>(
    // A broker that is busy takes it at the next try or the one after.
    ({ retryInMs }) => (retryInMs < LASTING_MS ? 'warn' : 'error'),
    (e) =>
      `the broker refused a message (${e.reason}); it is kept and tried again in ${Math.round(e.retryInMs / 1000)} s`,
  ),
  'uplink.poison': event<{ uplink: string; kind: string; hangUps: number; retryInMs: number }>(
    'error',
    (e) =>
      `the broker hung up ${e.hangUps} times in a row on one message of ${e.kind}; it is kept, tried again in ${Math.round(e.retryInMs / 60_000)} min, and the others go on: see what the broker lets this gateway publish`,
  ),
  'status.unavailable': event<{ reason: string }>('warn', (e) => `sideline status gets no answer: ${e.reason}`),
  'control.unavailable': event<{ reason: string }>(
    'warn',
    (e) => `sideline acknowledge and sideline snooze get no answer: ${e.reason}`,
  ),
  'metrics.listening': event<{ url: string }>('info', (e) => `metrics are at ${e.url}`),
  'metrics.unavailable': event<{ at: string; reason: string; retryInMs: number }>(
    'warn',
    (e) =>
      `there are no metrics at ${e.at}: ${e.reason}; the gateway goes on, and tries again every ${Math.round(e.retryInMs / 1000)} s`,
  ),
  'log.left-out': event<{ of: string; count: number; gravest: Level }>(
    (e) => e.gravest,
    (e) => `${e.count} more of ${e.of} within a minute are not in the log; the metrics count them`,
  ),
  'supervisor.failed': event<{ reason: string }>('warn', (e) => `systemd could not be told: ${e.reason}`),
} as const;

type Specs = typeof EVENTS;
export type EventName = keyof Specs;

export type FieldsOf<Name extends EventName> = Parameters<Specs[Name]['text']>[0];

/** One event with its fields: what `Telemetry.emit` takes. */
export type TelemetryEvent = {
  [Name in EventName]: { readonly event: Name } & FieldsOf<Name>;
}[EventName];
