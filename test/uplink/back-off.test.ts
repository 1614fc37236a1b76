import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { backOffMs } from '../../src/uplink/back-off.ts';
import { TIMING } from '../../src/uplink/timing.ts';

const failures = fc.integer({ min: 1, max: 5_000 });
const limits = fc
  .record({ minMs: fc.integer({ min: 1, max: 10_000 }), spanMs: fc.integer({ min: 0, max: 600_000 }) })
  .map(({ minMs, spanMs }) => ({ minMs, maxMs: minMs + spanMs }));
const draw = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

test('the delay keeps to its limits, however long the outage', () => {
  fc.assert(
    fc.property(failures, limits, draw, (count, { minMs, maxMs }, value) => {
      const delayMs = backOffMs(count, { minMs, maxMs }, () => value);
      assert.ok(delayMs >= minMs && delayMs <= maxMs, `${delayMs}`);
    }),
  );
});

test('with the same luck a further failure never shortens the delay', () => {
  fc.assert(
    fc.property(failures, limits, draw, (count, within, value) => {
      const random = () => value;
      assert.ok(backOffMs(count + 1, within, random) >= backOffMs(count, within, random));
    }),
  );
});

test('the jitter is full: the luckiest draw is the shortest delay, and the ceiling doubles up to the longest', () => {
  const limitsMs = { minMs: 1_000, maxMs: 60_000 };
  const failuresInARow = [1, 2, 3, 4, 5, 6, 7, 100];
  assert.deepEqual(
    failuresInARow.map((count) => backOffMs(count, limitsMs, () => 0)),
    failuresInARow.map(() => 1_000),
  );
  assert.deepEqual(
    failuresInARow.map((count) => backOffMs(count, limitsMs, () => 1)),
    [2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000],
  );
});

test('AWS IoT Core is never asked more often than once a second', () => {
  assert.ok(TIMING.backOff.minMs >= 1_000);
});
