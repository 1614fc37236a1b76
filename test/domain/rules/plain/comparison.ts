/** Tells one story to the engine and to its plain counterpart, and holds what they say against each other. */
import assert from 'node:assert/strict';
import type { Rule } from '../../../../src/domain/rules/kinds.ts';
import { toldPlainly } from './plainly.ts';
import { withReloads } from './reloads.ts';
import { ruleOf, storyOf } from './stories.ts';
import { type Step, told } from './story.ts';

const STEPS = 300;

/** Corrections of the clock by this keep every window that a rule of a story has in its place. */
const ALIGN_MS = 60_000;

/** @returns how many events there were */
export function compareStory(kind: Rule['kind'], seed: number): number {
  const rule = ruleOf(kind, seed);
  const alignMs = 'window' in rule.parameters ? rule.parameters.window : 1;
  return compare(rule, storyOf(seed, STEPS, alignMs), `${kind}, seed ${seed}`);
}

/** The same with the athletes file changed in the middle. */
export function compareReloads(kind: Rule['kind'], seed: number): number {
  const rule = ruleOf(kind, seed);
  const alignMs = 'window' in rule.parameters ? ALIGN_MS : 1;
  const story = withReloads(rule, storyOf(seed, STEPS, alignMs), seed);
  return compare(rule, story, `${kind} with reloads, seed ${seed}`);
}

export function compare(rule: Rule, story: readonly Step[], what: string): number {
  const events = told(rule, story).map(({ event, timeMs, value }) => ({ event, timeMs, value }));
  assert.deepEqual(events, toldPlainly(rule, story), `${what}: ${JSON.stringify(rule)}`);
  return events.length;
}
