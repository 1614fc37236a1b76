/** Real noble over a socket like the kernel's, and what the system's errors mean to a person. */
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import test from 'node:test';
import type { HciReport } from '../../../../device/radio/hci/guard-effects.ts';
import { HciNoble } from '../../../../device/radio/hci/hci-noble.ts';
import type { HciSocket } from '../../../../device/radio/hci/hci-socket.ts';
import { explained } from '../../../../device/radio/hci/kernel-adapter.ts';
import { command, commandStatus, OPCODE } from '../../../../device/radio/hci/packets.ts';
import { SystemClock } from '../../../../src/system/clock.ts';
import { ControllerRules } from './controller-rules.ts';
import { PARAMETERS, STRAP } from './noble-rig.ts';
import { HEART_RATE_ADVERTISEMENT } from './scripted-strap.ts';

/** Shared with other programs, whose commands and events it shows as well. */
class KernelLikeSocket extends EventEmitter implements HciSocket {
  readonly calls: string[] = [];
  readonly written: Buffer[] = [];
  readonly rules = new ControllerRules();
  isUp = true;
  failure: Error | undefined;

  bindRaw(deviceId = 0): number {
    this.calls.push(`bindRaw ${deviceId}`);
    if (this.failure !== undefined) throw this.failure;
    return deviceId;
  }

  bindUser(): number {
    throw new Error('the user channel gives noble no buffer size');
  }

  bindControl(): void {}

  isDevUp(): boolean {
    return this.isUp;
  }

  getDeviceList(): [] {
    return [];
  }

  setFilter(filter: Buffer): void {
    this.calls.push(`setFilter ${filter.length}`);
  }

  start(): void {
    this.calls.push('start');
  }

  stop(): void {
    this.calls.push('stop');
  }

  write(packet: Buffer): void {
    this.written.push(packet);
    if (packet[0] !== 1) return;
    const opcode = packet.readUInt16LE(1);
    const answers = this.rules.answer({ opcode, name: '', parameters: packet.subarray(4) });
    queueMicrotask(() => {
      for (const answer of answers) this.emit('data', answer);
    });
  }

  sent(opcode: number): Buffer[] {
    return this.written.filter((packet) => packet[0] === 1 && packet.readUInt16LE(1) === opcode);
  }
}

async function withKernel(act: (socket: KernelLikeSocket, radio: HciNoble, reports: HciReport[]) => Promise<void>) {
  const socket = new KernelLikeSocket();
  const reports: HciReport[] = [];
  const radio = new HciNoble(
    {
      adapter: 'hci3',
      clock: new SystemClock(),
      random: () => 0.5,
      onReport: (report) => reports.push(report),
      onLost: () => {},
    },
    { socket, deviceId: 3 },
  );
  try {
    await act(socket, radio, reports);
  } finally {
    await radio.release();
  }
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('the device that is named is bound, on the raw channel, and is told the scan parameters that are ours', async () => {
  await withKernel(async (socket, radio) => {
    await turn();
    assert.deepEqual(socket.calls.slice(0, 3), ['bindRaw 3', 'start', 'setFilter 16']);
    assert.equal(radio.noble.state, 'poweredOn');
    assert.equal(socket.sent(OPCODE.reset).length, 0, 'the kernel resets');
    assert.equal(socket.sent(OPCODE.leReadBufferSize).length, 1);
    assert.equal(socket.sent(OPCODE.leSetScanParameters).at(-1)?.subarray(4).toString('hex'), '01000180000000');
  });
});

test('connections of other programs, and their answers, are none of ours', async () => {
  await withKernel(async (socket, radio, reports) => {
    await turn();
    const others = [
      '043e130100400000000800001a9ea050000000580200',
      commandStatus(OPCODE.leExtendedCreateConnection, 0x0d).toString('hex'),
      command(OPCODE.reset).toString('hex'),
    ];
    for (const packet of others) socket.emit('data', Buffer.from(packet, 'hex'));
    await turn();
    assert.deepEqual([radio.links, reports, socket.sent(OPCODE.disconnect)], [[], [], []]);
  });
});

test('that another program ends the scan is seen', async () => {
  await withKernel(async (socket, radio) => {
    await turn();
    let stops = 0;
    radio.noble.on('scanStop', () => stops++);
    radio.noble.startScanning([], true);
    await turn();
    assert.equal(radio.scanning, true);
    socket.emit('data', command(OPCODE.leSetScanEnable, Buffer.from([0, 0])));
    assert.deepEqual([stops, radio.scanning], [1, false]);
  });
});

test('a connection that the kernel refuses to its own command of the newer kind fails', async () => {
  await withKernel(async (socket, radio) => {
    await turn();
    const { noble } = radio;
    let error: Error | undefined;
    noble.on('discover', (peripheral: EventEmitter & { connect(parameters: object): void }) => {
      peripheral.once('connect', (told: Error) => {
        error = told;
      });
      peripheral.connect(PARAMETERS);
    });
    const address = Buffer.from(STRAP, 'hex').reverse();
    const length = Buffer.from([HEART_RATE_ADVERTISEMENT.length]);
    const report = Buffer.concat([Buffer.from([3, 0]), address, length, HEART_RATE_ADVERTISEMENT, Buffer.from([0xc4])]);
    const shown = Buffer.concat([Buffer.from([0x02, 1]), report]);
    noble.startScanning([], true);
    noble.stopScanning();
    await turn();
    socket.rules.answer = () => [];
    socket.emit('data', Buffer.concat([Buffer.from([0x04, 0x3e, shown.length]), shown]));
    socket.emit('data', commandStatus(OPCODE.leExtendedCreateConnection, 0x0d));
    await turn();
    assert.match(error?.message ?? '', /0xd/);
  });
});

test('without the right to write noble says that it is unauthorized, and prints nothing', async (t) => {
  const printed = t.mock.method(console, 'log', () => {});
  await withKernel(async (socket, radio) => {
    await turn();
    socket.emit('error', Object.assign(new Error('write'), { code: 'EPERM' }));
    assert.deepEqual([radio.noble.state, printed.mock.callCount()], ['unauthorized', 0]);
  });
});

test('a binding that fails leaves nothing, and says what is the matter', () => {
  const before = [process.listeners('SIGINT'), process.listeners('exit')];
  const socket = new KernelLikeSocket();
  socket.failure = Object.assign(new Error('bind'), { code: 'ENODEV' });
  const options = {
    adapter: 'hci3',
    clock: new SystemClock(),
    random: () => 0.5,
    onReport: () => {},
    onLost: () => {},
  };
  assert.throws(() => new HciNoble(options, { socket, deviceId: 3 }), {
    code: 'radio-unavailable',
    message: 'there is no Bluetooth adapter hci3',
  });
  assert.deepEqual([process.listeners('SIGINT'), process.listeners('exit')], before);
});

for (const [code, message, remedy] of [
  ['ENODEV', /no Bluetooth adapter hci3/, /plug it in/],
  ['EAFNOSUPPORT', /no Bluetooth/, /sideline simulate/],
  ['EPERM', /no permission/, /CAP_NET_RAW/],
  ['EACCES', /no permission/, /CAP_NET_RAW/],
  ['ERR_DLOPEN_FAILED', /not built/, /npm rebuild/],
  ['EBUSY', /cannot be used: as it says/, /unplug/],
] as const) {
  test(`${code} is told apart, with its remedy`, () => {
    const error = explained('hci3', Object.assign(new Error('as it says'), { code }));
    assert.equal(error.code, 'radio-unavailable');
    assert.match(error.message, message);
    assert.match(error.remedy ?? '', remedy);
  });
}
