import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { type SeqRange, SeqRanges } from '../../src/domain/seq-ranges.ts';

const TOP = 60;

const range: fc.Arbitrary<SeqRange> = fc
  .tuple(fc.nat(TOP), fc.nat(12))
  .map(([after, length]) => ({ after, through: Math.min(TOP, after + length) }));

const numbersOf = (ranges: SeqRanges) => Array.from({ length: TOP }, (_, i) => i + 1).filter((seq) => ranges.has(seq));

test('a set of ranges holds the numbers that were added, in as few ranges as there can be', () => {
  fc.assert(
    fc.property(fc.array(range, { maxLength: 20 }), (added) => {
      const ranges = new SeqRanges();
      const numbers = new Set<number>();
      for (const { after, through } of added) {
        const size = numbers.size;
        for (let seq = after + 1; seq <= through; seq++) numbers.add(seq);
        assert.equal(ranges.add({ after, through }), numbers.size > size);
      }
      assert.deepEqual(
        numbersOf(ranges),
        [...numbers].sort((a, b) => a - b),
      );
      for (const [i, { after, through }] of ranges.ranges.entries()) {
        assert.ok(after < through && after > (ranges.ranges[i - 1]?.through ?? -1), 'neither empty nor touching');
      }
      assert.deepEqual(SeqRanges.from(ranges.toJSON()).ranges, ranges.ranges);
      assert.equal(ranges.last, Math.max(0, ...numbers));
    }),
  );
});

test('what is missing, what is in both and what is in one only are what they are of the numbers', () => {
  const set = fc.array(range, { maxLength: 12 }).map((ranges) => new SeqRanges(ranges));
  fc.assert(
    fc.property(set, set, fc.nat(TOP), (a, b, through) => {
      const missing = new SeqRanges(a.gaps(through));
      assert.deepEqual(
        numbersOf(missing),
        Array.from({ length: through }, (_, i) => i + 1).filter((seq) => !a.has(seq)),
      );
      assert.deepEqual(
        numbersOf(a.and(b)),
        numbersOf(a).filter((seq) => b.has(seq)),
      );
      assert.deepEqual(
        numbersOf(a.minus(b)),
        numbersOf(a).filter((seq) => !b.has(seq)),
      );
    }),
  );
});

test('a copy is its own, and the first gap is behind what is complete', () => {
  const ranges = new SeqRanges([{ after: 0, through: 10 }]);
  const copy = ranges.copy();
  copy.add({ after: 12, through: 15 });
  assert.deepEqual(ranges.ranges, [{ after: 0, through: 10 }]);
  assert.deepEqual([copy.first, copy.last], [10, 15]);
  assert.deepEqual([new SeqRanges().first, new SeqRanges([{ after: 3, through: 4 }]).first], [0, 0]);
});
