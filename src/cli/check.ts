/** `sideline check`: is the configuration right? Offline, reads only. */
import { relative } from 'node:path';
import { loadConfiguration } from '../config/load.ts';
import type { Team } from '../domain/athlete.ts';
import { EXIT, type ExitCode } from './exit-code.ts';
import { complainOf, counted, print } from './output.ts';

export function check(options: { config: string; json?: true }): ExitCode {
  const loaded = loadConfiguration(options.config, process.env);
  if (options.json) {
    const problems = loaded.ok ? [] : loaded.problems;
    print(JSON.stringify({ ok: loaded.ok, problems }));
    return loaded.ok ? EXIT.done : EXIT.configuration;
  }
  if (!loaded.ok) return complainOf(loaded.problems);
  const { settings, team } = loaded.value;
  print(
    `${options.config}: good: gateway ${settings.gateway}, uplink ${settings.uplink.kind}, store ${settings.store.path}`,
  );
  print(
    `${relative('.', settings.athletesFile)}: good: ${counted(team.length, 'athlete')}, ${counted(rules(team), 'rule')}`,
  );
  for (const line of estimates(team)) print(`${relative('.', settings.athletesFile)}: ${line}`);
  return EXIT.done;
}

/** An estimate may be off by more than ten beats, so nobody is to take it for a measurement. */
function estimates(team: Team): string[] {
  return team.flatMap(({ id, rules: own }) => {
    const names = own.filter(({ estimated }) => estimated === true).map(({ name }) => name);
    if (names.length === 0) return [];
    return [`athlete "${id}": estimated, not measured: the maximum heart rate that ${names.join(', ')} rests on`];
  });
}

function rules(team: readonly { rules: readonly unknown[] }[]): number {
  return team.reduce((sum, athlete) => sum + athlete.rules.length, 0);
}
