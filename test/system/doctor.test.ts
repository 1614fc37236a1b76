import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmod, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { promisify } from 'node:util';
import { CHECK_GROUPS } from '../../src/doctor/checks.ts';
import { Mosquitto } from '../fixtures/mosquitto.ts';
import { type Ended, SidelineProcess, sideline } from '../fixtures/sideline-process.ts';
import { TemporaryFolder } from '../fixtures/temporary-folder.ts';
import { requires } from '../requirements.ts';
import { VirtualRadio } from '../virtual-radio/virtual-radio.ts';

interface Told {
  readonly group: string;
  readonly check: string;
  readonly about?: string;
  readonly verdict: string;
  readonly evidence: string;
  readonly remedy?: string;
}

function findingsIn({ stdout }: Ended): { readonly ok: boolean; readonly findings: readonly Told[] } {
  return JSON.parse(stdout) as { ok: boolean; findings: Told[] };
}

const ATHLETES = `defaults:
  rules:
    high-average: { kind: average, window: 60s, above: 120 }
athletes:
  - id: "7"
    name: Onyx Canary
    strap: { address: "c0:9e:1a:00:00:07" }
`;

const needs = requires('btvirt', 'cc');
const needsBroker = requires('mosquitto');

test('doctor finds a controller that answers good and a dead one failed, each told with its adapter', needs, () =>
  VirtualRadio.with((radio) =>
    TemporaryFolder.with(async (folder) => {
      const { address } = await radio.addAdapter();
      // It is reset only where it is known that no gateway uses it, which takes a configuration.
      const config = await folder.file('gateway.yaml', 'store: { path: outbox.db }\n');
      const good = await sideline('doctor', '--config', config, '--adapter', address, '--json');
      const { ok, findings } = findingsIn(good);
      assert.deepEqual([good.code, good.stderr, ok], [1, '', false]);
      assert.deepEqual(
        findings
          .filter(({ group, verdict }) => group === 'Bluetooth' && verdict !== 'skipped')
          .map(({ check, about, verdict }) => [check, about, verdict]),
        [['bluetooth-controller', address, 'ok']],
      );
      const dead = 'h4:unix:/none/such';
      const bad = await sideline('doctor', '--config', config, '--adapter', address, dead, '--json');
      assert.equal(bad.code, 1);
      assert.deepEqual(
        findingsIn(bad)
          .findings.filter(({ check }) => check === 'bluetooth-controller')
          .map(({ about, verdict, remedy }) => [about, verdict, remedy !== undefined]),
        [
          [address, 'ok', false],
          [dead, 'failed', true],
        ],
      );
      const text = await sideline('doctor', '--config', config, '--adapter', address, dead);
      assert.equal(text.code, 1);
      assert.match(text.stdout, /^ {2}✔ bluetooth-controller {2,}h4:unix:.*: it answers as [0-9a-f:]{17}$/m);
      assert.match(text.stdout, /^✖ FAILED {3}bluetooth-controller: .*\/none\/such.*\n {11}→ start what offers/m);
      assert.match(text.stdout, /\n\d+ failed.*; \d+ good, \d+ not judged\n$/);
      assert.ok(!text.stdout.includes('\u001b'), 'no colour where there is no terminal');
      const unnamed = findingsIn(await sideline('doctor', '--adapter', address, '--json')).findings;
      assert.equal(unnamed.find(({ check }) => check === 'bluetooth-controller')?.verdict, 'skipped');
    }),
  ),
);

test('doctor resets no controller of a gateway whose workers it does not find, as with sudo', needs, () =>
  VirtualRadio.with((radio) =>
    TemporaryFolder.with(async (folder) => {
      const adapter = await radio.addAdapter();
      const [strap] = await radio.addStraps([{ name: 'Polar H10 00000007', address: 'c0:9e:1a:00:00:07' }]);
      await folder.file('athletes.yaml', ATHLETES);
      const config = await folder.file(
        'gateway.yaml',
        `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
radio: { adapters: ["${adapter.address}"] }
uplink: { kind: mqtt, url: "mqtt://127.0.0.1:1" }
`,
      );
      const gateway = folder.start('run', '--config', config);
      await strap.until(({ isSubscribed }) => isSubscribed, 'is subscribed');
      const args = ['doctor', '--config', config, '--json'];
      const elsewhere = new SidelineProcess(args, { env: { XDG_RUNTIME_DIR: folder.path } });
      const { findings } = findingsIn(await elsewhere.ended());
      const found = findings.find(({ check }) => check === 'bluetooth-controller');
      assert.deepEqual([found?.verdict, found?.evidence], ['ok', 'the running gateway uses it']);
      assert.equal(adapter.hosts, 1);
      assert.ok(strap.isSubscribed);
      gateway.kill('SIGTERM');
      await gateway.ended();
    }),
  ),
);

