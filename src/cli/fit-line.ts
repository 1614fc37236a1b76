/**
 * The way to the thread that reads FIT files. The library holds every field of a file in memory, at 150 to 300 times its
 * size in the file, which the small heap of this program has no room for.
 */
import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import { OperatingError } from '../domain/errors.ts';
import type { Recording } from '../domain/recording/recording.ts';

export interface FitQuestion {
  readonly bytes: Uint8Array;
  /** What to call the file in messages. */
  readonly file: string;
}

/** An error crosses as what it is made of. */
export type FitAnswer =
  | { readonly ok: true; readonly recording: Recording }
  | { readonly ok: false; readonly message: string; readonly remedy?: string };

/** This file and the thread's are compiled or run from source together. */
const IS_SOURCE = import.meta.url.endsWith('.ts');
const PROGRAM = new URL(`./fit-thread.${IS_SOURCE ? 'ts' : 'js'}`, import.meta.url);

/** A thread does not inherit what makes its parent understand TypeScript. */
const FROM_SOURCE = `import('tsx/esm/api').then(({ register }) => (register(), import('${PROGRAM}')))`;

/** For the largest file that is read, at 300 times its size, MB. */
const HEAP_MB = 640;

/** Holds for the threads that begin while it is set, and goes before whatever limits they are given themselves. */
const HEAP_FLAG = '--max-old-space-size';
const OWN_HEAP = process.execArgv.find((option) => option.startsWith(`${HEAP_FLAG}=`)) ?? `${HEAP_FLAG}=0`;

/** @throws OperatingError `recording-invalid`, as `parseFit` does */
export async function readFit(bytes: Uint8Array, file: string): Promise<Recording> {
  const workerData: FitQuestion = { bytes, file };
  const common = { name: 'fit', workerData };
  setFlagsFromString(`${HEAP_FLAG}=${HEAP_MB}`);
  const thread = IS_SOURCE ? new Worker(FROM_SOURCE, { ...common, eval: true }) : new Worker(PROGRAM, common);
  try {
    // Whatever else ends the thread is a fault of the program, and `once` throws it.
    const [answer] = (await once(thread, 'message')) as [FitAnswer];
    if (answer.ok) return answer.recording;
    const { message, remedy } = answer;
    throw new OperatingError('recording-invalid', message, remedy === undefined ? {} : { remedy });
  } finally {
    setFlagsFromString(OWN_HEAP);
    await thread.terminate();
  }
}
