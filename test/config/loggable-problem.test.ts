import assert from 'node:assert/strict';
import test from 'node:test';
import { isMap, isScalar, isSeq, parseDocument, type Scalar, visit } from 'yaml';
import { teamVersionOf } from '../../src/config/load.ts';
import { loggableOfAthletes, tellableWords } from '../../src/config/loggable-problem.ts';
import type { Problem } from '../../src/config/problem.ts';
import type { Team } from '../../src/domain/athlete.ts';

const TEAM: Team = [
  {
    id: '7',
    strap: { name: 'x' },
    rules: [{ name: 'high', kind: 'sustained', parameters: { above: 150, for: 5_000, clear_for: 0 } }],
  },
];

const FILE = `defaults:
  rules:
    high: { kind: sustained, above: 150, for: 30s, clear_below: 140 }
    stages: { kind: return-to-play, set_by: Dr Weber, set_on: 2026-01-31, stage: 1, stage_1: 100 }
presets:
  back:
    rules: { high: { above: 120 } }
teams:
  u16: { rules: { high: { above: 140 }, stages: off }, use: [back] }
athletes:
  - id: "7"
    name: Smith
    team: u16
    use: [back]
    strap: { address: "a0:9e:1a:00:00:07" }
    heart_rate: { max: 196, rest: 48 }
    rules:
      high: { above: 85 % max, severity: critical, repeat: 5m }
  - id: "8"
    name: Jones
    strap: { serial: "0123" }
`;

/** What nobody may find in a log, each in a form that a sentence may make something else of. */
const NAMES = ['Zwiebel', 'x "Zwiebel" x', "O'Zwiebel", `${'x'.repeat(55)}Zwiebel`, 'Zwie: Zwiebel', '12 Zwiebel'];

function told(text: string): string[] {
  const read = { ok: true, text, version: '0' } as const;
  const loaded = teamVersionOf('athletes.yaml', read, {}, 1.8e12);
  const words = tellableWords(TEAM);
  return loaded.ok ? [] : loaded.problems.map((problem) => JSON.stringify(loggableOfAthletes(problem, words)));
}

/** The file with this text in the place of each of its values, keys, maps and lists, one after the other. */
function* misplaced(name: string): Generator<string> {
  for (let at = 0; ; at++) {
    const document = parseDocument(FILE, { schema: 'core' });
    let index = 0;
    let isDone = false;
    visit(document, {
      Node: (_key, node) => {
        if (index++ !== at) return undefined;
        isDone = true;
        if (isScalar(node)) {
          (node as Scalar).value = name;
          (node as Scalar).type = 'PLAIN';
          return visit.BREAK;
        }
        return isMap(node) || isSeq(node) ? document.createNode(name) : undefined;
      },
    });
    if (!isDone) return;
    yield document.toString();
  }
}

test('a name in any wrong place of the file is not in what is logged of it', () => {
  let problems = 0;
  for (const name of NAMES) {
    for (const text of misplaced(name)) {
      for (const one of told(text)) {
        problems += 1;
        assert.ok(!one.includes('wieb'), `${one}\n${text}`);
      }
    }
  }
  assert.ok(problems > 300, `${problems} problems`);
});

test('a name in a file that is no YAML is not in what is logged of it', () => {
  for (const broken of [
    'name: Zwiebel: Zwiebel',
    '\tZwiebel: 1',
    '*Zwiebel',
    '!Zwiebel x',
    '"Zwiebel',
    '? Zwiebel',
    '- Zwiebel',
  ]) {
    const text = FILE.replace('name: Smith', broken);
    for (const one of told(text)) assert.ok(!one.includes('wieb'), `${one}\n${text}`);
  }
});

test('the words of the format stay, and so do the ids and rules that are in force', () => {
  const problem: Problem = {
    file: '/etc/sideline/athletes.yaml',
    line: 3,
    column: 5,
    what: '"above" in rule "high" of athlete "7" is "Zwiebel", and of athlete "9" in "stages"',
    remedy: 'write it in quotes: "Zwiebel"',
  };
  assert.deepEqual(loggableOfAthletes(problem, tellableWords(TEAM)), {
    place: '/etc/sideline/athletes.yaml:3:5',
    what: '"above" in rule "high" of athlete "7" is "…", and of athlete "…" in "…"',
    remedy: 'write it in quotes: "…"',
  });
});

test('nor is a name that stands in a sentence without quotes', () => {
  const words = tellableWords(TEAM);
  const said = (what: string, remedy: string) =>
    loggableOfAthletes({ file: 'a.yaml', line: 1, column: 1, what, remedy }, words);
  assert.deepEqual(said('the environment has no variable Smith', 'set Smith before starting'), {
    place: 'a.yaml:1:1',
    what: 'the environment has no variable …',
    remedy: 'set … before starting',
  });
  const example = said('"stage" is missing', 'add it to the "rules" of the athlete, as in { Smith: { stage: 1 } }');
  assert.equal(example.remedy, 'add it to the "rules" of the athlete, as in { …: { stage: 1 } }');
  assert.match(said('', 'as in { high: { stage: 1 } }').remedy, /high/);
});

test('heart rates, ages and days of birth that a problem tells without quotes are not told', () => {
  const bad = FILE.replace('max: 196', 'max: 395');
  assert.notEqual(bad, FILE);
  const lines = told(bad);
  assert.ok(lines.some((line) => /heart_rate/.test(line)));
  for (const line of lines) assert.doesNotMatch(line, /395/);
});
