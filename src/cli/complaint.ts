/**
 * Problems of a configuration where more people read than those who may read its files, as in the journal: without what they
 * quote of the files, which may be somebody's name.
 */
import { loggable, loggableOfAthletes, tellableGatewayWords, tellableWords } from '../config/loggable-problem.ts';
import { type Problem, textOf } from '../config/problem.ts';
import { isJournal } from '../telemetry/journal.ts';
import { complain } from './output.ts';

const STDERR = 2;

/** Whether what is written to stderr is kept where others read it. What a person pipes into a pager is that person's. */
export function isStderrJournal(env: NodeJS.ProcessEnv): boolean {
  return isJournal(STDERR, env);
}

/** @param config the path of gateway.yaml, as it was given */
export function complainForLog(problems: readonly Problem[], config: string): void {
  const lines = loggableLines(problems, config);
  for (const line of lines) complain(line);
  const whole = problems.map(textOf);
  if (lines.some((line, index) => line !== whole[index])) {
    complain('sideline: what the files say in place of "…" is not kept here: run "sideline check" at a terminal');
  }
}

function loggableLines(problems: readonly Problem[], config: string): string[] {
  const ofAthletes = tellableWords([]);
  return problems.map((problem) => {
    const { place, what, remedy } =
      problem.file === config
        ? loggable(problem, tellableGatewayWords(problem))
        : loggableOfAthletes(problem, ofAthletes);
    return `${place}: ${what}; ${remedy}`;
  });
}
