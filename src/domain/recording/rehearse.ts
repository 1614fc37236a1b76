/** Runs a recording through an athlete's rules, exactly as the gateway would have, and says what would have come of it. */
import type { AlertEvent } from '../alert.ts';
import type { Athlete } from '../athlete.ts';
import { RuleEngine } from '../rules/engine.ts';
import { RULE_KINDS, type Rule } from '../rules/kinds.ts';
import type { RuleInput } from '../rules/rule.ts';
import { type Sample, usableBpm } from '../sample.ts';
import type { RecordedMeasurement, Recording } from './recording.ts';

/** How much of a recording a rule could say anything about. */
export interface Judgement {
  readonly rule: string;
  /** Windows with at least one usable reading. */
  readonly windows: number;
  /** Those of them that enough was seen of to be held against the limits. */
  readonly judged: number;
}

export function rehearse(athlete: Athlete, recording: Recording): AlertEvent[] {
  const engine = new RuleEngine([athlete]);
  const events = recording.measurements.flatMap((measurement) => engine.step(sampleOf(athlete.id, measurement)));
  const endMs = recording.measurements.at(-1)?.timeMs ?? 0;
  return [...events, ...engine.advance(endMs + engine.memoryMs)];
}

/** What came of each rule besides alerts: a recording without any may be one that could not be judged. */
export function judgements(athlete: Athlete, recording: Recording): Judgement[] {
  return athlete.rules.map((rule) => ({
    rule: rule.name,
    // With no coverage asked for, the kind itself gives a verdict on every window that has a reading.
    windows: verdictsOf({ ...rule, parameters: { ...rule.parameters, coverage: 0 } }, athlete, recording),
    judged: verdictsOf(rule, athlete, recording),
  }));
}

function verdictsOf({ kind, parameters }: Rule, athlete: Athlete, { measurements }: Recording): number {
  const { initial, memoryMs, step } = RULE_KINDS[kind];
  let state = initial;
  let verdicts = 0;
  const take = (input: RuleInput) => {
    const next = step(state, input, parameters);
    state = next.state;
    if (next.verdict !== undefined) verdicts += 1;
  };
  for (const measurement of measurements) {
    const bpm = usableBpm(sampleOf(athlete.id, measurement));
    if (bpm !== undefined) take({ type: 'heart-rate', timeMs: measurement.timeMs, bpm, isContested: false });
  }
  take({ type: 'time', timeMs: (measurements.at(-1)?.timeMs ?? 0) + memoryMs(parameters) });
  return verdicts;
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
