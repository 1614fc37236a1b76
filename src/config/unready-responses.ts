/**
 * What responses need of this machine and what is not there: a program, certificates. Whoever checks the file is told; a
 * gateway begins all the same, since a siren must not cost the team its alarms.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { isMapping } from './issue-problems.ts';
import type { Problem } from './problem.ts';
import { isWithoutTls } from './response-checks.ts';
import { isPath } from './schema-parts.ts';
import { whyFileUnreadable } from './text-file.ts';
import { quoteText } from './wording.ts';
import type { Path, YamlFile } from './yaml-file.ts';

export interface UnreadyResponse {
  /** Its name. */
  readonly response: string;
  readonly problem: Problem;
}

/** @param directory what relative paths in the file are relative to */
export function unreadyResponses(file: YamlFile, directory: string): UnreadyResponse[] {
  const responses = isMapping(file.data) ? file.data['responses'] : undefined;
  if (!isMapping(responses)) return [];
  return Object.entries(responses).flatMap(([response, settings]) => {
    if (!isMapping(settings)) return [];
    const path: Path = ['responses', response];
    const problem = caProblem(file, path, settings, directory) ?? programProblem(file, path, settings);
    return problem === undefined ? [] : [{ response, problem }];
  });
}

function caProblem(
  file: YamlFile,
  path: Path,
  { ca, url }: Readonly<Record<string, unknown>>,
  directory: string,
): Problem | undefined {
  const place: Path = [...path, 'ca'];
  if (typeof ca !== 'string' || !isPath(ca) || file.isUnexpanded(place) || isWithoutTls(url)) return undefined;
  const why = whyFileUnreadable(resolve(directory, ca));
  return why === undefined ? undefined : file.problem(place, 'value', `cannot read ca (${why.reason})`, why.remedy);
}

function programProblem(
  file: YamlFile,
  path: Path,
  { kind, command }: Readonly<Record<string, unknown>>,
): Problem | undefined {
  const program: unknown = kind === 'command' && Array.isArray(command) ? command[0] : undefined;
  const place: Path = [...path, 'command', 0];
  if (typeof program !== 'string' || !program.startsWith('/') || program.includes('\0')) return undefined;
  const why = whyNotRunnable(program);
  if (why === undefined || file.isUnexpanded(place)) return undefined;
  const shown = file.written(place)?.includes('${') ? 'the program' : quoteText(program);
  return file.problem(place, 'value', `cannot run ${shown} (${why})`, 'correct the path, or install the program');
}

function whyNotRunnable(path: string): string | undefined {
  try {
    if (!statSync(path).isFile()) return 'it is not a file';
    accessSync(path, constants.X_OK);
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EACCES' ? 'it may not be executed' : 'no such file';
  }
}
