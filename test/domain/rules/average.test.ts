import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { AlertEvent } from '../../../src/domain/alert.ts';
import { RuleEngine } from '../../../src/domain/rules/engine.ts';
import { RULE_KINDS, type Rule } from '../../../src/domain/rules/kinds.ts';
import type { Sample } from '../../../src/domain/sample.ts';
import { Sqlite } from '../../../src/outbox/sqlite.ts';

const MINUTE = 60_000;
/** A full minute, so that windows are easy to read off: 2023-11-14T22:13:00Z. */
const T0 = 1_699_999_980_000;

const rule = (parameters: Partial<Rule['parameters']>): Rule => ({
  name: 'rule',
  kind: 'average',
  parameters: { window: MINUTE, coverage: 0.5, ...parameters },
});

const engineWith = (...rules: Rule[]) => new RuleEngine([{ id: '7', strap: { name: 'x' }, rules }]);

const sample = (timeMs: number, bpm: number, more: Partial<Sample> = {}): Sample => ({
  athlete: '7',
  strap: 'a09e1a000007',
  timeMs,
  monotonicMs: timeMs,
  bpm,
  rrMs: [],
  contact: 'detected',
  ...more,
});

/** One reading a second from `fromS` up to but not including `toS`, both in seconds from T0. */
const second = (fromS: number, toS: number, bpm: number): Sample[] =>
  Array.from({ length: toS - fromS }, (_, i) => sample(T0 + (fromS + i) * 1000, bpm));

const brief = (events: readonly AlertEvent[]) =>
  events.map(({ event, timeMs, value }) => `${event} at ${(timeMs - T0) / 1000} s: ${value}`);

function run(engine: RuleEngine, samples: readonly Sample[], endMs?: number): string[] {
  const events = samples.flatMap((each) => engine.step(each));
  return brief(endMs === undefined ? events : [...events, ...engine.advance(endMs)]);
}

test('an alert is raised at the end of the first window beyond its limit and cleared at the end of the first within it', () => {
  const engine = engineWith(rule({ above: 120 }));
  const samples = [...second(0, 60, 100), ...second(60, 180, 130), ...second(180, 300, 110)];
  assert.deepEqual(run(engine, samples, T0 + 300_000), ['raised at 120 s: 130', 'cleared at 240 s: 110']);
});

test('thresholds are strict: an average equal to its limit is within it', () => {
  assert.deepEqual(run(engineWith(rule({ above: 120 })), second(0, 61, 120)), []);
  assert.deepEqual(run(engineWith(rule({ below: 40 })), second(0, 61, 40)), []);
  assert.deepEqual(run(engineWith(rule({ below: 40 })), second(0, 61, 39)), ['raised at 60 s: 39']);
});

test('a window is judged when it has ended, without waiting for the next reading', () => {
  const engine = engineWith(rule({ above: 120 }));
  assert.deepEqual(run(engine, second(0, 60, 130)), []);
  assert.deepEqual(brief(engine.advance(T0 + 59_999)), []);
  assert.deepEqual(brief(engine.advance(T0 + 60_000)), ['raised at 60 s: 130']);
  assert.deepEqual(brief(engine.advance(T0 + 60_001)), []);
});

test('a window seen for less than half changes nothing, and half is enough', () => {
  assert.deepEqual(run(engineWith(rule({ above: 120 })), second(0, 29, 130), T0 + MINUTE), []);
  assert.deepEqual(run(engineWith(rule({ above: 120 })), second(0, 30, 130), T0 + MINUTE), ['raised at 60 s: 130']);
});

test('three readings in a minute are not an average, twelve spread evenly are', () => {
  const every = (stepS: number) => Array.from({ length: 60 / stepS }, (_, i) => sample(T0 + i * stepS * 1000, 130));
  assert.deepEqual(run(engineWith(rule({ above: 120 })), every(20), T0 + MINUTE), []);
  assert.deepEqual(run(engineWith(rule({ above: 120 })), every(5), T0 + MINUTE), ['raised at 60 s: 130']);
});

test('how much must be seen is a setting', () => {
  const strict = rule({ above: 120, coverage: 0.9 });
  assert.deepEqual(run(engineWith(strict), second(0, 50, 130), T0 + MINUTE), []);
  assert.deepEqual(run(engineWith(strict), second(0, 54, 130), T0 + MINUTE), ['raised at 60 s: 130']);
});

