/** Limits and other keys of a merged rule that are right one by one and make no sense together. */
import type { Nonsense } from '../domain/rules/rule.ts';
import { check } from './issue-problems.ts';
import { heightOf, homeOf, type MergedRule, type RulePart, topOf, withPart } from './merged-rule.ts';
import type { Problem } from './problem.ts';
import type { KindSchemas } from './rule-schemas.ts';
import { subject } from './wording.ts';
import type { Path, YamlFile } from './yaml-file.ts';

/** Whose rule it is, and what it would be called in their entry. */
export interface Holder {
  /** Of the athlete. */
  readonly athlete: Path;
  /** Of the rule in the athlete's entry, whether it stands there or not. */
  readonly rule: Path;
}

/**
 * Limits that no heart rate can be within would alert for ever. The one that was written last is to blame.
 *
 * @param limits as they are written, or what they come to
 * @param holder the athlete, where it is the athlete's numbers that cross limits of others
 */
export function crossedLimits(
  file: YamlFile,
  merged: MergedRule,
  limits: Readonly<Record<string, unknown>>,
  holder?: Holder,
): Problem[] {
  const { above, below } = limits;
  if (typeof above !== 'number' || typeof below !== 'number' || below < above) return [];
  const key = heightOf(merged, 'above') > heightOf(merged, 'below') ? 'above' : 'below';
  const home = homeOf(merged, key) ?? topOf(merged);
  const isAthletes = holder !== undefined && home[0] !== 'athletes';
  const rule = subject(file, isAthletes ? holder.rule : home);
  const what = `${rule} has "below" ${below}, not less than "above" ${above}, and would always alert`;
  const remedy = 'let "below" be the smaller of the two';
  return [file.problem(isAthletes ? holder.athlete : [...home, key], 'value', what, remedy)];
}

/**
 * Stands at the key that would mend it, if that layer is wrong with what is below it; at the rule in the layer that made
 * it wrong otherwise; and at the athlete if it is wrong with the athlete's numbers only.
 */
export function nonsenseProblem(
  file: YamlFile,
  schemas: KindSchemas,
  merged: MergedRule,
  { key, what, remedy }: Nonsense,
  holder: Holder,
): Problem {
  const home = homeOf(merged, key) ?? topOf(merged);
  const cause = causeOf(schemas, merged, { key, what })?.path ?? (home[0] === 'athletes' ? home : undefined);
  if (cause === home) return file.problem([...home, key], 'value', `${subject(file, home)} ${what}`, remedy);
  const top = topOf(merged);
  const blamed = cause ?? (top[0] === 'athletes' ? top : holder.athlete);
  const rule = subject(file, cause ?? holder.rule);
  return file.problem(blamed, 'key', `${rule} ${what}`, remedy);
}

/** The lowest layer, from the key's own up, with which the rule makes no sense whatever comes above it. */
function causeOf(
  schemas: KindSchemas,
  merged: MergedRule,
  { key, what }: Pick<Nonsense, 'key' | 'what'>,
): RulePart | undefined {
  const from = heightOf(merged, key);
  let lower: MergedRule = { name: merged.name, raw: {}, parts: [] };
  return merged.parts.find((part, height) => {
    lower = withPart(lower, part.path, part.raw);
    return height >= from && isNonsense(schemas, lower, what);
  });
}

function isNonsense({ kind, complete }: KindSchemas, { raw }: MergedRule, what: string): boolean {
  const alone = check(complete, raw);
  return alone.ok && kind.nonsense?.(alone.value as never)?.what === what;
}
