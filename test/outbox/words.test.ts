import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { areDigits, hasQuoteOrBackslash, Label } from '../../src/outbox/words.ts';

const wordOf = (bytes: readonly number[]) => new DataView(Uint8Array.from(bytes).buffer).getInt32(0);

/** Bytes of all kinds, with those near the edges often. */
const fourBytes = fc.array(
  fc.oneof(
    fc.integer({ min: 0, max: 255 }),
    fc.constantFrom(0x00, 0x21, 0x22, 0x23, 0x2f, 0x30, 0x39, 0x3a, 0x5b, 0x5c, 0x5d, 0xa2, 0xdc, 0xff),
  ),
  { minLength: 4, maxLength: 4 },
);

test('what is said of four bytes at once is what is said of each of them', () => {
  fc.assert(
    fc.property(fourBytes, (bytes) => {
      assert.equal(
        hasQuoteOrBackslash(wordOf(bytes)),
        bytes.some((byte) => byte === 0x22 || byte === 0x5c),
      );
      assert.equal(
        areDigits(wordOf(bytes)),
        bytes.every((byte) => byte >= 0x30 && byte <= 0x39),
      );
    }),
    { numRuns: 20_000 },
  );
});

test('a label of any length it may have is written as it is, and nothing beside it', () => {
  for (let length = 4; length <= 12; length++) {
    const text = '{"abcdefghij'.slice(0, length);
    const bytes = new Uint8Array(20).fill(0x7e);
    assert.equal(new Label(text).put(new DataView(bytes.buffer), 3), 3 + length);
    assert.equal(Buffer.from(bytes).toString(), `~~~${text}`.padEnd(20, '~'));
  }
  assert.throws(() => new Label('abc'), RangeError);
  assert.throws(() => new Label('abcdefghijklm'), RangeError);
});
