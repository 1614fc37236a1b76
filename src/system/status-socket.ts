/**
 * Where a running gateway tells how it is: a Unix socket beside its store. Whoever connects is written one answer, and
 * the connection ends.
 *
 * Invariants: nothing is read from a connection; there are at most `CONNECTIONS_MAX`, each for at most `PATIENCE_MS`,
 * and all share one answer that is made `ANSWERS_PER_SECOND` times at most, so that nobody who asks costs the gateway
 * more than that. It is open only while the gateway holds the store's lock: what lies at the path was left behind by one
 * that was killed. That there is no socket never keeps a gateway from running.
 */
import { chmodSync, lstatSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { messageOf } from '../domain/errors.ts';
import type { Clock, Telemetry } from '../ports.ts';

/** The longest path of a Unix socket on Linux, bytes (`sockaddr_un`, without the closing zero). */
export const SOCKET_PATH_MAX_BYTES = 107;

const CONNECTIONS_MAX = 8;

/** A local reader takes an answer in milliseconds. */
const PATIENCE_MS = 2_000;

const ANSWERS_PER_SECOND = 10;

export function statusPath(storePath: string): string {
  return `${storePath}.status`;
}

export interface StatusSocketParts {
  readonly path: string;
  readonly answer: () => string;
  /** Real time. */
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  /** How long a connection may last, ms. */
  readonly patienceMs?: number;
}

export class StatusSocket {
  readonly #parts: StatusSocketParts;
  readonly #sockets = new Set<Socket>();
  #server: Server | undefined;
  #answer: { readonly text: Buffer; readonly madeMs: number } | undefined;

  constructor(parts: StatusSocketParts) {
    this.#parts = parts;
  }

  /** To be called once the store is locked. Never rejects: that nobody can ask is told, and the gateway goes on. */
  async open(): Promise<void> {
    const { path } = this.#parts;
    const server = createServer({ pauseOnConnect: true }, (socket) => this.#tell(socket));
    server.maxConnections = CONNECTIONS_MAX;
    this.#server = server;
    try {
      makeWay(path);
      await listening(server, path);
      server.on('error', (error) => this.#unavailable(error));
    } catch (error) {
      this.#unavailable(error);
      await this.close();
    }
  }

  /** To be called before the store's lock is given up. Safe to call twice, and without `open`. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #tell(socket: Socket): void {
    const overdue = setTimeout(() => socket.destroy(), this.#parts.patienceMs ?? PATIENCE_MS);
    this.#sockets.add(socket);
    socket.once('close', () => {
      clearTimeout(overdue);
      this.#sockets.delete(socket);
    });
    // Whoever asked and left does not want the answer.
    socket.on('error', () => {});
    socket.end(this.#current(), () => socket.destroy());
  }

  #current(): Buffer {
    const nowMs = this.#parts.clock.monotonicMs();
    if (this.#answer === undefined || nowMs - this.#answer.madeMs >= 1000 / ANSWERS_PER_SECOND) {
      this.#answer = { text: Buffer.from(`${this.#parts.answer()}\n`), madeMs: nowMs };
    }
    return this.#answer.text;
  }

  #unavailable(error: unknown): void {
    this.#parts.telemetry.emit({ event: 'status.unavailable', reason: messageOf(error) });
  }
}

/** Takes away what a gateway left behind that was killed, and nothing else. */
function makeWay(path: string): void {
  if (Buffer.byteLength(path) > SOCKET_PATH_MAX_BYTES) {
    throw new Error(`${path} is too long for the name of a socket, which has at most ${SOCKET_PATH_MAX_BYTES} bytes`);
  }
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw new Error(`at ${path} there is something that is no socket`);
  rmSync(path);
}

async function listening(server: Server, path: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
  // The process makes everything for its own user only; this holds for one that does not, too.
  chmodSync(path, 0o600);
}
