import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { encodedBatch } from '../../src/domain/entries.ts';
import type { Sample } from '../../src/domain/sample.ts';
import { decodeChunk, encodeChunk } from '../../src/outbox/chunk.ts';
import { EntryBytes } from '../../src/outbox/entry-bytes.ts';
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
    athlete: fc.oneof(
      fc.constantFrom('7', '8', 'x'.repeat(78), 'x'.repeat(79), 'é'.repeat(64)),
      fc.string({ unit: 'binary' }),
    ),
    timeMs: fc.oneof(fc.integer({ min: 0, max: 4e12 }), fc.double({ min: 0, max: 4e12, noNaN: true })),
    bpm: fc.option(fc.integer({ min: 1, max: 0xffff }), { nil: undefined }),
    rr: fc.oneof(
      { weight: 9, arbitrary: fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 4 }) },
      { weight: 1, arbitrary: fc.array(fc.integer({ min: 0, max: 0xffff }), { minLength: 30, maxLength: 35 }) },
    ),
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

test('a chunk says what its samples are, and is JSON as anybody would write it', () => {
  fc.assert(
    fc.property(fc.array(sample, { maxLength: 5 }), (samples) => {
      const text = encodeChunk(samples);
      assert.equal(JSON.stringify(JSON.parse(text)), text);
      assert.deepEqual(
        decodeChunk(text, 1),
        samples.map((each, index) => ({ ...each, seq: 1 + index })),
      );
    }),
    { numRuns: 2_000 },
  );
});

test('chunks as entries say what their samples say as entries, and the same byte for byte', () => {
  const chunk = fc.record({
    samples: fc.array(sample, { minLength: 6, maxLength: 12 }),
    firstSeq: fc.oneof(
      fc.integer({ min: 1, max: 100 }),
      fc.constantFrom(9, 99, 999),
      fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER - 100 }),
    ),
    skip: fc.nat(5),
    limit: fc.integer({ min: 1, max: 20 }),
    shiftMs: fc.oneof(fc.constant(0), fc.integer(), fc.double({ min: -1e9, max: 1e9, noNaN: true })),
  });
  const bytes = new EntryBytes();
  fc.assert(
    fc.property(fc.array(chunk, { minLength: 1, maxLength: 4 }), (chunks) => {
      const records = chunks.flatMap((part) => decodeChunk(encodeChunk(part.samples), part.firstSeq, part));
      const { entries } = encodedBatch({ kind: 'samples', epoch: 'k3f9', range: { after: 0, through: 200 }, records });
      for (const part of chunks) bytes.addRows({ ...part, samples: Buffer.from(encodeChunk(part.samples)) });
      assert.equal(Buffer.from(bytes.take()).toString(), Buffer.from(entries).toString());
    }),
    { numRuns: 3_000 },
  );
});

test('a message may be larger than any before', () => {
  const bytes = new EntryBytes();
  const samples = Array.from({ length: 3_000 }, (_, index) => sampleOf('7', index));
  bytes.addRows({ samples: Buffer.from(encodeChunk(samples)), firstSeq: 1, skip: 0, limit: 3_000, shiftMs: 0 });
  assert.equal((JSON.parse(Buffer.from(bytes.take()).toString()) as unknown[]).length, 3_000);
});
