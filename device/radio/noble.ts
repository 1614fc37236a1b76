/**
 * The part of noble that is used, as types, and the ways to come by an instance of it.
 *
 * noble has no way to end: its HCI bindings poll the adapter for ever, and every instance leaves listeners
 * on the process. An instance made here can be released, since a lost adapter means a new instance.
 */
import type { EventEmitter } from 'node:events';
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { messageOf, OperatingError } from '../../src/domain/errors.ts';

type Emitter = Pick<EventEmitter, 'on' | 'once' | 'off' | 'removeAllListeners' | 'listenerCount'>;

/** Units as in HCI: intervals of 1.25 ms, timeout of 10 ms. */
export interface ConnectionParameters {
  readonly minInterval: number;
  readonly maxInterval: number;
  readonly timeout: number;
}

/** Emits `data` (Buffer, isNotification). */
export interface Characteristic extends Emitter {
  readonly uuid: string;
  subscribeAsync(): Promise<unknown>;
  readAsync(): Promise<Buffer>;
}

/** Emits `connect` (error?) and `disconnect` (reason). None of the promises settles when the link is lost. */
export interface Peripheral extends Emitter {
  /** The address as twelve lower-case hex digits. */
  readonly id: string;
  readonly connectable: boolean;
  readonly state: string;
  readonly rssi: number;
  readonly advertisement: { readonly localName?: string; readonly serviceUuids?: readonly string[] };
  connectAsync(parameters: ConnectionParameters): Promise<unknown>;
  cancelConnect(): void;
  disconnect(): void;
  discoverSomeServicesAndCharacteristicsAsync(
    services: readonly string[],
    characteristics: readonly string[],
  ): Promise<{ readonly characteristics: readonly Characteristic[] }>;
}

/** Emits `stateChange` (state), `discover` (Peripheral), `scanStart`, `scanStop` and `warning` (text). */
export interface Noble extends Emitter {
  /** Reading it initialises the instance, which may throw. */
  readonly state: string;
  startScanning(services: readonly string[], allowDuplicates: boolean): void;
  stopScanning(): void;
}

/** An instance, and how to be rid of it: afterwards it holds nothing and reports nothing. */
export interface NobleInstance {
  readonly noble: Noble;
  release(): void;
}

const require = createRequire(import.meta.url);

/** noble over any object that takes noble's calls and emits noble's events: the seam of the simulated radio. */
export function nobleOver(bindings: EventEmitter): NobleInstance {
  const create = require('@abandonware/noble/with-bindings.js') as (bindings: EventEmitter) => Noble;
  const before = listenersOn(bindings);
  const noble = create(bindings);
  const added = addedTo(bindings, before);
  return { noble, release: () => takeOff(bindings, added) };
}

/** What of noble's HCI bindings has to be reached into to end them. */
export interface HciNoble extends Noble {
  readonly _bindings: { readonly _hci?: Hci };
}

export interface Hci {
  _isDevUp: boolean | null;
  pollIsDevUp(): void;
  readonly _socket: Emitter & { isDevUp(): boolean | null; stop(): void };
}

/**
 * noble on the adapter `hciN`. noble is loaded and initialised when the factory is called and not before,
 * since it fails without Bluetooth.
 *
 * @throws OperatingError `radio-unavailable`, from the factory, when there is no such adapter or no access to it
 */
export function hciNoble(adapter: string): () => NobleInstance {
  return () => {
    const deviceId = /^hci(\d{1,3})$/.exec(adapter)?.[1];
    if (deviceId === undefined) throw unavailable(`"${adapter}" names no adapter`, 'write hci0, hci1 and so on');
    refuseAbsent(adapter);
    try {
      const create = require('@abandonware/noble/with-custom-binding.js') as (options: object) => HciNoble;
      return initialised(create({ deviceId: Number(deviceId) }));
    } catch (error) {
      throw explained(adapter, error);
    }
  };
}

