import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, chown, mkdir, rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';
import { type Ended, SidelineProcess } from '../fixtures/sideline-process.ts';
import { TemporaryFolder } from '../fixtures/temporary-folder.ts';
import { programPath, requires } from '../requirements.ts';

const ATHLETES = `defaults: { rules: { any: { kind: average, window: 10s, above: 30 } } }
athletes:
  - { id: "7", name: Smith, strap: { address: "a0:9e:1a:00:00:07" } }
`;

const gatewayFile = (store: string) =>
  `gateway: pitch-3\nathletes: athletes.yaml\nstore: { path: ${store} }\nuplink: { kind: mqtt, url: "mqtt://127.0.0.1:1" }\n`;

interface Service {
  readonly folder: TemporaryFolder;
  /** In place of /run/sideline. */
  readonly run: string;
  readonly gateway: SidelineProcess;
  readonly env: NodeJS.ProcessEnv;
  readonly sideline: (...args: string[]) => Promise<Ended>;
}

/** A gateway as systemd starts one, with a folder for what it makes at run time and one for its configuration. */
async function withService(body: (service: Service) => Promise<void>): Promise<void> {
  await TemporaryFolder.with(async (folder) => {
    const run = join(folder.path, 'run');
    const etc = join(folder.path, 'etc');
    await mkdir(run, { mode: 0o750 });
    await mkdir(etc);
    await folder.file('athletes.yaml', ATHLETES);
    await folder.file('gateway.yaml', gatewayFile('outbox.db'));
    const env = { RUNTIME_DIRECTORY: run, CONFIGURATION_DIRECTORY: etc };
    const args = ['--store', 'outbox.db', '--athletes', 'athletes.yaml', '--speed', '20'];
    const gateway = new SidelineProcess(['simulate', ...args], { cwd: folder.path, env });
    const sideline = (...wanted: string[]) => new SidelineProcess(wanted, { cwd: folder.path, env }).ended();
    try {
      await gateway.loggedEvent('alert.raised');
      await body({ folder, run, gateway, env, sideline });
    } finally {
      await gateway.remove();
    }
  });
}

const modeOf = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

test('a service is reached in the folder that systemd gives it, by its group too, and not beside its store', () =>
  withService(async ({ folder, run }) => {
    for (const socket of ['status.socket', 'control.socket']) assert.equal(await modeOf(join(run, socket)), '660');
    assert.ok(!existsSync(join(folder.path, 'outbox.db.status')));
    assert.ok(!existsSync(join(folder.path, 'outbox.db.control')));
  }));

test('whoever asks without a configuration reaches the service, and none has to be readable', () =>
  withService(async ({ sideline }) => {
    const { code, stdout, stderr } = await sideline('status');
    assert.equal(code, 0, stderr);
    assert.match(stdout, /^simulator: 1 open alert/);
    const seen = await sideline('acknowledge', '--athlete', '7', '--by', 'AT-1');
    assert.equal(seen.code, 0, seen.stderr);
  }));

test('with a configuration the service is meant where it has that store, and otherwise it is left alone', () =>
  withService(async ({ folder, gateway, sideline }) => {
    const same = await sideline('status', '--config', 'gateway.yaml');
    assert.equal(same.code, 0, same.stderr);
    await folder.file('other.yaml', gatewayFile('other.db'));
    const missed = /no gateway is running on the store \S+other\.db: nobody answers at \S+other\.db/;
    const other = await sideline('status', '--config', 'other.yaml');
    assert.equal(other.code, 1);
    assert.match(other.stderr, missed);
    const command = await sideline('acknowledge', '--config', 'other.yaml', '--athlete', '7', '--by', 'AT-1');
    assert.equal(command.code, 1);
    assert.match(command.stderr, missed);
    assert.ok(!gateway.log.some(({ event }) => event === 'alert.acknowledged'));
  }));

test('where no service runs, the installed configuration is meant, and where there is none it is said what to do', () =>
  withService(async ({ folder, gateway, sideline }) => {
    gateway.kill('SIGTERM');
    assert.equal((await gateway.ended()).code, 0);
    const neither = await sideline('status');
    assert.equal(neither.code, 1);
    assert.match(neither.stderr, /nothing is at \S+run\/status\.socket\), and \S+etc\/gateway\.yaml is not there/);
    assert.match(neither.stderr, /start the service, or say with --config/);
    const check = await sideline('check');
    assert.equal(check.code, 2);
    assert.match(check.stderr, /'--config <file>' not specified, and there is no \S+etc\/gateway\.yaml/);
    for (const name of ['gateway.yaml', 'athletes.yaml']) {
      await rename(join(folder.path, name), join(folder.path, 'etc', name));
    }
    assert.equal((await sideline('check')).code, 0);
    assert.match((await sideline('status')).stderr, /no gateway is running on the store \S+etc\/outbox\.db/);
  }));

test('a member of the group may ask and tell; whoever is not is told of the group', requires('root', 'setpriv'), () =>
  withService(async ({ folder, run, env }) => {
    const group = 54_321;
    for (const path of [run, join(run, 'status.socket'), join(run, 'control.socket')]) await chown(path, 0, group);
    // So far everybody may come.
    await chmod(folder.path, 0o755);
    const main = join(import.meta.dirname, '..', '..', 'dist', 'src', 'cli', 'main.js');
    const as = async (gid: number, ...args: string[]) => {
      const who = ['--reuid=65534', `--regid=${gid}`, '--clear-groups', process.execPath, main, ...args];
      return await promisify(execFile)(programPath('setpriv'), who, {
        env: { ...process.env, ...env },
        cwd: '/',
      }).catch(({ stderr }: { stderr: string }) => ({ stdout: '', stderr }));
    };
    assert.match((await as(group, 'status')).stdout, /^simulator: 1 open alert/);
    assert.match((await as(group, 'acknowledge', '--athlete', '7', '--by', 'AT-1')).stdout, /7/);
    const { stdout, stderr } = await as(65_534, 'status');
    assert.equal(stdout, '');
    assert.match(stderr, /this user may not ask the gateway .*member of its group, sideline/);
  }),
);
