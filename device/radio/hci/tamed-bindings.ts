/**
 * noble's HCI bindings with their worst habits taken off, each on the instance and none in noble's own code.
 *
 * Invariants: noble's own queue of connections is never used, since cancelling one of its places cancels the
 * connection under way; nothing is asked of a link that is gone; nothing is printed; no promise of noble's breaks
 * without being told.
 */

import { LINK_CALLS, type NobleBindings, type NobleHci, type NobleTables } from './noble-internals.ts';
import type { OwnAddress } from './own-address.ts';

export interface TameOptions {
  /** The address in use, where the controller has none of its own. */
  readonly ownAddress: OwnAddress | undefined;
  /** Told of promises of noble's that broke and that nobody waits for. */
  readonly onBroken: (error: unknown) => void;
}

export function tame(bindings: NobleBindings, { ownAddress, onBroken }: TameOptions): void {
  tameConnections(bindings);
  tameLinks(bindings);
  tameStates(bindings);
  tameQueue(bindings._hci, onBroken);
  if (ownAddress?.type === 'random') tellAddress(bindings._hci, ownAddress.address);
}

/** noble asks for the public address alone, and pairs under what it was told. */
function tellAddress(hci: NobleHci, address: string): void {
  hci.on('addressChange', () => {
    hci.addressType = 'random';
    hci.address = address.replace(/..(?!$)/g, '$&:');
  });
}

function tameConnections(bindings: NobleBindings): void {
  const connect = bindings.connect.bind(bindings);
  const cancelConnect = bindings.cancelConnect.bind(bindings);
  const disconnect = bindings.disconnect.bind(bindings);
  bindings.connect = (strap, parameters) => {
    if (bindings._addresses[strap] === undefined) throw new Error(`noble has not heard of ${strap} lately`);
    const pending = bindings._pendingConnectionUuid;
    if (pending === null) connect(strap, parameters);
    // Whoever asks for the same again gets the same answer.
    else if (pending !== strap) {
      queueMicrotask(() => bindings.emit('connect', strap, new Error('another connection is being made (0xc)')));
    }
  };
  bindings.cancelConnect = (strap) => {
    if (bindings._pendingConnectionUuid === strap) cancelConnect(strap);
  };
  bindings.disconnect = (strap) => {
    if (bindings._handles[strap] !== undefined) disconnect(strap);
  };
}

function tameLinks(bindings: NobleBindings): void {
  for (const name of LINK_CALLS) {
    const call = bindings[name].bind(bindings);
    bindings[name] = (strap, ...rest) => {
      if (bindings._gatts[strap] !== undefined) call(strap, ...rest);
    };
  }
}

/** As noble's own, without the advice to run as root. */
function tameStates(bindings: NobleBindings): void {
  bindings.onStateChange = (state) => {
    if (bindings._state === state) return;
    bindings._state = state;
    bindings.emit('stateChange', state);
  };
}

/** A packet for a link that has gone while it waited would break the promise of whoever flushes the queue next. */
function tameQueue(hci: NobleHci, onBroken: (error: unknown) => void): void {
  const flush = hci.flushAcl.bind(hci);
  const write = hci.writeAclDataPkt.bind(hci);
  hci.flushAcl = async () => {
    hci._aclQueue = hci._aclQueue.filter(({ handle }) => hci._aclConnections.has(handle));
    await flush().catch(onBroken);
  };
  hci.writeAclDataPkt = (handle, channel, payload) => write(handle, channel, payload).catch(onBroken);
}

/** noble keeps the kind of address that it heard first, under which an impostor's of another kind would not be seen. */
export function followAddressTypes(noble: NobleTables, bindings: NobleBindings): void {
  bindings.prependListener('discover', (strap: string, _address: string, addressType: string) => {
    const peripheral = noble._peripherals[strap];
    if (typeof peripheral === 'object' && peripheral !== null) Object.assign(peripheral, { addressType });
  });
}

/** Forgets every peripheral that has no link, is not being connected to, and is not to be kept. */
export function prune(noble: NobleTables, bindings: NobleBindings, keep: (strap: string) => boolean): void {
  const isKept = (strap: string) =>
    bindings._handles[strap] !== undefined || bindings._pendingConnectionUuid === strap || keep(strap);
  const byStrap = [
    noble._peripherals,
    noble._services,
    noble._characteristics,
    noble._descriptors,
    noble._discoveredPeripheralUUids,
    bindings._addresses,
    bindings._addresseTypes,
    bindings._connectable,
    bindings.scannable,
  ];
  for (const table of byStrap) {
    for (const strap of Object.keys(table)) if (!isKept(strap)) delete table[strap];
  }
  const heard = bindings._gap._discoveries;
  for (const address of Object.keys(heard)) if (!isKept(address.replaceAll(':', ''))) delete heard[address];
}

/** How many advertisers are remembered, by the table that remembers most. */
export function countPeripherals(noble: NobleTables, bindings: NobleBindings): number {
  return Math.max(Object.keys(noble._peripherals).length, Object.keys(bindings._gap._discoveries).length);
}
