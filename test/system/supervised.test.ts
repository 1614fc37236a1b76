import assert from 'node:assert/strict';
import { symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { NotifySocket } from '../fixtures/notify-socket.ts';
import { SidelineProcess } from '../fixtures/sideline-process.ts';
import { TemporaryFolder } from '../fixtures/temporary-folder.ts';
import { requires } from '../requirements.ts';

const NEEDS = requires('perl', 'systemd-notify');

test('systemd is told when the gateway is ready, how it is, and when it stops', NEEDS, () =>
  TemporaryFolder.with(async (folder) => {
    const systemd = await NotifySocket.open(join(folder.path, 'notify.sock'));
    const gateway = new SidelineProcess(['simulate', '--speed', '10'], { env: { NOTIFY_SOCKET: systemd.path } });
    try {
      await systemd.until((told) => told.includes('READY=1'), 'READY=1');
      // The store is open, and the first attempts of radio and uplink have begun.
      await gateway.loggedEvent('gateway.started');
      const isStatus = (line: string) =>
        /^STATUS=\d+ of 12 athletes live, \d+ open alerts?; uplink connected, \d+ records? waits?$/.test(line);
      await systemd.until((told) => told.some(isStatus), 'STATUS');
      assert.ok(!systemd.told.includes('STOPPING=1'));
      gateway.kill('SIGTERM');
      const { code } = await gateway.ended();
      assert.equal(code, 0);
      await systemd.until((told) => told.includes('STOPPING=1'), 'STOPPING=1');
      assert.ok(!systemd.told.some((line) => line.startsWith('WATCHDOG')), 'nobody has asked for a watchdog');
    } finally {
      await gateway.remove();
      await systemd.close();
    }
  }),
);

const CONFIG = `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db, max_size: 50MB }
radio: { adapters: ["h4:tcp:127.0.0.1:1"] }
uplink: { kind: mqtt, url: "mqtt://127.0.0.1:1" }
`;

const ATHLETES = `defaults: { rules: { high: { kind: average, window: 60s, above: 120 } } }
athletes:
  - { id: "7", strap: { name: "HRM-7" } }
`;

test('a reload is told as one, from its beginning to its end, with the time by which systemd knows it', NEEDS, () =>
  TemporaryFolder.with(async (folder) => {
    const config = join(folder.path, 'gateway.yaml');
    await writeFile(config, CONFIG);
    await writeFile(join(folder.path, 'athletes.yaml'), ATHLETES);
    const systemd = await NotifySocket.open(join(folder.path, 'notify.sock'));
    const gateway = new SidelineProcess(['run', '--config', config], { env: { NOTIFY_SOCKET: systemd.path } });
    try {
      await systemd.until((told) => told.includes('READY=1'), 'READY=1');
      gateway.kill('SIGHUP');
      await systemd.until((told) => told.filter((line) => line === 'READY=1').length === 2, 'READY=1 again');
      const own = systemd.told.filter((line) => !/^(STATUS|MAINPID|BARRIER)=/.test(line));
      // The two of one message may come in either order; nothing else, so no program that the gateway runs speaks for it.
      assert.deepEqual(
        [own[0], ...own.slice(1, 3).sort(), ...own.slice(3)].map((line = '') => line.replace(/\d{6,}/, '…')),
        ['READY=1', 'MONOTONIC_USEC=…', 'RELOADING=1', 'READY=1'],
      );
      await gateway.loggedEvent('athletes.unchanged');
    } finally {
      await gateway.remove();
      await systemd.close();
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
    // Once, however much there would have been to tell.
    assert.equal(mute.log.filter(({ event }) => event === 'supervisor.failed').length, 1);
  }));
