/** Data goes to stdout, messages to stderr. */
import type { Problem } from '../config/problem.ts';
import { textOf } from '../config/problem.ts';
import { isOperatingError, messageOf, type OperatingError } from '../domain/errors.ts';
import { EXIT, type ExitCode } from './exit-code.ts';

export function print(line: string): void {
  process.stdout.write(`${line}\n`);
}

export function complain(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** `1 rule`, `2 rules`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** Prints every problem of a configuration on a line of its own. */
export function complainOf(problems: readonly Problem[]): ExitCode {
  for (const problem of problems) complain(textOf(problem));
  return EXIT.configuration;
}

/** What is wrong, where, and what to do; any other error is a fault of the program and is thrown on. */
export function complainOfFailure(error: unknown): ExitCode {
  if (!isOperatingError(error)) throw error;
  complain(`sideline: ${textOfFailure(error)}`);
  return error.code === 'config-invalid' || error.code === 'uplink-misconfigured' ? EXIT.configuration : EXIT.failed;
}

function textOfFailure(error: OperatingError): string {
  return error.remedy === undefined ? messageOf(error) : `${messageOf(error)}; ${error.remedy}`;
}
