/** Every kind of rule there is. A new one is a file beside this one and a line here. */
import { average } from './average.ts';
import type { Parameters, RuleKind } from './rule.ts';

export const RULE_KINDS = {
  average,
} as const;

type RuleKindName = keyof typeof RULE_KINDS;

/** A rule of one athlete: a kind with its parameters, under the name it has in the athletes file. */
export type Rule = {
  [K in RuleKindName]: {
    readonly name: string;
    readonly kind: K;
    readonly parameters: (typeof RULE_KINDS)[K] extends RuleKind<infer P, infer _State> ? Parameters<P> : never;
  };
}[RuleKindName];
