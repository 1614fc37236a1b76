/**
 * noble on hci0, steered by the drill. The argument says what is put in the place of its socket: `package` leaves
 * noble's own, `unheld` has everything pass, and `kernel` is what the gateway uses.
 */
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { KernelHciSocket } from '../../../device/radio/hci/kernel-hci-socket.ts';
import { answer } from './answering.ts';
import type { CentralState, SocketKind } from './messages.ts';
import type { ConnectionParameters, Noble, Peripheral } from './noble.ts';
import { UnheldSocket } from './unheld-socket.ts';

const require = createRequire(import.meta.url);

/** 100 to 200 ms and 6 s, in units of 1.25 and 10 ms. */
const PARAMETERS: ConnectionParameters = { minInterval: 80, maxInterval: 160, timeout: 600 };

const TICK_MS = 20;

const ACL = 2;

let aclWritten = 0;

/** What the gateway uses. */
class CountingSocket extends KernelHciSocket {
  override write(packet: Buffer): void {
    if (packet[0] === ACL) aclWritten++;
    super.write(packet);
  }
}

putSocket(process.argv[2] as SocketKind);
const create = require('@abandonware/noble/with-custom-binding.js') as (options: object) => Noble;
const noble = create({ deviceId: 0 });

let peripheral: Peripheral | undefined;
let isConnected = false;
let received = 0;
let missed = 0;
let last = 0;
let disconnects = 0;
let stallMs = 0;
let tickedAt = performance.now();

setInterval(() => {
  const now = performance.now();
  stallMs = Math.max(stallMs, now - tickedAt - TICK_MS);
  tickedAt = now;
}, TICK_MS);

noble.on('discover', (found: Peripheral) => {
  peripheral ??= found;
});

function putSocket(kind: SocketKind): void {
  if (kind === 'package') return;
  const name = require.resolve('@abandonware/bluetooth-hci-socket');
  require(name);
  const cached = require.cache[name];
  if (cached !== undefined) cached.exports = kind === 'kernel' ? CountingSocket : UnheldSocket;
}

async function powerOn(): Promise<void> {
  if (noble.state === 'poweredOn') return;
  await new Promise<void>((resolve) => {
    noble.on('stateChange', (state: string) => {
      if (state === 'poweredOn') resolve();
    });
  });
}

/** Scans until the strap has been seen, and gives its address. */
async function find(): Promise<string> {
  peripheral = undefined;
  const seen = new Promise<void>((resolve) => noble.once('discover', () => resolve()));
  noble.startScanning(['180d'], true);
  await seen;
  const stopped = new Promise<void>((resolve) => noble.once('scanStop', () => resolve()));
  noble.stopScanning();
  await stopped;
  return strap().id;
}

/** Resolves with whether there is a link, at the latest after the given time, ms; cancels what did not come about. */
async function connect(withinMs: unknown): Promise<boolean> {
  const peer = strap();
  const connected = peer.connectAsync(PARAMETERS).then(
    () => true,
    () => false,
  );
  const timer = setTimeout(() => peer.cancelConnect(), Number(withinMs));
  isConnected = await connected;
  clearTimeout(timer);
  if (!isConnected) return false;
  peer.once('disconnect', () => {
    isConnected = false;
    disconnects++;
  });
  return true;
}

async function subscribe(): Promise<number> {
  const { characteristics } = await strap().discoverSomeServicesAndCharacteristicsAsync(['180d'], ['2a37', '2a38']);
  const [measurement, location] = ['2a37', '2a38'].map((id) => characteristics.find(({ uuid }) => uuid === id));
  if (measurement === undefined || location === undefined) throw new Error('the service is incomplete');
  measurement.on('data', (data: Buffer) => {
    const count = data.readUInt16LE(1);
    if (last !== 0) missed += count - last - 1;
    last = count;
    received++;
  });
  await measurement.subscribeAsync();
  return (await location.readAsync()).readUInt8(0);
}

/** Gives the link our parameters again. */
function setBack(): void {
  const { minInterval, maxInterval, timeout } = PARAMETERS;
  const handle = noble._bindings._handles[strap().id] ?? 0;
  noble._bindings._hci.connUpdateLe(handle, minInterval * 1.25, maxInterval * 1.25, 0, timeout * 10);
}

async function disconnect(): Promise<void> {
  const over = new Promise<void>((resolve) => strap().once('disconnect', () => resolve()));
  strap().disconnect();
  await over;
}

function strap(): Peripheral {
  if (peripheral === undefined) throw new Error('no strap was found');
  return peripheral;
}

function state(): CentralState {
  const longest = Math.max(stallMs, performance.now() - tickedAt - TICK_MS);
  stallMs = 0;
  return {
    state: noble.state,
    isConnected,
    last,
    received,
    missed,
    disconnects,
    stallMs: Math.round(longest),
    descriptors: readdirSync('/proc/self/fd').length,
    aclWritten,
    uid: process.getuid?.() ?? -1,
  };
}

answer({ powerOn, find, connect, subscribe, setBack, disconnect, state });
