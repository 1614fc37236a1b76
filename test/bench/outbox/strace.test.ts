import assert from 'node:assert/strict';
import test from 'node:test';
import { writesIn } from './strace.ts';

const write = (file: string, bytes: number, offset: number) =>
  `123 pwrite64(21</store/${file}>, ""..., ${bytes}, ${offset}) = ${bytes}`;
const sync = (file: string, call = 'fdatasync') => `124 ${call}(21</store/${file}>) = 0`;

test('a block that is written to several times before an fsync goes to the device once', async () => {
  const lines = [write('a', 1024, 0), write('a', 1024, 1024), write('a', 1024, 4000), sync('a')];
  assert.deepEqual(await writesIn(lines, '/store/'), { givenBytes: 3072, deviceBytes: 2 * 4096, syncs: 1 });
});

test('a block that is written to again after an fsync goes to the device again', async () => {
  const lines = [write('a', 1024, 0), sync('a'), write('a', 1024, 1024), sync('a', 'fsync')];
  assert.deepEqual(await writesIn(lines, '/store/'), { givenBytes: 2048, deviceBytes: 2 * 4096, syncs: 2 });
});

test('an fsync is for its own file, and other folders do not count', async () => {
  const lines = [write('a', 1024, 0), write('b', 4096, 0), sync('b'), '9 pwrite64(7</other/c>, ""..., 5, 0) = 5'];
  assert.deepEqual(await writesIn(lines, '/store/'), { givenBytes: 5120, deviceBytes: 4096, syncs: 1 });
});
