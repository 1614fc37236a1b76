import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { referenceTo } from '../../src/config/environment.ts';
import { TEAMS_EXAMPLE } from '../../src/config/examples.ts';
import type { ExplainedAthlete } from '../../src/config/explanation.ts';
import { explainConfiguration } from '../../src/config/load.ts';
import { configFolder, GATEWAY_HEAD, loadedValue, problemTexts } from './config-folder.ts';

const NOW_MS = Date.UTC(2026, 0, 31);
const GATEWAY = `${GATEWAY_HEAD}uplink: { kind: mqtt, url: mqtt://127.0.0.1:1883 }\n`;

describe('an explanation', () => {
  const explain = (t: Parameters<typeof configFolder>[0], athletes: string) => {
    const folder = configFolder(t, { 'gateway.yaml': GATEWAY, 'athletes.yaml': athletes });
    return explainConfiguration(join(folder, 'gateway.yaml'), { LIMIT: '85 % max' }, NOW_MS);
  };
  const values = (athlete: ExplainedAthlete | undefined, rule: string) =>
    athlete?.rules.find(({ name }) => name === rule)?.values;

  test('has the line of each value, whoever wrote it, and what is usual where nobody did', (t) => {
    const [seven] = loadedValue(explain(t, TEAMS_EXAMPLE)).explained;
    const contact = { layer: 'preset', name: 'contact-sport', line: 4 };
    assert.deepEqual(values(seven, 'high-average'), [
      { key: 'kind', value: 'average', from: contact },
      { key: 'window', value: '60s', from: contact },
      {
        key: 'above',
        value: '75 % max',
        bpm: 150.8,
        restsOn: [{ name: 'max', bpm: 201, line: 22 }],
        from: { layer: 'preset', name: 'returning', line: 9 },
      },
      { key: 'severity', value: 'critical', from: { layer: 'preset', name: 'returning', line: 9 } },
      { key: 'coverage', value: 0.5, from: { layer: 'usual' } },
    ]);
    assert.deepEqual(seven?.off, [{ name: 'sprint', from: { layer: 'team', name: 'u16', line: 16 } }]);
    assert.deepEqual(
      [seven?.line, seven?.team, seven?.layers],
      [
        18,
        'u16',
        [
          { layer: 'preset', name: 'contact-sport' },
          { layer: 'team', name: 'u16' },
          { layer: 'preset', name: 'returning' },
        ],
      ],
    );
  });

  test('marks what rests on an estimate, and has the line of the age', (t) => {
    const [, eight, twentyOne] = loadedValue(explain(t, TEAMS_EXAMPLE)).explained;
    assert.deepEqual(
      values(eight, 'high-average')?.find(({ key }) => key === 'above'),
      {
        key: 'above',
        value: '85 % max',
        bpm: 167.9,
        restsOn: [{ name: 'max', bpm: 197.5, estimated: true, line: 26 }],
        from: { layer: 'team', name: 'u16', line: 15 },
      },
    );
    assert.deepEqual(
      values(twentyOne, 'high-average')?.find(({ key }) => key === 'above'),
      { key: 'above', value: 160, from: { layer: 'athlete', line: 31 } },
    );
  });

  test('names all the numbers that a limit is a part of', (t) => {
    const [athlete] = loadedValue(
      explain(
        t,
        `athletes:
  - id: "7"
    strap: { name: X }
    heart_rate:
      rest: 50
      treadmill_threshold: 170
    born: 2005-03-04
    rules:
      zone: { kind: sustained, above: 60 % reserve, for: 30s }
      stages: { kind: return-to-play, stage: 1, stage_1: 80 % treadmill, set_by: A. Weber, set_on: 2026-01-31 }
`,
      ),
    ).explained;
    assert.deepEqual(
      [...(values(athlete, 'zone') ?? []), ...(values(athlete, 'stages') ?? [])].flatMap(({ restsOn = [] }) => restsOn),
      [
        { name: 'max', bpm: 194, estimated: true, line: 7 },
        { name: 'rest', bpm: 50, line: 5 },
        { name: 'treadmill_threshold', bpm: 170, line: 6 },
      ],
    );
  });

  test('has neither names nor texts about persons', (t) => {
    const { explained } = loadedValue(
      explain(
        t,
        `athletes:
  - id: "7"
    name: J. Smith
    strap: { name: Strap of J. Smith }
    rules:
      stages: { kind: return-to-play, stage: 1, stage_1: 100, set_by: A. Weber, set_on: 2026-01-31 }
`,
      ),
    );
    assert.doesNotMatch(JSON.stringify(explained), /Smith|Weber/);
    assert.deepEqual(
      values(explained[0], 'stages')?.find(({ key }) => key === 'set_by'),
      { key: 'set_by', from: { layer: 'athlete', line: 6 } },
    );
  });

  test('has the line where an anchor stands, and the value of a variable', (t) => {
    const { explained } = loadedValue(
      explain(
        t,
        `athletes:
  - id: "7"
    strap: { name: X }
    heart_rate: { max: 200 }
    rules: &own
      high: { kind: average, window: 60s, above: "${referenceTo('LIMIT')}" }
  - { id: "8", strap: { name: Y }, age: 20, rules: *own }
`,
      ),
    );
    assert.deepEqual(
      explained.map((athlete) => {
        const above = values(athlete, 'high')?.find(({ key }) => key === 'above');
        return [above?.value, above?.bpm, above?.from];
      }),
      [
        ['85 % max', 170, { layer: 'athlete', line: 6 }],
        ['85 % max', 164.9, { layer: 'athlete', line: 6 }],
      ],
    );
  });

  test('names teams that nobody is in and presets that nothing uses', (t) => {
    const { unused } = loadedValue(
      explain(
        t,
        `presets: { a: { rules: {} }, b: { rules: {} }, c: { rules: {} }, d: { rules: {} } }
defaults: { use: [a], rules: { r: { kind: signal } } }
teams: { u16: { use: [b] }, u12: {} }
athletes:
  - { id: "7", strap: { name: X }, team: u16, use: [c] }
`,
      ),
    );
    assert.deepEqual(unused, { teams: ['u12'], presets: ['d'] });
  });

  test('is none of a file with problems', (t) => {
    assert.deepEqual(problemTexts(explain(t, 'athletes: []\n')).length, 1);
  });
});
