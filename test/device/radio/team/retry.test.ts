import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { doubledMs, retryDelayMs } from '../../../../device/radio/team/retry.ts';

const RETRY = { minMs: 1_000, maxMs: 30_000 };

test('back-off doubles from its shortest to its longest, jittered, and never leaves them', () => {
  fc.assert(
    fc.property(fc.nat(5_000), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (failures, random) => {
      const delayMs = retryDelayMs(RETRY, failures, random);
      assert.ok(delayMs >= RETRY.minMs && delayMs <= RETRY.maxMs);
      assert.ok(retryDelayMs(RETRY, failures + 1, random) >= delayMs);
    }),
  );
  assert.deepEqual(
    [0, 1, 2, 9].map((failures) => retryDelayMs(RETRY, failures, 0)),
    [1_000, 2_000, 4_000, 15_000],
  );
});

test('without jitter it is the shortest, doubled each time', () => {
  assert.deepEqual(
    [0, 1, 2, 9].map((failures) => doubledMs(RETRY, failures)),
    [1_000, 2_000, 4_000, 30_000],
  );
});
