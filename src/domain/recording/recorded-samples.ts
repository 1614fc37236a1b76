/**
 * What the gateway makes of a recording before the rules see it: samples with the doubts about them, which are found by the
 * same part as live, so that a rehearsal is no kinder than a match.
 */
import { Contest } from '../contest.ts';
import type { AthleteId, Sample } from '../sample.ts';
import type { RecordedMeasurement, Recording } from './recording.ts';

export function* recordedSamples(athlete: AthleteId, { measurements }: Recording): Generator<Sample> {
  const contest = new Contest();
  for (const measurement of measurements) {
    const reading = sampleOf(athlete, measurement);
    const { reasons } = contest.reading(reading);
    yield reasons.length === 0 ? reading : { ...reading, contested: reasons };
  }
}

function sampleOf(athlete: AthleteId, { timeMs, bpm, rrMs }: RecordedMeasurement): Sample {
  return {
    athlete,
    strap: '000000000000',
    timeMs,
    monotonicMs: timeMs,
    ...(bpm === 0 ? {} : { bpm }),
    rrMs,
    contact: 'unsupported',
  };
}
