/**
 * A file beside a store that says that the store was brought back from a copy: what was stored after the copy was made
 * was delivered under numbers that it would give again. The next opening leaves numbers out, and then the mark goes.
 */
import { closeSync, existsSync, fsyncSync, openSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';

function restoredMarkPath(storePath: string): string {
  return `${storePath}.restored`;
}

export function isMarkedRestored(storePath: string): boolean {
  return existsSync(restoredMarkPath(storePath));
}

/**
 * On the disk before it returns.
 *
 * @throws what the file system throws
 */
export function markRestored(storePath: string): void {
  const path = restoredMarkPath(storePath);
  synced(path, 'w');
  synced(dirname(path), 'r');
}

/** That it cannot be removed is no failure: numbers are left out once more at the next start. */
export function removeRestoredMark(storePath: string): void {
  try {
    rmSync(restoredMarkPath(storePath), { force: true });
  } catch {
    // The disk will tell the store itself.
  }
}

function synced(path: string, flags: 'r' | 'w'): void {
  const file = openSync(path, flags, 0o600);
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}
