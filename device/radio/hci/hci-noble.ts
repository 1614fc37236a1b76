/**
 * noble on an adapter, of the kernel or behind a stream of bytes, with the guard in between. One adapter a process:
 * noble keeps a little of itself in its process for ever.
 *
 * Invariants: noble is made only when its controller has answered; what is released reports nothing any more.
 */
import type { Clock } from '../../../src/ports.ts';
import type { Noble } from '../noble.ts';
import { parseAdapterName } from './adapter-name.ts';
import type { IsOfInterest } from './advertising-gate.ts';
import { SCAN_ALONE, SCAN_BESIDE_LINKS, type ScanDuty } from './command-gate.ts';
import { Guard, type LinkSummary } from './guard.ts';
import type { GuardCounts, HciReport } from './guard-effects.ts';
import { GuardedSocket } from './guarded-socket.ts';
import { H4HciSocket, type HciSocket } from './hci-socket.ts';
import { explained, openKernelSocket } from './kernel-adapter.ts';
import { loadBindings, type NobleBindings, type NobleTables, nobleOverBindings } from './noble-internals.ts';
import { endPolling, initialise } from './noble-life.ts';
import type { OwnAddress } from './own-address.ts';
import { countPeripherals, followAddressTypes, prune, tame } from './tamed-bindings.ts';
import { openTransport, type Transport } from './transport.ts';

export interface HciNobleOptions {
  /** As in the configuration: `hci0`, `h4:unix:/path`, `h4:tcp:host:port`, `h4:/dev/ttyACM0`. */
  readonly adapter: string;
  readonly clock: Clock;
  /** From 0 up to and without 1, for the address of a controller that has none. */
  readonly random: () => number;
  /** Whether noble is to hear of an advertiser; where it is not given, of those that advertise heart rate. */
  readonly isOfInterest?: IsOfInterest;
  readonly onReport: (report: HciReport) => void;
  /** The adapter, or noble, is of no use any more. Called once at most; noble says `poweredOff` before. */
  readonly onLost: (reason: string) => void;
  /** Links that whoever used the controller before has left on it; looked at over H4 only. */
  readonly staleHandles?: readonly number[];
  /** Ends the opening. */
  readonly signal?: AbortSignal;
}

/** A controller whose events are that often not what they say is broken. */
const CONTROLLER_FLAWS_MAX = 20;

/**
 * noble is initialised: it says `stateChange` `poweredOn` soon, or has it as its state already.
 *
 * @throws OperatingError `radio-unavailable`, with a remedy, when there is no such adapter or it cannot be used
 */
export async function createHciNoble(options: HciNobleOptions): Promise<HciNoble> {
  const name = parseAdapterName(options.adapter);
  if (name.kind !== 'kernel') return createNobleOver(await openTransport(name, options), options);
  const { deviceId } = name;
  return new HciNoble(options, { socket: await openKernelSocket(deviceId), deviceId });
}

/** The same over a stream to a controller that is open already. */
export async function createNobleOver(transport: Transport, options: HciNobleOptions): Promise<HciNoble> {
  const { clock, random, staleHandles, signal } = options;
  const socket = new H4HciSocket({ transport, clock, random });
  const ownAddress = await socket.open({ staleHandles, signal });
  return new HciNoble(options, { socket, deviceId: 0, h4: { socket, ownAddress } });
}

/** What a worker needs of it, in the worker's words. */
export async function openHciRadio(
  adapter: string,
  { onFault, onBroken }: RadioFaults,
  options: Pick<HciNobleOptions, 'clock' | 'random' | 'isOfInterest' | 'staleHandles' | 'signal'>,
): Promise<HciNoble> {
  const onReport = (report: HciReport) => {
    if (report.type === 'malformed' || report.type === 'threw' || report.type === 'controller') onFault(report);
  };
  return createHciNoble({ ...options, adapter, onReport, onLost: onBroken });
}

interface RadioFaults {
  /** A packet was no good, and was kept from noble or made it throw. */
  onFault(fault: { readonly strap?: string; readonly reason: string }): void;
  /** noble cannot be relied on any more. */
  onBroken(reason: string): void;
}

