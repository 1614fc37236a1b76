/** A rule of one athlete as it is kept by the engine: its kind, what that has seen, and the alert. */
import type { AthleteId } from '../sample.ts';
import { type AlertLife, newLife } from './alert-life.ts';
import { RULE_KINDS, type Rule } from './kinds.ts';
import type { ParameterTable, RuleKind, RuleState } from './rule.ts';

/** A kind, with the tie between its state and its parameters forgotten: a watch keeps both together. */
export type AnyKind = RuleKind<ParameterTable, RuleState>;

export interface Watch {
  readonly kind: AnyKind;
  readonly parameters: Rule['parameters'];
  readonly life: AlertLife;
  state: RuleState;
}

function watchOf(athlete: AthleteId, rule: Rule): Watch {
  const kind = RULE_KINDS[rule.kind] as unknown as AnyKind;
  const { parameters } = rule;
  const life = newLife(athlete, rule, kind.limits(parameters));
  return { kind, parameters, life, state: kind.begin(parameters) };
}

/** Those about the signal come last, since they look at what the others have found. */
export function watchesOf(athlete: AthleteId, rules: readonly Rule[]): Watch[] {
  const watches = rules.map((rule) => watchOf(athlete, rule));
  const isLast = ({ kind }: Watch) => kind.isAboutSignal === true;
  return [...watches.filter((watch) => !isLast(watch)), ...watches.filter(isLast)];
}
