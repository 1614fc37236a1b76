/** How much room a store takes up. */
import { statSync } from 'node:fs';

/** The store itself, its log with the index of that, and its ballast. */
const STORE_FILES = ['', '-wal', '-shm', '.ballast'];

/** Of all its files; undefined where nobody can tell. */
export function bytesOnDisk(storePath: string): number | undefined {
  try {
    const sizes = STORE_FILES.map((suffix) => statSync(storePath + suffix, { throwIfNoEntry: false })?.size ?? 0);
    return sizes.reduce((sum, size) => sum + size, 0);
  } catch {
    return undefined;
  }
}
