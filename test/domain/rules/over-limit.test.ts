import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlertEvent } from '../../../src/domain/alert.ts';
import { RuleEngine } from '../../../src/domain/rules/engine.ts';
import type { Rule } from '../../../src/domain/rules/kinds.ts';
import type { Sample } from '../../../src/domain/sample.ts';
import type { SignalEvent } from '../../../src/domain/signal.ts';

/** A full minute: 2023-11-14T22:13:00Z. */
const T0 = 1_699_999_980_000;
const LOST: Rule = { name: 'lost', kind: 'signal', parameters: { for: 10_000, clear_for: 5_000 } };
const HIGH: Rule = { name: 'rule', kind: 'sustained', parameters: { above: 150, for: 60_000, clear_for: 5_000 } };

/** The rates that are beyond the limit of each of these at an instant, and long before any of them alerts. */
const LIMITS: readonly [Rule, beyond: number, within: number][] = [
  [HIGH, 151, 150],
  [{ name: 'rule', kind: 'sustained', parameters: { below: 45, for: 60_000, clear_for: 5_000 } }, 44, 45],
  [{ name: 'rule', kind: 'average', parameters: { window: 600_000, above: 120, coverage: 0.5 } }, 121, 120],
  [{ name: 'rule', kind: 'average', parameters: { window: 600_000, below: 40, coverage: 0.5 } }, 39, 40],
  [
    {
      name: 'rule',
      kind: 'return-to-play',
      parameters: {
        stage: 2,
        stage_1: 100,
        stage_2: 130,
        set_by: 'A. Weber',
        set_on: '2026-01-31',
        for: 60_000,
        clear_for: 5_000,
      },
    },
    131,
    130,
  ],
];

/** Kinds with no limit that a heart rate is beyond at an instant. */
const OTHERS: readonly Rule[] = [
  { name: 'rule', kind: 'change', parameters: { rise: 200, within: 5_000, clear_for: 5_000 } },
  {
    name: 'rule',
    kind: 'recovery',
    parameters: { above: 100, effort_for: 5_000, fall: 20, within: 600_000, clear_for: 0 },
  },
  { name: 'rule', kind: 'load', parameters: { above: 100, budget: 3_600_000, pause: 7_200_000 } },
  { name: 'rule', kind: 'variability', parameters: { window: 60_000, above: 1, coverage: 0.5, valid: 0.8 } },
];

const engineWith = (...rules: Rule[]) => new RuleEngine([{ id: '7', strap: { name: 'x' }, rules }]);

function sample(second: number, bpm: number): Sample {
  const timeMs = T0 + second * 1_000;
  return { athlete: '7', strap: 'a09e1a000007', timeMs, monotonicMs: timeMs, bpm, rrMs: [], contact: 'detected' };
}

/** One reading a second from this one on. */
function play(engine: RuleEngine, from: number, rates: readonly number[]): AlertEvent[] {
  return rates.flatMap((bpm, n) => engine.step(sample(from + n, bpm)));
}

const steady = (bpm: number, seconds: number) => Array<number>(seconds).fill(bpm);

function signalIs(engine: RuleEngine, second: number, state: SignalEvent['state']): readonly AlertEvent[] {
  const timeMs = T0 + second * 1_000;
  return engine.signal({ athlete: '7', state, monotonicMs: timeMs, sinceMs: timeMs, evidence: {} }, timeMs);
}

const brief = (events: readonly AlertEvent[]) =>
  events.map(({ rule, event, severity }) => `${rule} ${event}, ${severity}`);

/** How grave the loss is after these readings. */
function graveness(rules: readonly Rule[], rates: readonly number[]): string[] {
  const engine = engineWith(...rules);
  const before = brief(play(engine, 0, rates));
  signalIs(engine, rates.length, 'link-lost');
  return [...before, ...brief(engine.advance(T0 + (rates.length + 11) * 1_000))];
}

for (const [rule, beyond, within] of LIMITS) {
  const limit =
    Object.entries(rule.parameters)
      .find(([key]) => key === 'above' || key === 'below')
      ?.join(' ') ?? '';
  test(`a signal that goes with the heart rate beyond a limit of ${rule.kind} ${limit} is graver, though nothing alerts yet`, () => {
    assert.deepEqual(graveness([rule, LOST], steady(beyond, 20)), ['lost raised, critical']);
    assert.deepEqual(graveness([rule, LOST], steady(within, 20)), ['lost raised, warning']);
    assert.deepEqual(graveness([{ ...rule, shadow: true }, LOST], steady(beyond, 20)), ['lost raised, warning']);
  });
}

