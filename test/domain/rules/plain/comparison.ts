/** Tells one story to the engine and to its plain counterpart, and holds what they say against each other. */
import assert from 'node:assert/strict';
import { RULE_KINDS, type Rule } from '../../../../src/domain/rules/kinds.ts';
import type { ParameterTable, RuleKind, RuleState } from '../../../../src/domain/rules/rule.ts';
import { toldPlainly } from './plainly.ts';
import { ruleOf, storyOf } from './stories.ts';
import { type Step, told } from './story.ts';

const STEPS = 300;

/** @returns how many events there were */
export function compareStory(kind: Rule['kind'], seed: number): number {
  const rule = ruleOf(kind, seed);
  const alignMs = 'window' in rule.parameters ? rule.parameters.window : 1;
  return compare(rule, storyOf(seed, STEPS, alignMs), `${kind}, seed ${seed}`);
}

export function compare(rule: Rule, story: readonly Step[], what: string): number {
  const { memoryMs } = RULE_KINDS[rule.kind] as unknown as RuleKind<ParameterTable, RuleState>;
  const events = told(rule, story).map(({ event, timeMs, value }) => ({ event, timeMs, value }));
  assert.deepEqual(events, toldPlainly(rule, story, memoryMs(rule.parameters)), `${what}: ${JSON.stringify(rule)}`);
  return events.length;
}
