import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { teamOf } from '../../src/config/load.ts';
import { KNOWN_KINDS } from '../../src/config/rule-schema.ts';
import { YamlFile } from '../../src/config/yaml-file.ts';
import { loadedValue, problemTexts } from './config-folder.ts';

const NOW_MS = Date.UTC(2026, 0, 31);

function load(text: string) {
  return teamOf(new YamlFile('athletes.yaml', text, {}), KNOWN_KINDS, NOW_MS);
}

/** What each athlete is held against, by id: the parameters of their rules by name. */
function limits(text: string): Record<string, Record<string, object>> {
  const rulesOf = loadedValue(load(text)).map(({ id, rules }) => [
    id,
    Object.fromEntries(rules.map(({ name, parameters }) => [name, parameters])),
  ]);
  return Object.fromEntries(rulesOf);
}

const window = { window: 60_000, coverage: 0.5 };

describe('the rules of an athlete with teams and presets', () => {
  test('are changed by what the defaults use, the defaults, the team’s presets, the team, own presets and own rules, in this order', () => {
    const layers = ['a', 'defaults', 'c', 'team', 'e', 'own'];
    for (const [height, last] of layers.entries()) {
      // Each layer up to this one writes the limit; those above write something else.
      const rule = (layer: string) => {
        const at = layers.indexOf(layer);
        return `{ r: { ${at === 0 ? 'kind: average, window: 60s, ' : ''}${at <= height ? `above: ${100 + at}` : 'severity: notice'} } }`;
      };
      const text = `presets:
  a: { rules: ${rule('a')} }
  c: { rules: ${rule('c')} }
  e: { rules: ${rule('e')} }
defaults: { use: [a], rules: ${rule('defaults')} }
teams: { u16: { use: [c], rules: ${rule('team')} } }
athletes:
  - { id: "7", strap: { name: X }, team: u16, use: [e], rules: ${rule('own')} }
`;
      assert.deepEqual(limits(text), { '7': { r: { ...window, above: 100 + height } } }, last);
    }
  });

  test('are those of one’s own team and of what one uses oneself', () => {
    const text = `presets:
  returning: { rules: { high: { above: 130 } } }
defaults: { rules: { high: { kind: average, window: 60s, above: 180 } } }
teams:
  u16: { rules: { high: { above: 160 } } }
  first: {}
athletes:
  - { id: none, strap: { name: A } }
  - { id: first, strap: { name: B }, team: first }
  - { id: u16, strap: { name: C }, team: u16 }
  - { id: both, strap: { name: D }, team: u16, use: [returning] }
`;
    assert.deepEqual(
      Object.values(limits(text)).map((rules) => rules['high']),
      [180, 180, 160, 130].map((above) => ({ ...window, above })),
    );
  });

  test('take a later preset of a list over an earlier one', () => {
    const text = (use: string) => `presets:
  a: { rules: { r: { kind: average, window: 60s, above: 150 } } }
  b: { rules: { r: { kind: average, window: 60s, above: 160, coverage: 0.2 } } }
athletes:
  - { id: "7", strap: { name: A }, use: [${use}] }
`;
    assert.deepEqual(limits(text('a, b'))['7'], { r: { window: 60_000, above: 160, coverage: 0.2 } });
    assert.deepEqual(limits(text('b, a'))['7'], { r: { window: 60_000, above: 150, coverage: 0.2 } });
  });

  test('of another kind replace what is below, and what is above changes the new kind', () => {
    const text = `defaults: { rules: { r: { kind: average, window: 60s, above: 150, severity: critical } } }
teams: { u16: { rules: { r: { kind: sustained, above: 170, for: 30s } } } }
athletes:
  - { id: "7", strap: { name: A }, team: u16, rules: { r: { for: 1m } } }
`;
    const [athlete] = loadedValue(load(text));
    assert.deepEqual(athlete?.rules, [
      { name: 'r', kind: 'sustained', parameters: { above: 170, for: 60_000, clear_for: 10_000 } },
    ]);
  });

  test('may be switched off for a team or an athlete, and are on again as they were for who says anything of them', () => {
    const text = `presets: { calm: { rules: { sprint: off } } }
defaults:
  rules:
    high: { kind: average, window: 60s, above: 150 }
    sprint: { kind: average, window: 60s, above: 180 }
teams: { u16: { rules: { sprint: off } } }
athletes:
  - { id: all, strap: { name: A } }
  - { id: team, strap: { name: B }, team: u16 }
  - { id: preset, strap: { name: C }, use: [calm] }
  - { id: own, strap: { name: D }, rules: { high: off } }
  - { id: twice, strap: { name: E }, team: u16, rules: { sprint: off } }
  - { id: again, strap: { name: F }, team: u16, rules: { sprint: { coverage: 0.2 } } }
  - { id: same, strap: { name: G }, team: u16, rules: { sprint: {} } }
`;
    const high = { ...window, above: 150 };
    const sprint = { ...window, above: 180 };
    assert.deepEqual(limits(text), {
      all: { high, sprint },
      team: { high },
      preset: { high },
      own: { sprint },
      twice: { high },
      again: { high, sprint: { ...sprint, coverage: 0.2 } },
      same: { high, sprint },
    });
  });

  test('are nobody’s business where no athlete is in the team and nothing uses the preset', () => {
    const text = `presets: { returning: { rules: { sprint: { above: 140 }, gone: off } } }
defaults: { rules: { high: { kind: average, window: 60s, above: 150 } } }
teams: { u12: {} }
athletes:
  - { id: "7", strap: { name: A } }
`;
    assert.deepEqual(limits(text), { '7': { high: { ...window, above: 150 } } });
  });

  test('may have any name that a rule may have, such as those of everything that a map inherits', () => {
    const text = `presets: { constructor: { rules: { toString: { kind: average, window: 60s, above: 150 } } } }
teams: { rules: { use: [constructor], rules: { toString: { above: 160 } } } }
athletes:
  - { id: "7", strap: { name: A }, team: rules }
`;
    assert.deepEqual(limits(text)['7'], { toString: { ...window, above: 160 } });
    const inherited = text.replace('team: rules', 'team: valueOf');
    assert.deepEqual(problemTexts(load(inherited)), [
      'athletes.yaml:4:42: athlete "7" is in the unknown team "valueOf"; known here: rules',
    ]);
  });

  test('are what a plain look from the last layer to the first finds for each key', () => {
    const keys = { above: [150, 160, 170], coverage: [0.2, 0.4], severity: ['notice', 'critical'] };
    const part = fc.record(
      {
        above: fc.constantFrom(...keys.above),
        coverage: fc.constantFrom(...keys.coverage),
        severity: fc.constantFrom(...keys.severity),
      },
      { requiredKeys: [] },
    );
    const layer = fc.option(fc.oneof({ weight: 4, arbitrary: part }, { weight: 1, arbitrary: fc.constant('off') }), {
      nil: undefined,
    });
    fc.assert(
      fc.property(fc.array(layer, { minLength: 6, maxLength: 6 }), (layers) => {
        const rules = layers.map((said) => (said === undefined ? {} : { r: said }));
        const [a, defaults, c, team, e, own] = rules;
        const whole = { r: { kind: 'average', window: '60s', above: 120 }, other: { kind: 'signal' } };
        const file = {
          presets: { whole: { rules: whole }, a: { rules: a }, c: { rules: c }, e: { rules: e } },
          defaults: { use: ['whole', 'a'], rules: defaults },
          teams: { u16: { use: ['c'], rules: team } },
          athletes: [{ id: '7', strap: { name: 'X' }, team: 'u16', use: ['e'], rules: own }],
        };
        const [athlete] = loadedValue(load(JSON.stringify(file)));
        const rule = athlete?.rules.find(({ name }) => name === 'r');
        const said = layers.filter((each) => each !== undefined);
        if (said.at(-1) === 'off') return rule === undefined;
        const last = (key: 'above' | 'coverage' | 'severity') =>
          said.flatMap((each) => (typeof each === 'object' ? (each[key] ?? []) : [])).at(-1);
        assert.deepEqual(rule?.parameters, {
          window: 60_000,
          above: last('above') ?? 120,
          coverage: last('coverage') ?? 0.5,
        });
        assert.equal(rule?.severity, last('severity'));
        return true;
      }),
    );
  });
});

