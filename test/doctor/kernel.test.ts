import assert from 'node:assert/strict';
import test from 'node:test';
import { adapterVerdicts } from '../../src/doctor/adapter.ts';
import type { Judgement } from '../../src/doctor/finding.ts';
import { kernelVerdict } from '../../src/doctor/kernel.ts';
import { type KernelFacts, kernelFacts } from '../../src/doctor/kernel-facts.ts';
import { moduleVerdict } from '../../src/doctor/native-module.ts';
import { powerVerdicts } from '../../src/doctor/power.ts';
import type { KernelSocket } from '../../src/doctor/probe-answers.ts';
import { withMachine } from './machine-folder.ts';

const refused = (code: string): KernelSocket => ({ state: 'refused', code, reason: `${code}, says the kernel` });
const open = (devices: Readonly<Record<string, boolean>>): KernelSocket => ({
  state: 'open',
  devices: Object.entries(devices).map(([adapter, isUp]) => ({ adapter, isUp })),
});
const CRASHED: KernelSocket = { state: 'crashed', reason: 'it was ended by SIGSEGV' };

interface Machine {
  readonly files: Readonly<Record<string, string>>;
  readonly socket: KernelSocket;
  readonly adapters?: readonly string[];
}

async function factsOf({ files, socket, adapters = ['hci0'] }: Machine): Promise<KernelFacts> {
  return await withMachine(files, ({ sys }) => kernelFacts({ sys, adapters, kernelSocket: async () => socket }));
}

const ONE_ADAPTER = { 'sys/class/bluetooth/hci0/uevent': 'DEVTYPE=host\n', 'sys/class/bluetooth/hci0:64/uevent': '' };
const LOADED = { 'sys/class/bluetooth/': '' };

const brief = ({ verdict, about, evidence }: Judgement) =>
  `${about === undefined ? '' : `${about} `}${verdict}: ${evidence}`;

async function briefs(machine: Machine) {
  const facts = await factsOf(machine);
  const judgements = {
    kernel: [kernelVerdict(facts)],
    module: [moduleVerdict(facts)],
    adapter: adapterVerdicts(facts),
    power: powerVerdicts(facts),
  };
  for (const { verdict, remedy } of Object.values(judgements).flat()) {
    assert.equal(remedy !== undefined, verdict === 'failed' || verdict === 'warning', 'what is wrong has a remedy');
  }
  return Object.fromEntries(Object.entries(judgements).map(([name, each]) => [name, each.map(brief).join('; ')]));
}

test('an adapter that is there and on is found good by everybody', async () => {
  assert.deepEqual(await briefs({ files: ONE_ADAPTER, socket: open({ hci0: true }) }), {
    kernel: 'ok: the kernel has Bluetooth',
    module: 'ok: the native Bluetooth module loads',
    adapter: 'hci0 ok: it is there',
    power: 'hci0 ok: it is on',
  });
});

test('a kernel without Bluetooth is told from a machine without an adapter', async () => {
  const without = await briefs({ files: {}, socket: refused('EAFNOSUPPORT') });
  assert.match(without['kernel'] ?? '', /^failed: the kernel has no Bluetooth/);
  assert.match(without['adapter'] ?? '', /^hci0 skipped: there can be none/);
  const empty = await briefs({ files: LOADED, socket: open({}) });
  assert.equal(empty['kernel'], 'ok: the kernel has Bluetooth');
  assert.equal(empty['adapter'], 'hci0 failed: this machine has no Bluetooth adapter');
  // As long as no adapter was ever plugged in, the kernel has not made the folder; its socket says that it could.
  const unplugged = await briefs({ files: {}, socket: open({}) });
  assert.equal(unplugged['kernel'], 'ok: the kernel has Bluetooth');
  assert.equal(unplugged['adapter'], 'hci0 failed: this machine has no Bluetooth adapter');
});

test('Bluetooth that is there and not for this process is no kernel without it', async () => {
  const { kernel, adapter, power } = await briefs({ files: ONE_ADAPTER, socket: refused('EAFNOSUPPORT') });
  assert.match(kernel ?? '', /^failed: the kernel has Bluetooth, but not for this process.*as in a container$/);
  assert.equal(adapter, 'hci0 ok: it is there');
  assert.match(power ?? '', /^hci0 skipped: whether it is on cannot be told/);
});

test('a user without the right to it has a kernel with Bluetooth', async () => {
  for (const code of ['EPERM', 'EACCES']) {
    const { kernel } = await briefs({ files: ONE_ADAPTER, socket: refused(code) });
    assert.equal(kernel, 'ok: the kernel has Bluetooth, though not for this user');
  }
});

test('whatever else the kernel answers is told as it is', async () => {
  const { kernel } = await briefs({ files: ONE_ADAPTER, socket: refused('ENOBUFS') });
  assert.equal(kernel, 'failed: the kernel gives no Bluetooth socket: ENOBUFS, says the kernel');
});

test('a native module that was not built says nothing of the kernel', async () => {
  for (const code of ['MODULE_NOT_FOUND', 'ERR_DLOPEN_FAILED']) {
    const { kernel, module } = await briefs({ files: ONE_ADAPTER, socket: refused(code) });
    assert.equal(kernel, 'ok: the kernel has Bluetooth');
    assert.match(module ?? '', /^failed: the native Bluetooth module was not built for this machine/);
    const without = await briefs({ files: {}, socket: refused(code) });
    assert.match(without['kernel'] ?? '', /^failed: the kernel has no Bluetooth/);
  }
});

test('a native module that crashes is its own fault only where there is something for it to open', async () => {
  const { module } = await briefs({ files: ONE_ADAPTER, socket: CRASHED });
  assert.equal(module, 'failed: the native Bluetooth module fails: it was ended by SIGSEGV');
  const without = await briefs({ files: {}, socket: CRASHED });
  assert.match(without['module'] ?? '', /^skipped: /);
  assert.match(without['kernel'] ?? '', /^failed: the kernel has no Bluetooth/);
});

test('an adapter that is configured and absent is told with those that are there', async () => {
  const files = { ...ONE_ADAPTER, 'sys/class/bluetooth/hci2/uevent': '' };
  const { adapter } = await briefs({ files, socket: open({ hci0: true, hci2: true }), adapters: ['hci0', 'hci1'] });
  assert.equal(adapter, 'hci0 ok: it is there; hci1 failed: it is not there; there are hci0, hci2');
});

test('an adapter that is down is told, and of one that is absent nothing more', async () => {
  const { power } = await briefs({ files: ONE_ADAPTER, socket: open({ hci0: false }), adapters: ['hci0', 'hci1'] });
  assert.equal(power, 'hci0 failed: it is down; hci1 skipped: it is not there');
});

test('nothing of the kernel matters where every controller speaks H4, and its socket is left alone', async () => {
  const kernelSocket = () => assert.fail('it was opened');
  const facts = await kernelFacts({ sys: '/none', adapters: ['h4:/dev/ttyACM0'], kernelSocket });
  const all = [kernelVerdict(facts), moduleVerdict(facts), ...adapterVerdicts(facts), ...powerVerdicts(facts)];
  assert.deepEqual(new Set(all.map(({ verdict }) => verdict)), new Set(['skipped']));
});
