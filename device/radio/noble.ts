/** The part of noble that is used, as types, and noble over any bindings, as in a simulation. */
import type { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';

type Emitter = Pick<EventEmitter, 'on' | 'once' | 'off' | 'removeAllListeners' | 'listenerCount'>;

/** Units as in HCI: intervals of 1.25 ms, timeout of 10 ms. */
export interface ConnectionParameters {
  readonly minInterval: number;
  readonly maxInterval: number;
  readonly timeout: number;
}

/** Emits `data` (Buffer, isNotification). None of the promises settles when the link is lost, here and below. */
export interface Characteristic extends Emitter {
  readonly uuid: string;
  subscribeAsync(): Promise<unknown>;
  readAsync(): Promise<Buffer>;
}

export interface Service extends Emitter {
  readonly uuid: string;
  /** Null until they are discovered. */
  readonly characteristics: readonly Characteristic[] | null;
  /** With no UUIDs, all of them. */
  discoverCharacteristicsAsync(uuids: readonly string[]): Promise<readonly Characteristic[]>;
}

/** Emits `connect` (error?), `disconnect` (reason) and `servicesDiscovered` (itself, services with their handles). */
export interface Peripheral extends Emitter {
  /** The address as twelve lower-case hex digits. */
  readonly id: string;
  readonly connectable: boolean;
  readonly state: string;
  readonly rssi: number;
  readonly addressType: string;
  readonly advertisement: {
    readonly localName?: string;
    readonly serviceUuids?: readonly string[];
    readonly manufacturerData?: Buffer;
  };
  connect(parameters: ConnectionParameters): void;
  cancelConnect(): void;
  disconnect(): void;
  /** With no UUIDs, all of them. */
  discoverServicesAsync(uuids: readonly string[]): Promise<readonly Service[]>;
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
