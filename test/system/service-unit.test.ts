import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { SERVICE_SOCKETS } from '../../device/radio/team/worker-sockets.ts';
import { programPath, requires } from '../requirements.ts';

const UNITS = join(import.meta.dirname, '..', '..', 'deploy', 'systemd');
const GATEWAY = 'sideline.service';
const RADIO = 'sideline-radio@.service';

/** Every value that a unit gives a key, in order. */
function values(key: string, unit = GATEWAY): string[] {
  const lines = readFileSync(join(UNITS, unit), 'utf8').split('\n');
  return lines.filter((line) => line.startsWith(`${key}=`)).map((line) => line.slice(key.length + 1));
}

test('the service does not start again on an invalid configuration, which only the daemon itself may find', () => {
  // RestartPreventExitStatus looks at ExecStart alone: what fails before it is started again for ever.
  assert.deepEqual(values('ExecStartPre'), ['-/usr/bin/sideline check --config /etc/sideline/gateway.yaml']);
  assert.deepEqual(values('ExecCondition'), []);
  assert.deepEqual(values('RestartPreventExitStatus'), ['78']);
  assert.deepEqual(values('Restart'), ['always']);
  assert.deepEqual(values('ExecStart'), ['/usr/bin/sideline run --config /etc/sideline/gateway.yaml']);
});

test('neither service ever gives up starting, waits for the network, or leaves its memory on the disk', () => {
  for (const unit of [GATEWAY, RADIO]) {
    assert.deepEqual(values('StartLimitIntervalSec', unit), ['0']);
    assert.deepEqual(values('LimitCORE', unit), ['0']);
    for (const dependency of ['After', 'Wants', 'Requires', 'BindsTo', 'PartOf', 'Conflicts']) {
      const named = values(dependency, unit).join(' ');
      assert.doesNotMatch(named, /network|time-sync/);
      // BlueZ's daemon is started when a stick is plugged in, which would then stop the radio.
      if (dependency !== 'After') assert.doesNotMatch(named, /bluetooth/);
    }
  }
});

test('a reload asks the gateway itself to look at its athletes file', () => {
  assert.deepEqual(values('ExecReload'), ['/bin/kill -HUP $MAINPID']);
});

test('the service hears the notifications of a program that the gateway starts', () => {
  assert.deepEqual(values('Type'), ['notify']);
  assert.deepEqual(values('NotifyAccess'), ['all']);
});

test('the service has no privilege, and variables from a file that may be missing', () => {
  assert.deepEqual(values('User'), ['sideline']);
  assert.deepEqual(values('AmbientCapabilities'), ['']);
  assert.deepEqual(values('CapabilityBoundingSet'), ['']);
  assert.deepEqual(values('NoNewPrivileges'), ['yes']);
  assert.deepEqual(values('EnvironmentFile'), ['-/etc/sideline/environment']);
  assert.deepEqual(values('RestrictAddressFamilies'), ['AF_UNIX AF_INET AF_INET6 AF_NETLINK']);
});

test('a radio has raw Bluetooth sockets, no network and no other privilege', () => {
  assert.deepEqual(values('User', RADIO), ['sideline-radio']);
  assert.deepEqual(values('AmbientCapabilities', RADIO), ['CAP_NET_RAW']);
  assert.deepEqual(values('CapabilityBoundingSet', RADIO), ['CAP_NET_RAW']);
  assert.deepEqual(values('NoNewPrivileges', RADIO), ['yes']);
  assert.deepEqual(values('RestrictAddressFamilies', RADIO), ['AF_UNIX AF_BLUETOOTH']);
  assert.deepEqual(values('IPAddressDeny', RADIO), ['any']);
});

test('the gateway looks for the radios where they listen', () => {
  const [, folder] = /^\S+=(.*)$/.exec(values('Environment').find((each) => each.includes('SOCKETS')) ?? '') ?? [];
  assert.ok(folder !== undefined && folder === `/run/${values('RuntimeDirectory', RADIO)[0]}`);
  assert.equal(folder, SERVICE_SOCKETS, 'as others look for them');
  const groups = values('SupplementaryGroups').join(' ').split(' ');
  assert.deepEqual(groups, [...values('Group', RADIO), 'sideline-config'], 'whose sockets and whose files they are');
  assert.deepEqual(values('ExecStart', RADIO), [`/usr/lib/sideline/sideline-radio --adapter %I --sockets ${folder}`]);
});

/** What systemd-analyze says of a unit; the package that brings systemd-notify brings it. */
function analysed(...args: string[]): string {
  const { stdout, stderr, error } = spawnSync(programPath('systemd-analyze'), args, { encoding: 'utf8' });
  assert.equal(error, undefined);
  return `${stdout}${stderr}`;
}

/** Keys of which systemd before 254 says that it does not know them. */
const NEW_KEYS = /Unknown key.* '(RestartSteps|RestartMaxDelaySec)'/;

test('systemd understands the units', requires('systemd-notify'), () => {
  const [, version] = /^systemd (\d+)/.exec(analysed('--version')) ?? assert.fail();
  for (const [unit, instance] of [
    [GATEWAY, GATEWAY],
    [RADIO, 'sideline-radio@'],
  ] as const) {
    // Of other units of this machine nothing is said here, and neither program nor manual need be installed on it.
    const complaints = analysed('verify', join(UNITS, unit))
      .split('\n')
      .filter((line) => line.includes(unit) || line.includes(instance))
      .filter((line) => !/is not executable|not found|Command 'man /.test(line))
      .filter((line) => Number(version) >= 254 || !NEW_KEYS.test(line));
    assert.deepEqual(complaints, []);
  }
});

test(
  'systemd rates the exposure of either service at no more than what was decided',
  requires('systemd-notify'),
  () => {
    for (const [unit, most] of [
      [GATEWAY, 1.5],
      [RADIO, 1.6],
    ] as const) {
      const report = analysed('security', '--offline=true', '--no-pager', join(UNITS, unit));
      const [, exposure] = /Overall exposure level for \S+: ([\d.]+)/.exec(report) ?? assert.fail(report);
      assert.ok(Number(exposure) <= most, `${unit} ${exposure}\n${report}`);
      // What it finds open the unit speaks of: as a key, or in the comment that says why it stays out.
      const open = [...report.matchAll(/^✗ (\w+=)/gmu)].map(([, name = '']) => name);
      assert.ok(open.includes('MemoryDenyWriteExecute='), report);
      const text = readFileSync(join(UNITS, unit), 'utf8');
      assert.deepEqual(
        open.filter((name) => !text.includes(name)),
        [],
      );
    }
  },
);
