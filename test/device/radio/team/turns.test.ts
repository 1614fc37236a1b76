import assert from 'node:assert/strict';
import test from 'node:test';
import { inTurn } from '../../../../device/radio/team/turns.ts';
import { type Wanted, wantedOf } from '../../../../device/radio/team/wanted.ts';
import { address } from './script.ts';

function wanted(n: number, how: Partial<Pick<Wanted, 'failures' | 'lastAttemptMs'>> = {}): Wanted {
  return { ...wantedOf({ athlete: `${n}`, match: { address: address(n) } }), ...how };
}

const turns = (all: readonly Wanted[], preferred: readonly string[], nowMs: number) => {
  return inTurn(all, new Set(preferred), nowMs).map(({ wish }) => wish.athlete);
};

test('whoever was never tried comes first, and then whoever has waited longest', () => {
  const all = [wanted(1, { lastAttemptMs: 50 }), wanted(2), wanted(3, { lastAttemptMs: 40 }), wanted(4)];
  assert.deepEqual(turns(all, [], 100), ['2', '4', '3', '1']);
});

test('a strap that fails again and again comes last, until it has waited for two minutes', () => {
  const all = [wanted(1, { failures: 3, lastAttemptMs: 0 }), wanted(2, { failures: 2, lastAttemptMs: 90_000 })];
  assert.deepEqual(turns(all, [], 120_000), ['2', '1']);
  assert.deepEqual(turns(all, [], 120_001), ['1', '2']);
});

test('after a preferred athlete’s failure it is another’s turn, if there is any', () => {
  const failed = wanted(1, { failures: 1, lastAttemptMs: 50 });
  assert.deepEqual(turns([failed, wanted(2), wanted(3)], ['1', '2'], 100), ['3', '2', '1']);
  assert.deepEqual(turns([failed, wanted(2), wanted(3)], ['2'], 100), ['2', '3', '1']);
});
