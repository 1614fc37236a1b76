import assert from 'node:assert/strict';
import test from 'node:test';
import { sizeText } from '../../src/doctor/size-text.ts';

test('sizes are told as gateway.yaml writes them', () => {
  const sizes = [0, 999, 1_000, 1_234_567, 12_345_678, 2_000_000_000, 64e9, 1e18];
  assert.deepEqual(sizes.map(sizeText), ['0 B', '999 B', '1 KB', '1.2 MB', '12 MB', '2 GB', '64 GB', '1000 PB']);
});
