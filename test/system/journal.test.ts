import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { TemporaryFolder } from '../fixtures/temporary-folder.ts';

const PROGRAM = join(import.meta.dirname, '..', '..', 'dist', 'src', 'cli', 'main.js');

const GATEWAY = `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink: { kind: "\${SIDELINE_NOBODY_SETS_THIS}", url: "mqtt://127.0.0.1:1" }
nightingale: 1
`;

const BAD_ATHLETES = `athletes:
  - { id: "F. Nightingale", name: Nightingale, strap: { address: Nightingale }, Nightingale: 1 }
  - { id: "8", strap: { name: x }, rules: { Nightingale: { kind: Nightingale } }, heart_rate: { max: 395 } }
`;

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

/** What a command says of a bad athletes file on a stderr that is the journal, or a file of somebody's. */
async function complaintOf(folder: TemporaryFolder, command: string, isJournal: boolean): Promise<string> {
  await folder.file('athletes.yaml', BAD_ATHLETES);
  const config = await folder.file('gateway.yaml', GATEWAY);
  const path = join(folder.path, `${command}-${isJournal}`);
  const file = openSync(path, 'w');
  const { dev, ino } = fstatSync(file);
  const env = { ...process.env, ...(isJournal ? { JOURNAL_STREAM: `${dev}:${ino}` } : {}) };
  const child = spawn(PROGRAM, [command, '--config', config], { stdio: ['ignore', 'ignore', file], env });
  try {
    assert.deepEqual(await once(child, 'exit'), [78, null]);
    return readFileSync(path, 'utf8');
  } finally {
    closeSync(file);
  }
}

test('of a bad athletes file the journal has the places, and neither names nor heart rates, and who pipes a check has it whole', () =>
  TemporaryFolder.with(async (folder) => {
    for (const [command, isJournal] of [
      ['check', true],
      ['run', true],
      ['run', false],
    ] as const) {
      const told = await complaintOf(folder, command, isJournal);
      assert.match(told, /athletes\.yaml:2:11: /);
      assert.match(told, /gateway\.yaml:4:17: the environment has no variable SIDELINE_NOBODY_SETS_THIS; set SIDELINE/);
      assert.match(told, /gateway\.yaml:5:1: unknown key "…"/);
      assert.match(told, /run "sideline check" at a terminal/);
      assert.doesNotMatch(told, /Nightingale|nightingale|395/, told);
    }
    const whole = await complaintOf(folder, 'check', false);
    for (const text of [/Nightingale/, /395/]) assert.match(whole, text);
  }));
