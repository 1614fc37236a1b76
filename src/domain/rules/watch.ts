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

export interface Watched {
  /** Those about the signal come last, since they look at what the others have found. */
  readonly watches: readonly Watch[];
  /** Of the newest reading, Unix ms. */
  newestMs: number;
}

export function watchedOf(athlete: AthleteId, rules: readonly Rule[]): Watched {
  const watches = rules.map((rule) => watchOf(athlete, rule));
  const isLast = ({ kind }: Watch) => kind.isAboutSignal === true;
  const ordered = [...watches.filter((watch) => !isLast(watch)), ...watches.filter(isLast)];
  return { watches: ordered, newestMs: Number.NEGATIVE_INFINITY };
}

function watchOf(athlete: AthleteId, rule: Rule): Watch {
  const kind = RULE_KINDS[rule.kind] as unknown as AnyKind;
  const { parameters } = rule;
  const life = newLife(athlete, rule, kind.limits(parameters));
  return { kind, parameters, life, state: kind.begin(parameters) };
}

export function beginAnew(watched: Watched): void {
  watched.newestMs = Number.NEGATIVE_INFINITY;
  for (const watch of watched.watches) watch.state = watch.kind.begin(watch.parameters);
}

/**
 * Who was heard so long before a restart is expected to be heard after it; who was not has gone home, or has come only
 * now. A restart takes seconds, and an update with all that belongs to it some minutes.
 */
const EXPECTED_MS = 600_000;

/** The process is another one from this Unix time on: nobody has seen what happened in between. */
export function breakOffAtRestart({ watches, newestMs }: Watched, timeMs: number): void {
  const isExpected = timeMs >= newestMs && timeMs - newestMs <= EXPECTED_MS;
  const news = { timeMs, sinceMs: timeMs, state: 'no-signal' } as const;
  for (const { kind, state, parameters } of watches) {
    if (!kind.isAboutSignal || isExpected) kind.signal?.(state, news, parameters);
  }
}

/** A limit of the athlete's own is crossed, by an alert that alarms. */
export function isOverLimit({ watches }: Watched): boolean {
  return watches.some(({ kind, life }) => life.isOpen && life.rule.shadow !== true && kind.isAboutSignal !== true);
}
