/**
 * Puts each athlete's rules together from the defaults and what the athlete's own entry changes, and judges the
 * result. A problem stands where its cause was written: in the athlete's entry, or once in the defaults.
 */
import type { Rule } from '../domain/rules/kinds.ts';
import type { Nonsense } from '../domain/rules/rule.ts';
import { athleteLimits } from './athlete-limits.ts';
import { athleteHeart } from './heart-numbers.ts';
import { check, type Issue, isMapping, issueProblems, missingProblem, pathOf } from './issue-problems.ts';
import { nearest, suggest } from './nearest.ts';
import type { Problem } from './problem.ts';
import type { HeartNumbers } from './relative-rates.ts';
import { completeRule, type KindDescription, type KindDescriptions, NAME_PATTERN, partialRule } from './rule-schema.ts';
import { quoteText, subject } from './wording.ts';
import type { Path, YamlFile } from './yaml-file.ts';

type RawRule = Readonly<Record<string, unknown>>;

/** The defaults' rules by name, whatever else is wrong with them. */
type DefaultRules = ReadonlyMap<string, RawRule>;

const DEFAULTS: Path = ['defaults', 'rules'];

export interface TeamRules {
  /** By the athlete's place in the list; an athlete with a problem may have fewer than the file gives. */
  readonly rules: ReadonlyMap<number, readonly Rule[]>;
  readonly problems: readonly Problem[];
}

/** @param nowMs Unix time, by which ages are counted */
export function teamRules(file: YamlFile, kinds: KindDescriptions, nowMs: number): TeamRules {
  const { data } = file;
  const defaults = rawRules(isMapping(data) && isMapping(data['defaults']) ? data['defaults']['rules'] : undefined);
  const problems = [...defaults].flatMap(([name, raw]) => defaultProblems(file, kinds, [...DEFAULTS, name], raw));
  const rules = new Map<number, readonly Rule[]>();
  const incomplete: Incomplete[] = [];
  const athletes: readonly unknown[] = isMapping(data) && Array.isArray(data['athletes']) ? data['athletes'] : [];
  for (const [index, athlete] of athletes.entries()) {
    if (!isMapping(athlete)) continue;
    const own = rawRules(athlete['rules']);
    const names = new Set([...defaults.keys(), ...own.keys()]);
    const heart = athleteHeart(file, index, athlete, nowMs);
    problems.push(...heart.problems);
    const merged = [...names].map((name) =>
      mergeRule(file, kinds, { defaults, own: own.get(name), heart: heart.numbers }, index, name),
    );
    problems.push(...merged.flatMap((result) => result.problems));
    incomplete.push(...merged.flatMap((result) => result.incomplete));
    rules.set(
      index,
      merged.flatMap((result) => result.rule ?? []),
    );
    if (names.size === 0 && isAbsentOrMap(athlete['rules']) && isAbsentOrMap(defaultsRules(data))) {
      const who = subject(file, ['athletes', index]);
      const what = `${who} has no rules, so that nothing would watch them`;
      problems.push(
        file.problem(['athletes', index], 'value', what, 'add "rules" here, or to "defaults" for everybody'),
      );
    }
  }
  return { rules, problems: [...problems, ...incompleteProblems(incomplete)] };
}

/** A merged rule lacks something, which either the defaults or the athlete could give. */
interface Incomplete {
  readonly rule: string;
  readonly lack: string;
  /** The athlete changes nothing in this rule, so that the defaults alone are to blame. */
  readonly inherited: boolean;
  readonly problem: Problem;
}

interface Merged {
  readonly rule?: Rule;
  readonly problems: readonly Problem[];
  readonly incomplete: readonly Incomplete[];
}

/** What the defaults lack is said there, and not again for the athletes who change something else in that rule. */
function incompleteProblems(incomplete: readonly Incomplete[]): Problem[] {
  const blamed = new Set(incomplete.filter(({ inherited }) => inherited).map(({ rule, lack }) => `${rule}\n${lack}`));
  return incomplete
    .filter(({ inherited, rule, lack }) => inherited || !blamed.has(`${rule}\n${lack}`))
    .map(({ problem }) => problem);
}

/** What is wrong with a default rule by itself, even if every athlete had something else in that place. */
function defaultProblems(file: YamlFile, kinds: KindDescriptions, path: Path, raw: RawRule): Problem[] {
  const kind = kindOf(kinds, raw);
  if (kind === undefined) return kindProblems(file, kinds, path, raw, undefined);
  const result = check(partialRule(String(raw['kind']), kind), raw);
  return result.ok ? [] : result.issues.flatMap((issue) => ruleIssue(file, issue, path, raw));
}

/** What a complete rule says, its parameters apart. */
interface WrittenRule {
  readonly kind: string;
  readonly severity?: string;
  readonly shadow?: boolean;
  readonly repeat?: number;
}

