import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlertEvent } from '../../../src/domain/alert.ts';
import { type RecalledReading, RuleEngine } from '../../../src/domain/rules/engine.ts';
import type { Rule } from '../../../src/domain/rules/kinds.ts';

/** 2026-11-14T22:13:00Z. */
const T0 = Date.UTC(2026, 10, 14, 22, 13);
const MINUTE = 60_000;
const WEEK = 7 * 86_400_000;
const LOST: Rule = { name: 'lost', kind: 'signal', parameters: { for: 10_000, clear_for: 5_000 } };

/** Ten readings up to this time. */
function heard(athlete: string, untilMs: number, more: Partial<RecalledReading> = {}): RecalledReading[] {
  return Array.from({ length: 10 }, (_, n) => {
    const timeMs = untilMs - (9 - n) * 1_000;
    const strap = `a09e1a00000${athlete}`;
    return { athlete, strap, timeMs, monotonicMs: timeMs, bpm: 100, rrMs: [], contact: 'detected', ...more };
  });
}

function resumed(samples: readonly RecalledReading[], timeMs: number, clock: 'known' | 'not known') {
  const engine = new RuleEngine(['7', '8'].map((id) => ({ id, strap: { name: id }, rules: [LOST] })));
  const run = { name: 'b', timeMs, isTimeKnown: clock === 'known' };
  engine.resume({ openAlerts: [], samples }, run);
  return engine;
}

/** Who turns out to be missed, half a minute after the beginning. */
function missed(...beginning: Parameters<typeof resumed>): string[] {
  return raised(resumed(...beginning).advance(beginning[1] + 30_000));
}

const raised = (events: readonly AlertEvent[]) => events.map(({ athlete, event }) => `${athlete} ${event}`);

test('where the time is known, whoever was heard up to ten minutes before is expected, and nobody else', () => {
  assert.deepEqual(missed(heard('7', T0), T0 + 10 * MINUTE, 'known'), ['7 raised']);
  assert.deepEqual(missed(heard('7', T0), T0 + 10 * MINUTE + 1, 'known'), []);
});

test('a clock that is behind after a reboot, by a week or in 1970, does not keep anybody from being missed', () => {
  for (const timeMs of [20_000, T0 - WEEK, T0 - 1]) {
    assert.deepEqual(missed(heard('7', T0), timeMs, 'not known'), ['7 raised'], new Date(timeMs).toISOString());
  }
});

test('a clock that nobody has confirmed, and that is ahead, does not either', () => {
  assert.deepEqual(missed(heard('7', T0), T0 + WEEK, 'not known'), ['7 raised']);
});

test('whoever was not heard for the last ten minutes of the run before had gone home then, whatever the clock says', () => {
  const samples = [...heard('7', T0 - 10 * MINUTE - 1), ...heard('8', T0)];
  assert.deepEqual(missed(samples, 20_000, 'not known'), ['8 raised']);
});

test('a reading of this boot tells by the monotonic clock how long ago it was, however wrong the time is', () => {
  const ofThisBoot = heard('7', 20_000, { offsetMs: 5 });
  assert.deepEqual(missed(ofThisBoot, 20_000 + 10 * MINUTE, 'not known'), ['7 raised']);
  assert.deepEqual(missed(ofThisBoot, 20_000 + 10 * MINUTE + 1, 'not known'), []);
});

test('a reading whose time was never known, or is of the future, tells nothing against a right clock', () => {
  assert.deepEqual(missed(heard('7', 20_000, { isUnsynchronised: true }), T0, 'known'), ['7 raised']);
  assert.deepEqual(missed(heard('7', T0 + WEEK), T0, 'known'), ['7 raised']);
});

test('when the time becomes known before the alert, it says who had gone home long ago', () => {
  for (const [agoMs, expected] of [
    [WEEK, []],
    [5 * MINUTE, ['7 raised']],
  ] as const) {
    const engine = resumed(heard('7', T0), 20_000, 'not known');
    assert.deepEqual(engine.advance(25_000), []);
    engine.shift(T0 + agoMs - 20_000);
    assert.deepEqual(raised(engine.advance(T0 + agoMs + 60_000)), expected, `${agoMs} ms`);
  }
});

test('what was seen of an athlete since then is no assumption any more, and goes by no time of before', () => {
  const engine = resumed(heard('7', T0), 20_000, 'not known');
  const signal = (state: 'live' | 'link-lost', timeMs: number) =>
    engine.signal({ athlete: '7', state, monotonicMs: timeMs, sinceMs: timeMs, evidence: {} }, timeMs);
  signal('live', 21_000);
  signal('link-lost', 22_000);
  engine.shift(T0 + WEEK - 20_000);
  assert.deepEqual(raised(engine.advance(T0 + WEEK + 60_000)), ['7 raised']);
});

test('an alert for somebody who turns out to have gone home stays open until they are heard again', () => {
  const engine = resumed(heard('7', T0), 20_000, 'not known');
  assert.deepEqual(raised(engine.advance(40_000)), ['7 raised']);
  engine.shift(T0 + WEEK - 20_000);
  assert.deepEqual(engine.advance(T0 + WEEK + 60_000), []);
  assert.deepEqual(engine.openAlerts('7'), ['lost']);
  const again = heard('7', T0 + WEEK + 70_000);
  assert.deepEqual(raised(again.flatMap((sample) => engine.step(sample))), ['7 cleared']);
});
