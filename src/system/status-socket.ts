/**
 * Where a running gateway tells how it is: whoever connects is written one answer, and the connection ends.
 *
 * Invariants: nothing is read from a connection, and all share one answer that is made `ANSWERS_PER_SECOND` times at
 * most, so that nobody who asks costs the gateway more than that.
 */
import type { Socket } from 'node:net';
import { messageOf } from '../domain/errors.ts';
import type { Clock, Telemetry } from '../ports.ts';
import { LocalSocket } from './local-socket.ts';

/** A local reader takes an answer in milliseconds. */
const PATIENCE_MS = 2_000;

const ANSWERS_PER_SECOND = 10;

export interface StatusSocketParts {
  readonly path: string;
  /** Of the socket; for its own user alone unless it is said otherwise. */
  readonly mode?: number;
  readonly answer: () => string;
  /** Real time. */
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** How long a connection may last, ms. */
  readonly patienceMs?: number;
}

export class StatusSocket {
  readonly #parts: StatusSocketParts;
  readonly #socket: LocalSocket;
  #answer: { readonly text: Buffer; readonly madeMs: number } | undefined;

  constructor(parts: StatusSocketParts) {
    const { path, mode, patienceMs = PATIENCE_MS, telemetry } = parts;
    this.#parts = parts;
    this.#socket = new LocalSocket({
      path,
      mode,
      patienceMs,
      serve: (client) => this.#tell(client),
      onUnavailable: (error) => telemetry.emit({ event: 'status.unavailable', reason: messageOf(error) }),
    });
  }

  /** To be called once the store is locked. Never rejects: that nobody can ask is told, and the gateway goes on. */
  async open(): Promise<void> {
    await this.#socket.open();
  }

  /** To be called before the store's lock is given up. Safe to call twice, and without `open`. */
  async close(): Promise<void> {
    await this.#socket.close();
  }

  #tell(client: Socket): void {
    client.end(this.#current(), () => client.destroy());
  }

  #current(): Buffer {
    const nowMs = this.#parts.clock.monotonicMs();
    if (this.#answer === undefined || nowMs - this.#answer.madeMs >= 1000 / ANSWERS_PER_SECOND) {
      this.#answer = { text: Buffer.from(`${this.#parts.answer()}\n`), madeMs: nowMs };
    }
    return this.#answer.text;
  }
}
