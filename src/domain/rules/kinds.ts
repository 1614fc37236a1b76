/** Every kind of rule there is. A new one is a file beside this one and a line here. */
import type { Severity } from '../alert.ts';
import { average } from './average.ts';
import { change } from './change.ts';
import { load } from './load.ts';
import { recovery } from './recovery.ts';
import { returnToPlay } from './return-to-play.ts';
import type { Parameters, RuleKind } from './rule.ts';
import { signal } from './signal.ts';
import { sustained } from './sustained.ts';
import { variability } from './variability.ts';

export const RULE_KINDS = {
  average,
  sustained,
  change,
  recovery,
  load,
  variability,
  signal,
  'return-to-play': returnToPlay,
} as const;

type RuleKindName = keyof typeof RULE_KINDS;

/** What may be said of a rule of any kind. */
interface RuleSettings {
  /** Of its alerts; `USUAL_SEVERITY` if absent. */
  readonly severity?: Severity;
  /** It is on trial: its alerts are recorded and alarm nobody. */
  readonly shadow?: true;
  /** The least time from one alert to the next, ms; none if absent. */
  readonly repeatMs?: number;
  /** The names of the responses to its alerts; absent for those whose severity fits. */
  readonly responses?: readonly string[];
  /** A limit rests on a maximum heart rate that was estimated from the age. */
  readonly estimated?: true;
}

/** A rule of one athlete: a kind with its parameters, under the name it has in the athletes file. */
export type Rule = {
  [K in RuleKindName]: RuleSettings & {
    readonly name: string;
    readonly kind: K;
    readonly parameters: (typeof RULE_KINDS)[K] extends RuleKind<infer P, infer _State> ? Parameters<P> : never;
  };
}[RuleKindName];
