/** Which process has the store locked? The kernel lists the locks of all processes (proc_locks(5)). */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { textIn } from '../machine-files.ts';
import { mountOf } from './mount.ts';

export type StoreHold =
  | { readonly state: 'free' }
  /** `program` is as in `comm`. */
  | { readonly state: 'held'; readonly pid: number; readonly program: string }
  /** This user may not look at the store, or at the list. */
  | { readonly state: 'unknown' };

export function holdOf(proc: string, path: string): StoreHold {
  const file = identityOf(path);
  if (file === 'absent') return { state: 'free' };
  const locks = textIn(join(proc, 'locks'));
  if (file === 'hidden' || locks === undefined) return { state: 'unknown' };
  // The list names the file system's own device, which `stat` does not where one has several parts, as btrfs.
  const devices = [file.device, hexadecimal(mountOf(proc, path)?.device)];
  for (const line of locks.split('\n')) {
    // As in `1: POSIX  ADVISORY  WRITE 812 b3:02:4711 1073741824 1073742335`; who only waits has `->` behind the number.
    const [, pid, device, inode] = /^\d+:\s+\w+\s+\S+\s+\S+\s+(-?\d+)\s+([0-9a-f]+:[0-9a-f]+):(\d+)\s/.exec(line) ?? [];
    if (pid === undefined || Number(inode) !== file.inode || !devices.includes(device)) continue;
    return { state: 'held', pid: Number(pid), program: textIn(join(proc, pid, 'comm')) ?? 'of another user' };
  }
  return { state: 'free' };
}

interface FileIdentity {
  /** As the list of locks has it: `b3:02`. */
  readonly device: string;
  readonly inode: number;
}

function identityOf(path: string): FileIdentity | 'absent' | 'hidden' {
  try {
    const { dev, ino } = statSync(path, { bigint: true });
    // As makedev(3) puts the two numbers together on Linux.
    const major = ((dev >> 8n) & 0xfffn) | ((dev >> 32n) & 0xfffff000n);
    const minor = (dev & 0xffn) | ((dev >> 12n) & 0xffffff00n);
    return { device: `${twoDigits(major)}:${twoDigits(minor)}`, inode: Number(ino) };
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? 'absent' : 'hidden';
  }
}

/** /proc/self/mountinfo has decimals: `179:2`. */
function hexadecimal(device: string | undefined): string | undefined {
  return device?.split(':').map(twoDigits).join(':');
}

function twoDigits(number: bigint | string): string {
  return BigInt(number).toString(16).padStart(2, '0');
}
