import assert from 'node:assert/strict';
import test from 'node:test';
import { decodeChunk, encodeChunk } from '../../src/outbox/chunk.ts';
import { sampleOf } from '../contract/outbox.ts';

test('what an earlier version wrote, which knew no broadcasts and contested nothing, is read as it was', () => {
  const text =
    '[["7","a09e1a000007",1700000000000,5000,142,"detected",[433,441]],' +
    '["8","a09e1a000008",1700000000100,5100,null,"lost",[],12]]';
  const { energyKj: _, ...first } = sampleOf('7', 0);
  assert.deepEqual(decodeChunk(text, 5), [
    { ...first, seq: 5 },
    {
      seq: 6,
      athlete: '8',
      strap: 'a09e1a000008',
      timeMs: 1_700_000_000_100,
      monotonicMs: 5_100,
      rrMs: [],
      contact: 'lost',
      energyKj: 12,
    },
  ]);
});

test('a plain sample takes no more room than it did', () => {
  assert.equal(encodeChunk([sampleOf('7', 0)]), '[["7","a09e1a000007",1700000000000,5000,142,"detected",[433,441]]]');
});
