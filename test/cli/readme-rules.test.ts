import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { explanationText } from '../../src/cli/explanation-text.ts';
import { rulesText } from '../../src/cli/rules-text.ts';
import { explainedAthletes } from './explained-athletes.ts';

test('teams and presets of the README load, and come to what the README shows', (t) => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  const [, section = ''] = /### Teams and presets\n(.*?)\n### /s.exec(readme) ?? [];
  const blocks = [...section.matchAll(/```(?:yaml)?\n(.*?)\n```/gs)].map(([, text]) => text);
  const [file = '', rules = '', explanation = ''] = blocks;
  const athletes = explainedAthletes(t, file);
  const plain = (lines: readonly string[]) => lines.map(stripVTControlCharacters).join('\n').trim();
  assert.equal(plain(rulesText(athletes, 80)), rules);
  const [seven] = athletes;
  assert.ok(seven);
  const explained = plain(explanationText('athletes.yaml', seven));
  assert.ok(explained.endsWith(`\n\n${explanation}`), explained);
});
