import assert from 'node:assert/strict';
import test from 'node:test';
import { EVENTS, type TelemetryEvent } from '../../src/telemetry/events.ts';
import { Log, LogResponder } from '../../src/telemetry/log.ts';
import { RecentLines } from '../../src/telemetry/sinks.ts';

/** One of each: the type makes this list complete in kind, the test below in number. */
const ONE_OF_EACH: readonly TelemetryEvent[] = [
  { event: 'gateway.started', gateway: 'pitch-3', athletes: 2, epoch: 'k3f9', athletesVersion: '0123456789ab' },
  { event: 'athletes.reloaded', athletesVersion: '0123456789ab', athletes: 2, came: 1, left: 0 },
  { event: 'athletes.unchanged', athletesVersion: '0123456789ab' },
  { event: 'athletes.problem', place: 'athletes.yaml:3:5', what: 'unknown key "…"', remedy: 'remove it' },
  { event: 'athletes.rejected', problems: 1, inForce: '0123456789ab' },
  {
    event: 'gateway.status',
    athletes: 2,
    live: 1,
    openAlerts: 1,
    backlog: 0,
    uplink: 'connected',
    mirror: { backlog: 7, uplink: 'down' },
  },
  { event: 'gateway.failed', reason: 'x', stack: undefined },
  { event: 'gateway.stopping', reason: 'SIGTERM' },
  { event: 'gateway.stopped', backlog: 7 },
  { event: 'gateway.stop-overdue', part: 'the radio' },
  { event: 'radio.adapter-ready', adapter: 'hci0' },
  { event: 'radio.adapter-lost', adapter: 'hci0', reason: 'switched off', retryInMs: 2_000 },
  { event: 'strap.subscribed', athlete: '7', strap: 'a09e1a000007' },
  { event: 'strap.lost', athlete: '7', strap: 'a09e1a000007', reason: 'out of range' },
  { event: 'strap.failed', athlete: '7', strap: 'a09e1a000007', reason: 'no answer' },
  {
    event: 'strap.device',
    athlete: '7',
    strap: 'a09e1a000007',
    manufacturer: 'Polar Electro Oy',
    model: 'H10',
    firmware: '3.1.1',
    sensorLocation: 'chest',
  },
  { event: 'strap.battery-low', athlete: '7', strap: 'a09e1a000007', percent: 12 },
  { event: 'strap.stranger', strap: 'a09e1a000099', rssi: -60 },
  { event: 'strap.conflict', athlete: '7', strap: 'a09e1a000007', conflict: 'second-advertiser' },
  { event: 'strap.contested', athlete: '7', strap: 'a09e1a000007', reason: 'replayed' },
  { event: 'signal.live', athlete: '7', evidence: { silentMs: 9_000 } },
  { event: 'signal.contact-lost', athlete: '7', evidence: { withoutRateMs: 3_000, readings: 4 } },
  { event: 'signal.frozen', athlete: '7', evidence: { unchangedMs: 180_000, readings: 181, rrReadings: 0 } },
  { event: 'signal.no-signal', athlete: '7', evidence: { silentMs: 5_200 } },
  { event: 'signal.out-of-range', athlete: '7', evidence: { silentMs: 6_200 } },
  { event: 'signal.adapter-lost', athlete: '7', evidence: { silentMs: 200 } },
  { event: 'signal.link-lost', athlete: '7', evidence: { silentMs: 200 } },
  { event: 'alert.raised', athlete: '7', rule: 'high-average', severity: 'critical', estimated: true },
  { event: 'alert.cleared', athlete: '7', rule: 'high-average', severity: 'warning' },
  { event: 'alert.escalated', athlete: '7', rule: 'signal', severity: 'critical' },
  { event: 'alert.acknowledged', athlete: '7', rule: 'high-average' },
  { event: 'alert.snoozed', athlete: '7', rule: 'high-average' },
  { event: 'alert.resumed', athlete: '7', rule: 'high-average' },
  { event: 'response.connected', response: 'board' },
  { event: 'response.disconnected', response: 'board', reason: 'ECONNREFUSED', retryInMs: 1_500 },
  { event: 'response.done', response: 'siren', athlete: '7', rule: 'high-average', how: 'exit code 0', seconds: 5 },
  {
    event: 'response.postponed',
    response: 'office',
    athlete: '7',
    rule: 'high-average',
    reason: 'the receiver answered 503',
    retryInMs: 1_500,
  },
  { event: 'response.failed', response: 'siren', athlete: '7', rule: 'high-average', reason: 'exit code 1' },
  {
    event: 'response.dropped',
    response: 'siren',
    athlete: '7',
    rule: 'high-average',
    reason: 'the gateway stops',
  },
  { event: 'response.outdated', response: 'office', alerts: 3, hours: 24 },
  { event: 'response.unready', response: 'siren', reason: 'gateway.yaml:9:33: cannot run "/usr/bin/siren"' },
  { event: 'response.broken', response: 'office', reason: 'an invariant' },
  { event: 'response.store-failed', response: 'office', reason: 'disk full' },
  { event: 'gap.begun', athlete: '7', cause: 'link-lost' },
  { event: 'gap.recorded', athlete: '7', cause: 'link-lost', seconds: 12 },
  { event: 'store.write-failed', reason: 'disk full', waiting: 30 },
  { event: 'store.recovered', waiting: 30 },
  { event: 'store.in-memory', reason: 'disk full' },
  { event: 'store.on-disk-again', records: 120 },
  { event: 'store.unsaved', records: 7, reason: 'disk full' },
  { event: 'store.delivery-failed', reason: 'disk full' },
  { event: 'store.stalled', seconds: 10, waiting: 30 },
  { event: 'store.quarantined', path: 'outbox.db', copy: 'outbox.db.damaged-1', reason: 'malformed' },
  { event: 'store.salvaged', path: 'outbox.db.damaged-1', samples: 100, alerts: 1, gaps: 2 },
  { event: 'store.salvage-incomplete', path: 'outbox.db.damaged-1' },
  { event: 'store.damaged-records', records: 50 },
  { event: 'store.acknowledgements-lost', uplink: 'primary' },
  { event: 'store.other-board', path: 'outbox.db', board: '100000004f6ee2b1', before: '10000000a1b2c3d4' },
  { event: 'clock.untrusted', reason: 'not-synchronised' },
  { event: 'clock.trusted', correctionSeconds: 1_600_000_000 },
  { event: 'clock.stepped', seconds: -3_600 },
  { event: 'clock.step-ignored', seconds: 86_400 },
  { event: 'clock.wait-over', hours: 6 },
  { event: 'status.unavailable', reason: 'EACCES' },
  { event: 'control.unavailable', reason: 'EACCES' },
  { event: 'uplink.connected', uplink: 'mqtt://127.0.0.1:1883' },
  { event: 'uplink.disconnected', uplink: 'mqtt://127.0.0.1:1883', reason: 'ECONNREFUSED', retryInMs: 1_500 },
  { event: 'uplink.refused', uplink: 'mqtt://127.0.0.1:1883', reason: 'not authorized', retryInMs: 1_000 },
  { event: 'uplink.poison', uplink: 'mqtt://127.0.0.1:1883', kind: 'samples', hangUps: 5, retryInMs: 3_600_000 },
  { event: 'supervisor.failed', reason: 'ENOENT' },
  { event: 'gateway.stuck', part: 'delivery', uplink: 'primary', seconds: 60 },
];

