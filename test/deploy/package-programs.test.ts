import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { after, before, describe } from 'node:test';
import { ARCHITECTURES, type Architecture } from '../../deploy/package/architecture.ts';
import { allCommands, readHelp } from '../../deploy/package/help.ts';
import { launched, unpackedPackage } from '../fixtures/package.ts';
import { requires } from '../requirements.ts';

/** The processor of the machine that tests is amd64's; the other is imitated, program by program. */
const RUNNER: Readonly<Record<Architecture, readonly string[]>> = {
  amd64: [],
  arm64: ['qemu-aarch64-static', '-L', '/usr/aarch64-linux-gnu'],
};
const NEEDS = requires('dpkg-deb', 'cc', 'aarch64-linux-gnu-g++', 'qemu-aarch64-static');

const NATIVE = [
  'better-sqlite3-13',
  '@abandonware/bluetooth-hci-socket',
  '@abandonware/noble/lib/hci-socket/bindings.js',
  'aws-iot-device-sdk-v2',
];

/**
 * What takes twenty starts, or children of the program, for which the kernel would have to know of the imitation. The
 * JavaScript is the same in both packages.
 */
const onItsOwn = (architecture: Architecture) => (RUNNER[architecture].length === 0 ? test : () => {});

for (const architecture of ARCHITECTURES) {
  describe(`the programs of the package for ${architecture}`, NEEDS, () => {
    let root = '';
    before(() => {
      root = unpackedPackage(architecture);
    });
    after(() => rmSync(root, { recursive: true, force: true }));

    const run = (...command: readonly string[]) => {
      const [program = '', ...args] = [...RUNNER[architecture], ...command];
      return spawnSync(program, args, { encoding: 'utf8', cwd: root });
    };
    const sideline = (...args: readonly string[]) => run(...launched(root, 'usr/bin/sideline'), ...args);

    test('start with the options of the program’s first line, and tell their version', () => {
      assert.ok(launched(root, 'usr/bin/sideline').includes('--max-old-space-size=112'));
      const { status, stdout, stderr } = sideline('--version');
      assert.match(`${stdout}${stderr}`, /^\d+\.\d+\.\d+\n$/);
      assert.equal(status, 0);
    });

    test('load every native module with the Node that is carried', () => {
      const [node = ''] = launched(root, 'usr/bin/sideline');
      const load = `for (const name of ${JSON.stringify(NATIVE)}) require('./usr/lib/sideline/app/node_modules/' + name);
        new (require('./usr/lib/sideline/app/node_modules/better-sqlite3-13'))(':memory:').exec('create table t (x)');`;
      const { status, stderr } = run(node, '-e', load);
      assert.equal(stderr, '');
      assert.equal(status, 0);
    });

    test('say of the configuration that comes with the package what is to be filled in', () => {
      const { status, stderr } = sideline('check', '--config', 'usr/share/sideline/gateway.yaml');
      assert.match(stderr, /gateway\.yaml:\d+:\d+: "gateway" has no value/);
      assert.match(stderr, /gateway\.yaml:\d+:\d+: "uplink" has no value/);
      assert.match(stderr, /athletes\.yaml:\d+:\d+: "athletes" is an empty list/);
      assert.equal(stderr.trim().split('\n').length, 3);
      assert.equal(status, 78);
    });

    onItsOwn(architecture)('have every command', () => {
      const help = readHelp((path) => sideline(...path, '--help').stdout);
      const names = allCommands(help).map(({ path }) => path.join(' '));
      for (const name of ['run', 'scan', 'doctor', 'store export', 'snooze']) assert.ok(names.includes(name), name);
    });

    onItsOwn(architecture)('look at the machine, and make a bundle of it', () => {
      writeFileSync(join(root, 'gateway.yaml'), GATEWAY);
      writeFileSync(join(root, 'athletes.yaml'), ATHLETES);
      const doctor = (...args: readonly string[]) => sideline('doctor', '--config', 'gateway.yaml', ...args);
      for (const { status, stdout, stderr } of [
        doctor('--json'),
        doctor('--json', '--bundle', 'bundle.tar.gz', '--yes'),
      ]) {
        // What is wrong with the machine of the tests is 1; whatever does not work is another.
        assert.ok(status === 0 || status === 1, stderr);
        const { findings } = JSON.parse(stdout) as { findings: { check: string }[] };
        assert.ok(findings.length > 10, stdout);
        assert.doesNotMatch(stderr, /\bat .+:\d+:\d+/, 'nothing is thrown');
      }
      assert.ok(existsSync(join(root, 'bundle.tar.gz')));
    });

    test('find a configuration good, and bytes what they are', () => {
      writeFileSync(join(root, 'gateway.yaml'), GATEWAY);
      writeFileSync(join(root, 'athletes.yaml'), ATHLETES);
      const checked = sideline('check', '--config', 'gateway.yaml');
      assert.equal(checked.stderr, '');
      assert.match(checked.stdout, /gateway\.yaml: good: gateway pitch-3/);
      const decoded = sideline('decode', '16', '48', '54', '01', 'EC', '02');
      assert.deepEqual(JSON.parse(decoded.stdout), {
        bpm: 72,
        contact: 'detected',
        energyKj: null,
        rrMs: [332.03125, 730.46875],
      });
    });

    test('play simulated athletes to the end, through radio, store and broker', () => {
      const { status, stderr } = sideline('simulate', '--count', '3', '--duration', '30s', '--speed', '30');
      const log = stderr
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { event: string; level: string });
      assert.deepEqual(
        log.filter(({ level }) => level === 'error'),
        [],
      );
      assert.equal(log.filter(({ event }) => event === 'signal.live').length >= 3, true);
      assert.deepEqual(log.at(-1)?.event, 'gateway.stopped');
      assert.equal(status, 0);
    });
  });
}

const GATEWAY = `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db, max_size: 2GB }
uplink: { kind: mqtt, url: "mqtt://127.0.0.1:1883" }
`;
const ATHLETES = `defaults:
  rules:
    high-average: { kind: average, window: 60s, above: 120 }
athletes:
  - { id: "7", strap: { address: "a0:9e:1a:00:00:07" } }
`;
