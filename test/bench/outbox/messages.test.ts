import assert from 'node:assert/strict';
import test from 'node:test';
import { samplesBetween } from './heartbeats.ts';
import { keyOf, keysIn, payloadOf } from './messages.ts';

const FIRST_CYCLE = 30_000;

test('samples are told apart by athlete and time, also when their beats come round again', () => {
  const keys = samplesBetween(0, 2 * FIRST_CYCLE + 100).map(keyOf);
  assert.equal(new Set(keys).size, keys.length);
});

test('a sample has the same key in a peer’s message and in one of the product', () => {
  const [first, second] = samplesBetween(7, 9);
  assert.ok(first !== undefined && second !== undefined);
  assert.deepEqual(keysIn(Buffer.from(payloadOf(7))), [keyOf(first)]);
  const entries = [first, second].map(({ athlete, timeMs }, seq) => ({ seq, athlete, t: timeMs }));
  assert.deepEqual(keysIn(Buffer.from(JSON.stringify({ v: 1, kind: 'samples', samples: entries }))), [
    keyOf(first),
    keyOf(second),
  ]);
  assert.deepEqual(keysIn(Buffer.from(JSON.stringify({ v: 1, kind: 'gaps', gaps: [{ seq: 1, athlete: '7' }] }))), []);
});
