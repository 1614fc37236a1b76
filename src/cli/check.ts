/** `sideline check`: is the configuration right, and what does it come to for each athlete? Offline, reads only. */
import { relative } from 'node:path';
import type { ExplainedAthlete } from '../config/explanation.ts';
import { type ExplainedConfiguration, explainConfiguration } from '../config/load.ts';
import { serviceEnvironment } from '../doctor/service-environment.ts';
import type { Team } from '../domain/athlete.ts';
import { complainForLog, isStderrJournal } from './complaint.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { explanationText } from './explanation-text.ts';
import { complain, complainOf, counted, print } from './output.ts';
import { rulesText } from './rules-text.ts';

export interface CheckOptions {
  readonly config: string;
  /** The id of an athlete. */
  readonly explain?: string;
  readonly json?: true;
}

/** Where stdout is no terminal. */
const USUAL_COLUMNS = 80;

export function check({ config, explain, json }: CheckOptions): ExitCode {
  const loaded = explainConfiguration(config, serviceEnvironment(config, process.env), Date.now(), 'not-to-come');
  if (!loaded.ok && json) {
    print(JSON.stringify({ ok: false, problems: loaded.problems }));
    return EXIT.configuration;
  }
  if (!loaded.ok && isStderrJournal(process.env)) {
    complainForLog(loaded.problems, config);
    return EXIT.configuration;
  }
  if (!loaded.ok) return complainOf(loaded.problems);
  const { settings, explained, athletesVersion } = loaded.value;
  const file = relative('.', settings.athletesFile);
  const athletes = explained.filter(({ id }) => explain === undefined || id === explain);
  const [first] = athletes;
  if (first === undefined) {
    complain(`sideline: no athlete "${explain}" in ${file}; there are: ${explained.map(({ id }) => id).join(', ')}`);
    return EXIT.failed;
  }
  if (json) print(JSON.stringify({ ok: true, problems: [], file, athletesVersion, athletes }));
  else if (explain === undefined) for (const line of good(config, file, loaded.value, athletes)) print(line);
  else for (const line of explanationText(file, first)) print(line);
  return EXIT.done;
}

function good(
  config: string,
  file: string,
  { settings, team, athletesVersion, unused }: ExplainedConfiguration,
  athletes: readonly ExplainedAthlete[],
): string[] {
  const { gateway, uplink, store } = settings;
  return [
    `${config}: good: gateway ${gateway}, uplink ${uplink.kind}, store ${store.path}`,
    `${file}: good: ${counted(team.length, 'athlete')}, ${counted(rules(team), 'rule')}, version ${athletesVersion}`,
    ...rulesText(athletes, process.stdout.columns ?? USUAL_COLUMNS),
    ...unused.teams.map((name) => `${file}: no athlete is in team "${name}"`),
    ...unused.presets.map((name) => `${file}: nothing uses preset "${name}"`),
    ...estimates(team).map((line) => `${file}: ${line}`),
  ];
}

/** An estimate may be off by more than ten beats, so nobody is to take it for a measurement. */
function estimates(team: Team): string[] {
  const idsByRules = new Map<string, string[]>();
  for (const { id, rules: own } of team) {
    const names = own.filter(({ estimated }) => estimated === true).map(({ name }) => name);
    if (names.length > 0) idsByRules.set(names.join(', '), [...(idsByRules.get(names.join(', ')) ?? []), `"${id}"`]);
  }
  return [...idsByRules].map(
    ([names, ids]) =>
      `${ids.length === 1 ? 'athlete' : 'athletes'} ${ids.join(', ')}: estimated, not measured: the maximum heart rate that ${names} rests on`,
  );
}

function rules(team: readonly { rules: readonly unknown[] }[]): number {
  return team.reduce((sum, athlete) => sum + athlete.rules.length, 0);
}
