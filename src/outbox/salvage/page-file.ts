/** The pages of a store that SQLite cannot open any more: those in its log over those in the file. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { PAGE_BYTES } from '../schema.ts';
import { readLog } from './log-frames.ts';

/** Read at once: pages that belong together mostly lie together. */
const BLOCK_PAGES = 64;
const BLOCKS_KEPT = 8;

/** Not to be used on a store that is open: closing any file gives up all locks that this process has on it. */
export class PageFile {
  /** Pages are numbered from 1 up to and with this one. */
  readonly count: number;
  readonly #file: number;
  readonly #inLog: ReadonlyMap<number, Buffer>;
  readonly #blocks = new Map<number, Buffer>();

  /** @throws what the file system throws */
  constructor(path: string) {
    this.#inLog = new Map(readLog(`${path}-wal`).frames.map(({ page, content }) => [page, content]));
    this.#file = openSync(path, 'r');
    const inFile = Math.ceil(fstatSync(this.#file).size / PAGE_BYTES);
    // A page number in a damaged frame may be anything; no page is far behind all others.
    const most = inFile + this.#inLog.size;
    this.count = Math.max(inFile, ...[...this.#inLog.keys()].filter((page) => page <= most));
  }

  /** Undefined where there is none, or where it cannot be read. */
  page(number: number): Buffer | undefined {
    if (number < 1 || number > this.count) return undefined;
    const inLog = this.#inLog.get(number);
    if (inLog !== undefined) return inLog;
    const block = Math.floor((number - 1) / BLOCK_PAGES);
    const at = ((number - 1) % BLOCK_PAGES) * PAGE_BYTES;
    const page = this.#block(block).subarray(at, at + PAGE_BYTES);
    return page.length === PAGE_BYTES ? page : undefined;
  }

  close(): void {
    closeSync(this.#file);
  }

  #block(number: number): Buffer {
    const known = this.#blocks.get(number);
    if (known !== undefined) return known;
    const block = readBlock(this.#file, number * BLOCK_PAGES * PAGE_BYTES);
    this.#blocks.set(number, block);
    const oldest = this.#blocks.keys().next().value;
    if (this.#blocks.size > BLOCKS_KEPT && oldest !== undefined) this.#blocks.delete(oldest);
    return block;
  }
}

/** Where the medium fails, page by page, so that one bad page does not cost the others. */
function readBlock(file: number, offset: number): Buffer {
  const block = Buffer.alloc(BLOCK_PAGES * PAGE_BYTES);
  try {
    return block.subarray(0, readSync(file, block, 0, block.length, offset));
  } catch {
    for (let at = 0; at < block.length; at += PAGE_BYTES) {
      try {
        readSync(file, block, at, PAGE_BYTES, offset + at);
      } catch {
        // It stays zeros, which are no page of a table.
      }
    }
    return block;
  }
}
