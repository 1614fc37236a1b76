import assert from 'node:assert/strict';
import { appendFile, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { SimulatedClock } from '../../simulator/clock.ts';
import { FileWatch } from '../../src/system/file-watch.ts';
import { TemporaryFolder } from '../fixtures/temporary-folder.ts';

/** A clock on which every sleep lasts until the test says so. */
class SteppedClock extends SimulatedClock {
  #wake = () => {};
  #asleep = () => {};
  #sleeping: Promise<void> = Promise.resolve();

  constructor() {
    super();
    this.#expectSleep();
  }

  override sleep(_durationMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
      signal?.addEventListener('abort', () => resolve(), { once: true });
      this.#asleep();
    });
  }

  /** Lets whoever sleeps go on until the next sleep. */
  async step(times = 1): Promise<void> {
    for (let i = 0; i < times; i++) {
      await this.#sleeping;
      this.#expectSleep();
      this.#wake();
      await this.#sleeping;
    }
  }

  #expectSleep(): void {
    this.#sleeping = new Promise((resolve) => {
      this.#asleep = resolve;
    });
  }
}

async function watched(
  body: (t: { path: string; folder: string; told: () => number; look: (n?: number) => Promise<void> }) => Promise<void>,
) {
  await TemporaryFolder.with(async (folder) => {
    const path = await folder.file('athletes.yaml', 'one');
    const clock = new SteppedClock();
    let told = 0;
    const watch = new FileWatch({
      path,
      clock,
      onChange: () => {
        told++;
        return Promise.resolve();
      },
    });
    const end = new AbortController();
    const running = watch.run(end.signal);
    try {
      await clock.step(2);
      assert.equal(told, 1, 'as it is in the beginning');
      await body({ path, folder: folder.path, told: () => told - 1, look: (n) => clock.step(n) });
    } finally {
      end.abort();
      await running;
    }
  });
}

test('a file that stays as it is is told of once', () =>
  watched(async ({ told, look }) => {
    await look(10);
    assert.equal(told(), 0);
  }));

test('a change is told once it has been at rest, and not while the file is being written', () =>
  watched(async ({ path, told, look }) => {
    for (let n = 0; n < 5; n++) {
      await appendFile(path, 'more');
      await look(2);
    }
    assert.equal(told(), 0);
    await look();
    assert.equal(told(), 1);
    await look(5);
    assert.equal(told(), 1);
  }));

test('the same size and content under another file is a change, as by an editor or a configuration tool', () =>
  watched(async ({ path, folder, told, look }) => {
    await writeFile(join(folder, 'new'), 'two');
    await rename(join(folder, 'new'), path);
    await look(3);
    assert.equal(told(), 1);
    await writeFile(join(folder, 'three'), 'two');
    await symlink(join(folder, 'three'), join(folder, 'link'));
    await rename(join(folder, 'link'), path);
    await look(3);
    assert.equal(told(), 2);
    await writeFile(join(folder, 'three'), 'owt');
    await look(3);
    assert.equal(told(), 3, 'a change behind the link');
  }));

test('a file that goes, and one that comes, are changes', () =>
  watched(async ({ path, told, look }) => {
    await rm(path);
    await look(3);
    assert.equal(told(), 1);
    await look(5);
    await writeFile(path, 'one');
    await look(3);
    assert.equal(told(), 2);
  }));
