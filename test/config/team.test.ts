import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { loadTeam, teamOf } from '../../src/config/load.ts';
import { type KindDescriptions, KNOWN_KINDS } from '../../src/config/rule-schema.ts';
import { YamlFile } from '../../src/config/yaml-file.ts';
import { ATHLETE, configFolder, loadedValue, problemTexts, TEAM_HEAD } from './config-folder.ts';

function team(text: string, kinds: KindDescriptions = KNOWN_KINDS) {
  return teamOf(new YamlFile('athletes.yaml', text, {}), kinds);
}

describe('the rules of an athlete', () => {
  test('are the defaults, changed only in what differs', () => {
    const [athlete] = loadedValue(
      team(`${TEAM_HEAD}${ATHLETE}    rules: { high-average: { above: 165.5, coverage: 0.25 } }\n`),
    );
    assert.deepEqual(athlete?.rules, [
      { name: 'high-average', kind: 'average', parameters: { window: 60_000, above: 165.5, coverage: 0.25 } },
    ]);
  });

  test('may add a rule to the defaults, which come first', () => {
    const own = '    rules: { low: { kind: average, window: 2m, below: 40 } }\n';
    const [athlete] = loadedValue(team(TEAM_HEAD + ATHLETE + own));
    assert.deepEqual(athlete?.rules, [
      { name: 'high-average', kind: 'average', parameters: { window: 60_000, above: 120, coverage: 0.5 } },
      { name: 'low', kind: 'average', parameters: { window: 120_000, below: 40, coverage: 0.5 } },
    ]);
  });

  test('need no defaults', () => {
    const own = '    rules: { low: { kind: average, window: 1h, below: 40 } }\n';
    assert.equal(loadedValue(team(`athletes:\n${ATHLETE}${own}`))[0]?.rules.length, 1);
  });

  test('complete a default that leaves the limit to each athlete', () => {
    const head = 'defaults: { rules: { high: { kind: average, window: 60s } } }\nathletes:\n';
    const [athlete] = loadedValue(team(`${head}${ATHLETE}    rules: { high: { above: 150 } }\n`));
    assert.deepEqual(athlete?.rules[0]?.parameters, { window: 60_000, above: 150, coverage: 0.5 });
  });

  test('may be shared with an anchor', () => {
    const text = `${TEAM_HEAD}  - { id: a, strap: { name: A }, rules: &forwards { high-average: { above: 170 } } }
  - { id: b, strap: { name: B }, rules: *forwards }
`;
    assert.deepEqual(
      loadedValue(team(text)).map(({ rules }) => rules[0]?.parameters.above),
      [170, 170],
    );
  });

  test('of a kind that is new need nothing from the configuration but its description', () => {
    const kinds: KindDescriptions = {
      ...KNOWN_KINDS,
      sudden: {
        summary: 'A jump between two readings.',
        parameters: {
          by: { type: 'bpm', summary: 'The jump.', min: 5, max: 100, required: true },
          within: { type: 'duration', summary: 'How fast.', min: 1_000, max: 10_000, default: 5_000 },
        },
        atLeastOneOf: [],
      },
    };
    const own = (rule: string) => `${TEAM_HEAD}${ATHLETE}    rules: { high-average: ${rule} }\n`;
    // A rule of another kind replaces the default, whose window and limit mean nothing to it.
    assert.deepEqual(loadedValue(team(own('{ kind: sudden, by: 30 }'), kinds))[0]?.rules, [
      { name: 'high-average', kind: 'sudden', parameters: { by: 30, within: 5_000 } },
    ]);
    assert.deepEqual(problemTexts(team(own('{ kind: sudden, within: 1m }'), kinds)), [
      'athletes.yaml:6:14: "by" in rule "high-average" of athlete "7" is missing; add "by"',
      'athletes.yaml:6:52: "within" in rule "high-average" of athlete "7" is "1m", which is too long; write a duration from 1s to 10s',
    ]);
  });
});

describe('a strap', () => {
  const strapOf = (strap: string) => loadedValue(team(`${TEAM_HEAD}  - { id: a, strap: ${strap} }\n`))[0]?.strap;

  test('has its address as twelve lower-case hex digits, however it was written', () => {
    for (const written of ['"A0:9E:1A:00:00:07"', 'a0:9e:1a:00:00:07', 'A09E1A000007', '"a09e1a000007"']) {
      assert.deepEqual(strapOf(`{ address: ${written} }`), { address: 'a09e1a000007' });
    }
  });

  test('keeps its name and its serial number as they are', () => {
    assert.deepEqual(strapOf('{ name: "Polar H10 1234ABCD" }'), { name: 'Polar H10 1234ABCD' });
    assert.deepEqual(strapOf('{ serial: "0012" }'), { serial: '0012' });
  });
});

test('a team of 200 loads', (t) => {
  const athletes = Array.from({ length: 200 }, (_, n) => `  - { id: a${n}, strap: { name: S${n} } }\n`).join('');
  const folder = configFolder(t, { 'athletes.yaml': TEAM_HEAD + athletes });
  assert.equal(loadedValue(loadTeam(join(folder, 'athletes.yaml'), {})).length, 200);
});
