/**
 * A file of zeros beside the store that can be given up when the disk is full: SQLite needs room in its log even for
 * deleting, so without it a full disk could not be worked free again.
 */
import { closeSync, fsyncSync, ftruncateSync, openSync, statfsSync, statSync, unlinkSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

const BALLAST_BYTES = 2 * 1024 * 1024;

/** Only where it is no burden: it is not to be what fills the disk. */
const ROOM_FACTOR = 4;

const BLOCK_BYTES = 64 * 1024;

export class Ballast {
  readonly #path: string;

  constructor(storePath: string) {
    this.#path = `${storePath}.ballast`;
  }

  get isThere(): boolean {
    try {
      return statSync(this.#path).size >= BALLAST_BYTES;
    } catch {
      return false;
    }
  }

  /** Lays it where there is room. It is written and not only made larger, since a hole takes up nothing. */
  lay(): void {
    if (this.isThere) return;
    try {
      const { bavail, bsize } = statfsSync(dirname(this.#path));
      if (bavail * bsize < BALLAST_BYTES * ROOM_FACTOR) return;
      const file = openSync(this.#path, 'w', 0o600);
      try {
        const zeros = Buffer.alloc(BLOCK_BYTES);
        for (let at = 0; at < BALLAST_BYTES; at += zeros.length) writeSync(file, zeros);
        fsyncSync(file);
      } catch {
        // Half a ballast is none.
        ftruncateSync(file);
      } finally {
        closeSync(file);
      }
    } catch {
      // A disk that takes no file will tell the store itself.
    }
  }

  /** Gives it up. @returns whether there was one */
  release(): boolean {
    const wasThere = this.isThere;
    try {
      unlinkSync(this.#path);
    } catch {
      // It was not there, or the disk cannot be written.
    }
    return wasThere;
  }
}
