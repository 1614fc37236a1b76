/** A store whose disk is made to fail, and the books that are kept of it. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Bookkeeping, type FindingKind } from '../bookkeeping.ts';
import type { Told } from '../told.ts';
import { type WriterOptions, WriterProcess } from '../writer-process.ts';
import { SmallDisk } from './small-disk.ts';

export interface WitnessedStoreOptions {
  /** A disk of its own of this size; without it, the store lies with other temporary files. */
  readonly diskBytes?: number;
  readonly maxBytes?: number;
  readonly tolerated?: readonly FindingKind[];
}

export class WitnessedStore {
  readonly folder: string;
  readonly path: string;
  readonly disk: SmallDisk | undefined;
  readonly books: Bookkeeping;
  readonly #maxBytes: number;
  readonly #writers: WriterProcess[] = [];
  #told: Told[] = [];

  static async with(options: WitnessedStoreOptions, body: (store: WitnessedStore) => Promise<void>): Promise<void> {
    const store = new WitnessedStore(options);
    try {
      await body(store);
    } finally {
      for (const writer of store.#writers) await writer.remove();
      store.disk?.remove();
      rmSync(store.folder, { recursive: true, force: true });
    }
  }

  private constructor({ diskBytes, maxBytes = 5_000_000, tolerated = [] }: WitnessedStoreOptions) {
    this.folder = mkdtempSync(join(tmpdir(), 'sideline-disk-'));
    this.books = new Bookkeeping(...tolerated);
    this.#maxBytes = maxBytes;
    this.disk = diskBytes === undefined ? undefined : new SmallDisk(join(this.folder, 'disk'), diskBytes);
    this.path = join(this.disk?.path ?? this.folder, 'outbox.db');
  }

  /** What the writers told so far, all of them. */
  get told(): readonly Told[] {
    return this.#told;
  }

  start(options: Partial<WriterOptions> = {}): WriterProcess {
    const writer = new WriterProcess(
      { store: this.path, seed: '1', from: this.books.next, maxBytes: this.#maxBytes, ...options },
      (told) => {
        this.#told.push(told);
        this.books.take(told);
      },
    );
    this.#writers.push(writer);
    return writer;
  }

  /** Has the writer store a few more groups, then end, and holds what a new process finds against the books. */
  async compare(writer?: WriterProcess): Promise<void> {
    if (writer !== undefined) {
      for (let groups = 0; groups < 5; groups++) await writer.told(isStored, 'a group was stored');
      writer.kill('SIGTERM');
      assert.deepEqual(await writer.ended, { code: 0, signal: null, stderr: '' });
    }
    this.#told = [];
    assert.deepEqual(await this.start({ groups: 2 }).ended, { code: 0, signal: null, stderr: '' });
    assert.deepEqual(await this.start({ groups: 0 }).ended, { code: 0, signal: null, stderr: '' });
    assert.deepEqual(this.books.findings, []);
  }
}

export function isStored({ event }: Told): boolean {
  return event === 'stored';
}

export function isRefused({ event }: Told): boolean {
  return event === 'refused';
}

export function isInMemory({ event }: Told): boolean {
  return event === 'in-memory';
}

export function isOnDiskAgain({ event }: Told): boolean {
  return event === 'on-disk-again';
}
