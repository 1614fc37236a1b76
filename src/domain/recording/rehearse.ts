/** Runs a recording through an athlete's rules, exactly as the gateway would have, and says what would have come of it. */
import type { AlertEvent } from '../alert.ts';
import type { Athlete } from '../athlete.ts';
import { RuleEngine } from '../rules/engine.ts';
import { RULE_KINDS, type Rule } from '../rules/kinds.ts';
import type { ParameterTable, RuleKind, RuleState } from '../rules/rule.ts';
import { usableBpm } from '../sample.ts';
import { RecordedStrap, sampleOf } from './recorded-strap.ts';
import type { Recording } from './recording.ts';

/** How often is looked at what is due while nothing is sent: a gateway looks sooner, to the same end. */
const LOOK_MS = 1_000;

/** No rule waits for longer after a reading: an hour's window, or an hour of a lost signal, and when that is found out. */
const WAITS_AT_MOST_MS = 2 * 3_600_000;

/** How much of a recording a rule could say anything about. */
export interface Judgement {
  readonly rule: string;
  /** What the rule judges: windows with at least one usable reading, or the usable readings themselves. */
  readonly of: 'window' | 'reading';
  readonly given: number;
  /** Those of them that could be held against the limits. */
  readonly judged: number;
}

export function rehearse(athlete: Athlete, recording: Recording): AlertEvent[] {
  const engine = new RuleEngine([athlete]);
  const strap = new RecordedStrap(athlete.id);
  const events: AlertEvent[] = [];
  // In a recording both clocks are one.
  const silentUntil = (timeMs: number) => {
    for (const change of strap.silentUntil(timeMs)) events.push(...engine.signal(change, change.monotonicMs));
  };
  let beforeMs = Number.NaN;
  for (const measurement of recording.measurements) {
    // What is due in a silence is due in its order, since how grave one alert is depends on the others.
    const lookUntilMs = Math.min(measurement.timeMs, beforeMs + WAITS_AT_MOST_MS);
    for (let lookMs = beforeMs + LOOK_MS; lookMs < lookUntilMs; lookMs += LOOK_MS) {
      silentUntil(lookMs);
      events.push(...engine.advance(lookMs));
    }
    silentUntil(measurement.timeMs);
    beforeMs = measurement.timeMs;
    const { sample, news, isFrozen } = strap.sends(measurement);
    for (const change of news) events.push(...engine.signal(change, change.monotonicMs));
    events.push(...engine.step(sample, { isFrozen }));
  }
  const endMs = recording.measurements.at(-1)?.timeMs ?? 0;
  return [...events, ...engine.advance(endMs + engine.outlastsMs)];
}

/** What came of each rule besides alerts: a recording without any may be one that could not be judged. */
export function judgements(athlete: Athlete, recording: Recording): Judgement[] {
  const rates = recording.measurements.flatMap((measurement) => {
    const { timeMs, rrMs } = measurement;
    const bpm = usableBpm(sampleOf(athlete.id, measurement));
    return bpm === undefined ? [] : [{ timeMs, bpm, rrMs, isContested: false }];
  });
  return athlete.rules.map((rule) => {
    const { name, parameters } = rule;
    if (!('window' in parameters)) return { rule: name, of: 'reading', given: rates.length, judged: rates.length };
    // With nothing asked for, the kind itself judges every window that has a reading.
    const undemanding = { ...rule, parameters: { ...parameters, coverage: 0, valid: 0 } } as Rule;
    return { rule: name, of: 'window', given: windows(undemanding, rates), judged: windows(rule, rates) };
  });
}

function windows({ kind: name, parameters }: Rule, readings: readonly Parameters<AnyKind['reading']>[1][]): number {
  const kind = RULE_KINDS[name] as unknown as AnyKind;
  const state = kind.begin(parameters);
  let judged = 0;
  const pass = (timeMs: number) => {
    for (let before = state.verdict.timeMs; kind.due?.(state, timeMs, parameters) !== undefined; ) {
      if (state.verdict.timeMs !== before) judged += 1;
      before = state.verdict.timeMs;
    }
  };
  for (const reading of readings) {
    pass(reading.timeMs);
    kind.reading(state, reading, parameters);
  }
  pass((readings.at(-1)?.timeMs ?? 0) + (kind.outlastsMs?.(parameters) ?? 0));
  return judged;
}

type AnyKind = RuleKind<ParameterTable, RuleState>;