/** Where Linux lists its adapters. */
const ADAPTERS = '/sys/class/bluetooth';

/**
 * Says that an adapter is not there before noble's native socket finds out: of a socket that could not be opened it
 * closes a handle that was never begun, which under Node 24 ends the process.
 */
function refuseAbsent(adapter: string): void {
  if (process.platform !== 'linux' || existsSync(join(ADAPTERS, adapter))) return;
  const there = existsSync(ADAPTERS) ? readdirSync(ADAPTERS).filter((name) => /^hci\d+$/.test(name)) : [];
  if (there.length > 0) {
    throw unavailable(`there is no Bluetooth adapter ${adapter}`, `plug it in, or name one of: ${there.join(', ')}`);
  }
  throw unavailable('this machine has no Bluetooth adapter', 'plug one in or switch it on, or try "sideline simulate"');
}

/**
 * Initialises an instance over HCI bindings, and leaves the process's listeners as they were: those of the
 * bindings end the process at an interrupt, in the middle of the gateway's own orderly stop.
 *
 * @throws what the initialisation throws; nothing of it goes on then
 */
export function initialised(noble: HciNoble): NobleInstance {
  const release = () => endPolling(noble._bindings._hci);
  const before = listenersOn(process);
  try {
    // Reading the state is what initialises.
    void noble.state;
  } catch (error) {
    release();
    throw error;
  } finally {
    takeOff(process, addedTo(process, before));
  }
  return { noble, release };
}

/** Ends what the HCI bindings do on their own, whose last scheduled poll is still to come. */
function endPolling(hci: Hci | undefined): void {
  if (hci === undefined) return;
  const isDevUp = hci._isDevUp;
  hci.pollIsDevUp = () => {};
  hci._socket.isDevUp = () => isDevUp;
  hci._socket.removeAllListeners();
  hci._socket.on('error', () => {});
  try {
    hci._socket.stop();
  } catch {
    // It had not been started.
  }
}

type Listened = Pick<EventEmitter, 'eventNames' | 'rawListeners' | 'off'>;
type Listening = readonly { readonly name: string | symbol; readonly listener: () => void }[];

function listenersOn(emitter: Listened): Listening {
  return emitter.eventNames().flatMap((name) => {
    return emitter.rawListeners(name).map((listener) => ({ name, listener: listener as () => void }));
  });
}

function addedTo(emitter: Listened, before: Listening): Listening {
  const known = new Set(before.map(({ listener }) => listener));
  return listenersOn(emitter).filter(({ listener }) => !known.has(listener));
}

function takeOff(emitter: Listened, listening: Listening): void {
  for (const { name, listener } of listening) emitter.off(name, listener);
}

function explained(adapter: string, error: unknown): OperatingError {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'ENODEV':
      return unavailable(
        `there is no Bluetooth adapter ${adapter}`,
        'plug it in, or name another one; "hciconfig" lists those that are there',
        error,
      );
    case 'EAFNOSUPPORT':
      return unavailable(
        'this machine has no Bluetooth',
        'use a machine with a Bluetooth adapter, or try "sideline simulate"',
        error,
      );
    case 'EPERM':
    case 'EACCES':
      return unavailable(
        `no permission to use the Bluetooth adapter ${adapter}`,
        'run it as the systemd service, or with the capability CAP_NET_RAW',
        error,
      );
    case 'MODULE_NOT_FOUND':
    case 'ERR_DLOPEN_FAILED':
      return unavailable(
        'the Bluetooth module was not built for this machine',
        'run "npm rebuild @abandonware/bluetooth-hci-socket"',
        error,
      );
    default:
      return unavailable(
        `the Bluetooth adapter ${adapter} cannot be used: ${messageOf(error)}`,
        'unplug it and plug it in again; if that does not help, restart the machine',
        error,
      );
  }
}

function unavailable(message: string, remedy: string, cause?: unknown): OperatingError {
  return new OperatingError('radio-unavailable', message, { remedy, cause });
}