test('two hundred athletes with ten presets each load', () => {
  const names = Array.from({ length: 10 }, (_, n) => `p${n}`);
  const presets = names.map(
    (name, n) => `  ${name}: { rules: { r${n}: { kind: average, window: 60s, above: 150 } } }\n`,
  );
  const athletes = Array.from(
    { length: 200 },
    (_, n) => `  - { id: a${n}, strap: { name: S${n} }, use: [${names.join(', ')}] }\n`,
  );
  const team = loadedValue(load(`presets:\n${presets.join('')}athletes:\n${athletes.join('')}`));
  assert.deepEqual(new Set(team.map(({ rules }) => rules.length)), new Set([10]));
});

test('more rules than anybody has for an athlete are refused, once, where they are too many', () => {
  const rules = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, n) => `r${from + n}: { kind: signal }`).join(', ');
  const text = `defaults: { rules: { ${rules(0, 90)} } }
teams: { u16: { rules: { ${rules(80, 100)} } } }
presets: { p: { rules: { ${rules(95, 101)} } } }
athletes:
`;
  const athlete = (id: string, more: string) => `  - { id: "${id}", strap: { name: S${id} }, team: u16${more} }\n`;
  assert.equal(loadedValue(load(text + athlete('7', '')))[0]?.rules.length, 100);
  assert.deepEqual(problemTexts(load(text + athlete('7', ', use: [p]') + athlete('8', ', use: [p]'))), [
    'athletes.yaml:3:17: "rules" of preset "p" brings the rules of an athlete to 101, more than 100; remove some',
  ]);
});

