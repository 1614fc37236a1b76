import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { explanationText } from '../../src/cli/explanation-text.ts';
import { TEAMS_EXAMPLE } from '../../src/config/examples.ts';
import type { ExplainedAthlete } from '../../src/config/explanation.ts';
import { explainedAthletes } from './explained-athletes.ts';

function text(athlete: ExplainedAthlete | undefined): string {
  assert.ok(athlete);
  return explanationText('athletes.yaml', athlete).map(stripVTControlCharacters).join('\n');
}

test('an athlete’s rules are shown with the line and the layer of each value', (t) => {
  assert.equal(
    text(explainedAthletes(t, TEAMS_EXAMPLE)[0]),
    `athlete 7 of team u16, athletes.yaml:18
rules from, a later one changing what those before it say:
  preset contact-sport, team u16, preset returning

high-average
  kind      average   athletes.yaml:4   preset contact-sport
  window    60s       athletes.yaml:4   preset contact-sport
  above     75 % max  athletes.yaml:9   preset returning
            = 150.8 bpm, with max 201, measured (athletes.yaml:22)
  severity  critical  athletes.yaml:9   preset returning
  coverage  0.5       usual

low-average
  kind      average   athletes.yaml:5   preset contact-sport
  window    60s       athletes.yaml:5   preset contact-sport
  below     40        athletes.yaml:5   preset contact-sport
  coverage  0.5       usual
  severity  warning   usual

sprint      off       athletes.yaml:16  team u16`,
  );
});

test('a long path is shown once, so that the columns stay on the screen', (t) => {
  const [athlete] = explainedAthletes(t, TEAMS_EXAMPLE);
  assert.ok(athlete);
  const [head = '', ...lines] = explanationText('../../etc/sideline/athletes.yaml', athlete).map(
    stripVTControlCharacters,
  );
  assert.equal(head, 'athlete 7 of team u16, ../../etc/sideline/athletes.yaml:18');
  assert.doesNotMatch(lines.join('\n'), /etc/);
  for (const line of lines) assert.ok(line.length <= 80, line);
});

test('a limit says what it rests on, an estimate is called one, and who has set a ceiling is not told', (t) => {
  const [athlete] = explainedAthletes(
    t,
    `defaults: { rules: { zone: { kind: sustained, above: 60 % reserve, for: 30s } } }
athletes:
  - id: "7"
    strap: { name: X }
    age: 20
    heart_rate: { rest: 50 }
    rules: { stages: { kind: return-to-play, stage: 1, stage_1: 100, set_by: A. Weber, set_on: 2026-01-31 } }
`,
  );
  assert.equal(
    text(athlete),
    `athlete 7, athletes.yaml:3
rules from, a later one changing what those before it say:
  defaults, own entry

zone
  kind       sustained       athletes.yaml:1  defaults
  above      60 % reserve    athletes.yaml:1  defaults
             = 136.4 bpm, with max 194, estimated from the age (athletes.yaml:5)
               and rest 50 (athletes.yaml:6)
  for        30s             athletes.yaml:1  defaults
  clear_for  10s             usual
  severity   warning         usual

stages
  kind       return-to-play  athletes.yaml:7  own entry
  stage      1               athletes.yaml:7  own entry
  stage_1    100             athletes.yaml:7  own entry
  set_by     not shown here  athletes.yaml:7  own entry
  set_on     2026-01-31      athletes.yaml:7  own entry
  for        10s             usual
  clear_for  30s             usual
  severity   warning         usual`,
  );
});
