import assert from 'node:assert/strict';
import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { configurationVerdicts } from '../../src/doctor/configuration.ts';
import { readConfiguration } from '../../src/doctor/configuration-files.ts';
import {
  type FileFacts,
  fileFacts,
  filePermissionsVerdicts,
  trustedOwners,
} from '../../src/doctor/file-permissions.ts';
import { serviceEnvironment, serviceVariables } from '../../src/doctor/service-environment.ts';
import { TemporaryFolder } from '../fixtures/temporary-folder.ts';
import { assertOnPage } from './page-rows.ts';

const ATHLETES = `defaults:
  rules:
    high-average: { kind: average, window: 60s, above: 120 }
athletes:
  - { id: "7", name: J. Smith, strap: { address: "c0:9e:1a:00:00:07" } }
`;

const gateway = (more = '') => `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink: { kind: mqtt, url: "mqtt://127.0.0.1:1883" }
${more}`;

async function read(folder: TemporaryFolder, text: string, athletes = ATHLETES) {
  await folder.file('athletes.yaml', athletes);
  return readConfiguration(await folder.file('gateway.yaml', text), {}, Date.now());
}

test('without a configuration there is nothing to be judged, and it says how to name one', () => {
  const [found] = configurationVerdicts(undefined);
  assert.equal(found?.verdict, 'skipped');
  assert.match(found?.evidence ?? '', /--config FILE/);
});

test('a good configuration is told with its gateway and how many athletes it has', () =>
  TemporaryFolder.with(async (folder) => {
    const configuration = await read(folder, gateway());
    assert.deepEqual(configurationVerdicts(configuration), [
      { about: configuration.path, verdict: 'ok', evidence: 'good: gateway pitch-3, 1 athlete' },
    ]);
  }));

test('every problem of both files is a finding with its place and what to do', () =>
  TemporaryFolder.with(async (folder) => {
    const broken = await read(folder, gateway('nonsense: 1\n'), ATHLETES.replace('60s', 'sixty'));
    const found = configurationVerdicts(broken);
    assert.deepEqual(
      found.map(({ about, verdict, remedy }) => [about, verdict, remedy !== undefined]),
      [
        [`${join(folder.path, 'athletes.yaml')}:3:44`, 'failed', true],
        [`${broken.path}:5:1`, 'failed', true],
      ],
    );
    assert.match(found[1]?.evidence ?? '', /unknown key "nonsense"/);
    assert.equal(broken.settings, undefined);
  }));

test('a mistake in the athletes file leaves what the gateway’s own file says to be looked at', () =>
  TemporaryFolder.with(async (folder) => {
    const { settings, team, problems } = await read(folder, gateway(), 'athletes: []\n');
    assert.equal(settings?.gateway, 'pitch-3');
    assert.equal(team, undefined);
    assert.ok(problems.length > 0);
  }));

test('what a response needs and is not there is a warning: the gateway runs without', () =>
  TemporaryFolder.with(async (folder) => {
    const responses = 'allow_commands: true\nresponses:\n  siren: { kind: command, command: [/none/such/siren] }\n';
    const [found, ...others] = configurationVerdicts(await read(folder, gateway(responses)));
    assert.deepEqual(others, []);
    assert.equal(found?.verdict, 'warning');
    assert.match(found?.about ?? '', /gateway\.yaml:7:/);
    assert.match(found?.evidence ?? '', /cannot run "\/none\/such\/siren"/);
  }));

test('a file that is not there is a finding, and not the end of the doctor', () => {
  const [found] = configurationVerdicts(readConfiguration('/none/such.yaml', {}, 0));
  assert.deepEqual([found?.about, found?.verdict], ['/none/such.yaml:1:1', 'failed']);
});

test('variables that this process lacks come from the file that the service has them from', () =>
  TemporaryFolder.with(async (folder) => {
    const path = join(folder.path, 'gateway.yaml');
    assert.deepEqual(serviceVariables(path), {});
    await folder.file(
      'environment',
      '# for the service\nGATEWAY_NAME="pitch-3"\nOTHER=\'a b\'\nPLAIN=c=d\nno variable\n',
    );
    assert.deepEqual(serviceVariables(path), { GATEWAY_NAME: 'pitch-3', OTHER: 'a b', PLAIN: 'c=d' });
    assert.deepEqual(serviceEnvironment(path, { OTHER: 'own' }), {
      GATEWAY_NAME: 'pitch-3',
      OTHER: 'own',
      PLAIN: 'c=d',
    });
    await folder.file('athletes.yaml', ATHLETES);
    await folder.file('gateway.yaml', gateway().replace('pitch-3', `"\${GATEWAY_NAME}"`));
    assert.equal(readConfiguration(path, serviceEnvironment(path, {}), 0).settings?.gateway, 'pitch-3');
  }));

test('credentials of the packaged service are looked for where they come from, and of no other', () => {
  const folder = (config: string, env = {}) => serviceEnvironment(config, env)['CREDENTIALS_DIRECTORY'];
  assert.equal(folder('/etc/sideline/../sideline/gateway.yaml'), '/etc/credstore');
  assert.equal(folder('/etc/sideline/gateway.yaml', { CREDENTIALS_DIRECTORY: '/run/x' }), '/run/x');
  assert.equal(folder('/srv/sideline/gateway.yaml'), undefined);
});

