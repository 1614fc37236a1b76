/** A merged rule as one athlete has it: is it whole, does it make sense, and what is it in bpm? */
import type { Rule } from '../domain/rules/kinds.ts';
import { athleteLimits } from './athlete-limits.ts';
import { crossedLimits, type Holder, nonsenseProblem } from './crossed-limits.ts';
import { choiceProblem, type Incomplete } from './incomplete-rules.ts';
import { check, missingProblem, pathOf } from './issue-problems.ts';
import { homeOf, type MergedRule, topOf } from './merged-rule.ts';
import type { Problem } from './problem.ts';
import type { HeartNumbers } from './relative-rates.ts';
import type { RawRule } from './rule-layers.ts';
import type { KindDescription } from './rule-schema.ts';
import type { KindSchemas } from './rule-schemas.ts';
import { subject } from './wording.ts';
import type { YamlFile } from './yaml-file.ts';

export interface WholeRule {
  readonly rule?: Rule;
  readonly problems: readonly Problem[];
  readonly incomplete: readonly Incomplete[];
}

/** What a complete rule says, its parameters apart. */
interface WrittenRule {
  readonly kind: string;
  readonly severity?: string;
  readonly shadow?: boolean;
  readonly repeat?: number;
  readonly responses?: string[];
}

/** @param heart absent where it has the wrong form, which is a problem of its own */
export function wholeRule(
  file: YamlFile,
  schemas: KindSchemas,
  merged: MergedRule,
  holder: Holder,
  heart: HeartNumbers | undefined,
): WholeRule {
  const { name, raw } = merged;
  const { kind } = schemas;
  const result = check(schemas.complete, raw);
  const incomplete = lacks(
    file,
    kind,
    merged,
    holder,
    result.ok ? [] : result.issues.map((issue) => String(pathOf(issue)[0])),
  );
  if (!result.ok || incomplete.length > 0) return { problems: crossedLimits(file, merged, raw), incomplete };
  if (heart === undefined) return { problems: [], incomplete: [] };
  const { kind: kindName, severity, shadow, repeat, responses, ...written } = result.value as WrittenRule;
  const place = { file, ...holder, home: (key: string) => homeOf(merged, key) };
  const { parameters, isEstimated, problems: unresolved } = athleteLimits(place, kind, written, heart);
  if (unresolved.length > 0) return { problems: unresolved, incomplete: [] };
  const isRelative = [raw['above'], raw['below']].some((limit) => typeof limit === 'string');
  const crossed = crossedLimits(file, merged, parameters, isRelative ? holder : undefined);
  if (crossed.length > 0) return { problems: crossed, incomplete: [] };
  const nonsense = kind.nonsense?.(parameters as never);
  if (nonsense !== undefined) {
    return { problems: [nonsenseProblem(file, schemas, merged, nonsense, holder)], incomplete: [] };
  }
  const settings = {
    ...(severity === undefined ? {} : { severity }),
    ...(shadow === true ? { shadow } : {}),
    ...(repeat === undefined || repeat === 0 ? {} : { repeatMs: repeat }),
    ...(responses === undefined ? {} : { responses }),
    ...(isEstimated ? { estimated: true } : {}),
  };
  // The schema was built from the kind's own table, which is where the type of its parameters comes from too.
  return { rule: { name, kind: kindName, parameters, ...settings } as unknown as Rule, problems: [], incomplete: [] };
}

/** @param wrong keys whose values will not do, the absent ones among them */
function lacks(
  file: YamlFile,
  kind: KindDescription,
  merged: MergedRule,
  holder: Holder,
  wrong: readonly string[],
): Incomplete[] {
  const { name, raw, parts } = merged;
  const top = topOf(merged);
  const missing = wrong.filter((key) => Object.hasOwn(kind.parameters, key) && raw[key] === undefined);
  const unmet = kind.atLeastOneOf.filter((choice) => isUnmet(choice, raw));
  const common = { rule: name, layers: parts.map(({ path }) => path.join('\n')) };
  return [
    ...missing.map((key) =>
      isOfAthlete(kind, key) && top[0] !== 'athletes'
        ? { rule: name, layers: [holder.athlete.join('\n')], lack: key, problem: unset(file, holder, name, key) }
        : { ...common, lack: key, problem: missingProblem(file, [...top, key]) },
    ),
    ...unmet.map((choice) => ({ ...common, lack: choice.join('\n'), problem: choiceProblem(file, top, choice) })),
  ];
}

function isOfAthlete({ parameters }: KindDescription, key: string): boolean {
  const spec = parameters[key];
  return spec !== undefined && 'isOfAthlete' in spec && spec.isOfAthlete === true;
}

/** The athlete, of whom the file says nothing about this rule, has to have one of their own. */
function unset(file: YamlFile, { athlete, rule }: Holder, name: string, key: string): Problem {
  const what = `${subject(file, [...rule, key])} is missing`;
  return file.problem(athlete, 'value', what, `add it to the "rules" of the athlete, as in { ${name}: { ${key}: 1 } }`);
}

function isUnmet(choice: readonly string[], raw: RawRule): boolean {
  return choice.every((key) => raw[key] === undefined);
}
