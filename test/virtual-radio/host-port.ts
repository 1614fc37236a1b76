/**
 * Where a host (bleno or noble, each in a process of its own) finds its controller: a Unix socket that speaks H4 and
 * takes one host at a time.
 */
import { rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { PacketStream } from './h4.ts';

export interface HostEvents {
  arrived(): void;
  /** A whole packet that the host has written. */
  wrote(packet: Buffer): void;
  /** It closed the socket, or its process is gone. */
  left(): void;
}

export class HostPort {
  readonly path: string;
  readonly #events: HostEvents;
  #server: Server | undefined;
  #host: Socket | undefined;

  constructor(path: string, events: HostEvents) {
    this.path = path;
    this.#events = events;
  }

  get isTaken(): boolean {
    return this.#host !== undefined;
  }

  async open(): Promise<void> {
    await rm(this.path, { force: true });
    const server = createServer((socket) => this.#accept(socket));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.path, resolve);
    });
  }

  /** Breaks the connection and refuses new ones. */
  async close(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    this.hangUp();
    await closed;
  }

  /** Breaks the connection; the host may come again. */
  hangUp(): void {
    this.#host?.destroy();
  }

  send(packet: Buffer): void {
    this.#host?.write(packet);
  }

  #accept(socket: Socket): void {
    // Whoever comes later has replaced the earlier one, whose end may not have been noticed yet.
    this.hangUp();
    this.#host = socket;
    const stream = new PacketStream();
    socket.on('data', (chunk) => {
      for (const packet of stream.take(chunk)) if (this.#host === socket) this.#events.wrote(packet);
    });
    socket.on('error', () => {});
    socket.once('close', () => {
      if (this.#host !== socket) return;
      this.#host = undefined;
      this.#events.left();
    });
    this.#events.arrived();
  }
}
