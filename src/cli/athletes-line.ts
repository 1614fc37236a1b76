/**
 * The way to the thread that judges an athletes file. To parse and check a large team takes a Raspberry Pi a second or
 * two, in which no reading would be judged; and a file made to take all memory takes that of its thread.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { LoggableProblem } from '../config/loggable-problem.ts';
import type { Text } from '../config/text-file.ts';
import type { Team, TeamVersion } from '../domain/athlete.ts';

export interface AthletesQuestion {
  /** How the file is called in problems. */
  readonly path: string;
  readonly read: Text;
  /** The team in force, whose ids and rules may be told. */
  readonly inForce: Team;
  /** The names that its rules may name; absent where there are no responses at all, as in a simulation. */
  readonly responses?: readonly string[] | undefined;
}

export type AthletesAnswer =
  | { readonly ok: true; readonly value: TeamVersion }
  /** Never empty. */
  | { readonly ok: false; readonly problems: readonly LoggableProblem[] };

/** This file and the thread's are compiled or run from source together. */
const IS_SOURCE = import.meta.url.endsWith('.ts');
const PROGRAM = new URL(`./athletes-thread.${IS_SOURCE ? 'ts' : 'js'}`, import.meta.url);

/** A thread does not inherit what makes its parent understand TypeScript. */
const FROM_SOURCE = `import('tsx/esm/api').then(({ register }) => (register(), import('${PROGRAM}')))`;

/** About what the gateway itself may have, MB. */
const HEAP_MB = 100;

/** A large team takes a slow machine a few seconds; a file of a hundred thousand mistakes would take minutes. */
const AT_MOST_MS = 20_000;

/** @param signal ends it; what it answers then is nobody's any more */
export async function judgeAthletes(question: AthletesQuestion, signal: AbortSignal): Promise<AthletesAnswer> {
  const common = { name: 'athletes', workerData: question, resourceLimits: { maxOldGenerationSizeMb: HEAP_MB } };
  let thread: Worker | undefined;
  try {
    thread = IS_SOURCE ? new Worker(FROM_SOURCE, { ...common, eval: true }) : new Worker(PROGRAM, common);
    const end = AbortSignal.any([signal, AbortSignal.timeout(AT_MOST_MS)]);
    const [answer] = (await once(thread, 'message', { signal: end })) as [AthletesAnswer];
    return answer;
  } catch (error) {
    // Whatever it is: the version in force stays so, and the gateway goes on.
    return { ok: false, problems: [{ place: `${question.path}:1:1`, ...failureOf(error) }] };
  } finally {
    await thread?.terminate();
  }
}

/** Says nothing of what was thrown but its code: there may be something of the file in it. */
function failureOf(error: unknown): { readonly what: string; readonly remedy: string } {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ABORT_ERR':
      return { what: 'checking this file takes too much time', remedy: 'check that this is the right file' };
    case 'ERR_WORKER_OUT_OF_MEMORY':
      return { what: 'checking this file takes too much memory', remedy: 'check that this is the right file' };
    default: {
      const what = `checking this file has failed${code === undefined ? '' : ` (${String(code)})`}`;
      return { what, remedy: 'see what "sideline check" says of it, and save it again' };
    }
  }
}
