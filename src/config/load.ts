/**
 * Reads gateway.yaml and the athletes file that it names, and gives either a configuration that can be relied
 * upon or every problem of both files at once. Nothing is written, created or looked up on a network.
 */
import { dirname, resolve } from 'node:path';
import type { Athlete, Team, TeamVersion } from '../domain/athlete.ts';
import { athletesSchema } from './athletes-schema.ts';
import { type ExplainedAthlete, explained, type SoundAthlete } from './explanation.ts';
import { gatewayProblems, shownPath } from './gateway-checks.ts';
import { type GatewaySettings, gatewaySchema } from './gateway-schema.ts';
import { gatewaySettings } from './gateway-settings.ts';
import { check, isMapping, problemsOf } from './issue-problems.ts';
import { type Problem, sortProblems } from './problem.ts';
import { responseNames } from './response-checks.ts';
import { unknownResponses } from './rule-responses.ts';
import { type KindDescriptions, KNOWN_KINDS } from './rule-schema.ts';
import { isPath } from './schema-parts.ts';
import { teamRules, type UnusedNames } from './team-rules.ts';
import { strapMatch, uniquenessProblems } from './team-uniqueness.ts';
import { readText, type Text } from './text-file.ts';
import { type UnreadyResponse, unreadyResponses } from './unready-responses.ts';
import { YamlFile } from './yaml-file.ts';

export type Loaded<T> =
  | { readonly ok: true; readonly value: T }
  /** Sorted by file, line and column; never empty. */
  | { readonly ok: false; readonly problems: readonly Problem[] };

interface Configuration {
  readonly settings: GatewaySettings;
  readonly team: Team;
  /** Of the athletes file. */
  readonly athletesVersion: string;
}

/** A configuration with where the rules of its athletes come from. */
export interface ExplainedConfiguration extends Configuration {
  /** In the order of the team. */
  readonly explained: readonly ExplainedAthlete[];
  readonly unused: UnusedNames;
}

/** A configuration that a gateway can begin with. */
export interface UsableConfiguration extends Configuration {
  /** What is not there that responses need. */
  readonly unready: readonly UnreadyResponse[];
}

/**
 * What responses need of the machine is no condition here.
 *
 * @param nowMs Unix time, by which the ages of athletes are counted
 */
export function loadConfiguration(
  path: string,
  env: NodeJS.ProcessEnv,
  nowMs = Date.now(),
): Loaded<UsableConfiguration> {
  return mapped(readConfiguration(path, env, nowMs, 'any'), ({ settings, unready, found: { team, version } }) => ({
    settings,
    team,
    athletesVersion: version,
    unready,
  }));
}

/** Whether days are held against the clock: not where it may have lost its time, as where a gateway begins. */
export type Days = 'any' | 'not-to-come';

/** As `loadConfiguration`, for whoever wants to know why it is what it is, and whether all that it names is there. */
export function explainConfiguration(
  path: string,
  env: NodeJS.ProcessEnv,
  nowMs = Date.now(),
  days: Days = 'any',
): Loaded<ExplainedConfiguration> {
  const read = readConfiguration(path, env, nowMs, days, 'refused');
  return mapped(read, ({ settings, found: { file, team, version, athletes, unused } }) => ({
    settings,
    team,
    athletesVersion: version,
    explained: athletes.map((athlete) => explained(file, KNOWN_KINDS, athlete)),
    unused,
  }));
}

/** The gateway's file alone, for whoever asks a running gateway: what is in force there is not what is on the disk. */
export function loadSettings(path: string, env: NodeJS.ProcessEnv): Loaded<GatewaySettings> {
  const read = readText(path);
  if (!read.ok) return failed([unreadable(path, read)]);
  const found = settingsOf(new YamlFile(path, read.text, env), dirname(resolve(path)), 'told');
  return mapped(found, ({ settings }) => settings);
}

/** The athletes file as it was read, with its version. @param shown how its path is called in problems */
export function teamVersionOf(
  shown: string,
  read: Text,
  env: NodeJS.ProcessEnv,
  nowMs = Date.now(),
  responses?: readonly string[],
): Loaded<TeamVersion> {
  if (!read.ok) return failed([unreadable(shown, read)]);
  const { text, version } = read;
  const found = foundTeam(new YamlFile(shown, text, env), KNOWN_KINDS, nowMs, 'any', responses);
  return mapped(found, ({ team }) => ({ team, version }));
}

/** The athletes file by itself, as rehearsing needs it. */
export function loadTeam(path: string, env: NodeJS.ProcessEnv, nowMs = Date.now(), days: Days = 'any'): Loaded<Team> {
  const read = readText(path);
  if (!read.ok) return failed([unreadable(path, read)]);
  return teamOf(new YamlFile(path, read.text, env), KNOWN_KINDS, nowMs, days);
}

/** The team of a file that has been read. The kinds of rules come in so that a kind can be tried out in a test. */
export function teamOf(file: YamlFile, kinds: KindDescriptions, nowMs: number, days: Days = 'any'): Loaded<Team> {
  return mapped(foundTeam(file, kinds, nowMs, days), ({ team }) => team);
}

