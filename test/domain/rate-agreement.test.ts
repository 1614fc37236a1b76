import assert from 'node:assert/strict';
import test from 'node:test';
import { RateAgreement } from '../../src/domain/rate-agreement.ts';
import type { Sample } from '../../src/domain/sample.ts';
import { recordedHearts, simulatedHeart, smoothed } from '../fixtures/hearts.ts';
import { requires } from '../requirements.ts';

const verdicts = (readings: readonly Sample[]) => {
  const agreement = new RateAgreement();
  return readings.map((reading) => agreement.disagrees(reading));
};

const disagreements = (readings: readonly Sample[]) => verdicts(readings).filter(Boolean).length;

/** One reading a second with a rate and intervals that need not fit. */
const made = (seconds: number, bpm: number, rrOf: (second: number) => readonly number[]): Sample[] =>
  Array.from({ length: seconds }, (_, second) => ({
    athlete: '7',
    strap: 'a09e1a000007',
    timeMs: second * 1000,
    monotonicMs: second * 1000,
    bpm,
    rrMs: rrOf(second),
    contact: 'detected',
  }));

test('recorded hearts agree with their rates, and with rates that lag behind them', requires('recordings'), () => {
  for (const [name, readings] of Object.entries(recordedHearts())) {
    assert.ok(readings.length > 500);
    for (const variant of [readings, smoothed(readings, 5), smoothed(readings, 10)]) {
      assert.equal(disagreements(variant), 0, name);
    }
  }
});

test('simulated hearts agree with their rates, and with rates that lag behind them', () => {
  for (let seed = 0; seed < 60; seed++) {
    const readings = simulatedHeart(seed, 8_000);
    for (const variant of [readings, smoothed(readings, 5)]) assert.equal(disagreements(variant), 0, `seed ${seed}`);
  }
});

test('a rate of one heart over the intervals of another is found within 64 beats', () => {
  const found = verdicts(made(120, 75, (s) => (s % 2 === 0 ? [400, 410] : [390, 405]))).indexOf(true);
  assert.equal(found, 31, 'two beats a reading');
  assert.ok(disagreements(made(200, 170, () => [800])) > 100);
});

test('an impossible interval behind a good one says nothing', () => {
  // Garmin's HRM-Dual: `10 38 2d04 3500` is 56 bpm with 1044 and 52 ms.
  assert.equal(disagreements(made(600, 56, () => [1043.9453125, 51.7578125])), 0);
  assert.equal(disagreements(made(600, 56, () => [1043.9453125, 60_000])), 0);
});

test('beats that the strap misses or counts twice are its noise and no disagreement', () => {
  // Shares that shift the mean beyond the limit.
  const missing = made(600, 150, (s) => (s % 2 === 0 ? [800] : [400, 400]));
  const doubled = made(600, 75, (s) => [s % 17 < 8 ? 400 : 800]);
  assert.equal(disagreements(missing), 0);
  assert.equal(disagreements(doubled), 0);
});

test('a heart that alternates between a short and a long interval agrees with its mean rate', () => {
  assert.equal(disagreements(made(600, 75, (s) => (s % 2 === 0 ? [500] : [1_110]))), 0);
});

test('readings without contact, without a rate and without intervals say nothing', () => {
  const lost = made(600, 75, () => [400, 400]).map((each) => ({ ...each, contact: 'lost' as const }));
  const zero = made(600, 75, () => [400, 400]).map(({ bpm: _, ...each }) => each);
  for (const readings of [lost, zero, made(600, 75, () => [])]) assert.equal(disagreements(readings), 0);
});

test('a disagreement ends when rate and intervals fit again, and when no intervals come any more', () => {
  const bad = made(100, 75, () => [400, 400]);
  const later = (readings: readonly Sample[]) =>
    readings.map((each) => ({ ...each, monotonicMs: each.monotonicMs + 100_000 }));
  const good = verdicts([...bad, ...later(made(100, 150, () => [400, 400]))]);
  assert.deepEqual([good[99], good.at(-1)], [true, false]);
  const none = verdicts([...bad, ...later(made(300, 75, () => []))]);
  assert.deepEqual([none[99], none.at(-1)], [true, false]);
});

test('a strap that sends twenty intervals at a time makes nothing grow', () => {
  const agreement = new RateAgreement();
  const [reading] = made(1, 75, () => new Array<number>(20).fill(800));
  assert.ok(reading !== undefined);
  const before = process.memoryUsage().heapUsed;
  // Two million beats, which would be some 100 MB.
  for (let s = 0; s < 100_000; s++) agreement.disagrees({ ...reading, monotonicMs: s * 50 });
  assert.ok(process.memoryUsage().heapUsed - before < 40e6);
});
