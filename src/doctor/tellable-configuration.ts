/**
 * A configuration whose problems may go on to a file or to another program. A problem quotes what stands in the file, which
 * may be a name or a heart rate; `sideline check` shows it to whoever sits at the terminal.
 */
import { loggable, tellableWords } from '../config/loggable-problem.ts';
import type { Problem } from '../config/problem.ts';
import type { ReadConfiguration } from './configuration-files.ts';

/** Pure, and changes nothing in what has been through it. */
export function tellableConfiguration(configuration: ReadConfiguration): ReadConfiguration {
  const words = tellableWords(configuration.team ?? []);
  const told = (problem: Problem): Problem => {
    const { what, remedy } = loggable(problem, words);
    const isOfAthletes = problem.file !== configuration.path;
    return { ...problem, what: isOfAthletes ? withoutNumbers(what) : what, remedy };
  };
  return {
    ...configuration,
    problems: configuration.problems.map(told),
    unready: configuration.unready.map(({ response, problem }) => ({ response, problem: told(problem) })),
  };
}

/** Heart rates, ages and days of birth; what is quoted is a word of the file's format, and times have their unit. */
function withoutNumbers(sentence: string): string {
  return sentence
    .split(/("[^"]*")/)
    .map((part) => (part.startsWith('"') ? part : part.replace(/(?<![\w.])-?\d[\d.-]*(?!\w)/g, '…')))
    .join('');
}
