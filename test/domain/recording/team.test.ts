import assert from 'node:assert/strict';
import test from 'node:test';
import type { Athlete } from '../../../src/domain/athlete.ts';
import { Rehearsal } from '../../../src/domain/recording/rehearse.ts';
import type { Rule } from '../../../src/domain/rules/kinds.ts';
import type { Sample } from '../../../src/domain/sample.ts';

const START = Date.UTC(2026, 0, 31, 15, 0, 0);

const HIGH: Rule = {
  name: 'high',
  kind: 'average',
  parameters: { window: 60_000, above: 120, coverage: 0.5 },
};
const SIGNAL: Rule = { name: 'lost', kind: 'signal', parameters: { for: 30_000, clear_for: 5_000 } };

const athlete = (id: string, ...rules: Rule[]): Athlete => ({ id, strap: { name: id }, rules });

const sample = (id: string, second: number, bpm: number): Sample => ({
  athlete: id,
  strap: 'a09e1a000007',
  timeMs: START + second * 1_000,
  // Of some boot or other: a rehearsal goes by the times of the day.
  monotonicMs: 77 + (second % 60) * 1_000,
  bpm,
  rrMs: [],
  contact: 'detected',
});

/** Rates that are never twice the same, or they would be frozen after some minutes. */
const around = (bpm: number, second: number) => bpm + (second % 3);

function rehearsed(team: readonly Athlete[], samples: readonly Sample[]) {
  const rehearsal = new Rehearsal(team);
  for (const each of samples) rehearsal.takes(each);
  const events = rehearsal
    .end()
    .map(({ athlete: id, rule, event, timeMs }) => [(timeMs - START) / 1_000, id, rule, event]);
  return { events, rehearsal };
}

const seconds = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

test('each athlete of a team is held against the rules of their own, and nobody else’s readings count', () => {
  const team = [athlete('7', HIGH), athlete('8', { ...HIGH, shadow: true })];
  const samples = seconds(0, 120).flatMap((s) => [
    sample('7', s, s < 60 ? around(130, s) : around(90, s)),
    sample('8', s, s < 60 ? around(90, s) : around(150, s)),
    sample('stranger', s, around(200, s)),
  ]);
  const { events, rehearsal } = rehearsed(team, samples);
  assert.deepEqual(events, [
    [60, '7', 'high', 'raised'],
    [120, '7', 'high', 'cleared'],
    [120, '8', 'high', 'raised'],
  ]);
  assert.deepEqual(
    rehearsal.end().map(({ shadow }) => shadow),
    [undefined, undefined, true],
    'a trial is marked',
  );
  assert.deepEqual(rehearsal.judgements('8'), [{ rule: 'high', of: 'window', given: 2, judged: 2 }]);
  assert.deepEqual(rehearsal.judgements('stranger'), []);
});

test('a signal that goes for good is missed while the others play on, and at no other time', () => {
  const team = [athlete('7', SIGNAL), athlete('8', SIGNAL)];
  const both = seconds(0, 60).flatMap((s) => [sample('7', s, around(130, s)), sample('8', s, around(130, s))]);
  const alone = seconds(60, 200).map((s) => sample('8', s, around(130, s)));
  const { events } = rehearsed(team, [...both, ...alone]);
  assert.deepEqual(
    events.map(([, ...rest]) => rest),
    [['7', 'lost', 'raised']],
  );
  const raisedAt = events[0]?.[0] as number;
  assert.ok(raisedAt >= 59 + 30 && raisedAt <= 59 + 36, `raised at ${raisedAt} s`);
  assert.deepEqual(rehearsed(team, both).events, [], 'where everything ends at once, nobody is missed');
});

test('the end of what was recorded is no lost signal, whatever other rules still have to judge after it', () => {
  const hour: Rule = { name: 'hour', kind: 'average', parameters: { window: 3_600_000, above: 120, coverage: 0 } };
  const both = seconds(0, 60).flatMap((s) => [sample('7', s, around(130, s)), sample('8', s, around(130, s))]);
  // Athlete 7 is lost when it ends, and not yet for as long as the rule asks.
  const alone = seconds(60, 80).map((s) => sample('8', s, around(130, s)));
  for (const [rules, expected] of [
    [[SIGNAL], []],
    [[SIGNAL, hour], [[3_600, '7', 'hour', 'raised']]],
  ] as const) {
    assert.deepEqual(rehearsed([athlete('7', ...rules), athlete('8', SIGNAL)], [...both, ...alone]).events, expected);
  }
});

test('what comes of samples does not depend on how often the end is asked for', () => {
  const { rehearsal } = rehearsed(
    [athlete('7', HIGH)],
    seconds(0, 90).map((s) => sample('7', s, around(130, s))),
  );
  assert.deepEqual(rehearsal.end(), rehearsal.end());
  assert.deepEqual(rehearsal.judgements('7'), rehearsal.judgements('7'));
  assert.deepEqual(new Rehearsal([athlete('7', HIGH)]).end(), [], 'nothing comes of nothing');
});

test('readings that are late by a little count for their own window', () => {
  const inOrder = seconds(0, 120).map((s) => sample('7', s, s < 60 ? around(121, s) : around(90, s)));
  const swapped = inOrder.map((_, i) => inOrder[i ^ 1] as Sample);
  const team = [athlete('7', HIGH)];
  assert.deepEqual(rehearsed(team, swapped).events, rehearsed(team, inOrder).events);
});
