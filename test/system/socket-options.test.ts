import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { Mosquitto } from '../fixtures/mosquitto.ts';
import { TemporaryFolder } from '../fixtures/temporary-folder.ts';
import { programPath, requires } from '../requirements.ts';

/** Resolves when every setsockopt of the process is written down. */
async function traced(pid: number, file: string): Promise<ChildProcess> {
  const strace = spawn(programPath('strace'), ['-f', '-e', 'trace=setsockopt', '-o', file, '-p', String(pid)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  for await (const data of strace.stderr) if (String(data).includes('attached')) return strace;
  throw new Error('strace has ended');
}

test(
  'what is sent goes at once: an alert does not wait for the broker to acknowledge the packet before it',
  requires('mosquitto', 'strace', 'root'),
  () =>
    TemporaryFolder.with(async (folder) => {
      const broker = await Mosquitto.create();
      let strace: ChildProcess | undefined;
      try {
        const gateway = folder.start('simulate', '--uplink', broker.url, '--store', join(folder.path, 'outbox.db'));
        await gateway.loggedEvent('uplink.disconnected');
        const file = join(folder.path, 'setsockopt');
        strace = await traced(gateway.pid, file);
        await broker.start();
        await gateway.loggedEvent('uplink.connected');
        strace.kill('SIGTERM');
        await once(strace, 'close');
        gateway.kill('SIGTERM');
        await gateway.ended();
        assert.match(await readFile(file, 'utf8'), /TCP_NODELAY, \[1\]/);
      } finally {
        strace?.kill('SIGKILL');
        await broker.remove();
      }
    }),
);
