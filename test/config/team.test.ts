import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { loadTeam, teamOf } from '../../src/config/load.ts';
import { type KindDescriptions, KNOWN_KINDS } from '../../src/config/rule-schema.ts';
import { YamlFile } from '../../src/config/yaml-file.ts';
import { ATHLETE, configFolder, loadedValue, problemTexts, TEAM_HEAD } from './config-folder.ts';

const NOW_MS = Date.UTC(2026, 0, 31);

function team(text: string, kinds: KindDescriptions = KNOWN_KINDS) {
  return teamOf(new YamlFile('athletes.yaml', text, {}), kinds, NOW_MS);
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
      loadedValue(team(text)).map(({ rules: [rule] }) =>
        rule?.kind === 'average' ? rule.parameters.above : undefined,
      ),
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

describe('a limit in percent', () => {
  const limitOf = (heart: string, above: string, kind = 'average, window: 60s') => {
    const own = `    rules: { r: { kind: ${kind}, above: ${above} } }\n`;
    const [rule] = loadedValue(team(`athletes:\n${ATHLETE}    ${heart}\n${own}`))[0]?.rules ?? [];
    return [rule?.kind === 'average' ? rule.parameters.above : undefined, rule?.estimated];
  };

  test('of the maximum, or of the reserve above the heart rate at rest, is bpm once it is loaded', () => {
    assert.deepEqual(limitOf('heart_rate: { max: 196 }', '85 % max'), [166.6, undefined]);
    assert.deepEqual(limitOf('heart_rate: { max: 196 }', '62.5%max'), [122.5, undefined]);
    assert.deepEqual(limitOf('heart_rate: { max: 196, rest: 48 }', '60 % reserve'), [136.8, undefined]);
    assert.deepEqual(limitOf('heart_rate: { max: 196, rest: 48 }', '"100 % max"'), [196, undefined]);
  });

  test('of a maximum that was estimated from the age is marked', () => {
    assert.deepEqual(limitOf('age: 20', '50 % max'), [97, true]);
    // 21 years old, and 22 the day after.
    assert.deepEqual(limitOf('born: 2004-02-01', '100 % max'), [193.3, true]);
    assert.deepEqual(limitOf('born: 2004-01-31', '100 % max'), [192.6, true]);
    assert.deepEqual(limitOf('heart_rate: { rest: 60 }\n    age: 20', '50 % reserve'), [127, true]);
  });

  test('of a day of birth loads with a clock that has lost its time, far back or far ahead', () => {
    const own = 'born: 2004-05-17\n    rules: { r: { kind: average, window: 60s, above: 100 % max } }\n';
    for (const [nowMs, limit] of [
      [0, 193.3],
      [Date.UTC(2106, 1, 7), 186.3],
    ] as const) {
      const file = new YamlFile('athletes.yaml', `athletes:\n${ATHLETE}    ${own}`, {});
      const [rule] = loadedValue(teamOf(file, KNOWN_KINDS, nowMs))[0]?.rules ?? [];
      assert.equal(rule?.kind === 'average' && rule.parameters.above, limit);
    }
  });

  test('of a measured maximum is not marked, whatever the age', () => {
    assert.deepEqual(limitOf('heart_rate: { max: 196 }\n    age: 20', '50 % max'), [98, undefined]);
  });

  test('of the defaults is each athlete’s own', () => {
    const text = `defaults: { rules: { high: { kind: average, window: 60s, above: 85 % max } } }
athletes:
  - { id: a, strap: { name: A }, heart_rate: { max: 200 } }
  - { id: b, strap: { name: B }, age: 40 }
  - { id: c, strap: { name: C }, rules: { high: { above: 150 } } }
`;
    assert.deepEqual(
      loadedValue(team(text)).map(({ rules: [rule] }) => [
        rule?.kind === 'average' && rule.parameters.above,
        rule?.estimated,
      ]),
      [
        [170, undefined],
        [153, true],
        [150, undefined],
      ],
    );
  });

  test('is a ceiling where a maximum or a threshold of a treadmill test was measured', () => {
    const text = `athletes:
${ATHLETE}    heart_rate: { max: 196, treadmill_threshold: 160 }
    age: 20
    rules:
      stages:
        { kind: return-to-play, stage: 2, stage_1: 55 % max, stage_2: 80 % treadmill, set_by: A. Weber, set_on: 2026-01-31 }
`;
    assert.deepEqual(loadedValue(team(text))[0]?.rules, [
      {
        name: 'stages',
        kind: 'return-to-play',
        parameters: {
          stage: 2,
          stage_1: 107.8,
          stage_2: 128,
          set_by: 'A. Weber',
          set_on: '2026-01-31',
          for: 10_000,
          clear_for: 30_000,
        },
      },
    ]);
  });
});

test('how grave an alert is, whether it is on trial and how often it may come is said of a rule of any kind', () => {
  const own = '    rules: { r: { kind: signal, severity: critical, shadow: true, repeat: 5m } }\n';
  assert.deepEqual(loadedValue(team(`athletes:\n${ATHLETE}${own}`))[0]?.rules, [
    {
      name: 'r',
      kind: 'signal',
      parameters: { for: 30_000, clear_for: 5_000 },
      severity: 'critical',
      shadow: true,
      repeatMs: 300_000,
    },
  ]);
  const off = '    rules: { r: { kind: signal, severity: notice, shadow: false, repeat: 0s } }\n';
  const [rule] = loadedValue(team(`athletes:\n${ATHLETE}${off}`))[0]?.rules ?? [];
  assert.deepEqual([rule?.severity, rule?.shadow, rule?.repeatMs], ['notice', undefined, undefined]);
});

test('the rules of their page load, one of each kind and the athlete with stages', () => {
  const page = readFileSync(new URL('../../docs/rules.md', import.meta.url), 'utf8');
  const rows = [...page.matchAll(/`(\{ kind: (\S+), .*?\})` \|/g)];
  const [, stages = ''] = /```yaml\n([^`]*return-to-play[^`]*)```/.exec(page) ?? [];
  const own = rows.map(([, rule, kind]) => `      ${kind}: ${rule}\n`).join('');
  const rules = loadedValue(team(`athletes:\n${stages}${own}`))[0]?.rules ?? [];
  assert.deepEqual(new Set(rules.map(({ kind }) => kind)), new Set(Object.keys(KNOWN_KINDS)));
});

describe('a day on which ceilings were set', () => {
  const problemsOf = (day: string, nowMs: number, days: 'any' | 'not-to-come') => {
    const own = `    rules: { r: { kind: return-to-play, stage: 1, stage_1: 100, set_by: A. Weber, set_on: ${day} } }\n`;
    const loaded = teamOf(new YamlFile('athletes.yaml', `athletes:\n${ATHLETE}${own}`, {}), KNOWN_KINDS, nowMs, days);
    return loaded.ok ? 0 : loaded.problems.length;
  };

  test('is none to come, from when it is over wherever the file was written', () => {
    const noon = Date.UTC(2026, 0, 31, 12);
    assert.equal(problemsOf('2026-02-01', noon, 'not-to-come'), 0, 'it has begun on Kiribati');
    assert.equal(problemsOf('2026-02-01', noon - 2 * 3_600_000 - 1, 'not-to-come'), 1);
    assert.equal(problemsOf('2026-02-02', noon, 'not-to-come'), 1);
  });

  test('keeps no gateway from starting, nor a check by a clock that has lost its time from succeeding', () => {
    assert.equal(problemsOf('2026-02-02', NOW_MS, 'any'), 0);
    assert.equal(problemsOf('2026-02-02', 0, 'not-to-come'), 0);
    assert.equal(problemsOf('2106-02-02', Date.UTC(2106, 1, 1), 'not-to-come'), 0);
  });
});
