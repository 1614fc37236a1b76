import assert from 'node:assert/strict';
import test from 'node:test';
import { printed, runProgram } from '../../src/doctor/program.ts';
import { withMachine } from './machine-folder.ts';

const script = (text: string) => ({ 'bin/asked': { text: `#!/bin/sh\n${text}\n`, mode: 0o755 } });

function ask(text: string, answerAtMostMs = 10_000) {
  return withMachine(script(text), ({ root }) =>
    runProgram('asked', ['now'], { env: { PATH: `${root}/bin`, LC_ALL: 'de_DE.UTF-8' }, answerAtMostMs }),
  );
}

test('a program is asked in English, and what it prints is its answer', async () => {
  const answer = await ask('echo " $1 $LC_ALL "; echo noise >&2');
  assert.deepEqual(answer, { state: 'ended', code: 0, stdout: 'now C' });
  assert.equal(printed(answer), 'now C');
});

test('a program that fails has printed nothing that counts', async () => {
  const answer = await ask('echo half; exit 3');
  assert.deepEqual(answer, { state: 'ended', code: 3, stdout: 'half' });
  assert.equal(printed(answer), undefined);
});

test('a program that is not there, or hangs, is no failure of whoever asks', async () => {
  const absent = await runProgram('asked', [], { env: { PATH: '/none/such' } });
  assert.deepEqual(absent, { state: 'absent' });
  assert.deepEqual(await ask('while :; do :; done', 100), { state: 'silent' });
});
