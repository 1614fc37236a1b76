/**
 * What one run of the writer did to the files of its store's folder, and what it told, in one order: read from strace,
 * which has every byte. A call that could change a file and is not understood here ends the test.
 */
import { readFileSync } from 'node:fs';
import { isAbsolute, relative } from 'node:path';
import type { Told } from '../told.ts';
import { parsed } from '../writer-process.ts';

export type Step =
  | { readonly type: 'open'; readonly file: string; readonly creates: boolean; readonly empties: boolean }
  /** Without an offset: on from where the last such write ended, or from the beginning after opening. */
  | { readonly type: 'write'; readonly file: string; readonly offset?: number; readonly bytes: Buffer }
  | { readonly type: 'truncate'; readonly file: string; readonly size: number }
  | { readonly type: 'sync-begun'; readonly file: string }
  /** What was written to the file before the sync began is on the disk. The folder's own name is ''. */
  | { readonly type: 'synced'; readonly file: string }
  /** What was written before it began may be there, or never will: the kernel forgets what it could not write. */
  | { readonly type: 'sync-failed'; readonly file: string }
  | { readonly type: 'unlink'; readonly file: string }
  | { readonly type: 'rename'; readonly file: string; readonly to: string }
  | { readonly type: 'told'; readonly told: Told };

const UNDERSTOOD = [
  ...['openat', 'write', 'pwrite64', 'ftruncate', 'fsync', 'fdatasync', 'unlink', 'unlinkat', 'rename', 'renameat'],
];
const NOT_UNDERSTOOD = [
  ...['open', 'creat', 'writev', 'pwritev', 'pwritev2', 'truncate', 'fallocate', 'sync_file_range', 'copy_file_range'],
  ...['renameat2', 'link', 'linkat', 'symlink', 'symlinkat', 'sendfile'],
];

/**
 * strace and its options, to start the writer with: all bytes in hex, and the path of every descriptor. Every so many
 * syncs one fails, where wanted.
 */
export function recorder(traceFile: string, failingSyncEvery?: number): string[] {
  const trace = `trace=${[...UNDERSTOOD, ...NOT_UNDERSTOOD].join(',')}`;
  const failing = `inject=fsync,fdatasync:error=EIO:when=${failingSyncEvery}+${failingSyncEvery}`;
  const inject = failingSyncEvery === undefined ? [] : ['-e', failing];
  return [
    'strace',
    '-f',
    '-qq',
    '-y',
    '-xx',
    '-s',
    '10000000',
    '--seccomp-bpf',
    '-e',
    trace,
    ...inject,
    '-o',
    traceFile,
  ];
}

export function recordedSteps(traceFile: string, folder: string): Step[] {
  const steps: Step[] = [];
  for (const call of calls(readFileSync(traceFile, 'latin1'))) {
    if (call.name === 'write' && call.args[0]?.startsWith('1<') === true) {
      if (!call.isBegin) continue;
      // One write is one line.
      const told = parsed(bytesOf(call.args[1]).toString('utf8'));
      if (told !== undefined) steps.push({ type: 'told', told });
      continue;
    }
    const step = call.isBegin ? beginningOf(call, folder) : endOf(call, folder);
    if (step !== undefined) steps.push(step);
  }
  return steps;
}

/** The beginning or the end of a system call. */
interface Call {
  readonly name: string;
  readonly args: readonly string[];
  readonly isBegin: boolean;
  /** Known at the end. */
  readonly result: number;
}

