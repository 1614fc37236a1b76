import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { requires } from '../../requirements.ts';
import { storeFiles } from './failing-calls.ts';
import { isRefused, WitnessedStore } from './witnessed-store.ts';

test(
  'a disk that fails an fsync refuses the append, and appends no more before the store was opened again',
  requires('strace'),
  async () => {
    await WitnessedStore.with({}, async (store) => {
      const trace = join(store.folder, 'trace');
      const syncs = 'fsync,fdatasync';
      const faults = ['-e', `trace=${syncs},openat,pwrite64`, '-e', `inject=${syncs}:error=EIO:when=30..33`];
      const files = storeFiles(store.path).flatMap((path) => ['-P', path]);
      const writer = store.start({ under: ['strace', '-f', '-qq', '-y', ...faults, ...files, '-o', trace] });
      await writer.told(isRefused, 'an append was refused');
      await store.compare(writer);
      assert.ok(isReopened(readFileSync(trace, 'utf8'), store.path), 'opened again before the next append');
    });
  },
);

/** Whether, after each failed sync, the database was opened again before anything was appended to its log. */
function isReopened(trace: string, path: string): boolean {
  const lines = trace.split('\n');
  const failed = lines.flatMap((line, index) => (line.includes('(INJECTED)') ? [index] : []));
  const isOpening = (line: string) => line.includes('openat(') && line.includes(`"${path}"`);
  const isAppending = (line: string) => line.includes('pwrite64(') && line.includes(`<${path}-wal>`);
  return (
    failed.length > 0 &&
    failed.every((index) => {
      const next = lines.slice(index + 1).find((line) => isOpening(line) || isAppending(line));
      return next === undefined || isOpening(next);
    })
  );
}

test('a write that fails in the middle of a commit loses no part of it', requires('strace'), async () => {
  // Commits write a few frames or many, so these fall on any frame of one.
  for (const when of [101, 152, 203, 254, 305, 356]) {
    await WitnessedStore.with({}, async (store) => {
      const faults = ['-e', 'trace=pwrite64', '-e', `inject=pwrite64:error=EIO:when=${when}`];
      const under = ['strace', '-f', '-qq', ...faults, '-P', `${store.path}-wal`, '-o', '/dev/null'];
      const writer = store.start({ under });
      await writer.told(isRefused, 'an append was refused');
      await store.compare(writer);
    });
  }
});
