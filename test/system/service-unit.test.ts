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
  assert.deepEqual(values('ExecStartPre'), []);
  assert.deepEqual(values('ExecCondition'), []);
  assert.deepEqual(values('RestartPreventExitStatus'), ['78']);
  assert.deepEqual(values('Restart'), ['always']);
  assert.deepEqual(values('ExecStart'), ['/usr/bin/env sideline run --config /etc/sideline/gateway.yaml']);
});

test('a reload asks the gateway itself to look at its athletes file', () => {
  assert.deepEqual(values('ExecReload'), ['/bin/kill -HUP $MAINPID']);
});

test('the service hears the notifications of a program that the gateway starts', () => {
  assert.deepEqual(values('Type'), ['notify']);
  assert.deepEqual(values('NotifyAccess'), ['all']);
});

test('the service has no privilege, and variables from a file that may be missing', () => {
  assert.deepEqual(values('AmbientCapabilities'), []);
  assert.deepEqual(values('CapabilityBoundingSet'), ['']);
  assert.deepEqual(values('NoNewPrivileges'), ['yes']);
  assert.deepEqual(values('EnvironmentFile'), ['-/etc/sideline/environment']);
  assert.deepEqual(values('RestrictAddressFamilies'), ['AF_UNIX AF_INET AF_INET6 AF_NETLINK']);
});

test('a radio has raw Bluetooth sockets, no network and no other privilege', () => {
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
  assert.deepEqual(values('ExecStart', RADIO), [`/usr/bin/env sideline-radio --adapter %I --sockets ${folder}`]);
});

// The package that brings systemd-notify brings systemd-analyze.
test('systemd understands the units', requires('systemd-notify'), () => {
  for (const [unit, instance] of [
    [GATEWAY, GATEWAY],
    [RADIO, 'sideline-radio@hci0.service'],
  ] as const) {
    const path = join(UNITS, unit);
    const { stdout, stderr, error } = spawnSync(programPath('systemd-analyze'), ['verify', path], { encoding: 'utf8' });
    assert.equal(error, undefined);
    // Of other units of this machine nothing is said here, and the program need not be installed on it.
    const complaints = `${stdout}${stderr}`
      .split('\n')
      .filter((line) => (line.includes(unit) || line.includes(instance)) && !/is not executable|not found/.test(line));
    assert.deepEqual(complaints, []);
  }
});
