/** What the store makes of a disk that fails: nothing that was told as stored is lost, and it goes on by itself. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { requires } from '../../requirements.ts';
import type { WriterProcess } from '../writer-process.ts';
import { FailingCalls, storeFiles } from './failing-calls.ts';
import { isRefused, isStored, WitnessedStore } from './witnessed-store.ts';

const MB = 1024 * 1024;

test(
  'a full disk refuses appends, loses nothing, and takes the same records once there is room',
  requires('root'),
  async () => {
    await WitnessedStore.with({ diskBytes: 2 * MB, maxBytes: 50 * MB }, async (store) => {
      const writer = store.start();
      await refusedOften(writer);
      store.disk?.resize(16 * MB);
      await store.compare(writer);
    });
  },
);

test('a disk that fails every fsync for a while is used again afterwards', requires('strace', 'root'), async () => {
  await failingFor(['fsync', 'fdatasync'], 'EIO');
});

test(
  'a disk that has become read-only refuses appends until it can be written again',
  requires('strace', 'root'),
  async () => {
    await failingFor(['pwrite64', 'ftruncate', 'fallocate'], 'EROFS');
  },
);

test(
  'a disk on which nothing can be opened any more is used again afterwards',
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
        await refusedOften(writer);
      } finally {
        await failing.end();
      }
      await writer.told(isStored, 'a group was stored again');
    }
    await store.compare(writer);
  });
}

async function refusedOften(writer: WriterProcess): Promise<void> {
  for (let times = 0; times < 5; times++) await writer.told(isRefused, 'an append was refused');
}
