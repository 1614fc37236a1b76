/**
 * How an adapter makes connections, as real controllers do: an attempt stays pending until the peer is there or the
 * host cancels it; it is refused while another is pending, while scanning, and beyond the limit of links. btvirt alone
 * fails at once when the peer is not there, refuses to cancel, and has no limit.
 */
import { addressAt, CODE, commandComplete, commandStatus, connectionFailed, OPCODE, u16 } from './h4.ts';
import type { Linked } from './packet.ts';
import type { SharedController } from './shared-controller.ts';

export interface ConnectionAttemptsOptions {
  readonly toHost: (packet: Buffer) => void;
  /** The state of the adapter at this instant. */
  readonly isScanning: () => boolean;
  readonly links: () => number;
  /** Whether this adapter hears this peer. */
  readonly hears: (peer: string) => boolean;
  readonly connectsWhileScanning: boolean;
  readonly maximumLinks: number;
  readonly refusal: number;
}

const RETRY_MS = 50;
/** Where the peer's address is in LE Create Connection (Vol 4, Part E, section 7.8.12). */
const PEER_ADDRESS = 6;

export class ConnectionAttempts {
  readonly #controller: SharedController;
  readonly #options: ConnectionAttemptsOptions;
  #pending: { readonly parameters: Buffer; readonly peer: string } | undefined;
  #retry: NodeJS.Timeout | undefined;

  constructor(controller: SharedController, options: ConnectionAttemptsOptions) {
    this.#controller = controller;
    this.#options = options;
  }

  get peer(): string | undefined {
    return this.#pending?.peer;
  }

  /** The host's LE Create Connection. */
  begin(parameters: Buffer): void {
    const { toHost, isScanning, links, connectsWhileScanning, maximumLinks, refusal } = this.#options;
    if (this.#pending !== undefined || (isScanning() && !connectsWhileScanning)) {
      toHost(commandStatus(OPCODE.createConnection, CODE.commandDisallowed));
      return;
    }
    toHost(commandStatus(OPCODE.createConnection, 0));
    if (links() >= maximumLinks) {
      toHost(connectionFailed(refusal));
      return;
    }
    this.#pending = { parameters: Buffer.from(parameters), peer: addressAt(parameters, PEER_ADDRESS) };
    this.#try();
  }

  /** The host's LE Create Connection Cancel. */
  cancel(): void {
    const wasPending = this.#pending !== undefined;
    this.forget();
    this.#options.toHost(commandComplete(OPCODE.createConnectionCancel, wasPending ? 0 : CODE.commandDisallowed));
    if (wasPending) this.#options.toHost(connectionFailed(CODE.unknownConnection));
  }

  /** What btvirt has come to; whether that is a link of the host's. */
  ended(link: Linked): boolean {
    if (link.status !== 0) {
      this.#tryLater();
      return false;
    }
    if (this.#pending?.peer !== link.peer) {
      // It was cancelled while btvirt was at it, and the host knows nothing of it.
      void this.#controller.ask(OPCODE.disconnect, [...u16(link.handle), CODE.remoteUserTerminated]);
      return false;
    }
    this.forget();
    return true;
  }

  forget(): void {
    clearTimeout(this.#retry);
    this.#pending = undefined;
  }

  #try(): void {
    if (this.#pending === undefined) return;
    if (!this.#options.hears(this.#pending.peer)) this.#tryLater();
    else void this.#controller.ask(OPCODE.createConnection, this.#pending.parameters);
  }

  #tryLater(): void {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#try(), RETRY_MS);
  }
}
