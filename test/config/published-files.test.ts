import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { parse } from 'yaml';
import { ATHLETES_EXAMPLE, TEAMS_EXAMPLE } from '../../src/config/examples.ts';
import { teamOf } from '../../src/config/load.ts';
import { publishedFiles } from '../../src/config/published-files.ts';
import { KNOWN_KINDS } from '../../src/config/rule-schema.ts';
import { YamlFile } from '../../src/config/yaml-file.ts';
import { faults } from './json-schema-faults.ts';

/** JSON is YAML. */
const fileOf = (data: unknown) => new YamlFile('athletes.yaml', JSON.stringify(data), {});

const ROOT = new URL('../../', import.meta.url);

describe('what the repository publishes', () => {
  const files = [...publishedFiles()];

  test('are the seven schemas and the reference pages', () => {
    assert.deepEqual(
      files.map(([path]) => path),
      [
        'docs/schema/gateway.schema.json',
        'docs/schema/athletes.schema.json',
        'docs/schema/message-v1.schema.json',
        'docs/schema/topic-alert-v1.schema.json',
        'docs/schema/status-v1.schema.json',
        'docs/schema/control-request-v1.schema.json',
        'docs/schema/control-answer-v1.schema.json',
        'docs/reference/configuration.md',
        'docs/reference/log-events.md',
      ],
    );
  });

  for (const [path, content] of files) {
    test(`${path} is up to date`, () => {
      assert.equal(readFileSync(new URL(path, ROOT), 'utf8'), content, 'run npm run schemas');
    });
  }
});

describe('the published schema of the athletes file', () => {
  const schema = JSON.parse(publishedFiles().get('docs/schema/athletes.schema.json') ?? '');

  test('knows the keys of each kind of rule, wherever a rule may stand', () => {
    const [average] = schema.$defs.rule.anyOf;
    assert.deepEqual(Object.keys(average.properties), [
      ...['kind', 'window', 'slide', 'above', 'below', 'clear_below', 'clear_above', 'coverage'],
      ...['severity', 'shadow', 'repeat', 'responses'],
    ]);
    assert.equal(average.required, undefined);
    assert.equal(typeof average.properties.above.description, 'string');
    assert.equal(average.additionalProperties, false);
    const { presets, defaults, teams, athletes } = schema.properties;
    for (const holder of [presets.additionalProperties, defaults, teams.additionalProperties, athletes.items]) {
      assert.deepEqual(holder.properties.rules.additionalProperties, { $ref: '#/$defs/rule' });
    }
  });

  const athlete = { id: '7', strap: { name: 'X' } };
  const average = { kind: 'average', window: '60s', above: 120 };

  test('lets through what loads', () => {
    const [rules, changed] = [{ r: average }, { r: { above: '85 % max' } }];
    const old = { ...athlete, heart_rate: { max: 196 } };
    for (const file of [
      parse(ATHLETES_EXAMPLE),
      parse(TEAMS_EXAMPLE),
      { athletes: [{ ...athlete, rules }] },
      { defaults: { rules }, athletes: [{ ...athlete, rules: { r: { above: 150 }, s: average } }] },
      { presets: { p: { rules } }, defaults: { use: ['p'], rules: changed }, athletes: [old] },
      { defaults: { rules: { ...rules, s: average } }, teams: { t: { rules: { r: 'off' } } }, athletes: [athlete] },
    ]) {
      assert.ok(teamOf(fileOf(file), KNOWN_KINDS, 0).ok);
      assert.deepEqual(faults(schema, file), []);
    }
  });

  test('refuses what does not load, where the form alone shows it', () => {
    const good = { defaults: { rules: { r: average } }, athletes: [athlete] };
    for (const [file, place] of [
      [{ ...good, team: {} }, ''],
      [{ ...good, teams: { u16: { uses: [] } } }, '/teams/u16'],
      [{ ...good, teams: { 'U 16': {} } }, '/teams'],
      [{ ...good, teams: { u16: { use: 'a' } } }, '/teams/u16/use'],
      [{ ...good, presets: { a: { use: ['b'], rules: {} } } }, '/presets/a'],
      [{ ...good, presets: { a: { rules: { r: { kind: 'averge' } } } } }, '/presets/a/rules/r'],
      [{ ...good, athletes: [{ ...athlete, team: ['a'] }] }, '/athletes/0/team'],
      [{ ...good, athletes: [{ ...athlete, use: Array(11).fill('a') }] }, '/athletes/0/use'],
      [{ ...good, athletes: [{ ...athlete, rules: { r: 'no' } }] }, '/athletes/0/rules/r'],
      [{ ...good, athletes: [{ ...athlete, rules: { r: { above: 1200 } } }] }, '/athletes/0/rules/r'],
      [{ ...good, athletes: [{ ...athlete, rules: { r: { colour: 'red' } } }] }, '/athletes/0/rules/r'],
      [{ ...good, defaults: { rules: { r: { above: 120 } } } }, '/defaults'],
    ] as const) {
      assert.ok(!teamOf(fileOf(file), KNOWN_KINDS, 0).ok);
      assert.deepEqual(faults(schema, file), [place]);
    }
  });

  test('lets an environment variable stand where a pattern is asked for', () => {
    const pattern = new RegExp(schema.properties.athletes.items.properties.strap.properties.address.pattern, 'u');
    assert.match(['$', '{STRAP_7}'].join(''), pattern);
    assert.match('a0:9e:1a:00:00:07', pattern);
    assert.doesNotMatch('a0:9e', pattern);
  });
});