test('kinds without a limit for the heart rate of an instant make a loss no graver before they alert', () => {
  for (const rule of OTHERS)
    assert.deepEqual(graveness([rule, LOST], steady(170, 20)), ['lost raised, warning'], rule.kind);
});

test('two wild readings as the strap comes off make a loss no graver, and two that are too low no less grave', () => {
  assert.deepEqual(graveness([HIGH, LOST], [...steady(100, 20), 220, 230]), ['lost raised, warning']);
  assert.deepEqual(graveness([HIGH, LOST], [...steady(170, 20), 60, 50]), ['lost raised, critical']);
});

test('contested readings make no loss less grave, and may make one graver', () => {
  for (const [bpm, contestedBpm, severity] of [
    [170, 80, 'critical'],
    [100, 80, 'warning'],
    [100, 170, 'critical'],
  ] as const) {
    const engine = engineWith(HIGH, LOST);
    play(engine, 0, steady(bpm, 20));
    for (let second = 20; second < 28; second++) {
      engine.step({ ...sample(second, contestedBpm), contested: ['second-advertiser'] });
    }
    signalIs(engine, 28, 'link-lost');
    assert.deepEqual(brief(engine.advance(T0 + 40_000)), [`lost raised, ${severity}`], `${bpm}, ${contestedBpm}`);
  }
});

test('what was crossed as the signal went counts for the whole loss, whatever frozen readings say', () => {
  const engine = engineWith(HIGH, LOST);
  play(engine, 0, steady(170, 20));
  signalIs(engine, 20, 'frozen');
  for (let second = 20; second < 25; second++) engine.step(sample(second, 100), { isFrozen: true });
  signalIs(engine, 25, 'no-signal');
  assert.deepEqual(brief(engine.advance(T0 + 40_000)), ['lost raised, critical']);
});

test('a reading or two between two losses do not show that the limit is held', () => {
  const engine = engineWith(HIGH, LOST);
  play(engine, 0, steady(170, 20));
  signalIs(engine, 20, 'link-lost');
  signalIs(engine, 29, 'live');
  play(engine, 29, [100, 100]);
  signalIs(engine, 31, 'link-lost');
  assert.deepEqual(brief(engine.advance(T0 + 45_000)), ['lost raised, critical']);
  signalIs(engine, 50, 'live');
  assert.deepEqual(brief(play(engine, 50, steady(100, 10))), ['lost cleared, critical']);
  signalIs(engine, 60, 'link-lost');
  assert.deepEqual(brief(engine.advance(T0 + 75_000)), ['lost raised, warning']);
});

test('a budget that is spent is open to the end of the session, and makes no later loss graver', () => {
  const load: Rule = { name: 'load', kind: 'load', parameters: { above: 150, budget: 10_000, pause: 7_200_000 } };
  const rates = [...steady(170, 15), ...steady(100, 15)];
  assert.deepEqual(graveness([load, LOST], rates), ['load raised, warning', 'lost raised, warning']);
});

test('a restart in a loss, and any in what was before it, changes nothing about how grave it is', () => {
  for (const bpm of [100, 170]) {
    const samples = [...steady(bpm, 20), bpm, bpm].map((rate, n) => sample(n < 20 ? n : n + 7, rate));
    const expected = [`lost raised, ${bpm === 170 ? 'critical' : 'warning'}`];
    for (let cut = 5; cut <= samples.length; cut++) {
      const engine = engineWith(HIGH, LOST);
      const timeMs = T0 + 30_000;
      engine.resume({ openAlerts: [], samples: samples.slice(0, cut) }, { name: 'b', timeMs, isTimeKnown: true });
      assert.deepEqual(brief(engine.advance(timeMs + 11_000)), expected, `${bpm} bpm, ${cut} readings`);
    }
  }
});

test('a clock that is put right, or set back without a word, changes nothing about how grave a loss is', () => {
  const shifted = engineWith(HIGH, LOST);
  play(shifted, 0, steady(170, 20));
  shifted.shift(3_600_000);
  play(shifted, 3_620, [100]);
  signalIs(shifted, 3_621, 'link-lost');
  assert.deepEqual(brief(shifted.advance(T0 + 3_640_000)), ['lost raised, critical']);
  const setBack = engineWith(HIGH, LOST);
  play(setBack, 7_200, steady(170, 20));
  play(setBack, 0, [100]);
  signalIs(setBack, 1, 'link-lost');
  assert.deepEqual(brief(setBack.advance(T0 + 20_000)), ['lost raised, critical']);
});