interface Sources {
  readonly defaults: DefaultRules;
  readonly own: RawRule | undefined;
  /** Absent where they have the wrong form. */
  readonly heart: HeartNumbers | undefined;
}

function mergeRule(
  file: YamlFile,
  kinds: KindDescriptions,
  { defaults, own, heart }: Sources,
  athlete: number,
  name: string,
): Merged {
  const inherited = defaults.get(name);
  const ownPath: Path = ['athletes', athlete, 'rules', name];
  // Parameters of another kind would make no sense in this one: a rule of another kind replaces the default.
  const base = own?.['kind'] === undefined || own['kind'] === inherited?.['kind'] ? inherited : undefined;
  const raw = { ...base, ...own };
  const kind = kindOf(kinds, raw);
  if (kind === undefined) {
    const isDefaultsFault = own === undefined || (base !== undefined && own['kind'] === undefined);
    const problems = isDefaultsFault ? [] : kindProblems(file, kinds, ownPath, raw, defaults);
    return { problems, incomplete: [] };
  }
  /** Where a key of the merged rule was written. */
  const home = (key: string): Path => (own !== undefined && Object.hasOwn(own, key) ? ownPath : [...DEFAULTS, name]);
  const result = check(completeRule(String(raw['kind']), kind), raw);
  const issues = result.ok ? [] : result.issues;
  const lacks = issues.map(pathOf).filter(([key]) => key !== undefined && raw[key] === undefined);
  const holder = own === undefined ? [...DEFAULTS, name] : ownPath;
  const incomplete = [
    ...lacks.map(([key]) => ({ lack: String(key), problem: missingProblem(file, [...holder, String(key)]) })),
    ...unmetChoices(kind, raw).map((choice) => ({
      lack: choice.join(),
      problem: choiceProblem(file, holder, choice, own === undefined),
    })),
  ].map((found) => ({ ...found, rule: name, inherited: own === undefined }));
  // What stands in the defaults is judged there already.
  const problems = issues
    .flatMap((issue) => ownPart(issue, own))
    .filter((issue) => raw[String(pathOf(issue)[0])] !== undefined || pathOf(issue).length === 0)
    .flatMap((issue) => ruleIssue(file, issue, ownPath, own ?? {}));
  if (!result.ok || incomplete.length > 0) {
    return { problems: [...problems, ...crossedLimits(file, raw, home, ownPath)], incomplete };
  }
  if (heart === undefined) return { problems: [], incomplete: [] };
  const { kind: kindName, severity, shadow, repeat, ...written } = result.value as WrittenRule;
  const place = { file, athlete: ['athletes', athlete], rule: ownPath, home };
  const { parameters, isEstimated, problems: unresolved } = athleteLimits(place, kind, written, heart);
  const isRelative = [raw['above'], raw['below']].some((limit) => typeof limit === 'string');
  const crossed =
    unresolved.length > 0
      ? unresolved
      : crossedLimits(file, parameters, home, ownPath, isRelative ? place.athlete : undefined);
  const nonsense = crossed.length > 0 ? undefined : kind.nonsense?.(parameters as never);
  if (crossed.length > 0) return { problems: crossed, incomplete: [] };
  if (nonsense !== undefined) {
    const isDefaultsFault = base !== undefined && isNonsenseAlone(kind, base, nonsense);
    const athletes = own === undefined ? place.athlete : ownPath;
    const problem = nonsenseProblem(file, nonsense, { home, ownPath, blamed: isDefaultsFault ? undefined : athletes });
    return { problems: [problem], incomplete: [] };
  }
  const settings = {
    ...(severity === undefined ? {} : { severity }),
    ...(shadow === true ? { shadow } : {}),
    ...(repeat === undefined || repeat === 0 ? {} : { repeatMs: repeat }),
    ...(isEstimated ? { estimated: true } : {}),
  };
  // The schema was built from the kind's own table, which is where the type of its parameters comes from too.
  return { rule: { name, kind: kindName, parameters, ...settings } as Rule, problems: [], incomplete: [] };
}

/** The issue as far as it is about what the athlete's own entry says. */
function ownPart(issue: Issue, own: RawRule | undefined): Issue[] {
  if (own === undefined) return [];
  if (issue.code === 'unrecognized_keys') {
    const keys = issue.keys.filter((key) => Object.hasOwn(own, key));
    return keys.length === 0 ? [] : [{ ...issue, keys }];
  }
  return Object.hasOwn(own, String(pathOf(issue)[0])) ? [issue] : [];
}

function ruleIssue(file: YamlFile, issue: Issue, path: Path, raw: RawRule): Problem[] {
  const [key] = pathOf(issue);
  return issueProblems(file, issue, [...path, ...pathOf(issue)], key === undefined ? raw : raw[key]);
}

