import assert from 'node:assert/strict';
import test from 'node:test';
import { ReplayWatch } from '../../src/domain/replay.ts';
import { readingOf, recordedHearts, simulatedHeart } from '../fixtures/hearts.ts';
import { requires } from '../requirements.ts';

const UNIT_MS = 1000 / 1024;

/** The index of each list of intervals that is found to be a repetition. */
function repetitions(lists: Iterable<readonly number[]>): number[] {
  const watch = new ReplayWatch();
  return [...lists].flatMap((rrMs, index) => (watch.reading(rrMs) ? [index] : []));
}

const listsOf = (seed: number, beats: number) => simulatedHeart(seed, beats).map(({ rrMs }) => rrMs);

test('no recorded heart ever repeats itself', requires('recordings'), () => {
  for (const [name, readings] of Object.entries(recordedHearts())) {
    assert.ok(readings.length > 500);
    assert.deepEqual(repetitions(readings.map(({ rrMs }) => rrMs)), [], name);
  }
});

test('no simulated heart ever repeats itself, at rest or at its utmost', () => {
  for (let seed = 0; seed < 60; seed++) assert.deepEqual(repetitions(listsOf(seed, 8_000)), [], `seed ${seed}`);
});

test(
  'notifications that are sent again are found within forty beats, and as long as they go on',
  requires('recordings'),
  () => {
    const { exercise, rest } = recordedHearts();
    for (const heart of [exercise, rest]) {
      const lists = heart.slice(0, 400).map(({ rrMs }) => rrMs);
      const again = lists.slice(100, 200);
      const after = heart.slice(500, 600).map(({ rrMs }) => rrMs);
      const found = repetitions([...lists, ...again, ...after]);
      const from = found[0] ?? 0;
      const beatsBefore = again.slice(0, from - 400).flat().length;
      assert.ok(from >= 400 && beatsBefore <= 40, `found after ${beatsBefore} beats`);
      assert.deepEqual(
        found,
        Array.from({ length: 500 - from }, (_, i) => from + i),
      );
    }
  },
);

test('a short piece that is sent over and over is found, however it is cut into notifications', () => {
  const piece = listsOf(5, 40).flat().slice(0, 30);
  const loop = Array.from({ length: 20 }, () => piece).flat();
  const cut = (size: number) =>
    Array.from({ length: loop.length / size }, (_, i) => loop.slice(i * size, i * size + size));
  for (const size of [1, 2, 5]) assert.ok(repetitions(cut(size)).length > 0, `${size} a notification`);
});

test('a constant sequence proves nothing, nor does one that goes to and fro or in small circles', () => {
  const cycles = [[800], [800, 812.5], [800, 812.5, 790.0390625], [800, 812.5, 790.0390625, 805.6640625]];
  for (const cycle of cycles) {
    const lists = Array.from({ length: 3_000 }, (_, i) => [cycle[i % cycle.length] ?? 0]);
    assert.deepEqual(repetitions(lists), [], `${cycle}`);
  }
});

test('a strap that makes its intervals up from a slowly changing rate proves nothing', () => {
  // A rate that wanders by a beat every few seconds, the same way again and again.
  const lists = Array.from({ length: 3_000 }, (_, s) => {
    const bpm = 120 + Math.round(4 * Math.sin(s / 20));
    return [Math.round(60_000 / bpm / UNIT_MS) * UNIT_MS];
  });
  assert.deepEqual(repetitions(lists), []);
});

test('what was sent longer ago than is remembered is not found, and memory does not grow', () => {
  const piece = listsOf(1, 120);
  const between = listsOf(2, 2_100);
  assert.deepEqual(repetitions([...piece, ...between, ...piece]), []);
  assert.ok(repetitions([...piece, ...between.slice(0, 1_000), ...piece]).length > 0);
});

test('a reading without intervals belongs to a repetition when those before it do', () => {
  const lists = listsOf(3, 300);
  const watch = new ReplayWatch();
  for (const rrMs of [...lists, ...lists.slice(0, 120)]) watch.reading(rrMs);
  assert.ok(watch.reading([]));
  assert.ok(!watch.reading([readingOf({ timeMs: 0, bpm: 60, rrMs: [1_234] }).rrMs[0] ?? 0]));
  assert.ok(!watch.reading([]));
});
