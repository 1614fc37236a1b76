import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { startWorkerChild } from '../../../../device/radio/team/worker-child.ts';
import { TemporaryFolder } from '../../../fixtures/temporary-folder.ts';

/** Starts a program in the place of the worker's, and gives what is told of its end. */
async function endOf(source: string): Promise<string> {
  let reason = '';
  await TemporaryFolder.with(async (folder) => {
    const program = join(folder.path, 'worker.mjs');
    writeFileSync(program, source);
    const path = join(folder.path, 'hci0.sock');
    writeFileSync(path, 'of a worker that was killed');
    // A worker alone keeps no gateway going.
    const gateway = setInterval(() => {}, 1_000);
    reason = await startWorkerChild({ adapter: 'hci0', path, program }).ended;
    clearInterval(gateway);
    assert.equal(existsSync(path), false, 'nobody is connected to by the name of the one before');
  });
  return reason;
}

test('a worker knows nothing of the gateway’s environment', async () => {
  process.env['SIDELINE_TEST_SECRET'] = 'hunter2';
  try {
    const reason = await endOf("process.stderr.write(Object.keys(process.env).sort().join() + '\\n')");
    assert.match(reason, /^the radio worker ended with 0: PATH$/);
  } finally {
    delete process.env['SIDELINE_TEST_SECRET'];
  }
});

test('the last line of a worker tells why it ended, without what would harm a terminal', async () => {
  const reason = await endOf("process.stderr.write('one\\n\\u001b[2Jtwo\\n'); process.exitCode = 3;");
  assert.equal(reason, 'the radio worker ended with 3: [2Jtwo');
});
