import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { measurementsFromBeats, type RecordedMeasurement } from '../../../src/domain/recording/recording.ts';
import { rehearse } from '../../../src/domain/recording/rehearse.ts';
import { RuleEngine } from '../../../src/domain/rules/engine.ts';
import type { Rule } from '../../../src/domain/rules/kinds.ts';
import { variability } from '../../../src/domain/rules/variability.ts';
import type { Sample } from '../../../src/domain/sample.ts';
import { recordedHearts } from '../../fixtures/hearts.ts';
import { recordingPath, requires } from '../../requirements.ts';
import { compare } from './plain/comparison.ts';

/** A full hour, Unix ms. */
const T0 = Date.UTC(2026, 0, 31, 15);
const HOUR = 3_600_000;

const RULES: readonly Rule[] = [
  { name: 'r', kind: 'average', parameters: { window: 60_000, above: 110, below: 65, coverage: 0.5 } },
  {
    name: 'r',
    kind: 'average',
    parameters: { window: 60_000, slide: 5_000, above: 105, clear_below: 100, coverage: 0.5 },
  },
  { name: 'r', kind: 'sustained', parameters: { above: 105, for: 15_000, clear_below: 100, clear_for: 10_000 } },
  { name: 'r', kind: 'change', parameters: { rise: 12, fall: 12, within: 30_000, clear_for: 20_000 } },
  {
    name: 'r',
    kind: 'recovery',
    parameters: { above: 100, effort_for: 20_000, fall: 8, within: 30_000, clear_for: 10_000 },
  },
  { name: 'r', kind: 'load', parameters: { above: 90, up_to: 120, budget: 300_000, pause: 7_200_000 } },
  {
    name: 'r',
    kind: 'variability',
    parameters: { window: 60_000, slide: 10_000, above: 40, below: 12, clear_above: 14, coverage: 0.5, valid: 0.8 },
  },
  { name: 'r', kind: 'signal', parameters: { for: 5_000, clear_for: 5_000 } },
  {
    name: 'r',
    kind: 'return-to-play',
    parameters: { stage: 1, stage_1: 100, set_by: 'A', set_on: '2026-01-31', for: 10_000, clear_for: 30_000 },
  },
];

test('over recorded hearts every kind says what a plain look at the whole past says', requires('recordings'), () => {
  for (const [name, samples] of Object.entries(recordedHearts())) {
    const story = samples.map((sample) => ({ type: 'sample', sample, isFrozen: false }) as const);
    const kinds = RULES.filter((rule) => compare(rule, story, name) > 0).map(({ kind }) => kind);
    if (name === 'exercise') assert.ok(new Set(kinds).size >= 5, `there are alerts of ${kinds.join(', ')} only`);
  }
});

const RECORDINGS = { exercise: 'exercise_rri.hrm', rest: 'rest_rri.txt' } as const;

/** The intervals of the file as they stand there, ms. */
function intervalsOf(name: keyof typeof RECORDINGS): number[] {
  const text = readFileSync(recordingPath(RECORDINGS[name]), 'utf8');
  const data = name === 'exercise' ? (text.split('[HRData]')[1] ?? '') : text;
  return data.split(/\s+/).filter(Boolean).map(Number);
}

/** One interval after the other: an artefact if it is not plausible or a jump of a fifth. */
function workedOut(intervals: readonly number[]) {
  const isGood = intervals.map((ms, at) => {
    const before = intervals.slice(0, at).findLast((one) => one >= 250 && one <= 2_400);
    return ms >= 250 && ms <= 2_400 && (before === undefined || Math.abs(ms / before - 1) <= 0.2);
  });
  const squares = intervals.flatMap((ms, at) =>
    isGood[at] === true && isGood[at - 1] === true ? [(ms - (intervals[at - 1] ?? 0)) ** 2] : [],
  );
  const total = squares.reduce((sum, square) => sum + square, 0);
  return { artefacts: isGood.filter((good) => !good).length, rmssd: Math.sqrt(total / squares.length) };
}

