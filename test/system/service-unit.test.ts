import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';
import { programPath, requires } from '../requirements.ts';

const UNIT = join(import.meta.dirname, '..', '..', 'deploy', 'systemd', 'sideline.service');

/** Every value that the unit gives a key, in order. */
function values(key: string): string[] {
  const lines = readFileSync(UNIT, 'utf8').split('\n');
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

test('the service hears the notifications of a program that the gateway starts', () => {
  assert.deepEqual(values('Type'), ['notify']);
  assert.deepEqual(values('NotifyAccess'), ['all']);
});

test('the service has raw Bluetooth sockets and no other privilege, and variables from a file that may be missing', () => {
  assert.deepEqual(values('AmbientCapabilities'), ['CAP_NET_RAW']);
  assert.deepEqual(values('CapabilityBoundingSet'), ['CAP_NET_RAW']);
  assert.deepEqual(values('NoNewPrivileges'), ['yes']);
  assert.deepEqual(values('EnvironmentFile'), ['-/etc/sideline/environment']);
});

// The package that brings systemd-notify brings systemd-analyze.
test('systemd understands the unit', requires('systemd-notify'), () => {
  const { stdout, stderr, error } = spawnSync(programPath('systemd-analyze'), ['verify', UNIT], { encoding: 'utf8' });
  assert.equal(error, undefined);
  // Of other units of this machine nothing is said here, and the program need not be installed on it.
  const complaints = `${stdout}${stderr}`
    .split('\n')
    .filter((line) => line.includes('sideline.service') && !/is not executable|not found/.test(line));
  assert.deepEqual(complaints, []);
});
