/**
 * What a kind of rule is. A kind judges; it does not alert: `step` turns samples and the passing of time
 * into verdicts, and the engine turns verdicts into alerts (see engine.ts). Kinds are pure.
 *
 * A kind describes its parameters as data. The configuration builds its validation, the JSON Schema and
 * the documentation from that description, so that adding a kind is one file and one line in kinds.ts.
 */
import type { SignalEvent } from '../signal.ts';

/** `duration` is held in ms and written with its unit in the file ("60s"); `fraction` is 0 to 1. */
export interface ParameterSpec {
  readonly type: 'duration' | 'bpm' | 'fraction';
  readonly summary: string;
  /** Inclusive, in the parameter's own unit. */
  readonly min: number;
  readonly max: number;
  readonly required?: true;
  readonly default?: number;
}

export type ParameterTable = Readonly<Record<string, ParameterSpec>>;

type Present<P extends ParameterTable> = {
  [K in keyof P]: P[K] extends { required: true } | { default: number } ? K : never;
}[keyof P];

/** The values that a description admits: required and defaulted ones are always there. */
export type Parameters<P extends ParameterTable> = { readonly [K in Present<P>]: number } & {
  readonly [K in Exclude<keyof P, Present<P>>]?: number;
};

/**
 * What a rule sees: a usable heart rate at an instant of event time, that time has passed, or that the athlete's signal
 * has changed. A kind that has no use for a signal leaves its state as it is: no signal is a recovery.
 */
export type RuleInput =
  | { readonly type: 'heart-rate'; readonly timeMs: number; readonly bpm: number; readonly isContested: boolean }
  | { readonly type: 'time'; readonly timeMs: number }
  | { readonly type: 'signal'; readonly timeMs: number; readonly state: SignalEvent['state'] };

/** The athlete was found within or beyond the limits, at an instant, with a value. */
export interface Verdict {
  readonly timeMs: number;
  readonly beyond: boolean;
  readonly value: number;
  /** At least one of the readings that it rests on is contested. */
  readonly isContested: boolean;
}

export interface RuleKind<P extends ParameterTable, State> {
  readonly summary: string;
  readonly parameters: P;
  /** Groups of parameters of which at least one must be given. */
  readonly atLeastOneOf: readonly (readonly (keyof P & string)[])[];
  readonly initial: State;
  /** How much of an athlete's past, in ms, rebuilds the state after a restart. */
  memoryMs(parameters: Parameters<P>): number;
  step(
    state: State,
    input: RuleInput,
    parameters: Parameters<P>,
  ): { readonly state: State; readonly verdict?: Verdict };
  /**
   * All times so far were wrong by `correctionMs` and are corrected from the next input on: the same state, as it is in
   * corrected time. Nothing that was seen counts twice or not at all.
   */
  shift(state: State, correctionMs: number, parameters: Parameters<P>): State;
}

/** Keeps the types of a kind's parameters and state without writing them twice. */
export function ruleKind<const P extends ParameterTable, State>(kind: RuleKind<P, State>): RuleKind<P, State> {
  return kind;
}
