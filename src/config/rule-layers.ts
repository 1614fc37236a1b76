/**
 * The layers that an athlete's rules are put together from, lowest first: the presets that the defaults use, the defaults,
 * the presets of the athlete's team, the team, the athlete's own presets, the athlete's own entry. A later layer changes only
 * what differs. Presets use no presets, so there is no circle to be found.
 */
import { isMapping } from './issue-problems.ts';
import { nearest } from './nearest.ts';
import type { Problem } from './problem.ts';
import { NAME_PATTERN } from './rule-schema.ts';
import { quoteText, subject } from './wording.ts';
import type { Path, YamlFile } from './yaml-file.ts';

/** Stands in the place of a rule that one of the layers below gives, and ends it. */
export const OFF = 'off';

export type RawRule = Readonly<Record<string, unknown>>;

export interface Layer {
  /** Of whom it belongs to, as in `['teams', 'u16']`; its rules are in `rules` there. */
  readonly owner: Path;
  /** By name, as far as they have the form of rules. */
  readonly rules: ReadonlyMap<string, RawRule | typeof OFF>;
  /** All that is there has that form. What is missing otherwise is missing for that reason only. */
  readonly isSound: boolean;
}

/** What stands above what, and whether all of it was found. */
export interface Stack {
  readonly layers: readonly Layer[];
  readonly isWhole: boolean;
}

export interface RuleSources {
  readonly defaults: Stack;
  readonly teams: ReadonlyMap<string, Stack>;
  readonly presets: ReadonlyMap<string, Layer>;
  readonly problems: readonly Problem[];
}

/** What the file has for everybody, for a team and for whoever uses it. */
export function ruleSources(file: YamlFile): RuleSources {
  const data = isMapping(file.data) ? file.data : {};
  const presets = new Map(
    named(data['presets']).map(([name, preset]) => [name, layerOf(['presets', name], preset)] as const),
  );
  const problems: Problem[] = [];
  const above = (stack: Stack, owner: Path, entry: unknown): Stack => {
    const added = ownStack(file, presets, owner, entry);
    problems.push(...added.problems);
    return joined(stack, added);
  };
  const defaults = above({ layers: [], isWhole: true }, ['defaults'], data['defaults']);
  const teams = new Map(
    named(data['teams']).map(([name, team]) => [name, above(defaults, ['teams', name], team)] as const),
  );
  return { defaults, teams, presets, problems };
}

export function athleteStack(
  file: YamlFile,
  { defaults, teams, presets }: RuleSources,
  index: number,
  athlete: Readonly<Record<string, unknown>>,
): Stack & { readonly problems: readonly Problem[] } {
  const owner: Path = ['athletes', index];
  const { team } = athlete;
  const below = team === undefined ? defaults : typeof team === 'string' ? teams.get(team) : undefined;
  const own = ownStack(file, presets, owner, athlete);
  const unknown =
    typeof team === 'string' && below === undefined ? unknownTeam(file, owner, team, [...teams.keys()]) : [];
  return {
    ...joined(below ?? { ...defaults, isWhole: false }, own),
    problems: [...unknown, ...own.problems],
  };
}

/** What an entry uses, and above it the entry's own rules. */
function ownStack(
  file: YamlFile,
  presets: ReadonlyMap<string, Layer>,
  owner: Path,
  entry: unknown,
): Stack & { readonly problems: readonly Problem[] } {
  const use: unknown = isMapping(entry) && entry['use'] !== undefined ? entry['use'] : [];
  const names: readonly unknown[] = Array.isArray(use) ? use : [];
  const problems = names.flatMap((_, at) => useProblems(file, [...owner, 'use', at], names, presets));
  const used = names.flatMap((preset) => (typeof preset === 'string' ? (presets.get(preset) ?? []) : []));
  const isWhole = Array.isArray(use) && used.length === names.length;
  return { layers: [...used, layerOf(owner, entry)], isWhole, problems };
}

function joined(below: Stack, above: Stack): Stack {
  return { layers: [...below.layers, ...above.layers], isWhole: below.isWhole && above.isWhole };
}

function layerOf(owner: Path, entry: unknown): Layer {
  const isAbsent = entry === undefined || (isMapping(entry) && entry['rules'] === undefined);
  const rules: unknown = isAbsent ? {} : isMapping(entry) ? entry['rules'] : undefined;
  const given = isMapping(rules) ? Object.entries(rules) : [];
  const sound = given.filter(
    (pair): pair is [string, RawRule | typeof OFF] =>
      NAME_PATTERN.test(pair[0]) && (isMapping(pair[1]) || pair[1] === OFF),
  );
  const isSound = isMapping(rules) && sound.length === given.length;
  return { owner, rules: new Map(sound), isSound };
}

/** Entries of a map whose names may be names. */
function named(map: unknown): [string, unknown][] {
  return isMapping(map) ? Object.entries(map).filter(([name]) => NAME_PATTERN.test(name)) : [];
}

function unknownTeam(file: YamlFile, athlete: Path, team: string, known: readonly string[]): Problem[] {
  const path: Path = [...athlete, 'team'];
  if (file.isUnexpanded(path)) return [];
  const what = `${subject(file, athlete)} is in the unknown team ${quoteText(file.written(path) ?? '')}`;
  return [file.problem(path, 'value', what, suggestion(team, known, 'teams'))];
}

/** That an item is no text is a problem of form already. */
function useProblems(
  file: YamlFile,
  path: Path,
  names: readonly unknown[],
  presets: ReadonlyMap<string, Layer>,
): Problem[] {
  const at = Number(path.at(-1));
  const name = names[at];
  if (typeof name !== 'string' || file.isUnexpanded(path)) return [];
  const shown = quoteText(file.written(path) ?? '');
  const user = subject(file, path.slice(0, -1));
  if (!presets.has(name)) {
    const what = `${user} names the unknown preset ${shown}`;
    return [file.problem(path, 'value', what, suggestion(name, [...presets.keys()], 'presets'))];
  }
  if (names.indexOf(name) === at) return [];
  return [file.problem(path, 'value', `${user} names preset ${shown} twice`, 'keep one of the two')];
}

function suggestion(written: string, known: readonly string[], home: string): string {
  const near = nearest(written, known);
  if (near !== undefined) return `did you mean "${near}"?`;
  return known.length === 0 ? `add it to "${home}", or remove it` : `known here: ${known.join(', ')}`;
}
