/**
 * What the gateway makes of a recording before the rules see it: samples, the doubts about them, and how the signal is.
 * It is found out by the same parts as live, so that a rehearsal is no kinder than a match.
 */
import { Contest } from '../contest.ts';
import { SILENCE_MS } from '../ledger.ts';
import type { AthleteId, Sample } from '../sample.ts';
import { type SignalChange, SignalMonitor } from '../signal.ts';
import type { RecordedMeasurement } from './recording.ts';

export class RecordedStrap {
  readonly #athlete: AthleteId;
  readonly #contest = new Contest();
  readonly #signals = new SignalMonitor();
  #lastMs: number | undefined;

  constructor(athlete: AthleteId) {
    this.#athlete = athlete;
  }

  /** How the signal changes before this time, Unix ms, when nothing else is sent until then. */
  silentUntil(timeMs: number): readonly SignalChange[] {
    if (this.#lastMs === undefined || timeMs - this.#lastMs <= SILENCE_MS) return [];
    return this.#signals.passed(this.#lastMs + SILENCE_MS + 1);
  }

  sends(measurement: RecordedMeasurement): {
    readonly sample: Sample;
    readonly news: readonly SignalChange[];
    readonly isFrozen: boolean;
  } {
    const reading = sampleOf(this.#athlete, measurement);
    this.#lastMs = reading.timeMs;
    const { reasons } = this.#contest.reading(reading);
    const sample = reasons.length === 0 ? reading : { ...reading, contested: reasons };
    const news = this.#signals.reading(sample);
    return { sample, news, isFrozen: this.#signals.stateOf(this.#athlete) === 'frozen' };
  }
}

export function sampleOf(athlete: AthleteId, { timeMs, bpm, rrMs }: RecordedMeasurement): Sample {
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