test('a dropout clears nothing, however long', () => {
  const engine = engineWith(rule({ above: 120 }));
  assert.deepEqual(run(engine, second(0, 60, 130), T0 + 100 * MINUTE), ['raised at 60 s: 130']);
  assert.deepEqual(engine.openAlerts('7'), ['rule']);
});

test('no signal, whatever it has become, clears an alert or raises one, and the window goes on as if it had not been told', () => {
  const states = [
    'live',
    'contact-lost',
    'frozen',
    'no-signal',
    'out-of-range',
    'adapter-lost',
    'link-lost',
    'battery-low',
  ] as const;
  for (const state of states) {
    const [told, untold] = [engineWith(rule({ above: 120 })), engineWith(rule({ above: 120 }))];
    const event = (timeMs: number) => ({ athlete: '7', state, monotonicMs: timeMs, sinceMs: timeMs, evidence: {} });
    const signal = (timeMs: number) => assert.deepEqual(told.signal(event(timeMs), timeMs), [], state);
    signal(T0);
    for (const each of [...second(0, 60, 130), ...second(60, 100, 90)]) {
      signal(each.timeMs);
      assert.deepEqual(told.step(each), untold.step(each), state);
    }
    assert.deepEqual(told.openAlerts('7'), ['rule'], state);
    // However long it lasts, and also when it is told only after the window's end.
    for (const timeMs of [T0 + 100_000, T0 + 120_000, T0 + 3_600_000]) signal(timeMs);
    assert.deepEqual(told.openAlerts('7'), ['rule'], state);
    assert.deepEqual(told.advance(T0 + 120_000), untold.advance(T0 + 120_000), state);
    assert.deepEqual(told.openAlerts('7'), [], 'readings within the limit clear it, and nothing else');
    assert.deepEqual(told.signal({ ...event(T0), athlete: 'nobody' }, T0), []);
  }
});

test('contested readings raise an alert as all others do, and clear none', () => {
  const contested = (samples: readonly Sample[]) =>
    samples.map((each) => ({ ...each, contested: ['second-advertiser'] as const }));
  const engine = engineWith(rule({ above: 120 }));
  assert.deepEqual(run(engine, contested(second(0, 61, 130))), ['raised at 60 s: 130']);
  // An impostor sends what is within the limit, alone or among the readings of the strap.
  assert.deepEqual(run(engine, contested(second(61, 181, 80))), []);
  const [one] = contested(second(200, 201, 80));
  assert.ok(one !== undefined);
  assert.deepEqual(run(engine, [...second(181, 200, 80), one, ...second(201, 240, 80)], T0 + 240_000), []);
  assert.deepEqual(engine.openAlerts('7'), ['rule']);
  assert.deepEqual(
    run(engine, second(240, 301, 80)),
    ['cleared at 300 s: 80'],
    'the first window without one clears it',
  );
});

test('after a restart a window with contested readings in it clears nothing either', () => {
  const engine = engineWith(rule({ above: 120 }));
  const [first, ...others] = second(60, 90, 80);
  assert.ok(first !== undefined);
  engine.resume({
    openAlerts: [{ athlete: '7', rule: 'rule', event: 'raised', timeMs: T0 + MINUTE, value: 130 }],
    samples: [{ ...first, contested: ['replayed'] }, ...others],
  });
  assert.deepEqual(run(engine, second(90, 120, 80), T0 + 120_000), []);
  assert.deepEqual(engine.openAlerts('7'), ['rule']);
});

test('readings without contact, of 0 bpm and out of the plausible range do not count', () => {
  const engine = engineWith(rule({ above: 120, below: 40 }));
  const { bpm: _, ...zero } = sample(T0, 0);
  const odd = [sample(T0, 200, { contact: 'lost' }), zero, sample(T0, 24), sample(T0, 241)];
  const samples = second(0, 60, 100).flatMap((good) => [...odd.map((bad) => ({ ...bad, timeMs: good.timeMs })), good]);
  assert.deepEqual(run(engine, samples, T0 + MINUTE), []);
});

