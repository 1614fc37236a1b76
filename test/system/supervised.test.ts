import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SidelineProcess } from '../fixtures/sideline-process.ts';
import { TemporaryFolder } from '../fixtures/temporary-folder.ts';
import { programPath, requires } from '../requirements.ts';

test('systemd is told when the gateway is ready and when it stops', requires('socat', 'systemd-notify'), () =>
  TemporaryFolder.with(async (folder) => {
    const socket = join(folder.path, 'notify.sock');
    const listener = spawn(programPath('socat'), ['-u', `UNIX-RECV:${socket}`, '-'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    let told = '';
    listener.stdout.on('data', (data) => {
      told += String(data);
    });
    const gateway = new SidelineProcess(['simulate', '--speed', '10'], { env: { NOTIFY_SOCKET: socket } });
    try {
      while (!existsSync(socket)) await sleep(10);
      const toldOf = async (what: string) => {
        for (let i = 0; i < 1000 && !told.includes(what); i++) await sleep(10);
        assert.ok(told.includes(what), `${what} was not told, but: ${told}`);
      };
      await gateway.loggedEvent('gateway.started');
      await toldOf('READY=1');
      await toldOf('STATUS=uplink connected');
      assert.ok(!told.includes('STOPPING=1'));
      gateway.kill('SIGTERM');
      const { code } = await gateway.ended();
      assert.equal(code, 0);
      await toldOf('STOPPING=1');
    } finally {
      await gateway.remove();
      listener.kill('SIGKILL');
      await once(listener, 'close');
    }
  }),
);

test('without a supervisor the gateway tells nobody, and without the program it says so and goes on', () =>
  TemporaryFolder.with(async (folder) => {
    const alone = new SidelineProcess(['simulate', '--speed', '100', '--duration', '10s']);
    assert.equal((await alone.ended()).code, 0);
    assert.equal(alone.log.filter(({ event }) => event === 'supervisor.failed').length, 0);
    // Node is all that there is on the path.
    await symlink(process.execPath, join(folder.path, 'node'));
    const mute = new SidelineProcess(['simulate', '--speed', '100', '--duration', '10s'], {
      env: { NOTIFY_SOCKET: '/nowhere/notify.sock', PATH: folder.path },
    });
    const { code, stderr } = await mute.ended();
    assert.equal(code, 0, stderr);
    assert.ok(mute.log.some(({ event }) => event === 'supervisor.failed'));
  }));
