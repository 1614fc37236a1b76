import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { TemporaryFolder } from '../fixtures/temporary-folder.ts';

const PROGRAM = join(import.meta.dirname, '..', '..', 'dist', 'src', 'cli', 'main.js');

/** What the program writes to a file that stands for the journal, or for none. */
async function logOf(folder: TemporaryFolder, isJournal: boolean): Promise<string[]> {
  const path = join(folder.path, `log-${isJournal}`);
  const file = openSync(path, 'w');
  const { dev, ino } = fstatSync(file);
  const args = ['simulate', '--speed', '60', '--duration', '3m', '--store', join(folder.path, `${isJournal}.db`)];
  const env = { ...process.env, ...(isJournal ? { JOURNAL_STREAM: `${dev}:${ino}` } : {}) };
  const child = spawn(PROGRAM, args, { stdio: ['ignore', 'ignore', file], env });
  try {
    assert.deepEqual(await once(child, 'exit'), [0, null]);
    return readFileSync(path, 'utf8').trim().split('\n');
  } finally {
    closeSync(file);
  }
}

test('under journald every line of the log has its priority before it, and elsewhere none has', () =>
  TemporaryFolder.with(async (folder) => {
    const lines = await logOf(folder, true);
    assert.ok(lines.length > 3);
    for (const line of lines) assert.match(line, /^<(6>\{"level":"info"|4>\{"level":"warn"|3>\{"level":"error")/);
    for (const line of await logOf(folder, false)) assert.match(line, /^\{"level":/);
  }));
