/** Runs a recording through an athlete's rules, exactly as the gateway would have, and says what would have come of it. */
import type { AlertEvent } from '../alert.ts';
import type { Athlete } from '../athlete.ts';
import { RuleEngine } from '../rules/engine.ts';
import type { Sample } from '../sample.ts';
import type { RecordedMeasurement, Recording } from './recording.ts';

export function rehearse(athlete: Athlete, recording: Recording): AlertEvent[] {
  const engine = new RuleEngine([athlete]);
  const events = recording.measurements.flatMap((measurement) => engine.step(sampleOf(athlete.id, measurement)));
  const endMs = recording.measurements.at(-1)?.timeMs ?? 0;
  return [...events, ...engine.advance(endMs + engine.memoryMs)];
}

function sampleOf(athlete: string, { timeMs, bpm, rrMs }: RecordedMeasurement): Sample {
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
