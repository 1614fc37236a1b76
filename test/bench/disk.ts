/** What a disk can do, to hold against it what is made of it. */
import { closeSync, fdatasyncSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const COUNT = 2_000;
const PAGE_BYTES = 4_096;

/** How many times a second a page is written and fdatasync waited for, in a file of its own in this folder. */
export function syncsPerSecond(folder: string): number {
  const path = join(folder, 'sync');
  const file = openSync(path, 'w');
  const page = Buffer.alloc(PAGE_BYTES, 1);
  const beginMs = performance.now();
  for (let i = 0; i < COUNT; i++) {
    writeSync(file, page);
    fdatasyncSync(file);
  }
  const seconds = (performance.now() - beginMs) / 1000;
  closeSync(file);
  rmSync(path);
  return COUNT / seconds;
}
