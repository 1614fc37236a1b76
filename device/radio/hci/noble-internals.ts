/**
 * What of noble's insides is reached into, as types, and how it is loaded so that its socket can be another one.
 */
import type { EventEmitter } from 'node:events';
import { createRequire, Module } from 'node:module';
import type { ConnectionParameters, Noble } from '../noble.ts';
import type { HciSocket } from './hci-socket.ts';

/** `@abandonware/noble/lib/hci-socket/hci.js`. */
export interface NobleHci extends EventEmitter {
  _socket: HciSocket;
  _isDevUp: boolean | null;
  address: string;
  addressType: string;
  _aclQueue: { readonly handle: number; readonly packet: Buffer }[];
  readonly _aclConnections: ReadonlyMap<number, unknown>;
  pollIsDevUp(): void;
  flushAcl(): Promise<void>;
  writeAclDataPkt(handle: number, channel: number, payload: Buffer): Promise<void>;
}

/** What a link is asked for, which noble prints a warning about where there is no link. */
type LinkCall = (strap: string, ...rest: readonly unknown[]) => void;

/** `@abandonware/noble/lib/hci-socket/bindings.js`. Tables are by strap, or by handle, or by both. */
export interface NobleBindings extends EventEmitter, Record<LinkCallName, LinkCall> {
  readonly _hci: NobleHci;
  readonly _gap: { readonly _discoveries: Record<string, unknown> };
  readonly _addresses: Record<string, unknown>;
  readonly _addresseTypes: Record<string, unknown>;
  readonly _connectable: Record<string, unknown>;
  readonly scannable: Record<string, unknown>;
  readonly _handles: Record<string, unknown>;
  readonly _gatts: Record<string, unknown>;
  readonly _pendingConnectionUuid: string | null;
  _state: string | null;
  connect(strap: string, parameters: ConnectionParameters): void;
  cancelConnect(strap: string): void;
  disconnect(strap: string): void;
  onStateChange(state: string): void;
}

export const LINK_CALLS = [
  'addService',
  'discoverServices',
  'discoverIncludedServices',
  'addCharacteristics',
  'discoverCharacteristics',
  'read',
  'write',
  'broadcast',
  'notify',
  'discoverDescriptors',
  'readValue',
  'writeValue',
  'readHandle',
  'writeHandle',
] as const;

type LinkCallName = (typeof LINK_CALLS)[number];

/** `@abandonware/noble/lib/noble.js`. */
export interface NobleTables extends Noble {
  readonly _peripherals: Record<string, unknown>;
  readonly _services: Record<string, unknown>;
  readonly _characteristics: Record<string, unknown>;
  readonly _descriptors: Record<string, unknown>;
  readonly _discoveredPeripheralUUids: Record<string, unknown>;
}

const require = createRequire(import.meta.url);

/**
 * In the place of the package `@abandonware/bluetooth-hci-socket`. noble's `hci.js` requires that package at once and
 * constructs its socket with each instance, which throws where the kernel has no Bluetooth; there is no other way in.
 * An instance's socket is replaced before it is used, so that this one has nothing to do.
 */
class InertSocket {}

/** Has to come before anything else has loaded noble's HCI bindings in this process, as a worker's first act. */
export function loadBindings(deviceId: number): NobleBindings {
  const path = require.resolve('@abandonware/bluetooth-hci-socket');
  if (require.cache[path] === undefined) {
    const inert = new Module(path);
    inert.filename = path;
    inert.loaded = true;
    inert.exports = InertSocket;
    require.cache[path] = inert;
  }
  const Bindings = require('@abandonware/noble/lib/hci-socket/bindings.js') as new (options: object) => NobleBindings;
  return new Bindings({ deviceId });
}

export function nobleOverBindings(bindings: NobleBindings): NobleTables {
  const create = require('@abandonware/noble/with-bindings.js') as (bindings: EventEmitter) => NobleTables;
  return create(bindings);
}
