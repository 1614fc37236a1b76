import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlertEvent } from '../../../src/domain/alert.ts';
import { RuleEngine } from '../../../src/domain/rules/engine.ts';
import type { Rule } from '../../../src/domain/rules/kinds.ts';
import type { Sample } from '../../../src/domain/sample.ts';

const T0 = 1_699_999_980_000;

const SLOW: Rule = {
  name: 'slow',
  kind: 'recovery',
  parameters: { above: 150, effort_for: 20_000, fall: 30, within: 15_000, clear_for: 5_000 },
};

/** One reading a second: for so many seconds this rate, contested or not. */
type Stretch = readonly [seconds: number, bpm: number, contested?: 'contested'];

function played(...stretches: readonly Stretch[]): string[] {
  const engine = new RuleEngine([{ id: '7', strap: { name: 'x' }, rules: [SLOW] }]);
  const readings = stretches.flatMap(([seconds, bpm, contested]) =>
    Array.from({ length: seconds }, () => ({
      bpm,
      ...(contested === undefined ? {} : { contested: ['replayed'] as const }),
    })),
  );
  const events: AlertEvent[] = readings.flatMap((reading, second) => engine.step(sample(second, reading)));
  return events.map(({ event, timeMs }) => `${event} at ${(timeMs - T0) / 1_000} s`);
}

function sample(second: number, reading: Pick<Sample, 'bpm' | 'contested'>): Sample {
  const timeMs = T0 + second * 1_000;
  return {
    athlete: '7',
    strap: 'a09e1a000007',
    timeMs,
    monotonicMs: timeMs,
    rrMs: [],
    contact: 'detected',
    ...reading,
  };
}

test('a dip that only contested readings show, shorter than a recovery may take, interrupts no effort', () => {
  // The effort ends with the last steady rate above the limit, two readings into what follows.
  assert.deepEqual(played([24, 170], [6, 90, 'contested'], [10, 170], [40, 145]), ['raised at 56 s']);
  assert.deepEqual(played([24, 170], [6, 90], [10, 170], [40, 145]), [], 'one that is sure interrupts it');
});

test('a recovery of which nothing but contested readings is seen is judged, and none of them is a fall', () => {
  assert.deepEqual(played([24, 170], [40, 90, 'contested']), ['raised at 40 s']);
});