for (const name of ['exercise', 'rest'] as const) {
  test(`RMSSD and artefacts of the recording ${name} are those worked out by hand`, requires('recordings'), () => {
    const intervals = intervalsOf(name);
    const { artefacts, rmssd } = workedOut(intervals);
    const measurements = [...measurementsFromBeats(T0, intervals)];
    const parameters = { window: HOUR, below: 1_000, coverage: 0, valid: 0 };
    const events = rehearse(
      { id: '7', strap: { name: 'x' }, rules: [{ name: 'r', kind: 'variability', parameters }] },
      { measurements },
    );
    assert.deepEqual(
      events.map(({ event, timeMs }) => [event, timeMs]),
      [['raised', T0 + HOUR]],
    );
    assert.ok(Math.abs((events[0]?.value ?? 0) - rmssd) < 1e-9, `${events[0]?.value} is not ${rmssd}`);
    const [counted, seen] = artefactsOf(measurements, parameters);
    assert.deepEqual([counted, seen], [artefacts, intervals.length]);
    if (name === 'exercise') assert.equal(artefacts, 11, 'as the page beside the recording says');
  });
}

/** How many artefacts the kind finds among how many intervals, in windows of an hour. */
function artefactsOf(
  measurements: readonly RecordedMeasurement[],
  parameters: Parameters<typeof variability.begin>[0],
): [number, number] {
  const state = variability.begin(parameters);
  for (const { timeMs, bpm, rrMs } of measurements) {
    variability.reading(state, { timeMs, bpm, rrMs, isContested: false }, parameters);
  }
  const [, , intervals = 0, valid = 0] = state.windows.sums;
  return [intervals - valid, intervals];
}

test('RMSSD of four intervals is the root of the mean of three squares', () => {
  const parameters = { window: 30_000, above: 63, coverage: 0, valid: 0 };
  const engine = new RuleEngine([
    { id: '7', strap: { name: 'x' }, rules: [{ name: 'r', kind: 'variability', parameters }] },
  ]);
  engine.step({ ...calm(0), rrMs: [800, 850] });
  engine.step({ ...calm(1), rrMs: [810, 720] });
  assert.equal(engine.advance(T0 + 30_000)[0]?.value, 63.77042156569664);
});

/** A heart at rest that the rules above have nothing to say about, with one reading a second. */
function calm(second: number): Sample {
  const rrMs = [800 + 10 * (second % 3)];
  const timeMs = T0 + second * 1_000;
  return {
    athlete: '7',
    strap: 'a09e1a000007',
    timeMs,
    monotonicMs: timeMs,
    bpm: 74 + (second % 3),
    rrMs,
    contact: 'detected',
  };
}

test('no rule fires on an artefact alone, be it a rate or an interval, once or twice in a row', () => {
  const calmRules = RULES.map((rule): Rule => {
    if (rule.kind !== 'variability') return rule;
    return { ...rule, parameters: { ...rule.parameters, above: 40, below: 5, clear_above: 6 } };
  });
  for (const rule of calmRules.filter(({ kind }) => kind !== 'load')) {
    for (const wild of [{ bpm: 25 }, { bpm: 240 }, { rrMs: [250] }, { rrMs: [2_400, 260] }, { rrMs: [52] }]) {
      for (const at of [40, 61, 95, 119]) {
        for (const times of [1, 2]) {
          const engine = new RuleEngine([{ id: '7', strap: { name: 'x' }, rules: [rule] }]);
          const events = Array.from({ length: 240 }, (_, second) => {
            const isWild = second >= at && second < at + times;
            return engine.step(isWild ? { ...calm(second), ...wild } : calm(second));
          });
          assert.deepEqual(events.flat(), [], `${rule.kind}, ${JSON.stringify(wild)} at ${at} s, ${times} times`);
        }
      }
    }
  }
});