function logged(emit: (log: Log) => void) {
  const lines: string[] = [];
  const log = new Log({ write: (line) => lines.push(line) });
  emit(log);
  return { log, lines: lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

test('every event is one JSON line with its name, level, time, fields and a sentence', () => {
  const { lines } = logged((log) => {
    for (const event of ONE_OF_EACH) log.emit(event);
  });
  assert.equal(lines.length, ONE_OF_EACH.length);
  for (const [i, { level, time, msg, ...fields }] of lines.entries()) {
    const { event, ...rest } = JSON.parse(JSON.stringify(ONE_OF_EACH[i])) as Record<string, unknown>;
    assert.deepEqual(fields, { event, ...rest });
    assert.ok(['info', 'warn', 'error'].includes(String(level)));
    assert.ok(!Number.isNaN(Date.parse(String(time))));
    assert.ok(String(msg).length > 10 && !/undefined|NaN|\[object/.test(String(msg)), String(msg));
  }
});

test('the list above has every event there is', () => {
  assert.deepEqual(ONE_OF_EACH.map(({ event }) => event).sort(), Object.keys(EVENTS).sort());
});

test('events are counted by name', () => {
  const { log } = logged((each) => {
    each.emit({ event: 'store.recovered', waiting: 1 });
    each.emit({ event: 'store.recovered', waiting: 2 });
  });
  assert.deepEqual([log.count('store.recovered'), log.count('gateway.stopped')], [2, 0]);
});

test('the alarm in the log names athlete, rule and severity, and no heart rate', () => {
  const { lines } = logged((log) => {
    const responder = new LogResponder(log);
    for (const event of ['raised', 'escalated', 'acknowledged', 'snoozed', 'resumed', 'cleared'] as const) {
      responder.respond({ athlete: '7', rule: 'high', event, timeMs: 0, value: 171.25, above: 165 });
    }
  });
  const common = { athlete: '7', rule: 'high', severity: 'warning' };
  assert.deepEqual(
    lines.map(({ event, level, athlete, rule, severity }) => ({ event, level, athlete, rule, severity })),
    [
      { event: 'alert.raised', level: 'warn', ...common },
      { event: 'alert.escalated', level: 'warn', ...common },
      { event: 'alert.acknowledged', level: 'info', ...common },
      { event: 'alert.snoozed', level: 'info', ...common },
      { event: 'alert.resumed', level: 'warn', ...common },
      { event: 'alert.cleared', level: 'info', ...common },
    ],
  );
  assert.ok(!/171|165/.test(JSON.stringify(lines)));
});

test('an alarm has the level of its severity, and says when its limit is estimated', () => {
  const { lines } = logged((log) => {
    const responder = new LogResponder(log);
    for (const severity of ['notice', 'warning', 'critical'] as const) {
      responder.respond({ athlete: '7', rule: 'high', event: 'raised', timeMs: 0, severity });
    }
    responder.respond({ athlete: '7', rule: 'high', event: 'cleared', timeMs: 0, severity: 'critical' });
    responder.respond({ athlete: '7', rule: 'high', event: 'raised', timeMs: 0, estimated: true });
  });
  assert.deepEqual(
    lines.map(({ level, severity }) => [level, severity]),
    [
      ['info', 'notice'],
      ['warn', 'warning'],
      ['error', 'critical'],
      ['info', 'critical'],
      ['warn', 'warning'],
    ],
  );
  assert.deepEqual(
    lines.map(({ estimated }) => estimated),
    [undefined, undefined, undefined, undefined, true],
  );
  assert.match(String(lines.at(-1)?.['msg']), /estimated maximum/);
});

test('lines kept for a screen are the newest, as text', async () => {
  const recent = await RecentLines.create(2);
  const log = new Log(recent);
  for (const waiting of [1, 2, 3]) log.emit({ event: 'store.recovered', waiting });
  assert.equal(recent.lines.length, 2);
  assert.match(recent.lines[1] ?? '', /the store can be written again; 3 records/);
});
