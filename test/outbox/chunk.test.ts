import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { encodedBatch } from '../../src/domain/entries.ts';
import type { Sample } from '../../src/domain/sample.ts';
import { chunkEntries, decodeChunk, encodeChunk } from '../../src/outbox/chunk.ts';
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

const sample: fc.Arbitrary<Sample> = fc
  .record({
    athlete: fc.oneof(fc.constantFrom('7', '8'), fc.string({ unit: 'binary' })),
    timeMs: fc.oneof(fc.integer({ min: 0, max: 4e12 }), fc.double({ min: 0, max: 4e12, noNaN: true })),
    bpm: fc.option(fc.integer({ min: 1, max: 0xffff }), { nil: undefined }),
    rr: fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 4 }),
    contact: fc.constantFrom('detected', 'lost', 'unsupported'),
    energyKj: fc.option(fc.nat(9), { nil: undefined, freq: 3 }),
    way: fc.option(fc.constant('broadcast' as const), { nil: undefined, freq: 3 }),
    contested: fc.option(fc.constant(['second-advertiser' as const]), { nil: undefined, freq: 3 }),
  })
  .map(({ bpm, rr, energyKj, way, contested, ...rest }) => ({
    ...rest,
    strap: 'a09e1a000007',
    monotonicMs: 5_000,
    rrMs: rr.map((units) => (units * 1000) / 1024),
    ...(bpm === undefined ? {} : { bpm }),
    ...(energyKj === undefined ? {} : { energyKj }),
    ...(way === undefined ? {} : { way }),
    ...(contested === undefined ? {} : { contested }),
  }));

test('a chunk as entries says what its samples say as entries, and the same byte for byte', () => {
  const part = fc.record({ skip: fc.nat(5), limit: fc.integer({ min: 1, max: 6 }), shiftMs: fc.integer() });
  fc.assert(
    fc.property(fc.array(sample, { minLength: 6, maxLength: 12 }), part, (samples, part) => {
      const text = encodeChunk(samples);
      const records = decodeChunk(text, 100, part);
      const range = { after: 0, through: 200 };
      const { entries } = encodedBatch({ kind: 'samples', epoch: 'k3f9', range, records });
      assert.equal(`[${chunkEntries(text, 100, part)}]`, Buffer.from(entries).toString());
    }),
    { numRuns: 2_000 },
  );
});
