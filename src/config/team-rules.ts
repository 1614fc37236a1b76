/**
 * Puts each athlete's rules together from their layers and judges the result. A problem stands where its cause was
 * written, once: in the athlete's entry, the team, a preset or the defaults.
 */
import type { Rule } from '../domain/rules/kinds.ts';
import { athleteHeart } from './heart-numbers.ts';
import { type Incomplete, incompleteProblems } from './incomplete-rules.ts';
import { isMapping } from './issue-problems.ts';
import { LayerProblems } from './layer-problems.ts';
import { type MergedRule, mergedRule } from './merged-rule.ts';
import type { Problem } from './problem.ts';
import type { HeartNumbers } from './relative-rates.ts';
import { athleteStack, type RuleSources, ruleSources, type Stack } from './rule-layers.ts';
import type { KindDescriptions } from './rule-schema.ts';
import { RuleSchemas } from './rule-schemas.ts';
import { wholeRule } from './whole-rule.ts';
import { subject } from './wording.ts';
import type { YamlFile } from './yaml-file.ts';

/** Several times what a medical staff sets; each costs time at every reading, and at every load of the file. */
const RULES_MAX = 100;

/** A rule that an athlete is held against, and what it was made of. */
export interface EffectiveRule {
  readonly rule: Rule;
  readonly merged: MergedRule;
}

export interface AthleteRules {
  readonly stack: Stack;
  /** Absent where they have the wrong form. */
  readonly heart: HeartNumbers | undefined;
  /** In the order of their layers. */
  readonly rules: readonly EffectiveRule[];
  readonly off: readonly MergedRule[];
}

export interface TeamRules {
  /** By the athlete's place in the list; an athlete with a problem may have fewer than the file gives. */
  readonly athletes: ReadonlyMap<number, AthleteRules>;
  readonly unused: UnusedNames;
  readonly problems: readonly Problem[];
}

/** Teams that no athlete is in, and presets that nothing uses: no problem, and perhaps no intention. */
export interface UnusedNames {
  readonly teams: readonly string[];
  readonly presets: readonly string[];
}

/**
 * @param nowMs Unix time, by which ages are counted
 * @param todayMs the same where days are to be held against it
 */
export function teamRules(file: YamlFile, kinds: KindDescriptions, nowMs: number, todayMs?: number): TeamRules {
  const sources = ruleSources(file);
  const schemas = new RuleSchemas(kinds);
  const problems: Problem[] = [...sources.problems];
  const incomplete: Incomplete[] = [];
  const athletes = new Map<number, AthleteRules>();
  const { data } = file;
  const entries: readonly unknown[] = isMapping(data) && Array.isArray(data['athletes']) ? data['athletes'] : [];
  for (const [index, athlete] of entries.entries()) {
    if (!isMapping(athlete)) continue;
    const stack = athleteStack(file, sources, index, athlete);
    const heart = athleteHeart(file, index, athlete, nowMs);
    problems.push(...stack.problems, ...heart.problems);
    const excess = tooManyRules(file, stack);
    if (excess !== undefined) {
      problems.push(excess);
      continue;
    }
    const names = new Set(stack.layers.flatMap(({ rules }) => [...rules.keys()]));
    const merged = [...names].map((name) => mergedRule(stack.layers, name));
    const rules = merged.flatMap((each): EffectiveRule[] => {
      const kindSchemas = each.off === undefined ? schemas.of(each.raw['kind']) : undefined;
      if (kindSchemas === undefined) return [];
      const holder = { athlete: ['athletes', index], rule: ['athletes', index, 'rules', each.name] };
      const whole = wholeRule(file, kindSchemas, each, holder, heart.numbers);
      // What is not found might have given what seems wrong here.
      if (stack.isWhole) {
        problems.push(...whole.problems);
        incomplete.push(...whole.incomplete);
      }
      return whole.rule === undefined ? [] : [{ rule: whole.rule, merged: each }];
    });
    const off = merged.filter((each) => each.off !== undefined);
    problems.push(...unwatched(file, index, stack, off.length, names.size));
    athletes.set(index, { stack, heart: heart.numbers, rules, off });
  }
  const stacks = [...athletes.values()].map(({ stack }) => stack);
  const unused = unusedNames(sources, stacks);
  problems.push(
    ...layerProblems(new LayerProblems(file, schemas, todayMs), sources, stacks, unused),
    ...incompleteProblems(incomplete),
  );
  return { athletes, unused, problems };
}

/** Said at the layer that goes too far. Nothing else is said of the athlete's rules then, nor worked out. */
function tooManyRules(file: YamlFile, { layers }: Stack): Problem | undefined {
  const names = new Set<string>();
  for (const { owner, rules } of layers) {
    for (const name of rules.keys()) names.add(name);
    if (names.size <= RULES_MAX) continue;
    const path = [...owner, 'rules'];
    const what = `${subject(file, path)} brings the rules of an athlete to ${names.size}, more than ${RULES_MAX}`;
    return file.problem(path, 'key', what, 'remove some');
  }
  return undefined;
}

/** Everything that the file says of rules is looked at, whether an athlete has it or not. */
function layerProblems(
  found: LayerProblems,
  { defaults, teams, presets }: RuleSources,
  athletes: readonly Stack[],
  unused: UnusedNames,
): Problem[] {
  for (const stack of [defaults, ...teams.values(), ...athletes]) found.look(stack);
  for (const name of unused.presets) {
    const preset = presets.get(name);
    if (preset !== undefined) found.lookAtUnused(preset);
  }
  return found.problems();
}

function unusedNames({ defaults, teams, presets }: RuleSources, athletes: readonly Stack[]): UnusedNames {
  const ofAthletes = athletes.flatMap(({ layers }) => layers);
  const used = new Set([defaults, ...teams.values()].flatMap(({ layers }) => layers).concat(ofAthletes));
  const inhabited = new Set(ofAthletes.flatMap(({ owner: [home, name] }) => (home === 'teams' ? [name] : [])));
  return {
    teams: [...teams.keys()].filter((name) => !inhabited.has(name)),
    presets: [...presets].flatMap(([name, preset]) => (used.has(preset) ? [] : [name])),
  };
}

/** Where a layer is missing or has the wrong form, that is the problem, and no rules only follow from it. */
function unwatched(file: YamlFile, index: number, stack: Stack, off: number, named: number): Problem[] {
  if (off < named || !stack.isWhole || stack.layers.some(({ isSound }) => !isSound)) return [];
  const who = subject(file, ['athletes', index]);
  const problem = (what: string, remedy: string) => [file.problem(['athletes', index], 'value', what, remedy)];
  return named === 0
    ? problem(
        `${who} has no rules, so that nothing would watch them`,
        'add "rules" here, or to "defaults" for everybody',
      )
    : problem(
        `${who} has every rule switched off, so that nothing would watch them`,
        'leave one on, or let it be on trial with "shadow: true"',
      );
}
