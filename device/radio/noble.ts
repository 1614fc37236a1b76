/**
 * The part of noble that is used, as types, and the ways to come by an instance of it.
 *
 * noble has no way to end: its HCI bindings poll the adapter for ever, and every instance leaves listeners
 * on the process. An instance made here can be released, since a lost adapter means a new instance.
 */
import type { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
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
  let noble: Noble | undefined;
  const release = listenersPutOn(bindings, () => {
    noble = create(bindings);
  });
  if (noble === undefined) throw new Error('noble made no instance');
  return { noble, release };
}

/** What of noble's HCI bindings has to be reached into to end them. */
interface HciNoble extends Noble {
  readonly _bindings: { readonly _hci?: Hci };
}

interface Hci {
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
    let noble: HciNoble | undefined;
    try {
      const create = require('@abandonware/noble/with-custom-binding.js') as (options: object) => HciNoble;
      const made = create({ deviceId: Number(deviceId) });
      noble = made;
      const takeOffProcess = listenersPutOn(process, () => made.state);
      const release = () => {
        takeOffProcess();
        endPolling(made._bindings._hci);
      };
      return { noble, release };
    } catch (error) {
      endPolling(noble?._bindings._hci);
      throw explained(adapter, error);
    }
  };
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

/** Does something synchronous, and gives back how to take off the emitter the listeners that it has put there. */
function listenersPutOn(
  emitter: Pick<EventEmitter, 'eventNames' | 'rawListeners' | 'off'>,
  act: () => unknown,
): () => void {
  const listeners = () =>
    emitter.eventNames().flatMap((name) => emitter.rawListeners(name).map((listener) => ({ name, listener })));
  const before = new Set(listeners().map(({ listener }) => listener));
  act();
  const added = listeners().filter(({ listener }) => !before.has(listener));
  return () => {
    for (const { name, listener } of added) emitter.off(name, listener as () => void);
  };
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
