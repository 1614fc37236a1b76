import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { explanationText } from '../../src/cli/explanation-text.ts';
import { rulesText } from '../../src/cli/rules-text.ts';
import { explainedAthletes } from '../cli/explained-athletes.ts';
import { readPage } from './markdown.ts';

const plain = (lines: readonly string[]) => lines.map(stripVTControlCharacters).join('\n').trim();

test('teams and presets of the page load, and come to what it shows', (t) => {
  const { text: page } = readPage('docs/rules.md');
  const [, section = ''] = /## Teams and presets\n(.*?)\n## /s.exec(page) ?? [];
  const blocks = [...section.matchAll(/```(?:yaml)?\n(.*?)\n```/gs)].map(([, text]) => text);
  const [file = '', rules = '', explanation = ''] = blocks;
  const athletes = explainedAthletes(t, file);
  assert.equal(plain(rulesText(athletes, 80)), rules);
  const [seven] = athletes;
  assert.ok(seven);
  const explained = plain(explanationText('athletes.yaml', seven));
  assert.ok(explained.endsWith(`\n\n${explanation}`), explained);
});

test('the stages that the page for trainers shows load', (t) => {
  const [, stages = ''] = /```yaml\n([^`]*return-to-play[^`]*)```/.exec(readPage('docs/trainers.md').text) ?? [];
  assert.match(plain(rulesText(explainedAthletes(t, `athletes:\n${stages}`), 80)), /stages {2}return-to-play/);
});
