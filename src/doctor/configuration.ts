/** Are gateway.yaml and the athletes file good, and is there what they name? */
import type { ReadConfiguration } from './configuration-files.ts';
import type { Check, Judgement } from './finding.ts';
import { skipped } from './finding.ts';

/** For checks of what a configuration names. */
export const NOT_NAMED = skipped('no configuration was named: add --config FILE');
export const NOT_GOOD = skipped('the gateway’s file has problems that go first: see configuration');

export const configurationCheck: Check = {
  name: 'configuration',
  run: async ({ configuration }) => configurationVerdicts(configuration),
};

export function configurationVerdicts(configuration: ReadConfiguration | undefined): Judgement[] {
  if (configuration === undefined) return [NOT_NAMED];
  const { path, problems, unready, settings, team } = configuration;
  const found = [
    ...problems.map((problem) => ({ problem, verdict: 'failed' as const })),
    // A gateway begins without what a response needs, and does without the response.
    ...unready.map(({ problem }) => ({ problem, verdict: 'warning' as const })),
  ];
  if (found.length > 0) {
    return found.map(({ verdict, problem: { file, line, column, what, remedy } }) => ({
      about: `${file}:${line}:${column}`,
      verdict,
      evidence: what,
      remedy,
    }));
  }
  if (settings === undefined || team === undefined) throw new Error('a configuration without problems is whole');
  const athletes = `${team.length} ${team.length === 1 ? 'athlete' : 'athletes'}`;
  return [{ about: path, verdict: 'ok', evidence: `good: gateway ${settings.gateway}, ${athletes}` }];
}
