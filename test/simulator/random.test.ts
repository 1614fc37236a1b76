import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { Random } from '../../simulator/random.ts';

const draw = (random: Random, count: number) => Array.from({ length: count }, () => random.uniform());

test('the same seed gives the same numbers, and another seed others', () => {
  fc.assert(
    fc.property(fc.integer(), fc.integer(), (seed, other) => {
      assert.deepEqual(draw(new Random(seed), 20), draw(new Random(seed), 20));
      if (other !== seed) assert.notDeepEqual(draw(new Random(seed), 20), draw(new Random(other), 20));
    }),
  );
});

test('a stream depends on its name alone, not on what was drawn before or elsewhere', () => {
  const untouched = new Random(7);
  const used = new Random(7);
  draw(used, 100);
  draw(used.stream('another'), 3);
  assert.deepEqual(draw(used.stream('heart'), 20), draw(untouched.stream('heart'), 20));
  assert.notDeepEqual(draw(used.stream('heart'), 20), draw(used.stream('faults'), 20));
});

test('numbers lie from 0 up to and without 1, evenly', () => {
  const numbers = draw(new Random('evenly'), 10_000);
  const tenths = new Array<number>(10).fill(0);
  for (const number of numbers) {
    assert.ok(number >= 0 && number < 1);
    tenths[Math.floor(number * 10)] = (tenths[Math.floor(number * 10)] ?? 0) + 1;
  }
  for (const count of tenths) assert.ok(count > 850 && count < 1150, `a tenth has ${count} of 10000`);
});

test('normal numbers have mean 0 and standard deviation 1', () => {
  const random = new Random('normally');
  const numbers = Array.from({ length: 10_000 }, () => random.normal());
  const mean = numbers.reduce((sum, x) => sum + x, 0) / numbers.length;
  const deviation = Math.sqrt(numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0) / numbers.length);
  assert.ok(Math.abs(mean) < 0.05);
  assert.ok(Math.abs(deviation - 1) < 0.05);
});
