import assert from 'node:assert/strict';
import test from 'node:test';
import type { WorkerHello } from '../../device/radio/team/watch-line.ts';
import { blockFacts, blockVerdict } from '../../src/doctor/block.ts';
import { daemonFacts, daemonVerdict } from '../../src/doctor/bluetooth-daemon.ts';
import { kernelReleaseFacts, kernelReleaseVerdict } from '../../src/doctor/kernel-release.ts';
import { permissionFacts, permissionVerdict } from '../../src/doctor/permission.ts';
import { withMachine } from './machine-folder.ts';

const adapters = ['hci0'];

function rfkill(number: number, state: { type: string; name: string; soft: string; hard: string }) {
  return Object.fromEntries(
    Object.entries(state).map(([file, text]) => [`sys/class/rfkill/rfkill${number}/${file}`, `${text}\n`]),
  );
}

async function blocked(files: Readonly<Record<string, string>>) {
  return await withMachine(files, ({ sys }) => blockVerdict(blockFacts({ sys, adapters })));
}

test('an adapter that rfkill blocks is told, by software and by hardware apart', async () => {
  const adapter = { type: 'bluetooth', name: 'hci0', soft: '0', hard: '0' };
  assert.equal((await blocked(rfkill(0, adapter))).verdict, 'ok');
  const soft = await blocked(rfkill(1, { ...adapter, soft: '1' }));
  assert.equal(soft.evidence, 'blocked by software (rfkill, soft): hci0');
  assert.match(soft.remedy ?? '', /rfkill unblock bluetooth/);
  const hard = await blocked(rfkill(1, { ...adapter, soft: '1', hard: '1' }));
  assert.equal(hard.evidence, 'switched off by hardware (rfkill, hard): hci0');
  assert.match(hard.remedy ?? '', /switch or key of the machine/);
});

test('the machine’s own Bluetooth switch counts, and neither a blocked Wi-Fi nor an adapter that is not used', async () => {
  const platform = rfkill(0, { type: 'bluetooth', name: 'tpacpi_bluetooth_sw', soft: '1', hard: '0' });
  assert.equal((await blocked(platform)).verdict, 'failed');
  const others = {
    ...rfkill(0, { type: 'wlan', name: 'phy0', soft: '1', hard: '1' }),
    ...rfkill(1, { type: 'bluetooth', name: 'hci1', soft: '1', hard: '0' }),
  };
  assert.equal((await blocked(others)).verdict, 'ok');
});

test('a kernel without rfkill blocks nothing', async () => {
  assert.deepEqual(await blocked({}), { verdict: 'ok', evidence: 'nothing is blocked' });
});

test('a kernel that is known to jam is a warning, and another is not', async () => {
  const verdictOf = (files: Readonly<Record<string, string>>, named = adapters) =>
    withMachine(files, ({ proc }) => kernelReleaseVerdict(kernelReleaseFacts({ proc, adapters: named })));
  const old = { 'proc/sys/kernel/osrelease': '6.1.0-41-arm64\n' };
  const found = await verdictOf(old);
  assert.equal(found.verdict, 'warning');
  assert.match(found.evidence, /^kernel 6\.1\.0-41-arm64: /);
  assert.match(found.remedy ?? '', /Debian 13/);
  assert.equal((await verdictOf({ 'proc/sys/kernel/osrelease': '6.12.57+deb13-arm64\n' })).verdict, 'ok');
  assert.equal((await verdictOf({})).verdict, 'skipped');
  assert.equal((await verdictOf(old, ['h4:/dev/ttyACM0'])).verdict, 'skipped', 'over H4 no kernel is in the way');
});

test('bluetoothd in the way is a warning with its process', async () => {
  const files = {
    'proc/1/comm': 'systemd\n',
    'proc/812/comm': 'bluetoothd\n',
    'proc/900/comm': 'bluetoothd-not\n',
    'proc/901/': '',
    'proc/self/comm': 'bluetoothd\n',
  };
  const found = await withMachine(files, ({ proc }) => daemonVerdict(daemonFacts({ proc, adapters })));
  assert.equal(found.verdict, 'warning');
  assert.match(found.evidence, /^bluetoothd runs \(process 812\)/);
  assert.match(found.remedy ?? '', /systemctl disable --now bluetooth/);
  const none = await withMachine({ 'proc/1/comm': 'systemd\n' }, ({ proc }) =>
    daemonVerdict(daemonFacts({ proc, adapters })),
  );
  assert.equal(none.verdict, 'ok');
});

const status = (user: number, effective: string) => ({
  'proc/self/status': `Name:\tnode\nUid:\t${user}\t${user}\t${user}\t${user}\nCapPrm:\t0000000000000000\nCapEff:\t${effective}\n`,
});

async function permitted(files: Readonly<Record<string, string>>, isInUse = false) {
  const hello: WorkerHello = { type: 'hello', version: 1, adapter: 'hci0', pid: 7, ready: isInUse, links: [] };
  return await withMachine(files, async ({ proc }) =>
    permissionVerdict(await permissionFacts({ proc, adapters, askWorker: async () => ({ state: 'answered', hello }) })),
  );
}

test('whoever has CAP_NET_RAW in effect may use the adapter, root or not', async () => {
  assert.equal((await permitted(status(0, '000001ffffffffff'))).verdict, 'ok');
  assert.equal((await permitted(status(1000, '0000000000002000'))).verdict, 'ok');
});

test('a user without the capability is told from a root without it', async () => {
  const user = await permitted(status(1000, '0000000000000000'));
  assert.equal(user.evidence, 'this user (1000) has not the capability CAP_NET_RAW');
  const root = await permitted(status(0, 'ffffffffffffdfff'));
  assert.equal(root.verdict, 'failed');
  assert.match(root.evidence, /root’s.*as in a container/);
});

test('a user without the capability is no trouble while a gateway uses the adapter', async () => {
  const found = await permitted(status(1000, '0000000000000000'), true);
  assert.deepEqual([found.verdict, found.evidence], ['ok', 'a gateway uses hci0 now, though this user could not']);
});
