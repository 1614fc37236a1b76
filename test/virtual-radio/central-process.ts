/**
 * The least that a central can be, to try the virtual radio with: real noble that connects to every strap it finds,
 * one after the other, subscribes, and tells the test of every value that it receives.
 */
import type { Peripheral } from '@abandonware/noble';
import { loadHost } from './bluetooth-socket.ts';

export interface FromCentral {
  readonly type: 'subscribed' | 'value' | 'disconnected';
  readonly address: string;
  /** Of `value`, in hex. */
  readonly hex?: string;
}

type Noble = typeof import('@abandonware/noble');

const HEART_RATE = '180d';
const MEASUREMENT = '2a37';
/** 100 to 200 ms, and 6 s. */
const LINK = { minInterval: 80, maxInterval: 160, latency: 0, timeout: 600 };

const [path = '', ...wanted] = process.argv.slice(2);
const create = loadHost<(options: object) => Noble>('@abandonware/noble/with-custom-binding', path);
const noble = create({});
const found = new Map<string, Peripheral>();

noble.on('discover', (peripheral) => {
  if (!wanted.includes(peripheral.address)) return;
  found.set(peripheral.address, peripheral);
  if (found.size === wanted.length) noble.stopScanning();
});
noble.on('scanStop', () => void subscribeToAll());
noble.on('stateChange', (state) => {
  if (state === 'poweredOn') noble.startScanning([HEART_RATE], true);
});
process.once('disconnect', () => process.exit());

async function subscribeToAll(): Promise<void> {
  for (const peripheral of found.values()) await subscribe(peripheral);
}

async function subscribe(peripheral: Peripheral): Promise<void> {
  const { address } = peripheral;
  peripheral.once('disconnect', () => say({ type: 'disconnected', address }));
  await connect(peripheral);
  const { characteristics } = await peripheral.discoverSomeServicesAndCharacteristicsAsync([HEART_RATE], [MEASUREMENT]);
  for (const characteristic of characteristics) {
    characteristic.on('data', (value: Buffer) => say({ type: 'value', address, hex: value.toString('hex') }));
    await characteristic.subscribeAsync();
  }
  say({ type: 'subscribed', address });
}

/** The published types of `connectAsync` leave the parameters out. */
async function connect(peripheral: Peripheral): Promise<void> {
  await (peripheral.connectAsync as (parameters: typeof LINK) => Promise<void>).call(peripheral, LINK);
}

function say(message: FromCentral): void {
  process.send?.(message);
}
