/**
 * A configuration whose problems may go on to a file or to another program. A problem quotes what stands in the file, which
 * may be a name or a heart rate; `sideline check` shows it to whoever sits at the terminal.
 */
import { loggable, loggableOfAthletes, tellableWords } from '../config/loggable-problem.ts';
import type { Problem } from '../config/problem.ts';
import type { ReadConfiguration } from './configuration-files.ts';

/** Pure, and changes nothing in what has been through it. */
export function tellableConfiguration(configuration: ReadConfiguration): ReadConfiguration {
  const words = tellableWords(configuration.team ?? []);
  const told = (problem: Problem): Problem => {
    const isOfAthletes = problem.file !== configuration.path;
    const { what, remedy } = isOfAthletes ? loggableOfAthletes(problem, words) : loggable(problem, words);
    return { ...problem, what, remedy };
  };
  return {
    ...configuration,
    problems: configuration.problems.map(told),
    unready: configuration.unready.map(({ response, problem }) => ({ response, problem: told(problem) })),
  };
}
