import assert from 'node:assert/strict';
import test from 'node:test';
import { RuleEngine } from '../../../src/domain/rules/engine.ts';
import type { Sample } from '../../../src/domain/sample.ts';
import { Alarms, SteadyClock } from './alarms.ts';

class HandClock extends SteadyClock {
  nowMs = 1_000;

  override monotonicMs(): number {
    return this.nowMs;
  }
}

test('every reading of the alarms but the first ends a window and is timed by the alert that comes of it', () => {
  const clock = new HandClock();
  const alarms = new Alarms(clock);
  const engine = new RuleEngine([alarms.athlete]);
  const events: string[] = [];
  for (let i = 0; i < 101; i++) {
    clock.nowMs += 5.3;
    const reading = alarms.next();
    assert.ok(reading !== undefined);
    const { athlete, strap, monotonicMs, measurement } = reading;
    const { bpm, rrMs, contact } = measurement;
    const timeMs = Math.round(clock.wallOf(monotonicMs));
    const sample: Sample = { athlete, strap, timeMs, monotonicMs, bpm, rrMs, contact };
    const alerts = engine.step(sample);
    events.push(...alerts.map(({ event }) => event));
    alarms.acknowledged(alerts.map((alert) => ({ ...alert, t: alert.timeMs })));
  }
  assert.equal(alarms.latenciesMs().length, 100, 'each once');
  assert.deepEqual(events.slice(0, 4), ['raised', 'cleared', 'raised', 'cleared']);
});

test('an alert that has no acknowledgement in the end counts with the time it has waited', () => {
  const clock = new HandClock();
  const alarms = new Alarms(clock);
  for (let i = 0; i < 3; i++) {
    clock.nowMs += 5;
    assert.ok(alarms.next() !== undefined);
  }
  assert.equal(alarms.latenciesMs().length, 2);
});

test('a reading whose timer comes too early is left out, since it would end no window', () => {
  const clock = new HandClock();
  const alarms = new Alarms(clock);
  assert.ok(alarms.next() !== undefined);
  assert.equal(alarms.next(), undefined);
});
