import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AlertEvent } from '../../../src/domain/alert.ts';
import type { Team } from '../../../src/domain/athlete.ts';
import { RuleEngine } from '../../../src/domain/rules/engine.ts';
import type { Rule } from '../../../src/domain/rules/kinds.ts';
import type { Sample } from '../../../src/domain/sample.ts';

const T0 = 1_699_999_980_000;

type Settings = Pick<Rule, 'severity' | 'shadow' | 'repeatMs'>;

const high = (above: number, settings: Settings = {}): Rule => ({
  name: 'high',
  kind: 'sustained',
  parameters: { above, for: 5_000, clear_for: 5_000 },
  ...settings,
});
const lost = (forMs: number): Rule => ({ name: 'lost', kind: 'signal', parameters: { for: forMs, clear_for: 5_000 } });

const teamWith = (...rules: Rule[]): Team => [{ id: '7', strap: { name: 'x' }, rules }];

/** An engine whose athlete has had this heart rate for so many seconds. */
function after(seconds: number, bpm: number, ...rules: Rule[]): RuleEngine {
  const engine = new RuleEngine(teamWith(...rules));
  engine.resume({ openAlerts: [], samples: [] }, { name: 'run', timeMs: T0, isTimeKnown: true });
  play(engine, 0, seconds, bpm);
  return engine;
}

function play(engine: RuleEngine, from: number, to: number, bpm: number, athlete = '7'): AlertEvent[] {
  return Array.from({ length: to - from }, (_, n) => {
    const timeMs = T0 + (from + n) * 1_000;
    const sample: Sample = { athlete, strap: 'a0', timeMs, monotonicMs: timeMs, bpm, rrMs: [], contact: 'detected' };
    return engine.step(sample);
  }).flat();
}

function reload(engine: RuleEngine, second: number, team: Team): AlertEvent[] {
  const { before, after: now } = engine.reload(team, T0 + second * 1_000);
  return [...before, ...now];
}

const brief = (events: readonly AlertEvent[]) =>
  events.map(
    ({ rule, event, timeMs, above, severity, reason }) =>
      `${(timeMs - T0) / 1_000} s: ${rule} ${event} at ${above}, ${severity}${reason === undefined ? '' : `, ${reason}`}`,
  );

test('a rule that is the same goes on as if nothing had happened', () => {
  const engine = after(4, 160, high(150));
  assert.deepEqual(reload(engine, 4, teamWith(lost(10_000), high(150))), []);
  assert.deepEqual(brief(play(engine, 4, 7, 160)), ['5 s: high raised at 150, warning']);
});

test('what was spent of one budget is spent of another', () => {
  const load = (budget: number): Rule => ({
    name: 'load',
    kind: 'load',
    parameters: { above: 150, budget, pause: 7_200_000 },
  });
  const engine = after(20, 160, load(30_000));
  assert.deepEqual(reload(engine, 20, teamWith(load(40_000))), []);
  assert.deepEqual(
    play(engine, 20, 60, 160).map(({ event, timeMs }) => [event, timeMs]),
    [['raised', T0 + 40_000]],
  );
});

test('an open alert stays open under new limits, and is over when those are held', () => {
  const engine = after(7, 160, high(150));
  const noticed = engine.acknowledge({ athlete: '7', rule: 'high' }, { by: 'M', timeMs: T0 + 6_000 });
  assert.deepEqual(reload(engine, 7, teamWith(high(140))), []);
  assert.deepEqual(engine.openAlertsOf('7'), [
    { rule: 'high', severity: 'warning', acknowledged: true, acknowledgedBy: 'M' },
  ]);
  assert.deepEqual(brief(play(engine, 7, 20, 145)), [], 'within the limit that was');
  const ends = play(engine, 20, 30, 130);
  assert.deepEqual(brief(ends), ['25 s: high cleared at 140, warning, within-limits']);
  assert.equal(ends[0]?.alert, noticed?.alert);
});

test('the way to an alert, and to its end, begins anew with a rule that has changed', () => {
  const engine = after(4, 160, high(150));
  reload(engine, 4, teamWith(high(151)));
  assert.deepEqual(brief(play(engine, 4, 11, 160)), ['9 s: high raised at 151, warning']);
  play(engine, 11, 15, 120);
  reload(engine, 15, teamWith(high(150)));
  assert.deepEqual(brief(play(engine, 15, 22, 120)), ['20 s: high cleared at 150, warning, within-limits']);
});

