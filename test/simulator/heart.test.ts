import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { type Beat, beats, rrIntervals } from '../../simulator/heart.ts';
import { Random } from '../../simulator/random.ts';
import { measurementsFromBeats } from '../../src/domain/recording/recording.ts';

function take<T>(count: number, items: Iterable<T>): T[] {
  const taken: T[] = [];
  for (const item of items) {
    taken.push(item);
    if (taken.length === count) break;
  }
  return taken;
}

const BEATS = 3_000;
const forEachSeed = (body: (seed: number) => void) => fc.assert(fc.property(fc.integer(), body), { numRuns: 60 });

/** The first whole phases, each with its beats. */
function phasesOf(seed: number): Beat[][] {
  const phases: Beat[][] = [];
  let last: string | undefined;
  for (const beat of take(BEATS, beats(new Random(seed)))) {
    if (beat.phase !== last) phases.push([]);
    last = beat.phase;
    phases.at(-1)?.push(beat);
  }
  return phases.slice(0, -1);
}

const meanBpm = (some: readonly Beat[]) => (60_000 * some.length) / some.reduce((sum, { rrMs }) => sum + rrMs, 0);

test('RR intervals stay between 250 and 2400 ms, in the steps in which straps measure', () => {
  forEachSeed((seed) => {
    for (const rrMs of take(BEATS, rrIntervals(new Random(seed)))) {
      assert.ok(rrMs >= 250 && rrMs <= 2400, `${rrMs} ms`);
      assert.ok(Number.isInteger((rrMs * 1024) / 1000), `${rrMs} ms`);
    }
  });
});

test('the rate and the RR intervals of a notification agree', () => {
  forEachSeed((seed) => {
    for (const { bpm, rrMs } of take(600, measurementsFromBeats(0, rrIntervals(new Random(seed))))) {
      assert.ok(bpm >= 40 && bpm <= 210, `${bpm} bpm`);
      if (rrMs.length === 0) continue;
      const fromRr = (60_000 * rrMs.length) / rrMs.reduce((sum, rr) => sum + rr, 0);
      assert.ok(Math.abs(bpm - fromRr) <= 0.5, `${bpm} bpm with RR for ${fromRr}`);
    }
  });
});

test('the rate is that of rest at rest, rises in effort and falls in recovery', () => {
  forEachSeed((seed) => {
    const phases = phasesOf(seed);
    assert.ok(phases.length >= 2);
    for (const [index, phase] of phases.entries()) {
      const [first, last] = [meanBpm(phase.slice(0, 10)), meanBpm(phase.slice(-20))];
      const name = phase[0]?.phase;
      if (index === 0) assert.ok(name === 'rest' && last > 50 && last < 80, `rest at ${last} bpm`);
      if (name === 'effort') assert.ok(last > first + 20 && last > 120 && last < 190, `effort ${first} to ${last} bpm`);
      if (name === 'recovery') assert.ok(last < first - 20, `recovery ${first} to ${last} bpm`);
    }
  });
});

test('beats vary less when the heart is fast', () => {
  forEachSeed((seed) => {
    const phases = phasesOf(seed);
    const variation = (some: readonly Beat[]) => {
      const squares = some.slice(1).map(({ rrMs }, index) => (rrMs - (some[index]?.rrMs ?? rrMs)) ** 2);
      return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
    };
    const rest = phases.find((phase) => phase[0]?.phase === 'rest') ?? [];
    const effort = phases.find((phase) => phase[0]?.phase === 'effort') ?? [];
    assert.ok(variation(rest) > 2 * variation(effort.slice(-40)));
  });
});