test('one rule may limit both sides', () => {
  const engine = engineWith(rule({ above: 120, below: 40 }));
  const samples = [...second(0, 60, 130), ...second(60, 120, 35), ...second(120, 180, 90)];
  assert.deepEqual(run(engine, samples, T0 + 180_000), ['raised at 60 s: 130', 'cleared at 180 s: 90']);
});

test('a step of the clock, forward or back, ends the window and stops nothing', () => {
  for (const stepMs of [-365 * 86_400_000, 365 * 86_400_000, -1_800_000]) {
    const engine = engineWith(rule({ above: 120 }));
    run(engine, second(0, 30, 90));
    const after = second(0, 121, 130).map((each) => ({ ...each, timeMs: each.timeMs + stepMs }));
    const events = after.flatMap((each) => engine.step(each));
    assert.deepEqual(
      events.map(({ event, timeMs }) => [event, timeMs]),
      [['raised', T0 + stepMs + MINUTE]],
    );
  }
});

test('after a restart an open alert is not raised again and the window under way goes on', () => {
  const samples = [...second(0, 60, 130), ...second(60, 120, 131), ...second(120, 180, 90)];
  for (const cutS of [10, 59, 60, 61, 100, 119, 120, 150]) {
    const first = engineWith(rule({ above: 120 }));
    const before = samples.filter(({ timeMs }) => timeMs < T0 + cutS * 1000);
    const events = run(first, before);
    const second = engineWith(rule({ above: 120 }));
    const openAlerts = first
      .openAlerts('7')
      .map((name) => ({ athlete: '7', rule: name, event: 'raised', timeMs: T0 + MINUTE, value: 130 }) as const);
    assert.deepEqual(second.resume({ openAlerts, samples: before }), []);
    events.push(...run(second, samples.slice(before.length), T0 + 180_000));
    assert.deepEqual(events, ['raised at 60 s: 130', 'cleared at 180 s: 90'], `cut at ${cutS} s`);
  }
});

test('an open alert whose rule is gone is given back when resuming, and does not silence a rule that comes later', () => {
  const old = { athlete: '7', rule: 'old', event: 'raised', timeMs: T0, value: 130 } as const;
  const gone = { ...old, athlete: '99', rule: 'rule' };
  const engine = engineWith(rule({ above: 120 }));
  assert.deepEqual(engine.resume({ openAlerts: [old, gone], samples: [] }), [old, gone]);
  assert.deepEqual(run(engine, second(0, 60, 130), T0 + MINUTE), ['raised at 60 s: 130']);
});

test('the past that a team’s rules need is that of the longest window', () => {
  assert.equal(
    engineWith(rule({ above: 120 }), rule({ above: 120, window: 600_000 }), rule({ below: 40 })).memoryMs,
    600_000,
  );
});

test('the samples of somebody who is not in the team change nothing', () => {
  const engine = engineWith(rule({ above: 120 }));
  assert.deepEqual(engine.step({ ...sample(T0, 200), athlete: 'nobody' }), []);
});

test('the windows beyond 120 or below 40 are those that SQL finds over the same samples', () => {
  const db = new Sqlite(':memory:');
  db.exec('CREATE TABLE sample (t INTEGER, bpm INTEGER)');
  const insert = db.prepare('INSERT INTO sample VALUES (?, ?)');
  const ask = db.prepare<[], { end: number; beyond: number }>(
    `SELECT (t / 60000 + 1) * 60000 AS end, avg(bpm) > 120 OR avg(bpm) < 40 AS beyond
         FROM sample GROUP BY t / 60000 HAVING count(*) >= 30 ORDER BY 1`,
  );
  const minute = fc.record({ seconds: fc.integer({ min: 0, max: 60 }), mean: fc.integer({ min: 30, max: 135 }) });
  fc.assert(
    fc.property(
      fc.array(minute, { maxLength: 12 }),
      fc.infiniteStream(fc.integer({ min: -4, max: 4 })),
      (minutes, noise) => {
        const samples = minutes.flatMap(({ seconds, mean }, index) =>
          second(index * 60, index * 60 + seconds, mean).map((each) => ({
            ...each,
            bpm: Math.max(25, mean + (noise.next().value ?? 0)),
          })),
        );
        db.exec('DELETE FROM sample');
        for (const { timeMs, bpm } of samples) insert.run(timeMs, bpm);
        const transitions: [string, number][] = [];
        let open = false;
        for (const { end, beyond } of ask.all()) {
          if ((beyond === 1) === open) continue;
          open = beyond === 1;
          transitions.push([open ? 'raised' : 'cleared', end]);
        }
        const engine = engineWith(rule({ above: 120, below: 40 }));
        const events = [...samples.flatMap((each) => engine.step(each)), ...engine.advance(T0 + 13 * MINUTE)];
        assert.deepEqual(
          events.map(({ event, timeMs }) => [event, timeMs]),
          transitions,
        );
      },
    ),
    { numRuns: 300 },
  );
  db.close();
});

