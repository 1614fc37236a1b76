import assert from 'node:assert/strict';
import test from 'node:test';
import { isWorthReuse, SpareBuffers } from '../../src/outbox/spare-buffers.ts';

const KIB = 1024;

test('a buffer that was given back is taken again, once, for as much as it holds', () => {
  const spares = new SpareBuffers();
  const spare = spares.take(20 * KIB);
  assert.equal(spare.byteLength, 32 * KIB, 'rounded up, so that the next message of about the size fits');
  spares.put(spare);
  assert.equal(spares.take(32 * KIB), spare);
  assert.notEqual(spares.take(32 * KIB), spare);
});

test('one that is too small for what is asked waits for something smaller', () => {
  const spares = new SpareBuffers();
  const [small, large] = [new ArrayBuffer(16 * KIB), new ArrayBuffer(64 * KIB)];
  spares.put(small);
  spares.put(large);
  assert.equal(spares.take(17 * KIB), large);
  assert.equal(spares.take(17 * KIB).byteLength, 32 * KIB);
  assert.equal(new SpareBuffers().take(700).byteLength, 700, 'what never comes back takes no more than it has to');
  assert.equal(spares.take(1), small);
});

test('four are kept, the newest, and none that is cheaper made anew', () => {
  const spares = new SpareBuffers();
  const given = Array.from({ length: 6 }, () => new ArrayBuffer(16 * KIB));
  for (const buffer of given) spares.put(buffer);
  spares.put(new ArrayBuffer(16 * KIB - 1));
  assert.deepEqual(
    Array.from({ length: 6 }, () => given.indexOf(spares.take(1))),
    [2, 3, 4, 5, -1, -1],
  );
  assert.ok(!isWorthReuse(new ArrayBuffer(16 * KIB - 1)));
});
