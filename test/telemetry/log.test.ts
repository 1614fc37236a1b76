import assert from 'node:assert/strict';
import test from 'node:test';
import { eventNotes, toldOf } from '../../src/config/log-events-page.ts';
import { GAP_CAUSES } from '../../src/domain/gap.ts';
import { EVENTS, type EventName, type TelemetryEvent } from '../../src/telemetry/events.ts';
import { Log, LogResponder } from '../../src/telemetry/log.ts';
import { RecentLines } from '../../src/telemetry/sinks.ts';

/** One of each at each of its levels: the types of the notes make this list complete in kind, the test below in number. */
const ONE_OF_EACH = eventNotes().flatMap(([event, { examples }]) =>
  examples.map((fields) => ({ event, ...fields }) as TelemetryEvent),
);

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
  assert.deepEqual(
    eventNotes()
      .map(([event]) => event)
      .sort(),
    Object.keys(EVENTS).sort(),
  );
});

test('of each event that is a warning or an error the page says what to do', () => {
  for (const [event, { examples, remedy }] of eventNotes()) {
    const isGrave = examples.some((fields) => ['warn', 'error'].includes(toldOf(event, fields).level));
    assert.equal(remedy !== undefined, isGrave, event);
  }
});

test('what mends itself is a warning, and an error once it does not or where readings are lost', () => {
  const levelOf = (event: EventName, fields: object) => toldOf(event, fields).level;
  for (const [retryInMs, level] of [
    [1_000, 'warn'],
    [2_000, 'warn'],
    [4_000, 'error'],
    [60_000, 'error'],
  ] as const) {
    assert.equal(levelOf('uplink.refused', { uplink: 'x', reason: 'x', retryInMs }), level);
    assert.equal(levelOf('radio.adapter-lost', { adapter: 'hci0', reason: 'x', retryInMs }), level);
  }
  assert.equal(levelOf('radio.adapter-lost', { adapter: 'hci0', reason: 'pulled out' }), 'error');
  const lost = Object.keys(GAP_CAUSES).filter(
    (cause) => levelOf('gap.recorded', { athlete: '7', cause, seconds: 1 }) === 'error',
  );
  assert.deepEqual(lost, [
    ...['queue-overflow', 'radio-dropped', 'store-unwritable', 'evicted', 'corrupted', 'undeliverable'],
  ]);
});

test('events are counted by name and level', () => {
  const { log } = logged((each) => {
    each.emit({ event: 'store.recovered', waiting: 1 });
    each.emit({ event: 'store.recovered', waiting: 2 });
    each.emit({ event: 'alert.raised', athlete: '7', rule: 'high', severity: 'critical' });
    each.emit({ event: 'alert.raised', athlete: '7', rule: 'high', severity: 'notice' });
  });
  assert.deepEqual(log.counts(), [
    { event: 'store.recovered', level: 'info', count: 2 },
    { event: 'alert.raised', level: 'error', count: 1 },
    { event: 'alert.raised', level: 'info', count: 1 },
  ]);
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
