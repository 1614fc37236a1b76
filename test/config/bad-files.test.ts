import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { explainConfiguration, loadConfiguration, loadTeam } from '../../src/config/load.ts';
import { BAD_ATHLETES_FILES } from './bad-athletes-files.ts';
import { BAD_GATEWAY_FILES } from './bad-gateway-files.ts';
import { BAD_RESPONSES_FILES } from './bad-responses-files.ts';
import { BAD_RULES_FILES } from './bad-rules-files.ts';
import { BAD_TEAMS_FILES } from './bad-teams-files.ts';
import { ATHLETE, configFolder, GATEWAY_HEAD, problemTexts, TEAM_HEAD } from './config-folder.ts';

/** By which ages are counted. */
const NOW_MS = Date.UTC(2026, 0, 31);

const GOOD_TEAM = TEAM_HEAD + ATHLETE;
const LOCAL_BROKER = 'uplink: { kind: mqtt, url: mqtt://127.0.0.1:1883 }\n';

describe('an athletes file is refused, with place and remedy, for', () => {
  for (const { title, text, problems } of [...BAD_ATHLETES_FILES, ...BAD_RULES_FILES, ...BAD_TEAMS_FILES]) {
    test(title, (t) => {
      const folder = configFolder(t, { 'athletes.yaml': text });
      assert.deepEqual(
        problemTexts(loadTeam(join(folder, 'athletes.yaml'), {}, NOW_MS, 'not-to-come'), folder),
        problems,
      );
      assert.notEqual(problems.length, 0);
    });
  }
});

describe('a gateway file is refused, with place and remedy, for', () => {
  for (const { title, text, problems } of [...BAD_GATEWAY_FILES, ...BAD_RESPONSES_FILES]) {
    test(title, (t) => {
      const folder = configFolder(t, { 'gateway.yaml': text, 'athletes.yaml': GOOD_TEAM, 'a.pem': 'x' });
      const loaded = explainConfiguration(join(folder, 'gateway.yaml'), {});
      // A folder's own name stands where a path leads to the folder itself.
      const texts = problemTexts(loaded, folder).map((line) => line.replaceAll(folder, '.'));
      assert.deepEqual(texts, problems);
      assert.notEqual(problems.length, 0);
    });
  }
});

test('the problems of both files are told together, sorted by file, line and column', (t) => {
  const folder = configFolder(t, {
    'gateway.yaml': `${GATEWAY_HEAD.replace('athletes.yaml', 'team/athletes.yaml')}colour: red\n${LOCAL_BROKER}`,
    'team/athletes.yaml': `${GOOD_TEAM}    size: 2\n    nmae: A\n`,
  });
  assert.deepEqual(problemTexts(loadConfiguration(join(folder, 'gateway.yaml'), {}), folder), [
    'gateway.yaml:4:1: unknown key "colour"; known here: gateway, athletes, store, radio, uplink, mirror, responses, webhook_hosts, allow_commands, clock, privacy, limits, metrics',
    'team/athletes.yaml:6:5: unknown key "size" of athlete "7"; known here: id, name, strap, heart_rate, age, born, team, use, rules',
    'team/athletes.yaml:7:5: unknown key "nmae" of athlete "7"; did you mean "name"?',
  ]);
});

test('a file that cannot be read is a problem at its beginning', (t) => {
  const folder = configFolder(t, {
    'large.yaml': '#'.repeat(1_048_577),
    'latin.yaml': Uint8Array.of(0x61, 0x3a, 0x20, 0xe9, 0x0a),
  });
  const told = (name: string) => problemTexts(loadTeam(join(folder, name), {}), folder);
  assert.deepEqual(told('absent.yaml'), [
    'absent.yaml:1:1: cannot read this file (no such file); correct the path, or put the file there',
  ]);
  assert.deepEqual(told('large.yaml'), [
    'large.yaml:1:1: cannot read this file (it has 1048577 bytes, more than the 1048576 that are read); check that this is the right file',
  ]);
  assert.deepEqual(told('latin.yaml'), [
    'latin.yaml:1:1: cannot read this file (it is not UTF-8 text); save it as UTF-8',
  ]);
  const directory = loadTeam(folder, {});
  assert.equal(directory.ok, false);
  assert.match(
    problemTexts(directory)[0] ?? '',
    /:1:1: cannot read this file \(it is a directory\); name the file in it$/,
  );
  const device = loadConfiguration('/dev/null', {});
  assert.deepEqual(problemTexts(device), [
    '/dev/null:1:1: cannot read this file (it is not a regular file); name a regular file',
  ]);
});

test('more athletes than a gateway can watch are refused', (t) => {
  const athletes = Array.from({ length: 201 }, (_, n) => `  - { id: a${n}, strap: { name: S${n} } }\n`).join('');
  const folder = configFolder(t, { 'athletes.yaml': TEAM_HEAD + athletes });
  assert.deepEqual(problemTexts(loadTeam(join(folder, 'athletes.yaml'), {}), folder), [
    'athletes.yaml:4:3: "athletes" lists 201, more than 200; remove the others',
  ]);
});

test('a file that is nested more deeply than the parser could follow is refused', (t) => {
  const deep = [
    '['.repeat(100_000),
    `a: ${'{a: '.repeat(3_000)}${'}'.repeat(3_000)}`,
    '- '.repeat(5_000),
    Array.from({ length: 1_000 }, (_, level) => `${' '.repeat(level)}a:\n`).join(''),
  ];
  for (const text of deep) {
    const folder = configFolder(t, { 'athletes.yaml': text });
    assert.deepEqual(problemTexts(loadTeam(join(folder, 'athletes.yaml'), {}), folder), [
      'athletes.yaml:1:1: cannot read this file (it is nested too deeply); check that this is the right file',
    ]);
  }
});

test('aliases that multiply a small file are refused', (t) => {
  const bomb = ['a: &a [x, x, x, x, x, x, x, x, x]'];
  for (let n = 1; n < 9; n++) {
    const [name, inner] = [String.fromCharCode(97 + n), String.fromCharCode(96 + n)];
    bomb.push(`${name}: &${name} [${Array(9).fill(`*${inner}`).join(', ')}]`);
  }
  const many = `a: &a [x]\nb: [${Array(2_000).fill('*a').join(', ')}]\n`;
  const within = 'a: &a { b: *a }\n';
  const folder = configFolder(t, { 'bomb.yaml': bomb.join('\n'), 'many.yaml': many, 'within.yaml': within });
  const told = (name: string) => problemTexts(loadTeam(join(folder, name), {}), folder);
  assert.deepEqual(told('bomb.yaml'), ['bomb.yaml:1:1: the file has too many aliases; write the values out']);
  assert.match(told('many.yaml').join(), /^many.yaml:2:\d+: the file has too many aliases; write the values out$/);
  assert.deepEqual(told('within.yaml'), ['within.yaml:1:12: this alias has no anchor before it; write the value out']);
});
