import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { rulesText } from '../../src/cli/rules-text.ts';
import type { ExplainedAthlete } from '../../src/config/explanation.ts';
import { explainedAthletes } from './explained-athletes.ts';

const DEFAULTS = `defaults:
  rules:
    high-average: { kind: average, window: 60s, above: 90 % max }
    low: { kind: average, window: 60s, below: 40, severity: critical, repeat: 5m }
`;

function text(athletes: readonly ExplainedAthlete[], columns = 80): string {
  return rulesText(athletes, columns).map(stripVTControlCharacters).join('\n');
}

describe('the rules of a team as a table', () => {
  test('are said once for those who have the same, and what a part of the maximum is for each', (t) => {
    const team = explainedAthletes(
      t,
      `${DEFAULTS}athletes:
  - { id: "4", strap: { name: A }, heart_rate: { max: 190 } }
  - { id: "7", strap: { name: B }, heart_rate: { max: 200 }, rules: { high-average: { above: 165 } } }
  - { id: "5", strap: { name: C }, age: 20 }
`,
    );
    assert.equal(
      text(team),
      `
2 athletes: 4, 5
  high-average  average  window 60s, above 90 % max
                         above for 4: 171, 5: 174.6 estimated
  low           average  window 60s, below 40, critical, repeat 5m

athlete 7
  high-average  average  window 60s, above 165
  low           average  window 60s, below 40, critical, repeat 5m
`,
    );
  });

  test('are apart for teams, with what is switched off', (t) => {
    const team = explainedAthletes(
      t,
      `${DEFAULTS}teams: { u16: { rules: { low: off } }, first: {} }
athletes:
  - { id: "4", strap: { name: A }, team: u16, age: 15 }
  - { id: "5", strap: { name: B }, team: u16, age: 16 }
  - { id: "7", strap: { name: C }, heart_rate: { max: 200 }, rules: { low: { shadow: true } } }
  - { id: "8", strap: { name: D }, team: first, heart_rate: { max: 200 }, rules: { low: { shadow: true } } }
`,
    );
    assert.equal(
      text(team),
      `
2 athletes of team u16: 4, 5
  high-average  average  window 60s, above 90 % max
                         above, estimated, for 4: 177.8, 5: 177.1
  low           off

athlete 7
  high-average  average  window 60s, above 90 % max (180)
  low           average  window 60s, below 40, critical, on trial, repeat 5m

athlete 8 of team first
  high-average  average  window 60s, above 90 % max (180)
  low           average  window 60s, below 40, critical, on trial, repeat 5m
`,
    );
  });

  test('stay within the width of the terminal, whoever has them', (t) => {
    const athletes = Array.from(
      { length: 60 },
      (_, n) => `  - { id: a${n}, strap: { name: S${n} }, age: ${15 + n} }\n`,
    );
    const team = explainedAthletes(t, `${DEFAULTS}athletes:\n${athletes.join('')}`);
    for (const line of text(team).split('\n')) assert.ok(line.length <= 80, line);
    for (let n = 0; n < 60; n++) assert.match(text(team), new RegExp(`a${n}: \\d`));
  });

  test('have no texts about persons', (t) => {
    const team = explainedAthletes(
      t,
      `athletes:
  - id: "7"
    name: J. Smith
    strap: { name: A }
    rules: { stages: { kind: return-to-play, stage: 1, stage_1: 100, set_by: A. Weber, set_on: 2026-01-31 } }
`,
    );
    assert.equal(
      text(team),
      `
athlete 7
  stages  return-to-play  stage 1, stage_1 100, set_on 2026-01-31
`,
    );
  });
});
