/**
 * A strap: bleno over the controller at the Unix socket that the argument names, steered by the drill. No kernel is on
 * its side. Over one, bleno's process would stand still at times in the way that the drill is about, and the kernel
 * would ask for link parameters of its own.
 */
import { loadHost } from '../../virtual-radio/bluetooth-socket.ts';
import { answer } from './answering.ts';
import type { StrapState } from './messages.ts';

type Emitter = Pick<NodeJS.EventEmitter, 'on' | 'once'>;

interface Bleno extends Emitter {
  readonly state: string;
  readonly Characteristic: new (options: object) => object;
  readonly PrimaryService: new (options: object) => object;
  setServices(services: readonly object[]): void;
  startAdvertising(name: string, services: readonly string[]): void;
  stopAdvertising(): void;
  readonly _bindings: { readonly _aclStream: { write(channel: number, data: Buffer): void } | null };
}

const bleno = loadHost<Bleno>('@abandonware/bleno', process.argv[2] ?? '');

const NOTIFY_EVERY_MS = 1_000;

let update: ((data: Buffer) => void) | undefined;
let isConnected = false;
let sent = 0;

const measurement = new bleno.Characteristic({
  uuid: '2a37',
  properties: ['notify'],
  onSubscribe: (_maxSize: number, callback: (data: Buffer) => void) => {
    update = callback;
  },
  onUnsubscribe: () => {
    update = undefined;
  },
});
const location = new bleno.Characteristic({ uuid: '2a38', properties: ['read'], value: Buffer.from([1]) });

bleno.on('accept', () => {
  isConnected = true;
});
bleno.on('disconnect', () => {
  isConnected = false;
  update = undefined;
});

function notify(): void {
  if (update === undefined) return;
  sent++;
  // The heart rate is a counter, so that a notification that went missing is seen.
  update(Buffer.from([0x01, sent & 0xff, (sent >> 8) & 0xff]));
}

let timer = setInterval(notify, NOTIFY_EVERY_MS);

function notifyEvery(intervalMs: unknown): void {
  clearInterval(timer);
  timer = setInterval(notify, Number(intervalMs));
}

async function advertise(): Promise<void> {
  if (bleno.state !== 'poweredOn') await new Promise((resolve) => bleno.once('stateChange', resolve));
  bleno.setServices([new bleno.PrimaryService({ uuid: '180d', characteristics: [measurement, location] })]);
  const started = new Promise((resolve) => bleno.once('advertisingStart', resolve));
  bleno.startAdvertising('Drill', ['180d']);
  await started;
}

async function withdraw(): Promise<void> {
  const stopped = new Promise((resolve) => bleno.once('advertisingStop', resolve));
  bleno.stopAdvertising();
  await stopped;
}

/** Sends an L2CAP PDU of the drill's making: channel, then payload as hex. */
function say(argument: unknown): void {
  const { channel, payload } = argument as { channel: number; payload: string };
  bleno._bindings._aclStream?.write(channel, Buffer.from(payload, 'hex'));
}

answer({ advertise, withdraw, say, notifyEvery, state: (): StrapState => ({ isConnected, sent }) });
