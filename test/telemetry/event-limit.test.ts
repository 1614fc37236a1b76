import assert from 'node:assert/strict';
import test from 'node:test';
import { EventLimit } from '../../src/telemetry/event-limit.ts';
import type { TelemetryEvent } from '../../src/telemetry/events.ts';
import { Log } from '../../src/telemetry/log.ts';

function limited() {
  let nowMs = 5_000;
  const lines: Record<string, unknown>[] = [];
  const log = new Log({ write: (line) => lines.push(JSON.parse(line)) }, new EventLimit({ monotonicMs: () => nowMs }));
  const emit = (event: TelemetryEvent, times = 1) => {
    for (let i = 0; i < times; i++) log.emit(event);
  };
  const of = (name: string) => lines.filter(({ event }) => event === name);
  return { log, emit, of, pass: (ms: number) => (nowMs += ms) };
}

const LOST = { event: 'strap.lost', athlete: '7', strap: 'a09e1a000007', reason: 'x' } as const;
const FOUND = { event: 'strap.subscribed', athlete: '7', strap: 'a09e1a000007' } as const;
const REFUSED = { event: 'uplink.refused', uplink: 'mqtt://a', reason: 'x', retryInMs: 60_000 } as const;

test('of one event there are sixty lines a minute, and then a line that says how many more there were', () => {
  const { emit, of, pass } = limited();
  emit(LOST, 1_000);
  assert.equal(of('strap.lost').length, 60);
  assert.equal(of('log.left-out').length, 0, 'nobody knows yet how many there will be');
  pass(60_000);
  emit(FOUND);
  assert.deepEqual(
    of('log.left-out').map(({ of: what, count, level, msg }) => [what, count, level, msg]),
    [['strap.lost', 940, 'warn', '940 more of strap.lost within a minute are not in the log; the metrics count them']],
  );
  emit(LOST, 61);
  assert.equal(of('strap.lost').length, 120, 'the next minute has lines of its own');
});

test('one event leaves the lines of the others alone', () => {
  const { emit, of } = limited();
  emit(LOST, 100);
  emit(FOUND, 10);
  assert.equal(of('strap.subscribed').length, 10);
});

test('what is left out counts all the same', () => {
  const { log, emit } = limited();
  emit(LOST, 100);
  assert.deepEqual(log.counts(), [{ event: 'strap.lost', level: 'warn', count: 100 }]);
});

test('alerts are never left out', () => {
  const { emit, of } = limited();
  emit({ event: 'alert.raised', athlete: '7', rule: 'high', severity: 'critical' }, 500);
  emit({ event: 'alert.cleared', athlete: '7', rule: 'high', severity: 'critical' }, 500);
  assert.deepEqual([of('alert.raised').length, of('alert.cleared').length], [500, 500]);
});

test('a minute in which few happened says nothing', () => {
  const { emit, of, pass } = limited();
  emit(LOST, 60);
  pass(60_000);
  emit(FOUND);
  assert.equal(of('log.left-out').length, 0);
});

test('what is left out has the level of the gravest of it', () => {
  const { log, emit, of } = limited();
  emit(FOUND, 61);
  emit(REFUSED, 61);
  log.end();
  assert.deepEqual(
    of('log.left-out').map(({ of: what, level }) => [what, level]),
    [
      ['strap.subscribed', 'info'],
      ['uplink.refused', 'error'],
    ],
  );
});

test('the end of the log says what was left out until then, once', () => {
  const { log, emit, of } = limited();
  emit(LOST, 61);
  log.end();
  log.end();
  assert.deepEqual(
    of('log.left-out').map(({ count }) => count),
    [1],
  );
});
