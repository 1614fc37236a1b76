/**
 * A Unix socket beside the store, or in the service's folder, for programs of this machine to reach the running gateway by.
 *
 * Invariants: there are at most `CONNECTIONS_MAX` connections, each for at most its patience, so that nobody who comes
 * costs the gateway more than that. It is open only while the gateway holds the store's lock: what lies at the path was
 * left behind by one that was killed. That there is no socket never keeps a gateway from running, and closing it waits
 * for nobody.
 */
import { chmodSync, lstatSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';

/** The longest path of a Unix socket on Linux, bytes (`sockaddr_un`, without the closing zero). */
export const SOCKET_PATH_MAX_BYTES = 107;

const CONNECTIONS_MAX = 8;

export interface LocalSocketParts {
  readonly path: string;
  /** Of the socket; for its own user alone unless it is said otherwise. */
  readonly mode?: number | undefined;
  /** Has a client that nothing has been read from. Whatever it does, the connection ends when the patience does. */
  readonly serve: (client: Socket) => void;
  /** How long a connection may last, ms. */
  readonly patienceMs: number;
  readonly onUnavailable: (error: unknown) => void;
}

export class LocalSocket {
  readonly #parts: LocalSocketParts;
  readonly #clients = new Set<Socket>();
  #server: Server | undefined;

  constructor(parts: LocalSocketParts) {
    this.#parts = parts;
  }

  /** To be called once the store is locked. Never rejects: that nobody can come is told, and the gateway goes on. */
  async open(): Promise<void> {
    const { path, mode = 0o600, onUnavailable } = this.#parts;
    // A client may say that it has said everything, and wait for the answer.
    const options = { pauseOnConnect: true, allowHalfOpen: true };
    const server = createServer(options, (client) => this.#admit(client));
    server.maxConnections = CONNECTIONS_MAX;
    this.#server = server;
    try {
      makeWay(path);
      await listening(server, path, mode);
      server.on('error', onUnavailable);
    } catch (error) {
      onUnavailable(error);
      await this.close();
    }
  }

  /** To be called before the store's lock is given up. Safe to call twice, and without `open`. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise((resolve) => server.close(resolve));
    for (const client of this.#clients) client.destroy();
    await closed;
  }

  #admit(client: Socket): void {
    const overdue = setTimeout(() => client.destroy(), this.#parts.patienceMs);
    this.#clients.add(client);
    client.once('close', () => {
      clearTimeout(overdue);
      this.#clients.delete(client);
    });
    // Whoever came and left does not want the answer.
    client.on('error', () => {});
    this.#parts.serve(client);
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

async function listening(server: Server, path: string, mode: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
  // The process makes everything for its own user only; this holds for one that does not, too.
  chmodSync(path, mode);
}
