/** What the store makes of a disk that fails: nothing that was told as stored is lost, and it goes on by itself. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { requires } from '../../requirements.ts';
import type { WriterProcess } from '../writer-process.ts';
import { FailingCalls, storeFiles } from './failing-calls.ts';
import { isInMemory, isOnDiskAgain, isRefused, isStored, WitnessedStore } from './witnessed-store.ts';

const MB = 1024 * 1024;

test(
  'on a full disk the store goes on in memory, loses nothing, and is on the disk once there is room',
  requires('root'),
  async () => {
    await WitnessedStore.with({ diskBytes: 2 * MB, maxBytes: 50 * MB }, async (store) => {
      const writer = store.start();
      await diesFor(writer);
      store.disk?.resize(64 * MB);
      await writer.told(isOnDiskAgain, 'the store was on the disk again');
      await store.compare(writer);
    });
  },
);

test(
  'a disk that fails every fsync for a while is used again afterwards, with what was in memory',
  requires('strace', 'root'),
  async () => {
    await failingFor(['fsync', 'fdatasync'], 'EIO');
  },
);

test(
  'while a disk is read-only the store goes on in memory, and then with all of it on the disk',
  requires('strace', 'root'),
  async () => {
    await failingFor(['pwrite64', 'ftruncate', 'fallocate'], 'EROFS');
  },
);

test(
  'a disk on which nothing can be opened any more is used again afterwards, with what was in memory',
  requires('strace', 'root'),
  async () => {
    await failingFor(['pwrite64', 'ftruncate', 'fallocate', 'openat', 'fsync', 'fdatasync'], 'EIO');
  },
);

test('a slow disk delays appends and nothing else, and loses nothing', requires('strace'), async () => {
  await WitnessedStore.with({}, async (store) => {
    const delay = ['-e', 'trace=fsync,fdatasync', '-e', 'inject=fsync,fdatasync:delay_exit=50000'];
    const writer = store.start({ under: ['strace', '-f', '-qq', ...delay, '-o', '/dev/null'] });
    const stored = await writer.told(isStored, 'a group was stored');
    assert.ok(stored.event === 'stored' && stored.ticks > 0, 'the writer went on while the disk took its time');
    await store.compare(writer);
  });
});

test('writes that fail at random refuse appends, and each record is stored once', requires('fiu-run'), async () => {
  await WitnessedStore.with({ tolerated: ['unopened', 'unread'] }, async (store) => {
    for (const probability of [0.001, 0.01]) {
      const point = `enable_random name=posix/io/rw/pwrite,probability=${probability}`;
      const writer = store.start({ under: ['fiu-run', '-x', '-c', point], groups: 150, seed: String(probability) });
      const stuck = writer
        .told(isRefused, 'an append was refused')
        .then(() => writer.told(isStored, 'a group was stored'));
      await stuck.catch(() => undefined);
      writer.kill('SIGTERM');
      await writer.ended;
    }
    assert.ok(store.told.some(isRefused), 'some writes failed');
    await store.compare();
  });
});

test(
  'syncs that fail now and then: into memory and back, halfway too, and each record is stored once',
  requires('strace'),
  async () => {
    await WitnessedStore.with({ tolerated: ['unread'] }, async (store) => {
      const writer = store.start();
      await writer.told(isStored, 'a group was stored');
      // The first one that fails, and every how many from then on: in opening, in an append, in a part that is moved.
      for (const when of ['1+2', '2+7', '1+4', '3+8']) {
        const failing = await FailingCalls.of(
          writer.pid,
          ['fsync', 'fdatasync'],
          `EIO:when=${when}`,
          storeFiles(store.path),
        );
        try {
          for (let groups = 0; groups < 60; groups++) await writer.told(isStored, 'a group was stored');
        } finally {
          await failing.end();
        }
        const last = store.told.findLast((told) => isInMemory(told) || isOnDiskAgain(told));
        if (last !== undefined && isInMemory(last)) await writer.told(isOnDiskAgain, 'the store was on the disk again');
      }
      assert.ok(store.told.some(isOnDiskAgain), 'it was in memory, and on the disk again');
      await store.compare(writer);
    });
  },
);

test('a store on a read-only disk cannot be opened, and is as it was when it can', requires('root'), async () => {
  await WitnessedStore.with({ diskBytes: 16 * MB, tolerated: ['unopened'] }, async (store) => {
    await store.start({ groups: 20 }).ended;
    store.disk?.setReadOnly(true);
    assert.deepEqual(await store.start().ended, { code: 0, signal: null, stderr: '' });
    const last = store.told.at(-1);
    assert.equal(last?.event === 'unopened' && last.code, 'store-unusable');
    store.disk?.setReadOnly(false);
    await store.compare();
  });
});

async function failingFor(calls: readonly string[], error: string): Promise<void> {
  await WitnessedStore.with({ tolerated: ['unread'] }, async (store) => {
    const writer = store.start();
    for (let times = 0; times < 2; times++) {
      await writer.told(isStored, 'a group was stored');
      const failing = await FailingCalls.of(writer.pid, calls, error, storeFiles(store.path));
      try {
        await diesFor(writer);
      } finally {
        await failing.end();
      }
      await writer.told(isOnDiskAgain, 'the store was on the disk again');
    }
    await store.compare(writer);
  });
}

/** The disk refuses a few appends; then groups are stored and delivered all the same. */
async function diesFor(writer: WriterProcess): Promise<void> {
  await writer.told(isRefused, 'an append was refused');
  await writer.told(isInMemory, 'the store went on in memory');
  for (let groups = 0; groups < 20; groups++) await writer.told(isStored, 'a group was stored in memory');
}
