import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import type { HciSocket } from '../../../../device/radio/hci/hci-socket.ts';
import { KernelHciSocket } from '../../../../device/radio/hci/kernel-hci-socket.ts';
import { command, OPCODE } from '../../../../device/radio/hci/packets.ts';

/** The package's socket over a kernel that binds a socket once. */
class PackageSocket extends EventEmitter implements HciSocket {
  mode: 'raw' | 'user' | undefined;
  deviceId: number | undefined;
  started = false;
  readonly written: Buffer[] = [];
  /** What the kernel says to a second bind. */
  readonly #refusal: string;

  constructor(refusal = 'EALREADY') {
    super();
    this.#refusal = refusal;
  }

  bindRaw(deviceId = 3): number {
    this.mode = 'raw';
    this.#bind();
    this.deviceId = deviceId;
    return deviceId;
  }

  bindUser(deviceId = 3): number {
    this.mode = 'user';
    this.#bind();
    this.deviceId = deviceId;
    return deviceId;
  }

  bindControl(): void {}

  isDevUp(): boolean {
    return true;
  }

  getDeviceList(): { devId: number; devUp: boolean }[] {
    return [{ devId: 3, devUp: true }];
  }

  setFilter(): void {}

  start(): void {
    this.started = true;
  }

  stop(): void {
    this.started = false;
  }

  write(packet: Buffer): void {
    this.written.push(packet);
  }

  #bind(): void {
    if (this.deviceId !== undefined) throw Object.assign(new Error('bind'), { code: this.#refusal });
  }
}

function sockets(refusal?: string) {
  const made: PackageSocket[] = [];
  const create = () => {
    const socket = new PackageSocket(refusal);
    made.push(socket);
    return socket;
  };
  const socket = new KernelHciSocket(create);
  const [reading, initiating] = made;
  assert.ok(reading !== undefined && initiating !== undefined);
  return { socket, reading, initiating };
}

test('a connection is initiated past the package, and all else is written where it is read', () => {
  const { socket, reading, initiating } = sockets();
  assert.equal(socket.bindRaw(3), 3);
  assert.equal(reading.mode, 'raw');
  assert.equal(initiating.mode, 'user');
  const packets = [OPCODE.leCreateConnection, OPCODE.leExtendedCreateConnection, OPCODE.disconnect].map((opcode) =>
    command(opcode, Buffer.alloc(25)),
  );
  for (const packet of [...packets, Buffer.of(2, 0, 0)]) socket.write(packet);
  assert.deepEqual(initiating.written, packets.slice(0, 2));
  assert.deepEqual(reading.written, [packets[2], Buffer.of(2, 0, 0)]);
});

test('the socket that initiates is bound to the adapter that the kernel chose for the first', () => {
  const { socket, initiating } = sockets();
  assert.equal(socket.bindRaw(), 3);
  assert.equal(initiating.deviceId, 3);
});

test('a connection that a process before was making is called off at the start', () => {
  const { socket, reading, initiating } = sockets();
  socket.bindRaw(3);
  socket.start();
  assert.deepEqual(reading.written, [command(OPCODE.leCreateConnectionCancel)]);
  assert.ok(reading.started);
  assert.ok(!initiating.started, 'nobody reads from it');
});

test('over the user channel there is one socket, and nothing is said unasked', () => {
  const { socket, reading, initiating } = sockets();
  socket.bindUser(3);
  socket.start();
  socket.write(command(OPCODE.leCreateConnection, Buffer.alloc(25)));
  assert.equal(reading.written.length, 1);
  assert.equal(initiating.deviceId, undefined);
});

test('a kernel that refuses the second bind for another reason is not taken for one that can be used', () => {
  const { socket } = sockets('EBUSY');
  assert.throws(() => socket.bindRaw(3), { code: 'EBUSY' });
});

test('what is read from the first socket, and the errors of both, are passed on', () => {
  const { socket, reading, initiating } = sockets();
  const heard: unknown[] = [];
  socket.on('data', (packet) => heard.push(packet));
  socket.on('error', (error) => heard.push(error));
  const errors = [new Error('one'), new Error('two')];
  reading.emit('data', Buffer.of(4));
  reading.emit('error', errors[0]);
  initiating.emit('error', errors[1]);
  assert.deepEqual(heard, [Buffer.of(4), ...errors]);
});
