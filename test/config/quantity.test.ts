import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearest, suggest } from '../../src/config/nearest.ts';
import { durationMs, durationText, sizeBytes, sizeText } from '../../src/config/quantity.ts';

test('a duration is read and written in its unit', () => {
  for (const [text, ms] of [
    ['500ms', 500],
    ['60s', 60_000],
    ['1.5m', 90_000],
    ['1h', 3_600_000],
    ['0ms', 0],
  ] as const) {
    assert.equal(durationMs(text), ms);
  }
  assert.deepEqual([0, 500, 10_000, 90_000, 3_600_000].map(durationText), ['0ms', '500ms', '10s', '90s', '1h']);
});

test('a size is decimal or binary as its unit says', () => {
  for (const [text, bytes] of [
    ['2GB', 2e9],
    ['1KB', 1_000],
    ['1KiB', 1_024],
    ['2MiB', 2_097_152],
    ['1.5GiB', 1_610_612_736],
  ] as const) {
    assert.equal(sizeBytes(text), bytes);
  }
  assert.equal(sizeText(16_000_000), '16MB');
});

test('a near word is suggested, and all words where none is near', () => {
  assert.equal(nearest('abov', ['above', 'below']), 'above');
  assert.equal(nearest('Above', ['above', 'below']), 'above');
  assert.equal(nearest('4', ['5', '3.1.1']), undefined);
  assert.equal(nearest('x'.repeat(100_000), ['above']), undefined);
  assert.equal(suggest('colour', ['above', 'below']), 'known here: above, below');
  assert.equal(suggest('colour', []), 'remove it');
});