test('an open alert is carried by the name of its rule when that becomes one of another kind', () => {
  const engine = after(7, 160, high(150));
  const average: Rule = { name: 'high', kind: 'average', parameters: { window: 10_000, above: 150, coverage: 0.5 } };
  assert.deepEqual(reload(engine, 7, teamWith(average)), []);
  assert.deepEqual(engine.openAlerts('7'), ['high']);
  assert.deepEqual(brief(play(engine, 10, 25, 120)), ['20 s: high cleared at 150, warning, within-limits']);
});

test('the alert of a rule that is gone is over, for that reason', () => {
  const engine = after(7, 160, high(150));
  assert.deepEqual(brief(reload(engine, 7, teamWith(lost(10_000)))), ['7 s: high cleared at 150, warning, rule-gone']);
  assert.deepEqual(reload(engine, 8, teamWith(lost(10_000))), [], 'once');
  assert.deepEqual(engine.openAlerts('7'), []);
});

test('the alerts of an athlete who has left are over, and who comes begins', () => {
  const engine = after(7, 160, high(150));
  const other: Team = [{ id: '8', strap: { name: 'y' }, rules: [high(150)] }];
  assert.deepEqual(brief(reload(engine, 7, other)), ['7 s: high cleared at 150, warning, rule-gone']);
  assert.deepEqual(play(engine, 8, 20, 160), [], 'nobody’s reading');
  assert.deepEqual(brief(play(engine, 8, 15, 160, '8')), ['13 s: high raised at 150, warning']);
  assert.deepEqual([engine.watches('7'), engine.watches('8')], [false, true]);
});

test('a trial that becomes an alarm is raised as one, and its own alert is over', () => {
  const engine = after(7, 160, high(150, { shadow: true }));
  assert.deepEqual(brief(reload(engine, 7, teamWith(high(150)))), ['7 s: high cleared at 150, warning, rule-gone']);
  const [raised] = play(engine, 7, 9, 160);
  assert.deepEqual([raised?.event, raised?.shadow], ['raised', undefined]);
});

test('an open alert is as grave as it was raised, and the next one as its rule says then', () => {
  const engine = after(7, 160, high(150));
  assert.deepEqual(reload(engine, 7, teamWith(high(150, { severity: 'critical' }))), []);
  assert.deepEqual(brief(play(engine, 7, 20, 120)), ['12 s: high cleared at 150, warning, within-limits']);
  assert.deepEqual(brief(play(engine, 20, 30, 160)), ['25 s: high raised at 150, critical']);
});

test('the least time to the next alert holds over a change of the limit', () => {
  const engine = after(7, 160, high(150, { repeatMs: 60_000 }));
  play(engine, 7, 15, 120);
  reload(engine, 15, teamWith(high(155, { repeatMs: 60_000 })));
  assert.deepEqual(brief(play(engine, 15, 70, 160)), ['65 s: high raised at 155, warning']);
});

test('what was due when the file changed is judged by the rules before', () => {
  const average: Rule = { name: 'a', kind: 'average', parameters: { window: 10_000, above: 150, coverage: 0.5 } };
  const engine = after(10, 160, average);
  const { before, after: now } = engine.reload(teamWith(), T0 + 10_200);
  assert.deepEqual(brief(before), ['10 s: a raised at 150, warning']);
  assert.deepEqual(brief(now), ['10.2 s: a cleared at 150, warning, rule-gone']);
});

test('a rule about the signal that is new or has changed knows of the loss that goes on', () => {
  for (const [rules, second] of [
    [[], 30],
    [[lost(60_000)], 30],
  ] as const) {
    const engine = after(5, 100, high(150), ...rules);
    const timeMs = T0 + 10_000;
    engine.signal({ athlete: '7', state: 'no-signal', monotonicMs: 10, sinceMs: 10, evidence: {} }, timeMs);
    assert.deepEqual(reload(engine, 15, teamWith(high(150), lost(20_000))), []);
    assert.deepEqual(brief(engine.advance(T0 + 40_000)), [`${second} s: lost raised at 20, warning`]);
  }
});

test('a loss that goes on for too long already is told at once when its rule comes', () => {
  const engine = after(5, 100, high(150));
  engine.signal({ athlete: '7', state: 'no-signal', monotonicMs: 10, sinceMs: 10, evidence: {} }, T0 + 5_000);
  const { after: now } = engine.reload(teamWith(lost(20_000)), T0 + 100_000);
  assert.deepEqual(brief(now), ['100 s: lost raised at 20, warning']);
  assert.equal(now[0]?.value, 95);
});

test('nobody misses an athlete who has come and was never heard', () => {
  const engine = new RuleEngine([]);
  engine.reload(teamWith(lost(5_000)), T0);
  assert.deepEqual(engine.advance(T0 + 3_600_000), []);
});
