/**
 * An MQTT broker inside the process, on the loopback interface only: the far end of the simulation. It
 * speaks MQTT 3.1.1 and has no authentication. `cut` and `restore` stand for an uplink that goes and comes.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { Aedes } from 'aedes';

const LOOPBACK = '127.0.0.1';

export interface EmbeddedBrokerOptions {
  /** A free one is taken where none is given. */
  readonly port?: number;
  /** Called with each message that a client has published. */
  readonly onMessage?: (topic: string, payload: Buffer) => void;
}

export class EmbeddedBroker {
  readonly #aedes = new Aedes();
  readonly #sockets = new Set<Socket>();
  readonly #received = { messages: 0, bytes: 0 };
  #server: Server | undefined;
  #port: number;

  constructor({ port = 0, onMessage }: EmbeddedBrokerOptions = {}) {
    this.#port = port;
    this.#aedes.on('publish', ({ topic, payload }, client) => {
      // The broker's own messages have no client.
      if (client === null) return;
      const bytes = Buffer.from(payload);
      this.#received.messages++;
      this.#received.bytes += bytes.length;
      onMessage?.(topic, bytes);
    });
  }

  /** The one that clients connect to, known once it has started. */
  get url(): string {
    return `mqtt://${LOOPBACK}:${this.#port}`;
  }

  get port(): number {
    return this.#port;
  }

  /** Messages published by clients since the start, and the bytes of their payloads. */
  get received(): { readonly messages: number; readonly bytes: number } {
    return { ...this.#received };
  }

  async start(): Promise<void> {
    await this.#aedes.listen();
    await this.#open();
  }

  /** The uplink goes: every connection ends in the middle of whatever it was doing, and new ones are refused. */
  async cut(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** The uplink is back, on the same port. */
  async restore(): Promise<void> {
    if (this.#server === undefined) await this.#open();
  }

  /** Safe to call twice, and without `start`. */
  async stop(): Promise<void> {
    await this.cut();
    await new Promise<void>((resolve) => this.#aedes.close(() => resolve()));
  }

  async #open(): Promise<void> {
    const server = createServer((socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
      this.#aedes.handle(socket);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#port, LOOPBACK, () => {
        server.off('error', reject);
        resolve();
      });
    });
    this.#server = server;
    const address = server.address();
    if (address !== null && typeof address === 'object') this.#port = address.port;
  }
}
