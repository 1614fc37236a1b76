import assert from 'node:assert/strict';
import test from 'node:test';
import { markdownOf, spread, withSection } from './page.ts';

const ROWS = [
  { what: 'samples a second', goal: '≥ 10', figures: spread([12, 8, 10], 0) },
  { what: '— without the gateway', figures: spread([Number.POSITIVE_INFINITY], 0) },
];

test('a section of the benchmarks has a row a figure, with its goal where it has one', () => {
  assert.equal(
    markdownOf({ title: 'Radio', text: '\nHow.\n', rows: ROWS }),
    `## Radio

How.

| what | goal | median | least | most |
| --- | --- | --- | --- | --- |
| samples a second | ≥ 10 | 10 | 8 | 12 |
| — without the gateway | | never | never | never |
`,
  );
});

test('a command that measures replaces its own section of the page and leaves the others', () => {
  const page = '# Benchmarks\n\n## Pipeline\n\nOld.\n\n## Radio\n\nKept.\n';
  assert.equal(
    withSection(page, 'Pipeline', '## Pipeline\n\nNew.\n'),
    '# Benchmarks\n\n## Pipeline\n\nNew.\n\n## Radio\n\nKept.\n',
  );
});

test('a section that the page does not have yet goes behind the others', () => {
  const page = '# Benchmarks\n\n## Radio links\n\nKept.\n';
  assert.equal(
    withSection(page, 'Radio', '## Radio\n\nNew.\n'),
    '# Benchmarks\n\n## Radio links\n\nKept.\n\n## Radio\n\nNew.\n',
  );
});