test('more teams or presets than a club has are refused', () => {
  const many = (key: string, entry: string) =>
    `${key}: { ${Array.from({ length: 51 }, (_, n) => `n${n}: ${entry}`).join(', ')} }\n`;
  const athletes = 'athletes:\n  - { id: "7", strap: { name: X }, rules: { r: { kind: signal } } }\n';
  assert.deepEqual(problemTexts(load(many('presets', '{ rules: {} }') + many('teams', '{}') + athletes)), [
    'athletes.yaml:1:10: "presets" has more than 50; remove the others',
    'athletes.yaml:2:8: "teams" has more than 50; remove the others',
  ]);
});

test('whatever stands in the place of teams, presets and rules is told as a problem, and nothing else happens', () => {
  const rule = fc.oneof(
    fc.constantFrom('off', 'no', null, {}, { kind: 'signal' }, { kind: 'averge' }, { above: 100 }, { kind: null }),
    fc.jsonValue({ maxDepth: 2 }),
  );
  const name = fc.constantFrom('a', 'b', 'toString', 'a b', '');
  const rules = fc.oneof({ weight: 4, arbitrary: fc.dictionary(name, rule) }, fc.jsonValue({ maxDepth: 1 }));
  const use = fc.oneof(
    { weight: 4, arbitrary: fc.array(fc.oneof(name, fc.jsonValue({ maxDepth: 1 }))) },
    fc.jsonValue(),
  );
  const entry = fc.oneof(
    { weight: 6, arbitrary: fc.record({ use, rules, team: fc.oneof(name, fc.jsonValue()) }, { requiredKeys: [] }) },
    fc.jsonValue({ maxDepth: 1 }),
  );
  const map = fc.oneof({ weight: 4, arbitrary: fc.dictionary(name, entry) }, fc.jsonValue({ maxDepth: 1 }));
  const athletes = fc.array(entry, { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(map, map, entry, athletes, (presets, teams, defaults, entries) => {
      const file = {
        ...{ presets, teams, defaults },
        athletes: entries.map((each, n) =>
          typeof each === 'object' && !Array.isArray(each) ? { id: `a${n}`, strap: { name: `S${n}` }, ...each } : each,
        ),
      };
      const loaded = load(JSON.stringify(file));
      assert.ok(loaded.ok || loaded.problems.length > 0);
      for (const text of problemTexts(loaded)) assert.match(text, /^athletes\.yaml:\d+:\d+: .+; .+$/);
    }),
    { numRuns: 300 },
  );
});