/** A call that returned at once stands in one line; another in two, with those of other threads between them. */
function* calls(trace: string): Generator<Call> {
  const unfinished = new Map<string, string>();
  for (const line of trace.split('\n')) {
    const [, thread = '', text = ''] = /^(\d+)\s+(.*)$/.exec(line) ?? [];
    if (text.endsWith(' <unfinished ...>')) {
      const begun = text.slice(0, -' <unfinished ...>'.length);
      unfinished.set(thread, begun);
      yield callOf(begun, true);
      continue;
    }
    const [, rest] = /^<\.\.\. \w+ resumed>(.*)$/.exec(text) ?? [];
    if (rest === undefined && !/^\w+\(/.test(text)) continue;
    const whole = rest === undefined ? text : `${unfinished.get(thread) ?? ''}${rest}`;
    if (rest === undefined) yield callOf(whole, true);
    yield callOf(whole, false);
  }
}

function callOf(text: string, isBegin: boolean): Call {
  const [, name = '', inside = ''] = /^(\w+)\((.*)$/.exec(text) ?? [];
  const [, args = inside, result = 'NaN'] = /^(.*?)\)\s+= (-?\d+)/.exec(inside) ?? [];
  // Strings and paths are in hex, so nothing but the arguments themselves is separated by commas.
  return { name, args: args.split(/, */), isBegin, result: Number(result) };
}

/** A write counts from its beginning: what a power cut makes in the middle of it is among what it may make after. */
function beginningOf({ name, args }: Call, folder: string): Step | undefined {
  const file = fileOf(args[0], folder);
  if (file === undefined) return undefined;
  switch (name) {
    case 'pwrite64':
      return { type: 'write', file, bytes: bytesOf(args[1]), offset: Number.parseInt(args[3] ?? '', 10) };
    case 'fsync':
    case 'fdatasync':
      return { type: 'sync-begun', file };
    case 'write':
      return { type: 'write', file, bytes: bytesOf(args[1]) };
    default:
      return undefined;
  }
}

function endOf({ name, args, result }: Call, folder: string): Step | undefined {
  const [first, second] = inFolder(name, args, folder);
  if (first === undefined) return undefined;
  if (result < 0) {
    // SQLite deletes and opens what need not be there.
    if (name === 'openat' || name.startsWith('unlink')) return undefined;
    if (isSync(name)) return { type: 'sync-failed', file: first };
    throw new Error(`${name} of ${first} failed while a power cut was being recorded`);
  }
  switch (name) {
    case 'openat': {
      const flags = args[2] ?? '';
      return { type: 'open', file: first, creates: flags.includes('O_CREAT'), empties: flags.includes('O_TRUNC') };
    }
    case 'ftruncate':
      return { type: 'truncate', file: first, size: Number(args[1]) };
    case 'fsync':
    case 'fdatasync':
      return { type: 'synced', file: first };
    case 'unlink':
    case 'unlinkat':
      return { type: 'unlink', file: first };
    case 'rename':
    case 'renameat':
      if (second === undefined) throw new Error(`a file of the store was moved out of its folder: ${first}`);
      return { type: 'rename', file: first, to: second };
    case 'pwrite64':
    case 'write':
      return undefined;
    default:
      throw new Error(`a file of the store was changed by ${name}, whose power cuts are unknown here: ${first}`);
  }
}

function isSync(name: string): boolean {
  return name === 'fsync' || name === 'fdatasync';
}

/** The files of the folder that a call names, by descriptor or by path. */
function inFolder(name: string, args: readonly string[], folder: string): (string | undefined)[] {
  const places = name.endsWith('at') ? args.filter((arg) => !arg.startsWith('AT_FDCWD')) : args;
  return places.map((place) => fileOf(place, folder)).filter((file) => file !== undefined);
}

/** Relative to the folder; undefined for pipes and the like, for all that lies outside, and for what has no name any more. */
function fileOf(arg = '', folder: string): string | undefined {
  if (arg.endsWith('(deleted)')) return undefined;
  const [, hex] = /^(?:\d+<|")((?:\\x[0-9a-f]{2})+)(?:>|"$)/.exec(arg) ?? [];
  if (hex === undefined) return undefined;
  const path = bytesOf(hex).toString('utf8');
  const file = relative(folder, path);
  return isAbsolute(path) && !file.startsWith('..') ? file : undefined;
}

function bytesOf(hex = ''): Buffer {
  return Buffer.from(hex.replace(/\\x|"/g, ''), 'hex');
}
