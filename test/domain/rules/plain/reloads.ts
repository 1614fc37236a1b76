/** The athletes file changed in the middle of a story, and what that means told plainly. */
import { isDeepStrictEqual } from 'node:util';
import { Random } from '../../../../simulator/random.ts';
import type { Rule } from '../../../../src/domain/rules/kinds.ts';
import type { Past } from './history.ts';
import { ruleOf } from './stories.ts';
import type { Step } from './story.ts';

const RELOADS = 8;

/** @returns the story with changes of the athletes file in it, some of which change nothing */
export function withReloads(rule: Rule, story: readonly Step[], seed: number): Step[] {
  const random = new Random(seed ^ 0x2e10ad);
  const pick = <T>(...choices: readonly T[]): T => choices[Math.floor(random.uniform() * choices.length)] as T;
  const places = Array.from({ length: RELOADS }, () => 1 + Math.floor(random.uniform() * (story.length - 1)));
  let current = rule;
  return story.flatMap((step, at) => {
    if (!places.includes(at)) return [step];
    const rules = pick<() => readonly Rule[] | undefined>(
      () => [current],
      () => [current],
      () => [{ ...current, severity: 'critical' }],
      () => [ruleOf(rule.kind, Math.floor(random.uniform() * 1e6))],
      () => [ruleOf(rule.kind, Math.floor(random.uniform() * 1e6))],
      () => [otherBudget(current)],
      () => [flipped(current)],
      () => [],
      () => undefined,
    )();
    current = rules?.[0] ?? current;
    const timeMs = timeBefore(story.slice(0, at)) + Math.floor(random.uniform() * 1_000);
    return [{ type: 'reload', rules, timeMs }, step];
  });
}

function otherBudget(rule: Rule): Rule {
  if (rule.kind !== 'load') return rule;
  const { parameters } = rule;
  return { ...rule, parameters: { ...parameters, budget: parameters.budget * 2 } };
}

function flipped(rule: Rule): Rule {
  if (rule.shadow === undefined) return { ...rule, shadow: true };
  const { shadow: _, ...alarm } = rule;
  return alarm as Rule;
}

/** When the last thing before came, by the time that is kept then. */
function timeBefore(story: readonly Step[]): number {
  let correctionMs = 0;
  for (const step of [...story].reverse()) {
    if (step.type === 'shift') correctionMs += step.correctionMs;
    if (step.type === 'sample') return step.sample.timeMs + correctionMs;
  }
  return correctionMs;
}

export function ruleIn(rules: readonly Rule[] | undefined): Rule | undefined {
  return rules?.[0];
}

/** The two look at the same of the same readings, whatever comes of it. */
export function isSameJudge(rule: Rule, other: Rule): boolean {
  if (rule.kind === 'load' && other.kind === 'load') {
    const [{ budget: _, ...looked }, { budget: __, ...otherLooked }] = [rule.parameters, other.parameters];
    return isDeepStrictEqual(looked, otherLooked);
  }
  return rule.kind === other.kind && isDeepStrictEqual(rule.parameters, other.parameters);
}

/** The loss of signal that goes on at the end of this stretch of the past. */
export function lossOf(stretch: readonly Past[]): (Past & { kind: 'break' }) | undefined {
  const sinceLive = stretch.slice(stretch.findLastIndex(({ kind }) => kind === 'live') + 1);
  return sinceLive.find((each) => each.kind === 'break' && each.state !== 'restart') as
    | (Past & { kind: 'break' })
    | undefined;
}

export function newestOf(stretch: readonly Past[]): number {
  return Math.max(...stretch.map((each) => (each.kind === 'reading' ? each.t : Number.NEGATIVE_INFINITY)), -Infinity);
}