const HOUR = 3_600_000;
const YEAR = 365 * 24 * HOUR;

test('when the time turns out to have been wrong the window under way goes on, and ends with an aligned one', () => {
  for (const correctionMs of [54 * YEAR + 13_000, -3 * YEAR - 29_000, 47_000, -13_000, 30_000, HOUR, 0]) {
    for (const known of [1, 20, 40, 59]) {
      const engine = engineWith(rule({ above: 120 }));
      const events = second(0, known, 130).flatMap((each) => engine.step(each));
      engine.shift(correctionMs);
      const later = second(known, 200, 130).map((each) => ({ ...each, timeMs: each.timeMs + correctionMs }));
      for (const each of later) events.push(...engine.advance(each.timeMs), ...engine.step(each));
      const [raised, ...more] = events;
      assert.deepEqual(more, [], `${correctionMs}, known after ${known} s`);
      assert.equal(raised?.event, 'raised');
      assert.equal(raised.timeMs % MINUTE, 0, 'the window is aligned to corrected time');
      const sinceMs = raised.timeMs - correctionMs - T0;
      assert.ok(sinceMs > (known - 1) * 1_000, 'no reading of it is after its end');
      assert.ok(sinceMs >= 30_000 && sinceMs < 120_000, `judged after ${sinceMs} ms, known after ${known} s`);
    }
  }
});

test('a correction neither repeats an alert nor clears one, and no reading counts twice or not at all', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 60, max: 200 }), { minLength: 240, maxLength: 400 }),
      fc.array(fc.tuple(fc.nat(399), fc.integer({ min: -2 * YEAR, max: 2 * YEAR })), { maxLength: 4 }),
      (rates, corrections) => {
        // Every window is beyond the limit that is below all averages, so each judged one tells its average.
        const engine = engineWith(rule({ above: 25, coverage: 0 }));
        const kind = RULE_KINDS.average;
        const parameters = { window: MINUTE, above: 25, coverage: 0 };
        const state = kind.begin(parameters);
        let offsetMs = 0;
        let judged = 0;
        let raised = 0;
        let inWindow = 0;
        for (const [i, bpm] of rates.entries()) {
          for (const [at, correctionMs] of corrections) {
            if (at !== i) continue;
            offsetMs += correctionMs;
            engine.shift(correctionMs);
            kind.shift(state, correctionMs, parameters);
          }
          const each = sample(T0 + i * 1_000 + offsetMs, bpm);
          raised += engine.step(each).length;
          while (kind.due?.(state, each.timeMs, parameters) !== undefined) {
            judged += inWindow;
            inWindow = 0;
          }
          const before = state.windows.sums[1] ?? 0;
          kind.reading(state, { timeMs: each.timeMs, bpm, rrMs: [], isContested: false }, parameters);
          inWindow += (state.windows.sums[1] ?? 0) - before;
        }
        assert.ok(raised <= 1);
        assert.equal(judged + inWindow, rates.length, 'every reading is in one window');
      },
    ),
    { numRuns: 50 },
  );
});

test('a correction by whole windows changes nothing', () => {
  const engine = engineWith(rule({ above: 120 }));
  run(engine, second(0, 45, 130));
  engine.shift(365 * 24 * HOUR);
  assert.deepEqual(
    engine.advance(T0 + 365 * 24 * HOUR + MINUTE).map(({ timeMs, value }) => [timeMs - T0 - 365 * 24 * HOUR, value]),
    [[MINUTE, 130]],
  );
});
