/** What strace does for these measurements: it makes the disk slow, and it tells what a process has written. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { programPath } from '../../requirements.ts';

/** How much longer each fsync takes, µs, where it is to be slow. */
const SLOW_SYNC_US = 50_000;

/** Of all threads; only the calls that are named are stopped at. */
const OF_THREADS = ['-f', '--seccomp-bpf', '-qq'];

/** ext4's block, and the page of the page cache: less than this is not written. */
const BLOCK_BYTES = 4_096;

export function withSlowSync(): string[] {
  const calls = 'fsync,fdatasync';
  const slow = ['-e', `trace=${calls}`, '-e', `inject=${calls}:delay_exit=${SLOW_SYNC_US}`];
  return [programPath('strace'), ...OF_THREADS, ...slow, '-o', '/dev/null'];
}

/** @param log where the calls are told, for `readWrites` */
export function withWritesTold(log: string): string[] {
  const told = ['-y', '-s', '0', '-e', 'trace=pwrite64,fsync,fdatasync', '-e', 'status=successful'];
  return [programPath('strace'), ...OF_THREADS, ...told, '-o', log];
}

export interface Writes {
  /** What was given to pwrite. */
  readonly givenBytes: number;
  /** Of the blocks that were written to since the last fsync of their file, each of them counted once at every fsync. */
  readonly deviceBytes: number;
  readonly syncs: number;
}

/** What was written to files in this folder. */
export async function readWrites(log: string, folder: string): Promise<Writes> {
  return await writesIn(createInterface({ input: createReadStream(log) }), folder);
}

const CALL = /(pwrite64|fsync|fdatasync)\(\d+<([^>]*)>(?:, .*, (\d+), (\d+))?\)\s+= \d+/;

export async function writesIn(lines: AsyncIterable<string> | Iterable<string>, folder: string): Promise<Writes> {
  const dirty = new Map<string, Set<number>>();
  let givenBytes = 0;
  let blocks = 0;
  let syncs = 0;
  for await (const line of lines) {
    const [, call, path = '', count, offset] = CALL.exec(line) ?? [];
    if (!path.startsWith(folder)) continue;
    const ofFile = dirty.get(path) ?? new Set();
    dirty.set(path, ofFile);
    if (call === 'pwrite64') {
      givenBytes += Number(count);
      const end = Number(offset) + Number(count);
      for (let at = Math.floor(Number(offset) / BLOCK_BYTES); at * BLOCK_BYTES < end; at++) ofFile.add(at);
    } else {
      blocks += ofFile.size;
      ofFile.clear();
      syncs++;
    }
  }
  return { givenBytes, deviceBytes: blocks * BLOCK_BYTES, syncs };
}
