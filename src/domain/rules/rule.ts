/**
 * What a kind of rule is. A kind judges; it does not alert: it turns readings and the passing of time into findings, and
 * the engine turns findings into alerts (see engine.ts). Kinds are deterministic and do nothing else.
 *
 * A kind describes its parameters as data. The configuration builds its validation, the JSON Schema and
 * the documentation from that description, so that adding a kind is one file and one line in kinds.ts.
 */
import type { SignalEvent } from '../signal.ts';

/**
 * Held as a number: `duration` in ms, written with its unit in the file ("60s"); `rate`, a heart rate in bpm, which may be
 * written as a part of the athlete's own numbers ("85 % max", "60 % reserve"); `ceiling`, the same for a limit that a
 * clinician has set ("70 % max" of a measured maximum, "80 % treadmill"); `bpm`, a difference of heart rates; `interval`,
 * ms written as a bare number, as is usual for RMSSD; `fraction`, 0 to 1; `whole`, a whole number.
 */
export interface NumberSpec {
  readonly type: 'duration' | 'rate' | 'ceiling' | 'bpm' | 'interval' | 'fraction' | 'whole';
  readonly summary: string;
  /** Inclusive, in the parameter's own unit. */
  readonly min: number;
  readonly max: number;
  readonly required?: true;
  readonly default?: number;
  /** Each athlete has one of their own: where the defaults have the rest of a rule, this is what the athlete lacks. */
  readonly isOfAthlete?: true;
}

/** Held as a text; a `date` is a day, as in 2026-01-31. */
export interface TextSpec {
  readonly type: 'text' | 'date';
  readonly summary: string;
  readonly required?: true;
  /** A day on which something was done, which is none to come. */
  readonly isPast?: true;
}

export type ParameterSpec = NumberSpec | TextSpec;
export type ParameterTable = Readonly<Record<string, ParameterSpec>>;

type Present<P extends ParameterTable> = {
  [K in keyof P]: P[K] extends { required: true } | { default: number } ? K : never;
}[keyof P];

type ValueOf<S extends ParameterSpec> = S extends TextSpec ? string : number;

/** The values that a description admits: required and defaulted ones are always there. */
export type Parameters<P extends ParameterTable> = { readonly [K in Present<P>]: ValueOf<P[K]> } & {
  readonly [K in Exclude<keyof P, Present<P>>]?: ValueOf<P[K]>;
};

/** A usable heart rate at an instant. The engine uses one object again and again: a kind keeps none. */
export interface Reading {
  readonly timeMs: number;
  /** Plausible beats per minute. */
  readonly bpm: number;
  /** RR intervals in ms, oldest first, as the strap sent them. */
  readonly rrMs: readonly number[];
  /** It may not be what it says it is, or is frozen: it may lead to an alert and ends none. */
  readonly isContested: boolean;
}

export interface SignalNews {
  readonly timeMs: number;
  /** Since when it is so. */
  readonly sinceMs: number;
  readonly state: SignalEvent['state'];
}

/**
 * The athlete was found `beyond` the limits, or `within` them by readings that nobody contests. Between the two nothing
 * changes, and an alert stays as it is.
 */
export type Finding = 'beyond' | 'between' | 'within';

/** What a finding rests on. */
export interface Verdict {
  timeMs: number;
  value: number;
}

export interface Limits {
  readonly above?: number;
  readonly below?: number;
}

/** Plain data, which belongs to the one watch it was begun for and is changed in place: see decision 0029. */
export interface RuleState {
  /** Of the last finding that was given. */
  readonly verdict: Verdict;
}

/** What makes no sense about parameters that are right one by one. */
export interface Nonsense {
  readonly key: string;
  /** Follows the rule: `has a "window" that is …`. */
  readonly what: string;
  readonly remedy: string;
}

export interface RuleKind<P extends ParameterTable, State extends RuleState> {
  readonly summary: string;
  readonly parameters: P;
  /** Groups of parameters of which at least one must be given. */
  readonly atLeastOneOf: readonly (readonly (keyof P & string)[])[];
  /** It is about the signal: its alert is graver where another limit of the athlete was crossed as the signal went. */
  readonly isAboutSignal?: true;
  /** It is about the session up to now: its alert stays open to the end of that and says nothing of the heart rate now. */
  readonly isAboutSession?: true;
  /** Parameters that no state rests on: when nothing else in the athletes file changes of a rule, it goes on. */
  readonly changeable?: readonly (keyof P & string)[];
  nonsense?(parameters: Parameters<P>): Nonsense | undefined;
  /**
   * A heart rate, bpm, is beyond the limit at an instant, for however long it has to be so before it is an alert. Absent
   * where the limit is none for a heart rate.
   */
  isBeyond?(bpm: number, parameters: Parameters<P>): boolean;
  limits(parameters: Parameters<P>): Limits;
  /** How much of an athlete's past, in ms, rebuilds the state after a restart. */
  memoryMs(parameters: Parameters<P>): number;
  /** How long after a reading it may still lead to a finding, ms, when nothing else comes; absent for not at all. */
  outlastsMs?(parameters: Parameters<P>): number;
  begin(parameters: Parameters<P>): State;
  /**
   * The next finding that this time brings by itself, before anything that comes now is looked at. Asked again until
   * there is none.
   */
  due?(state: State, timeMs: number, parameters: Parameters<P>): Finding | undefined;
  /** @returns nothing where the reading says nothing */
  reading(state: State, reading: Reading, parameters: Parameters<P>): Finding | undefined;
  /** The strap has sent something, and no usable heart rate. */
  unusable?(state: State): void;
  /** The signal has changed. What is on the way to being found within the limits begins anew unless it is live. */
  signal?(state: State, news: SignalNews, parameters: Parameters<P>): void;
  /**
   * All times so far were wrong by `correctionMs` and are corrected from now on: the same state, as it is in corrected
   * time. Nothing that was seen counts twice or not at all.
   */
  shift(state: State, correctionMs: number, parameters: Parameters<P>): void;
}

/** Keeps the types of a kind's parameters and state without writing them twice. */
export function ruleKind<const P extends ParameterTable, State extends RuleState>(
  kind: RuleKind<P, State>,
): RuleKind<P, State> {
  return kind;
}