async function permissions(modes: Readonly<Record<string, number>>) {
  return await TemporaryFolder.with(async (folder) => {
    await folder.file('key.pem', 'a key');
    await folder.file('certificate.pem', 'a certificate');
    await folder.file('environment', 'OFFICE_SECRET=whatever\n');
    const tls = 'certificate: certificate.pem, private_key: key.pem';
    const configuration = await read(
      folder,
      gateway().replace('"mqtt://127.0.0.1:1883"', `"mqtts://127.0.0.1:8883", ${tls}`),
    );
    for (const name of ['gateway.yaml', 'athletes.yaml', 'key.pem', 'environment']) {
      await chmod(join(folder.path, name), modes[name] ?? 0o640);
    }
    await chmod(folder.path, modes['.'] ?? 0o700);
    const found = filePermissionsVerdicts(fileFacts(configuration), trustedOwners(configuration, {}));
    for (const each of found) assertOnPage('file-permissions', each);
    return found.map(({ about, ...rest }) => ({ ...rest, name: about?.slice(folder.path.length + 1) }));
  });
}

test('files that their owner alone may change, and at most a group may read, are good', async () => {
  const found = await permissions({ 'key.pem': 0o600 });
  assert.deepEqual(
    found.map(({ verdict, evidence }) => [verdict, evidence]),
    [['ok', 'nobody else may read or change them: 4 files']],
  );
});

test('a private key that others may read has failed, and a file of names or passwords is a warning', async () => {
  const found = await permissions({
    'gateway.yaml': 0o644,
    'athletes.yaml': 0o644,
    'key.pem': 0o644,
    environment: 0o604,
  });
  assert.deepEqual(
    found.map(({ name, verdict, evidence }) => [name, verdict, evidence]),
    [
      ['gateway.yaml', 'warning', 'everybody on this machine may read this configuration (mode 0644)'],
      ['environment', 'warning', 'everybody on this machine may read this environment (mode 0604)'],
      ['athletes.yaml', 'warning', 'everybody on this machine may read this athletes file (mode 0644)'],
      ['key.pem', 'failed', 'everybody on this machine may read this private key (mode 0644)'],
    ],
  );
  for (const { remedy } of found) assert.match(remedy ?? '', /sudo chmod 6[04]0 \//);
});

test('limits that others may change have failed, and that a group may is a warning', async () => {
  const all = await permissions({ 'athletes.yaml': 0o666 });
  assert.deepEqual([all[0]?.name, all[0]?.verdict], ['athletes.yaml', 'failed']);
  assert.match(all[0]?.evidence ?? '', /everybody on this machine may change/);
  const group = await permissions({ 'athletes.yaml': 0o660 });
  assert.deepEqual([group[0]?.name, group[0]?.verdict], ['athletes.yaml', 'warning']);
  assert.match(group[0]?.evidence ?? '', /its group may change/);
});

test('a folder in which others may put their files has failed, and one of a group is a warning', async () => {
  const all = await permissions({ 'key.pem': 0o600, '.': 0o777 });
  assert.deepEqual(
    all.map(({ verdict, evidence }) => [verdict, evidence]),
    [['failed', 'everybody on this machine may put other files in the place of those in this folder (mode 0777)']],
  );
  const group = await permissions({ 'key.pem': 0o600, '.': 0o770 });
  assert.deepEqual([group.length, group[0]?.verdict], [1, 'warning']);
  const sticky = await permissions({ 'key.pem': 0o600, '.': 0o1777 });
  assert.equal(sticky[0]?.verdict, 'ok', 'as in /tmp');
});

test('a file or a folder of somebody else’s is a warning, and of root’s, the gateway’s and one’s own it is not', () =>
  TemporaryFolder.with(async (folder) => {
    const file: FileFacts = {
      path: '/etc/sideline/gateway.yaml',
      what: 'configuration',
      mode: 0o640,
      owner: 1001,
      folder: { path: '/etc/sideline', mode: 0o750, owner: 0 },
    };
    const [found, ...more] = filePermissionsVerdicts([file], new Set([0, 997]));
    assert.ok(found !== undefined && more.length === 0);
    assert.equal(found.evidence, 'it is user 1001’s, who is neither root nor the gateway’s user, and may change it');
    assertOnPage('file-permissions', found);
    const inTheirs = { ...file, owner: 0, folder: { ...file.folder, owner: 1001 } };
    assert.equal(filePermissionsVerdicts([inTheirs], new Set([0]))[0]?.about, '/etc/sideline');
    assert.equal(filePermissionsVerdicts([file], new Set([0, 1001]))[0]?.verdict, 'ok');
    const configuration = await read(folder, gateway());
    assert.deepEqual(
      [...trustedOwners(configuration, { SUDO_UID: '1001' })],
      [...new Set([0, process.getuid?.(), 1001])],
    );
  }));
