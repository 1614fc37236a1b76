import assert from 'node:assert/strict';
import test from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { comparisonJson, comparisonText } from '../../src/cli/rehearse/comparison-text.ts';
import type { AlertSpan } from '../../src/domain/recording/alert-spans.ts';
import type { Comparison } from '../../src/domain/recording/comparison.ts';

const NOON = Date.UTC(2026, 0, 31, 12);
const FILES = { source: 'match.csv', before: 'athletes.yaml', after: 'tighter.yaml' };

const span = (minute: number, more: Partial<AlertSpan> = {}): AlertSpan => ({
  athlete: '7',
  rule: 'high',
  raisedMs: NOON + minute * 60_000,
  severity: 'warning',
  ...more,
});

const COMPARISON: Comparison = {
  changes: [
    {
      change: 'moves',
      before: span(0, { clearedMs: NOON + 60_000, value: 171.4375 }),
      after: span(1, { clearedMs: NOON + 86_400_000, value: 170, severity: 'critical' }),
      differs: ['raised', 'value', 'cleared', 'severity'],
    },
    { change: 'appears', after: span(5, { athlete: 'goalkeeper', shadow: true }) },
  ],
  unchanged: 2,
  flapping: [{ athlete: '7', rule: 'high', before: 1, after: 6 }],
};

test('what another file would change is a table, with each alert of a pair on a line of its own', () => {
  assert.deepEqual(comparisonText(COMPARISON, FILES).map(stripVTControlCharacters), [
    'match.csv, with tighter.yaml instead of athletes.yaml:',
    '1 alert would appear, 0 vanish, 1 move, 2 stay as they are.',
    '',
    '  ATHLETE     RULE              RAISED (UTC)         VALUE  CLEARED              SEVERITY',
    '  7           high  moves from  2026-01-31 12:00:00  171.4  12:01:00             warning',
    '                        to      2026-01-31 12:01:00  170    2026-02-01 12:00:00  critical',
    '  goalkeeper  high  appears     2026-01-31 12:05:00  –      open                 warning, on trial',
    '',
    'More than 3 alerts of one rule within 10 min; the most before, and with the other file:',
    '  ATHLETE  RULE',
    '  7        high  1 → 6',
  ]);
});

test('where nothing would change there is no table', () => {
  const nothing = { changes: [], unchanged: 0, flapping: [] };
  assert.deepEqual(comparisonText(nothing, FILES).map(stripVTControlCharacters), [
    'match.csv, with tighter.yaml instead of athletes.yaml:',
    '0 alerts would appear, 0 vanish, 0 move, 0 stay as they are.',
  ]);
});

test('the comparison as JSON has times in ISO 8601, and nothing where nothing is known', () => {
  const { changes, flapping } = JSON.parse(comparisonJson(COMPARISON, FILES)) as {
    changes: Record<string, unknown>[];
    flapping: unknown;
  };
  assert.deepEqual(changes[1], {
    change: 'appears',
    athlete: 'goalkeeper',
    rule: 'high',
    after: { raised: '2026-01-31T12:05:00.000Z', severity: 'warning', shadow: true },
  });
  assert.deepEqual(changes[0]?.['differs'], ['raised', 'value', 'cleared', 'severity']);
  assert.deepEqual(flapping, [{ athlete: '7', rule: 'high', before: 1, after: 6 }]);
});