function unmetChoices(kind: KindDescription, raw: RawRule): (readonly string[])[] {
  return kind.atLeastOneOf.filter((choice) => choice.every((key) => raw[key] === undefined));
}

function choiceProblem(file: YamlFile, path: Path, choice: readonly string[], inDefaults: boolean): Problem {
  const keys = choice.map((key) => `"${key}"`).join(' or ');
  const remedy = inDefaults ? `add ${keys} here, or to every athlete` : `add ${keys}`;
  return file.problem(path, 'key', `${subject(file, path)} needs ${keys}`, remedy);
}

/**
 * Limits that no heart rate can be within would alert for ever.
 *
 * @param blamed the athlete, where it is the athlete's numbers that cross limits of the defaults
 */
function crossedLimits(
  file: YamlFile,
  raw: RawRule,
  home: (key: string) => Path,
  ownPath: Path,
  blamed?: Path,
): Problem[] {
  const { above, below } = raw;
  if (typeof above !== 'number' || typeof below !== 'number' || below < above) return [];
  const key = home('below') === ownPath || home('above') !== ownPath ? 'below' : 'above';
  const isAthletes = blamed !== undefined && home(key) !== ownPath;
  const rule = subject(file, isAthletes ? ownPath : home(key));
  const what = `${rule} has "below" ${below}, not less than "above" ${above}, and would always alert`;
  const remedy = 'let "below" be the smaller of the two';
  return [file.problem(isAthletes ? blamed : [...home(key), key], 'value', what, remedy)];
}

/** A default rule makes no sense whatever an athlete changes in it and whatever the athlete's numbers are. */
function isNonsenseAlone(kind: KindDescription, base: RawRule, { what }: Nonsense): boolean {
  const alone = check(completeRule(String(base['kind']), kind), base);
  return alone.ok && kind.nonsense?.(alone.value as never)?.what === what;
}

/**
 * What makes no sense together stands where the key was written that would mend it, unless that is right for others: then
 * it is the athlete's.
 */
function nonsenseProblem(
  file: YamlFile,
  { key, what, remedy }: Nonsense,
  { home, ownPath, blamed }: { home: (key: string) => Path; ownPath: Path; blamed: Path | undefined },
): Problem {
  const rule = home(key);
  if (rule === ownPath || blamed === undefined) {
    return file.problem([...rule, key], 'value', `${subject(file, rule)} ${what}`, remedy);
  }
  return file.problem(blamed, 'key', `${subject(file, ownPath)} ${what}`, remedy);
}

/** A rule without a kind that exists; one whose name is nearly that of a default was probably meant to change that. */
function kindProblems(
  file: YamlFile,
  kinds: KindDescriptions,
  path: Path,
  raw: RawRule,
  defaults: DefaultRules | undefined,
): Problem[] {
  const known = Object.keys(kinds);
  const rule = subject(file, path);
  const place: Path = [...path, 'kind'];
  const { kind } = raw;
  if (file.isUnexpanded(place)) return [];
  if (typeof kind === 'string') {
    const what = `${rule} has the unknown kind ${quoteText(file.written(place) ?? '')}`;
    return [file.problem(place, 'value', what, suggest(kind, known))];
  }
  if (kind !== undefined) {
    return [file.problem(place, 'value', `${rule} has a kind that is no text`, `known here: ${known.join(', ')}`)];
  }
  const add = `add "kind" (${known.join(', ')})`;
  if (defaults === undefined) return [file.problem(path, 'key', `${rule} has no "kind"`, add)];
  const near = nearest(String(path.at(-1)), [...defaults.keys()]);
  const remedy = near === undefined ? add : `did you mean "${near}"? Otherwise ${add}`;
  return [file.problem(path, 'key', `${rule} has no "kind", and no default rule has its name`, remedy)];
}

function kindOf(kinds: KindDescriptions, { kind }: RawRule): KindDescription | undefined {
  return typeof kind === 'string' && Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
}

function rawRules(rules: unknown): Map<string, RawRule> {
  const entries = isMapping(rules) ? Object.entries(rules) : [];
  return new Map(
    entries.flatMap(([name, rule]) => (isMapping(rule) && NAME_PATTERN.test(name) ? [[name, rule] as const] : [])),
  );
}

function defaultsRules(data: unknown): unknown {
  if (!isMapping(data) || data['defaults'] === undefined) return undefined;
  return isMapping(data['defaults']) ? data['defaults']['rules'] : null;
}

/** Anything else is a problem of form already, and empty for that reason only. */
function isAbsentOrMap(rules: unknown): boolean {
  return rules === undefined || (isMapping(rules) && Object.keys(rules).length === 0);
}
