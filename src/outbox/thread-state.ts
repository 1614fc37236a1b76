/** What the kernel says of a thread (proc_pid_stat(5)): whether it computes, or waits for a disk. */
import { readFileSync, readlinkSync } from 'node:fs';
import { basename } from 'node:path';

/** Of the thread that calls it; undefined where there is no /proc. */
export function ownThreadId(): number | undefined {
  try {
    return Number(basename(readlinkSync('/proc/thread-self')));
  } catch {
    return undefined;
  }
}

/**
 * Whether a thread of this process is in the uninterruptible sleep in which the kernel has whoever waits for a disk. One
 * that computes for ever, waits for a lock or was stopped is not. False where nobody can tell.
 */
export function waitsForDisk(threadId: number | undefined): boolean {
  if (threadId === undefined) return false;
  try {
    const stat = readFileSync(`/proc/self/task/${threadId}/stat`, 'latin1');
    // The name before the state may have anything in it but ends with the last parenthesis.
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('D');
  } catch {
    return false;
  }
}