interface Opened {
  readonly socket: HciSocket;
  readonly deviceId: number;
  readonly h4?: { readonly socket: H4HciSocket; readonly ownAddress: OwnAddress };
}

export class HciNoble {
  readonly noble: Noble;
  readonly #tables: NobleTables;
  readonly #bindings: NobleBindings;
  readonly #guard: Guard;
  readonly #socket: GuardedSocket;
  readonly #opened: Opened;
  readonly #options: HciNobleOptions;
  #controllerFlaws = 0;
  #over = false;

  /** Made by the functions above. @throws OperatingError when noble cannot be initialised */
  constructor(options: HciNobleOptions, opened: Opened) {
    this.#options = options;
    this.#opened = opened;
    const { isOfInterest } = options;
    const { socket, deviceId, h4 } = opened;
    this.#guard = new Guard({
      ...(isOfInterest === undefined ? {} : { isOfInterest }),
      ownsController: h4 !== undefined,
      ownAddressType: h4?.ownAddress.type ?? 'public',
    });
    this.#bindings = loadBindings(deviceId);
    const hci = this.#bindings._hci;
    this.#socket = new GuardedSocket({
      socket,
      guard: this.#guard,
      onReport: (report) => this.#onReport(report),
      sendOnLink: (handle, channel, payload) => void hci.writeAclDataPkt(handle, channel, payload),
    });
    hci._socket = this.#socket;
    tame(this.#bindings, { ownAddress: h4?.ownAddress, onBroken: (error) => this.#socket.threw(error, {}) });
    this.#tables = nobleOverBindings(this.#bindings);
    followAddressTypes(this.#tables, this.#bindings);
    this.noble = this.#tables;
    socket.on('lost', this.#lose);
    this.#initialise();
  }

  /** Of links that are up. */
  get links(): readonly LinkSummary[] {
    return this.#guard.links;
  }

  /** The same, by HCI's names. */
  get handles(): readonly number[] {
    return this.links.map(({ handle }) => handle);
  }

  /** Whether the controller has been told to scan. noble may think otherwise. */
  get scanning(): boolean {
    return this.#guard.scanning;
  }

  get counts(): GuardCounts {
    return this.#guard.counts;
  }

  /** How many advertisers noble remembers. */
  get peripherals(): number {
    return countPeripherals(this.#tables, this.#bindings);
  }

  /**
   * Forgets those that have no link, are not being connected to, and are not to be kept. A peripheral of noble's that
   * was forgotten cannot be connected to any more: the one that is discovered next is another.
   */
  prune(keep: (strap: string) => boolean): void {
    prune(this.#tables, this.#bindings, keep);
  }

  /** Takes effect with the next start of a scan. Undefined, as at first: 80 of 160 ms, or 48 where there are links. */
  setScanDuty(duty: ScanDuty | undefined): void {
    this.#guard.setScanDuty(duty);
  }

  /** How many links there are, where that is known better than by the controller's events. */
  setLinks(count: number): void {
    this.setScanDuty(count > 0 ? SCAN_BESIDE_LINKS : SCAN_ALONE);
  }

  /** Ends it without more ado: over H4 by a reset, with which all links end. Safe to call twice. */
  async release(): Promise<void> {
    this.#over = true;
    endPolling(this.#bindings);
    this.#socket.release();
    await this.#opened.h4?.socket.close();
  }

  #initialise(): void {
    try {
      initialise(this.#tables, this.#bindings);
    } catch (error) {
      void this.release();
      throw explained(this.#options.adapter, error);
    }
  }

  #onReport(report: HciReport): void {
    if (this.#over) return;
    this.#options.onReport(report);
    if (report.type === 'threw' && report.fatal) this.#lose(`noble threw: ${report.reason}`);
    if (report.type === 'controller' && ++this.#controllerFlaws >= CONTROLLER_FLAWS_MAX) {
      this.#lose(`the controller is broken: ${report.reason}`);
    }
  }

  readonly #lose = (reason: string): void => {
    if (this.#over) return;
    this.#over = true;
    // noble would notice within a second.
    this.#bindings._hci.emit('stateChange', 'poweredOff');
    this.#options.onLost(reason);
  };
}