test('doctor leaves a controller alone that a running gateway uses', needs, () =>
  VirtualRadio.with((radio) =>
    TemporaryFolder.with(async (folder) => {
      const adapter = await radio.addAdapter();
      const [strap] = await radio.addStraps([{ name: 'Polar H10 00000007', address: 'c0:9e:1a:00:00:07' }]);
      await folder.file('athletes.yaml', ATHLETES);
      const config = await folder.file(
        'gateway.yaml',
        `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
radio: { adapters: ["${adapter.address}"] }
uplink: { kind: mqtt, url: "mqtt://127.0.0.1:1", username: pitch-3, password: canary-of-a-secret }
`,
      );
      const gateway = folder.start('run', '--config', config);
      await strap.until(({ isSubscribed }) => isSubscribed, 'is subscribed');
      const ended = await sideline('doctor', '--config', config, '--json');
      const { findings } = findingsIn(ended);
      const found = findings.find(({ check }) => check === 'bluetooth-controller');
      assert.match(found?.evidence ?? '', /^a gateway uses it now, by process \d+, links: 1$/);
      for (const check of ['store-use', 'store-damage', 'store-access', 'gateway-version']) {
        const { verdict, evidence } = findings.find((each) => each.check === check) ?? {};
        assert.equal(verdict, 'ok', `${check}: ${evidence}`);
      }
      assert.doesNotMatch(ended.stdout, /canary/i, 'neither names nor secrets are told');
      assert.equal(adapter.hosts, 1);
      assert.ok(strap.isSubscribed);
      gateway.kill('SIGTERM');
      await gateway.ended();
    }),
  ),
);

test('whatever this machine has, doctor says of every check what it found, and what to do where it failed', async () => {
  const ended = await sideline('doctor', '--json');
  const { ok, findings } = findingsIn(ended);
  assert.equal(ended.code, ok ? 0 : 1);
  assert.equal(ended.stderr, '');
  assert.deepEqual(
    [...new Set(findings.map(({ group, check }) => `${group}: ${check}`))],
    CHECK_GROUPS.flatMap(({ title, checks }) => checks.map(({ name }) => `${title}: ${name}`)),
  );
  for (const { check, verdict, evidence, remedy } of findings) {
    assert.notEqual(evidence, '', check);
    assert.equal(remedy !== undefined, verdict === 'failed' || verdict === 'warning', check);
  }
});

test('a configuration with mistakes is a finding at its place, and the other checks go on', () =>
  TemporaryFolder.with(async (folder) => {
    const config = await folder.file('gateway.yaml', 'gateway: pitch-3\nnonsense: 1\n');
    const ended = await sideline('doctor', '--config', config, '--json');
    assert.deepEqual([ended.code, ended.stderr], [1, '']);
    const { ok, findings } = findingsIn(ended);
    assert.equal(ok, false);
    const about = findings.filter(({ check }) => check === 'configuration').map((finding) => finding.about);
    assert.ok(about.includes(`${config}:2:1`), about.join());
    assert.ok(findings.some(({ check }) => check === 'bluetooth-adapter'));
    assert.equal(findings.find(({ check }) => check === 'uplink')?.verdict, 'skipped');
  }));

test(
  'doctor tells at which step the way to the broker ends, and connects in the gateway’s name where none runs',
  needsBroker,
  () =>
    TemporaryFolder.with(async (folder) => {
      const mosquitto = await Mosquitto.create();
      try {
        await mosquitto.start();
        await folder.file('athletes.yaml', ATHLETES);
        const text = `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink: { kind: mqtt, url: "${mosquitto.url}" }
mirror: { kind: mqtt, url: "mqtt://no-such-host.invalid:1883" }
`;
        const config = await folder.file('gateway.yaml', text);
        const { findings } = findingsIn(await sideline('doctor', '--config', config, '--json'));
        const ways = findings.filter(({ check }) => check === 'uplink');
        assert.deepEqual(
          ways.map(({ about, verdict }) => [about, verdict]),
          [
            ['uplink', 'ok'],
            ['mirror', 'failed'],
          ],
        );
        assert.match(ways[1]?.evidence ?? '', /^DNS: /);
        assert.match(mosquitto.log, /as pitch-3/);
        assert.deepEqual(await folder.names(), ['athletes.yaml', 'gateway.yaml'], 'nothing is left behind');
      } finally {
        await mosquitto.remove();
      }
    }),
);

