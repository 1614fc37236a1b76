/**
 * The worker's end of the Unix socket: one core at a time, and observers beside it.
 *
 * A worker that loses its core keeps its links and a bounded number of readings for `aloneMs`, so that a gateway that
 * is restarted finds both; then it ends its links.
 */
import { chmodSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { OperatingError } from '../../../src/domain/errors.ts';
import type { Clock } from '../../../src/ports.ts';
import { SocketChannel } from '../frames/channel.ts';
import { CORE_FRAME_MAX_BYTES } from '../frames/framing.ts';
import {
  type CoreMessage,
  coreMessageSchema,
  PROTOCOL_VERSION,
  type WorkerMessage,
  withShortReason,
} from '../frames/messages.ts';
import { Tellings } from './tellings.ts';

/** How long a worker without a core goes on. */
export const ALONE_MS = 30_000;

/** What a core that hangs, and is killed, may take with it. */
const WAITING_MAX_BYTES = 32 * 1024;

/** Of whoever is the same user, or root. */
const CONNECTIONS_MAX = 16;

/** Observers at a time: people who look who is in range. */
const OBSERVERS_MAX = 4;

export interface ServerParts {
  readonly path: string;
  readonly clock: Clock;
  readonly hello: () => Omit<WorkerMessage & { type: 'hello' }, 'type' | 'version'>;
  /** What a core is told after `hello`: that the adapter is lost, and why. */
  readonly trouble: () => WorkerMessage | undefined;
  readonly onCommand: (message: CoreMessage) => void;
  /** A core has been told `hello`. */
  readonly onCoreCame: () => void;
  readonly onCoreGone: () => void;
  readonly onObservers: (count: number) => void;
}

type Talk = SocketChannel<CoreMessage, WorkerMessage>;

export class WorkerServer {
  readonly #parts: ServerParts;
  readonly #server: Server;
  readonly #tellings = new Tellings();
  readonly #sockets = new Set<Socket>();
  readonly #observers = new Set<Talk>();
  #core: Talk | undefined;
  #aloneSinceMs: number;

  constructor(parts: ServerParts) {
    this.#parts = parts;
    this.#server = createServer((socket) => this.#accept(socket));
    this.#server.maxConnections = CONNECTIONS_MAX;
    this.#aloneSinceMs = parts.clock.monotonicMs();
  }

  get isAlone(): boolean {
    return this.#core === undefined;
  }

  /** How long there has been no core, ms. */
  get aloneMs(): number {
    return this.#core === undefined ? this.#parts.clock.monotonicMs() - this.#aloneSinceMs : 0;
  }

  /** @throws OperatingError `radio-unavailable` when the socket cannot be made */
  async listen(): Promise<void> {
    const { path } = this.#parts;
    // Left behind by a worker that was killed. One that lives is not reached under this name any more.
    rmSync(path, { force: true });
    await new Promise<void>((resolve, reject) => {
      const failed = (cause: Error) => {
        const remedy = 'see that the folder is there and belongs to this user';
        reject(
          new OperatingError('radio-unavailable', `cannot listen at ${path}: ${cause.message}`, { remedy, cause }),
        );
      };
      this.#server.once('error', failed);
      this.#server.listen(path, () => {
        this.#server.off('error', failed);
        // Who may get as far as the socket is up to its folder.
        chmodSync(path, 0o660);
        resolve();
      });
    });
  }

  tell(message: WorkerMessage): void {
    this.#tellings.tell(withShortReason(message));
    if (message.type === 'sighting') for (const observer of this.#observers) observer.send(message);
  }

  /** Resolves when what was told has been written, or the other side does not take it. */
  async close(atMostMs: number): Promise<void> {
    this.#server.close();
    const closed = [...this.#sockets].map((socket) => new Promise((resolve) => socket.once('close', resolve)));
    for (const socket of this.#sockets) socket.end();
    const over = new AbortController();
    await Promise.race([Promise.all(closed), this.#parts.clock.sleep(atMostMs, over.signal)]);
    over.abort();
    for (const socket of this.#sockets) socket.destroy();
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    const talk: Talk = new SocketChannel<CoreMessage, WorkerMessage>(socket, {
      schema: coreMessageSchema,
      maxBytes: CORE_FRAME_MAX_BYTES,
      waitingMaxBytes: WAITING_MAX_BYTES,
      listener: {
        onMessage: (message) => this.#take(talk, message),
        onClose: () => this.#gone(talk, socket),
        onDrain: () => this.#tellings.flush(),
      },
    });
  }

  #take(talk: Talk, message: CoreMessage): void {
    if (message.type === 'hello') {
      this.#greet(talk, message.role);
      return;
    }
    if (talk === this.#core) this.#parts.onCommand(message);
  }

  /** In one go with what follows, so that nothing of what happens after `hello` is missed. */
  #greet(talk: Talk, role: 'core' | 'observer'): void {
    talk.send({ type: 'hello', version: PROTOCOL_VERSION, ...this.#parts.hello() });
    if (role === 'observer') {
      if (this.#observers.size >= OBSERVERS_MAX) {
        talk.close('too many observers');
        return;
      }
      this.#observers.add(talk);
      this.#parts.onObservers(this.#observers.size);
      return;
    }
    // A gateway that was restarted is faster than the end of the connection of the one before.
    this.#core?.close('another core has come');
    this.#core = talk;
    const trouble = this.#parts.trouble();
    if (trouble !== undefined) talk.send(withShortReason(trouble));
    this.#parts.onCoreCame();
    this.#tellings.listener(talk);
  }

  #gone(talk: Talk, socket: Socket): void {
    this.#sockets.delete(socket);
    if (this.#observers.delete(talk)) this.#parts.onObservers(this.#observers.size);
    if (talk !== this.#core) return;
    this.#core = undefined;
    this.#aloneSinceMs = this.#parts.clock.monotonicMs();
    this.#tellings.listener(undefined);
    this.#parts.onCoreGone();
  }
}
