import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { requires } from '../../requirements.ts';
import { SystemdContainer } from './systemd-container.ts';

const needs = requires('systemd-nspawn', 'root');

/** Says on its disk that it runs, and when it is asked to end, that it was asked. */
const WITNESS = "trap 'echo asked >> /var/said; exit' TERM; echo runs >> /var/said; while :; do sleep 0.05; done";

test('the disk outlives a power cut, which asks nobody to end, and a shutdown, which does', needs, () =>
  SystemdContainer.with({}, async (container) => {
    const witness = () => container.sure('systemd-run', ['--unit=witness', 'sh', '-c', WITNESS]);
    const said = () =>
      existsSync(container.path('/var/said')) ? readFileSync(container.path('/var/said'), 'utf8') : '';
    const first = await container.sure('cat', ['/proc/sys/kernel/random/boot_id']);
    await container.sure('touch', ['/run/of-this-boot']);
    await witness();
    await container.until('the witness runs', () => said() === 'runs\n');
    await container.powerCut();
    assert.equal(said(), 'runs\n');
    await assert.rejects(() => container.run('true'), /switched off/);

    await container.boot();
    assert.notEqual(await container.sure('cat', ['/proc/sys/kernel/random/boot_id']), first);
    assert.equal((await container.run('systemctl', ['is-active', 'witness'])).stdout, 'inactive\n');
    assert.equal((await container.run('test', ['-e', '/run/of-this-boot'])).code, 1, 'that was in memory');
    await witness();
    await container.until('the witness runs', () => said() === 'runs\nruns\n');
    await container.shutDown();
    assert.equal(said(), 'runs\nruns\nasked\n');

    await container.boot();
    const entries = await container.journal('witness');
    assert.equal(entries.filter(({ MESSAGE = '' }) => MESSAGE.startsWith('Started')).length, 2, 'of both boots');
  }),
);

test(
  'it is a machine of its own: nothing that this one starts, no network, and commands answer for themselves',
  needs,
  () =>
    SystemdContainer.with({}, async (container) => {
      assert.equal(await container.sure('systemctl', ['is-system-running']), 'running\n');
      assert.match(await container.sure('ls', ['/sys/class/net']), /^lo\n$/);
      assert.equal(await container.sure('cat', [], { input: 'told' }), 'told');
      const { code, stdout, stderr } = await container.run('sh', ['-c', 'echo out; echo err >&2; exit 7']);
      assert.deepEqual({ code, stdout, stderr }, { code: 7, stdout: 'out\n', stderr: 'err\n' });
      await assert.rejects(() => container.sure('false'), /false ended with 1/);
      container.write('/etc/of-the-container', 'x');
      assert.ok(!existsSync('/etc/of-the-container'));
      assert.equal(await container.sure('cat', ['/etc/of-the-container']), 'x');
    }),
);

test('nothing of a container is left when the process that had it is killed', needs, async () => {
  const program = `
    import { SystemdContainer } from ${JSON.stringify(join(import.meta.dirname, 'systemd-container.ts'))};
    await SystemdContainer.with({}, async (container) => {
      console.log(container.path('/'));
      await new Promise((resolve) => setInterval(resolve, 1e9));
    });`;
  const owner = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = await once(owner.stdout, 'data');
  const disk = String(line).trim();
  const groups = join(disk, '../../sys/fs/cgroup');
  const [holder] = /\d+/.exec(disk) ?? [];
  assert.ok(existsSync(join(disk, 'etc')) && holder !== undefined && existsSync(groups));
  owner.kill('SIGKILL');
  // With its first process a PID namespace ends, and with the last one in it the mount namespace.
  for (let i = 0; i < 1000 && existsSync(`/proc/${holder}`); i++) await sleep(20);
  assert.ok(!existsSync(`/proc/${holder}`), 'the holder has ended');
});
