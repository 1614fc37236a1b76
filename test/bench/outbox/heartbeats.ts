/**
 * What fills the stores: fifty hearts of the simulator, a sample of each a second. As a message of its own each is about
 * 120 bytes of JSON.
 */
import { rrIntervals } from '../../../simulator/heart.ts';
import { Random } from '../../../simulator/random.ts';
import { measurementsFromBeats } from '../../../src/domain/recording/recording.ts';
import type { Sample } from '../../../src/domain/sample.ts';

export const ATHLETES = 50;

/** Then the same beats come again at later times: long after what any compression looks back to. */
const CYCLE_SECONDS = 600;
const CYCLE = CYCLE_SECONDS * ATHLETES;

const BEGIN_MS = 1_700_000_000_000;
/** A machine that has been up for an hour. */
const UPTIME_MS = 3_600_000;

type Beats = Pick<Sample, 'athlete' | 'strap' | 'bpm' | 'rrMs'> & { readonly offsetMs: number };

const cycle = everyHeart();

/** The sample of this number, counted from 0: no two of them have the same athlete and the same time. */
export function sampleAt(number: number): Sample {
  const beats = cycle[number % CYCLE];
  if (beats === undefined) throw new Error(`${number} is no number of a sample`);
  const { athlete, strap, bpm = 0, rrMs, offsetMs } = beats;
  const sinceMs = Math.floor(number / CYCLE) * CYCLE_SECONDS * 1000 + offsetMs;
  const [timeMs, monotonicMs] = [BEGIN_MS + sinceMs, UPTIME_MS + sinceMs];
  // Field by field, as the gateway makes them: a spread costs more than the store does.
  return { athlete, strap, timeMs, monotonicMs, bpm, rrMs, contact: 'detected' };
}

/** Samples `from` to `to`, the last one not among them. */
export function samplesBetween(from: number, to: number): Sample[] {
  return Array.from({ length: to - from }, (_, index) => sampleAt(from + index));
}

/** Second by second, and within each in the order in which the straps notify. */
function everyHeart(): Beats[] {
  const random = new Random('bench');
  const hearts = Array.from({ length: ATHLETES }, (_, index) => heart(String(index + 1), random));
  hearts.sort((a, b) => (a[0]?.offsetMs ?? 0) - (b[0]?.offsetMs ?? 0));
  return Array.from({ length: CYCLE_SECONDS }, (_, second) => hearts.flatMap((beats) => beats[second] ?? [])).flat();
}

function heart(athlete: string, random: Random): Beats[] {
  const own = random.stream(athlete);
  const phaseMs = Math.floor(own.between(0, 1000));
  const strap = `a09e1a${athlete.padStart(6, '0')}`;
  const beats: Beats[] = [];
  for (const { bpm, rrMs } of measurementsFromBeats(0, rrIntervals(own))) {
    if (beats.length === CYCLE_SECONDS) break;
    beats.push({ athlete, strap, bpm, rrMs, offsetMs: 1000 * beats.length + phaseMs });
  }
  return beats;
}