/** A team with what it was made of. */
interface FoundTeam {
  readonly file: YamlFile;
  readonly team: Team;
  readonly athletes: readonly SoundAthlete[];
  readonly unused: UnusedNames;
}

/** @param responses the names that rules may name; absent where nobody knows them */
function foundTeam(
  file: YamlFile,
  kinds: KindDescriptions,
  nowMs: number,
  days: Days,
  responses?: readonly string[],
): Loaded<FoundTeam> {
  if (file.broken) return failed(file.problems);
  const checked = check(athletesSchema, file.data);
  const { athletes: rulesOf, unused, problems } = teamRules(file, kinds, nowMs, days === 'any' ? undefined : nowMs);
  const all = [
    ...file.problems,
    ...(checked.ok ? [] : problemsOf(file, checked.issues, file.data)),
    ...problems,
    ...uniquenessProblems(file),
    ...(responses === undefined ? [] : unknownResponses(file, responses)),
  ];
  if (!checked.ok || all.length > 0) return failed(all);
  const athletes = checked.value.athletes.flatMap(({ id, team }, index): SoundAthlete[] => {
    const rules = rulesOf.get(index);
    return rules === undefined ? [] : [{ id, team, index, rules }];
  });
  const team = checked.value.athletes.map(
    ({ id, name, strap }, index): Athlete => ({
      id,
      ...(name === undefined ? {} : { name }),
      strap: strapMatch(strap),
      rules: rulesOf.get(index)?.rules.map(({ rule }) => rule) ?? [],
    }),
  );
  return { ok: true, value: { file, team, athletes, unused } };
}

/** With the version of its file. */
interface NamedTeam extends FoundTeam {
  readonly version: string;
}

interface FoundSettings {
  readonly settings: GatewaySettings;
  readonly unready: readonly UnreadyResponse[];
}

interface FoundConfiguration extends FoundSettings {
  readonly found: NamedTeam;
}

function readConfiguration(
  path: string,
  env: NodeJS.ProcessEnv,
  nowMs: number,
  days: Days,
  unready: 'told' | 'refused' = 'told',
): Loaded<FoundConfiguration> {
  const read = readText(path);
  if (!read.ok) return failed([unreadable(path, read)]);
  const file = new YamlFile(path, read.text, env);
  const settings = settingsOf(file, dirname(resolve(path)), unready);
  const found = namedTeam(file, path, env, nowMs, days);
  if (settings.ok && found.ok) return { ok: true, value: { ...settings.value, found: found.value } };
  return failed([settings, found].flatMap((part) => (part.ok ? [] : part.problems)));
}

function settingsOf(file: YamlFile, directory: string, whatOfUnready: 'told' | 'refused'): Loaded<FoundSettings> {
  if (file.broken) return failed(file.problems);
  const unready = unreadyResponses(file, directory);
  const checked = check(gatewaySchema, file.data);
  const all = [
    ...file.problems,
    ...(checked.ok ? [] : problemsOf(file, checked.issues, file.data)),
    ...gatewayProblems(file, directory),
    ...(whatOfUnready === 'refused' ? unready.map(({ problem }) => problem) : []),
  ];
  return checked.ok && all.length === 0
    ? { ok: true, value: { settings: gatewaySettings(checked.value, directory), unready } }
    : failed(all);
}

/** The team of the athletes file that the gateway's file names, as far as it names one. */
function namedTeam(file: YamlFile, path: string, env: NodeJS.ProcessEnv, nowMs: number, days: Days): Loaded<NamedTeam> {
  const named = isMapping(file.data) ? file.data['athletes'] : undefined;
  // That the name is missing or wrong is said where the gateway's file is judged.
  if (typeof named !== 'string' || !isPath(named) || file.isUnexpanded(['athletes'])) return failed([]);
  const athletesFile = resolve(dirname(resolve(path)), named);
  const read = readText(athletesFile);
  if (!read.ok) {
    const what = `cannot read athletes file ${shownPath(file, ['athletes'], named)} (${read.reason})`;
    const problem = file.problem(['athletes'], 'value', what, read.remedy);
    return failed([read.mayPass === true ? { ...problem, mayPass: true } : problem]);
  }
  const { text, version } = read;
  const athletes = new YamlFile(shownPath(file, ['athletes'], named), text, env);
  const found = foundTeam(athletes, KNOWN_KINDS, nowMs, days, responseNames(file.data));
  return mapped(found, (team) => ({ ...team, version }));
}

function unreadable(path: string, { reason, remedy }: { reason: string; remedy: string }): Problem {
  return { file: path, line: 1, column: 1, what: `cannot read this file (${reason})`, remedy };
}

function mapped<T, U>(loaded: Loaded<T>, into: (value: T) => U): Loaded<U> {
  return loaded.ok ? { ok: true, value: into(loaded.value) } : loaded;
}

function failed(problems: readonly Problem[]): { readonly ok: false; readonly problems: readonly Problem[] } {
  return { ok: false, problems: sortProblems(problems) };
}
