/** `sideline check`: is the configuration right? Offline, reads only. */
import { relative } from 'node:path';
import { loadConfiguration } from '../config/load.ts';
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
  return EXIT.done;
}

function rules(team: readonly { rules: readonly unknown[] }[]): number {
  return team.reduce((sum, athlete) => sum + athlete.rules.length, 0);
}
