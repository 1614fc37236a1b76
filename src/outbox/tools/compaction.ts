/** Makes a store's file as small as what is in it, after what is beyond its size has gone. */
import { statfsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { OperatingError } from '../../domain/errors.ts';
import { ALLOWANCE_BYTES } from '../store-file.ts';
import { openStore, requireStore } from './closed-store.ts';

export interface Compacted {
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  /** Samples that went undelivered; the ledger says whose. */
  readonly evicted: number;
}

/** SQLite writes the whole store twice before the old one goes: into a file of its own, and into the log. */
const ROOM_FACTOR = 2;

/**
 * @param maxBytes what the store may use of the disk, where it is to be held to that
 * @throws OperatingError `store-locked`, `store-unusable` also where there is not room enough
 */
export function compact(path: string, maxBytes: number | undefined, uplinks: readonly string[]): Compacted {
  requireStore(path);
  const folder = dirname(resolve(path));
  // Where SQLite puts the file of its own: the folder for temporary files is often in memory.
  process.env['SQLITE_TMPDIR'] = folder;
  const bytesBefore = statSync(path).size;
  const limit = maxBytes === undefined ? undefined : maxBytes - ALLOWANCE_BYTES;
  const { db, store, close } = openStore(path, limit, uplinks);
  try {
    const evicted = store.makeRoom().reduce((sum, { after, through }) => sum + through - after, 0);
    const { bavail, bsize } = statfsSync(folder);
    const wanted = store.usedBytes * ROOM_FACTOR;
    if (bavail * bsize < wanted) {
      throw new OperatingError('store-unusable', `${path}: compacting needs ${megabytes(wanted)} of free room`, {
        remedy: `there is ${megabytes(bavail * bsize)}: make room, or copy the store to a larger disk first`,
      });
    }
    db.exec('VACUUM');
    store.checkpoint('TRUNCATE');
    return { bytesBefore, bytesAfter: statSync(path).size, evicted };
  } finally {
    close();
  }
}

function megabytes(bytes: number): string {
  return `${Math.ceil(bytes / 1_000_000)} MB`;
}
