import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import test from 'node:test';
import { TemporaryFolder } from '../fixtures/temporary-folder.ts';

test('a gateway whose terminal hangs up stops as when it is asked to', () =>
  TemporaryFolder.with(async (folder) => {
    const gateway = folder.start('simulate', '--speed', '20', '--count', '2');
    await gateway.loggedEvent('gateway.started');
    gateway.kill('SIGHUP');
    const { code, signal, stderr } = await gateway.ended();
    assert.deepEqual([code, signal], [0, null], stderr);
    assert.ok(gateway.log.some(({ event }) => event === 'gateway.stopped'));
    assert.ok(gateway.log.some(({ event, reason }) => event === 'gateway.stopping' && reason === 'SIGHUP'));
  }));

test('a store that the simulator keeps is for its own user only, as the daemon’s is', () =>
  TemporaryFolder.with(async (folder) => {
    const store = join(folder.path, 'kept', 'outbox.db');
    const { code, stderr } = await folder
      .start('simulate', '--store', store, '--duration', '20s', '--speed', '100', '--count', '2')
      .ended();
    assert.equal(code, 0, stderr);
    assert.equal((await stat(store)).mode & 0o777, 0o600);
    assert.equal((await stat(join(folder.path, 'kept'))).mode & 0o777, 0o700);
  }));

test('a signal ends a stop that is under way for another reason and waits for its delivery', () =>
  TemporaryFolder.with(async (folder) => {
    // Nobody reads at this port and the connection stays up, so that a run which is over has something to wait for.
    const mute = createServer((socket) =>
      socket.once('data', () => socket.write(Buffer.of(0x20, 0x03, 0x00, 0x00, 0x00))),
    );
    await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
    const { port } = mute.address() as AddressInfo;
    const args = ['--uplink', `mqtt://127.0.0.1:${port}`, '--speed', '20', '--duration', '20s', '--count', '2'];
    const gateway = folder.start('simulate', ...args);
    try {
      await gateway.loggedEvent('gateway.stopping');
      gateway.kill('SIGINT');
      const { code, signal, stderr } = await gateway.ended();
      assert.deepEqual([code, signal], [0, null], stderr);
    } finally {
      await gateway.remove();
      mute.close();
    }
  }));