test('a bundle is listed first, and without a terminal to ask at only written with --yes', () =>
  TemporaryFolder.with(async (folder) => {
    const config = await folder.file('gateway.yaml', 'gateway: pitch-3\nnonsense: 1\n');
    const path = join(folder.path, 'bundle.tar.gz');
    const listed = await sideline('doctor', '--config', config, '--bundle', path);
    assert.equal(listed.code, 2);
    assert.match(listed.stderr, / {2}findings\.json .* what the doctor has found\n/);
    assert.match(listed.stderr, /nothing was written: without a terminal to ask at, say --yes/);
    assert.deepEqual(await folder.names(), ['gateway.yaml']);
    const written = await sideline('doctor', '--config', config, '--bundle', path, '--yes', '--json');
    assert.equal(written.code, 0, 'whatever the doctor has found');
    assert.equal(findingsIn(written).ok, false);
    assert.match(written.stderr, /bundle\.tar\.gz is written; only this user may read it/);
    assert.deepEqual(await folder.names(), ['bundle.tar.gz', 'gateway.yaml']);
    const again = await sideline('doctor', '--config', config, '--bundle', path, '--yes');
    assert.equal(again.code, 1);
    assert.match(again.stderr, /it is there already; name another file/);
  }));

test('a bundle has what a check of the store finds, where no gateway has it in use', () =>
  TemporaryFolder.with(async (folder) => {
    const store = join(folder.path, 'outbox.db');
    const simulated = folder.start('simulate', '--store', store, '--duration', '60s', '--speed', '60');
    assert.equal((await simulated.ended()).code, 0);
    await folder.file('athletes.yaml', ATHLETES);
    const config = await folder.file(
      'gateway.yaml',
      'gateway: pitch-3\nathletes: athletes.yaml\nstore: { path: outbox.db }\nuplink: { kind: mqtt, url: "mqtt://127.0.0.1:1" }\n',
    );
    const path = join(folder.path, 'bundle.tar.gz');
    assert.equal((await sideline('doctor', '--config', config, '--bundle', path, '--yes')).code, 0);
    const { stdout } = await promisify(execFile)('tar', ['-xzOf', path, 'sideline-doctor/store.txt']);
    assert.match(stdout, /^store {2}\d+ bytes {2}mode 0600 /m);
    assert.match(stdout, /^check: \{"findings":\[\],.*"samples":\d+/m);
  }));

test('neither names nor heart rates are in what goes on to a file: lines and JSON', () =>
  TemporaryFolder.with(async (folder) => {
    const athletes = ATHLETES.replace('name: Onyx Canary', 'name: Onyx Canary\n    heart_rate: { max: 395 }');
    const twice = `${athletes}  - { id: "Onyx Canary", born: 1814-05-06, heart_rate: { rest: 177 }, strap: { name: x } }\n`;
    await folder.file('athletes.yaml', twice);
    const config = await folder.file(
      'gateway.yaml',
      'gateway: pitch-3\nathletes: athletes.yaml\nstore: { path: outbox.db }\nuplink: { kind: mqtt, url: "mqtt://127.0.0.1:1" }\n',
    );
    const checked = await sideline('check', '--config', config);
    for (const told of [/Canary/, /395/]) assert.match(checked.stderr, told);
    for (const more of [[], ['--json']]) {
      const { stdout } = await sideline('doctor', '--config', config, ...more);
      assert.match(stdout, /athletes\.yaml:\d+:\d+/);
      assert.doesNotMatch(stdout, /canary|\b395\b|\b177\b|1814|212/i);
    }
  }));

test('variables of the file environment are for the configuration, and not for the programs that are asked', () =>
  TemporaryFolder.with(async (folder) => {
    await mkdir(join(folder.path, 'bin'));
    const told = join(folder.path, 'told');
    for (const program of ['systemctl', 'journalctl', 'timedatectl']) {
      const path = await folder.file(`bin/${program}`, `#!/bin/sh\nenv >>${told}; exit 1\n`);
      await chmod(path, 0o755);
    }
    await folder.file('environment', 'UPLINK_USER=pitch-3\nCANARY_VARIABLE=1\n');
    await folder.file('athletes.yaml', ATHLETES);
    const config = await folder.file(
      'gateway.yaml',
      'gateway: pitch-3\nathletes: athletes.yaml\nstore: { path: outbox.db }\nuplink: { kind: mqtt, url: "mqtt://127.0.0.1:1", username: "$\u007bUPLINK_USER}" }\n',
    );
    const args = ['doctor', '--config', config, '--json', '--yes', '--bundle', join(folder.path, 'bundle.tar.gz')];
    const ended = await new SidelineProcess(args, {
      env: { PATH: `${folder.path}/bin:${process.env['PATH']}` },
    }).ended();
    const configuration = findingsIn(ended).findings.filter(({ check }) => check === 'configuration');
    assert.deepEqual(
      configuration.map(({ verdict }) => verdict),
      ['ok'],
      'the variable is in its place',
    );
    const environment = await readFile(told, 'utf8');
    assert.match(environment, /^PATH=/m);
    assert.doesNotMatch(environment, /UPLINK_USER|CANARY_VARIABLE/);
  }));

test('an option that there is not is wrong usage', async () => {
  assert.equal((await sideline('doctor', '--nonsense')).code, 2);
});
