import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { recordsOf, storedIds } from '../fixtures/received.ts';
import { Scene } from '../fixtures/scene.ts';
import { requires } from '../requirements.ts';

const PROGRAM = join(import.meta.dirname, '..', '..', 'dist', 'src', 'cli', 'main.js');

/** A pipe that is full, and that nobody reads. */
function fullPipe(path: string): { end: number; close: () => void } {
  execFileSync('mkfifo', [path]);
  const filling = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  const block = Buffer.alloc(4096, 'x');
  try {
    for (;;) writeSync(filling, block);
  } catch (error) {
    assert.equal((error as NodeJS.ErrnoException).code, 'EAGAIN');
  }
  const end = openSync(path, constants.O_RDWR);
  return { end, close: () => [filling, end].forEach(closeSync) };
}

test(
  'a log that nobody reads, as on a terminal stopped with Ctrl-S, stops neither the gateway nor its end',
  requires('mosquitto'),
  () =>
    Scene.with(async (scene) => {
      const store = scene.path('outbox.db');
      const pipe = fullPipe(scene.path('stderr'));
      const args = ['simulate', '--uplink', scene.relay.url, '--store', store, '--speed', '20'];
      const gateway = spawn(PROGRAM, args, { stdio: ['ignore', 'ignore', pipe.end] });
      try {
        await scene.subscriber.waitFor((messages) => messages.length > 20);
        const ended = once(gateway, 'exit');
        gateway.kill('SIGTERM');
        const [, signal] = await ended;
        assert.equal(signal, 'SIGKILL', 'its last words waited in vain, and only they');
        const stored = storedIds(store, 'simulator');
        const received = () => new Set(recordsOf(scene.subscriber.messages).map(({ id }) => id));
        await scene.subscriber.waitFor(() => received().size >= stored.size);
        assert.deepEqual(received(), stored);
      } finally {
        gateway.kill('SIGKILL');
        pipe.close();
      }
    }),
);
