import assert from 'node:assert/strict';
import test from 'node:test';
import { type AlertCommand, carryOut, NOTE_PATTERN } from '../../src/domain/alert-command.ts';
import { RuleEngine } from '../../src/domain/rules/engine.ts';
import type { Rule } from '../../src/domain/rules/kinds.ts';

const rule = (name: string, more: Pick<Rule, 'shadow'> = {}): Rule => ({
  name,
  kind: 'sustained',
  parameters: { above: 150, for: 1_000, clear_below: 140, clear_for: 5_000 },
  ...more,
});

const TEAM = [
  { id: '7', strap: { name: 'x' }, rules: [rule('high'), rule('higher'), rule('trial', { shadow: true })] },
  { id: '8', strap: { name: 'y' }, rules: [rule('high')] },
];

/** A team in which these athletes have all their alerts open. */
function engineWith(...alerting: string[]): RuleEngine {
  const engine = new RuleEngine(TEAM);
  for (const athlete of alerting) {
    for (const timeMs of [0, 1_000, 2_000]) {
      engine.step({
        athlete,
        strap: 'a09e1a000007',
        timeMs,
        monotonicMs: timeMs,
        bpm: 170,
        rrMs: [],
        contact: 'detected',
      });
    }
  }
  return engine;
}

const NOW = { timeMs: 5_000, sendNotes: false };
const seen = (more: Partial<AlertCommand> = {}) =>
  ({ athlete: '7', by: 'AT', action: 'acknowledge', ...more }) as AlertCommand;

test('without a rule all alerts that alarm are meant, with one that alone, and a rule on trial only by its name', () => {
  for (const [command, rules] of [
    [seen(), ['high', 'higher']],
    [seen({ rule: 'higher' }), ['higher']],
    [seen({ rule: 'trial' }), ['trial']],
    [seen({ athlete: '8' }), ['high']],
  ] as const) {
    const result = carryOut(command, engineWith('7', '8'), NOW);
    assert.ok(result.outcome === 'done');
    assert.deepEqual(
      result.alerts.map((alert) => [alert.event, alert.rule, alert.acknowledgedBy, alert.timeMs]),
      rules.map((name) => ['acknowledged', name, 'AT', 5_000]),
    );
  }
});

test('quiet lasts for as long as was asked for, and says who wants it', () => {
  const engine = engineWith('8');
  const result = carryOut({ athlete: '8', by: 'PT', action: 'snooze', forMs: 600_000 }, engine, NOW);
  assert.ok(result.outcome === 'done');
  const [alert] = result.alerts;
  assert.deepEqual([alert?.event, alert?.snoozedForMs, alert?.snoozedBy], ['snoozed', 600_000, 'PT']);
  assert.equal(alert?.acknowledgedBy, undefined, 'quiet is not notice');
});

test('who or what is not there is answered with what is, and nothing happens', () => {
  const engine = engineWith('8');
  assert.deepEqual(carryOut(seen({ athlete: '9' }), engine, NOW), { outcome: 'unknown-athlete', athletes: ['7', '8'] });
  assert.deepEqual(carryOut(seen({ rule: 'low' }), engine, NOW), {
    outcome: 'unknown-rule',
    rules: ['high', 'higher', 'trial'],
  });
  const nothing = { outcome: 'nothing-open', open: [{ athlete: '8', rule: 'high' }] };
  assert.deepEqual(carryOut(seen(), engine, NOW), nothing);
  assert.deepEqual(carryOut(seen({ rule: 'high' }), engine, NOW), nothing);
  assert.deepEqual(
    engine.openAlertsOf('8').map(({ acknowledged }) => acknowledged),
    [false],
  );
});

test('a note is said to leave only where notes may', () => {
  for (const sendNotes of [false, true]) {
    const result = carryOut(seen({ rule: 'high', note: 'sits down' } as object), engineWith('7'), {
      ...NOW,
      sendNotes,
    });
    assert.ok(result.outcome === 'done');
    const [alert] = result.alerts;
    assert.deepEqual([alert?.note, alert?.noteLeaves], ['sits down', sendNotes ? true : undefined]);
  }
});

test('a note is one line, and not endless', () => {
  for (const note of ['sits down', 'ö', '🏃‍♀️ läuft', 'x'.repeat(500)]) assert.match(note, NOTE_PATTERN);
  for (const note of ['', 'two\nlines', 'a\u001b[2Jb', 'a\u2028b', 'x'.repeat(501)])
    assert.doesNotMatch(note, NOTE_PATTERN);
});
