/** Asks the program that looks at adapters in a process of its own. */
import { spawn } from 'node:child_process';
import { extname, join } from 'node:path';
import type { z } from 'zod';
import type { Crashed } from './probe-answers.ts';

/** This file and the program are compiled or run from source together. */
const PROGRAM = join(import.meta.dirname, `probe-process${extname(import.meta.filename)}`);

/** More than a transport takes to open and a controller to answer, each of which has a limit of its own. */
const PATIENCE_MS = 20_000;

/** Characters. */
const OUTPUT_MAX = 64_000;

/** Never rejects; what is no answer counts as a crash. */
export function askApart<T>(question: readonly string[], schema: z.ZodType<T>): Promise<T | Crashed> {
  const child = spawn(process.execPath, [...process.execArgv, PROGRAM, ...question], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: PATIENCE_MS,
    killSignal: 'SIGKILL',
  });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (data: Buffer) => {
    stdout = (stdout + String(data)).slice(0, OUTPUT_MAX);
  });
  child.stderr.on('data', (data: Buffer) => {
    stderr = (stderr + String(data)).slice(-OUTPUT_MAX);
  });
  return new Promise((resolve) => {
    child.once('error', (error) => resolve({ state: 'crashed', reason: error.message }));
    child.once('close', (code, signal) => {
      // How the process ended is no matter once it has answered.
      const answer = answerIn(stdout, schema);
      const how = signal === null ? `it ended with ${code}` : `it was ended by ${signal}`;
      const last = stderr.trim().split('\n').at(-1) ?? '';
      resolve(answer ?? { state: 'crashed', reason: last === '' ? how : `${how}: ${last}` });
    });
  });
}

function answerIn<T>(stdout: string, schema: z.ZodType<T>): T | undefined {
  try {
    return schema.parse(JSON.parse(stdout.split('\n', 1)[0] ?? ''));
  } catch {
    return undefined;
  }
}
