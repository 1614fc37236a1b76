/** The stores of a run, on the disk that is measured: empty ones, and copies of one that was filled once. */
import { execFileSync } from 'node:child_process';
import { constants, cpSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ATHLETES } from './heartbeats.ts';
import type { AppendJob } from './job.ts';
import { runJob } from './job-run.ts';

const NAME = 'outbox.db';

/** Filled there, where a commit of each second takes no time, a store has as many rows as if days had been lived through. */
const MEMORY = '/dev/shm';

/** Commits of one size, each acknowledged where that is said. */
export interface Content extends Pick<AppendJob, 'group' | 'isDelivered' | 'maxBytes'> {
  readonly samples: number;
}

export class Stores {
  /** Where they are. */
  readonly folder: string;
  readonly #filled = new Map<string, Promise<string>>();

  /** @param parent on the disk to be measured */
  static async with<T>(parent: string, body: (stores: Stores) => Promise<T>): Promise<T> {
    const stores = new Stores(makeFolder(parent));
    try {
      return await body(stores);
    } finally {
      remove(stores.folder);
    }
  }

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** The path of a store that does not exist yet, in a folder of its own; both are removed after the body. */
  async withEmpty<T>(body: (path: string) => Promise<T>): Promise<T> {
    const folder = mkdtempSync(join(this.folder, 'store-'));
    try {
      return await body(join(folder, NAME));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  /** The path of a store in which so many samples wait; removed after the body. */
  async withBacklog<T>(samples: number, body: (path: string) => Promise<T>): Promise<T> {
    return await this.withFilled({ samples, group: ATHLETES }, body);
  }

  /** The path of a store in which so many samples were put; removed after the body. */
  async withFilled<T>(content: Content, body: (path: string) => Promise<T>): Promise<T> {
    const filled = await this.#filledWith(content);
    return await this.withEmpty(async (path) => {
      cpSync(filled, dirname(path), { recursive: true, mode: constants.COPYFILE_FICLONE });
      forget(path);
      return await body(path);
    });
  }

  /** The folder of a store that is only copied. */
  #filledWith(content: Content): Promise<string> {
    const key = JSON.stringify(content);
    const filled = this.#filled.get(key) ?? this.#fill(content);
    this.#filled.set(key, filled);
    return filled;
  }

  async #fill({ samples, ...content }: Content): Promise<string> {
    const folder = mkdtempSync(join(this.folder, 'filled-'));
    const workshop = existsSync(MEMORY) ? makeFolder(MEMORY) : folder;
    try {
      await runJob({ kind: 'append', path: join(workshop, NAME), from: 0, to: samples, tells: false, ...content });
      if (workshop !== folder) cpSync(workshop, folder, { recursive: true });
      return folder;
    } finally {
      if (workshop !== folder) remove(workshop);
    }
  }
}

const folders = new Set<string>();

// Whoever loses patience is left with no gigabytes of samples; what runs as a process of its own ends with this one.
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));
process.once('exit', () => [...folders].forEach(remove));

function makeFolder(parent: string): string {
  const folder = mkdtempSync(join(parent, 'sideline-bench-'));
  folders.add(folder);
  return folder;
}

function remove(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
  folders.delete(folder);
}

/** Has the kernel write the file to the disk and keep nothing of it in memory, as after a power cut. */
export function forget(path: string): void {
  execFileSync('dd', [`of=${path}`, 'oflag=nocache', 'conv=notrunc,fdatasync', 'count=0', 'status=none']);
}
