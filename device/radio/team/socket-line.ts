/**
 * A worker at a Unix socket: found there, or started here, and started again when it has ended.
 *
 * A worker that outlived an earlier run of the gateway is found under the same name, with its links and with the
 * readings that it kept.
 */
import { connect, Socket } from 'node:net';
import { messageOf } from '../../../src/domain/errors.ts';
import type { Clock } from '../../../src/ports.ts';
import { SocketChannel } from '../frames/channel.ts';
import { WORKER_FRAME_MAX_BYTES } from '../frames/framing.ts';
import { type CoreMessage, PROTOCOL_VERSION, type WorkerMessage, workerMessageSchema } from '../frames/messages.ts';
import { type Retry, retryDelayMs } from './retry.ts';
import type { LineListener, WorkerLine } from './worker-line.ts';

/** A worker's process that was started here. */
export interface WorkerChild {
  /** Resolves with the reason when it has ended. */
  readonly ended: Promise<string>;
  /** At once. */
  kill(): void;
}

export interface SocketLineOptions {
  readonly adapter: string;
  readonly path: string;
  /** Absent where somebody else starts the workers. */
  readonly startWorker?: () => WorkerChild;
  /** Kills whatever worker of this gateway's serves at the path. */
  readonly endWorkers?: () => void;
  readonly clock: Clock;
  /** From 0 up to and without 1, for the jitter of the back-off. */
  readonly random: () => number;
}

const RETRY: Retry = { minMs: 250, maxMs: 30_000 };

/** Where somebody else starts the workers, looking for one costs next to nothing. */
const RETRY_FOUND: Retry = { minMs: 250, maxMs: 1_000 };

/** A worker that held that long is started anew with the shortest back-off. */
const STEADY_MS = 10_000;

/** For a worker that was just started to listen: a Node process on a busy Pi. */
const START_UP_MS = 15_000;
const POLL_MS = 25;

/** For `hello` once there is a connection. */
const HELLO_MS = 3_000;

/** For a worker to end its links, and itself; the gateway's stop gives the radio a little more. */
const STOP_MS = 1_200;

/** For the other side to end a talk that was ended here; one that hangs does not. */
const CLOSE_MS = 100;

interface Talk {
  readonly socket: Socket;
  readonly channel: SocketChannel<WorkerMessage, CoreMessage>;
  readonly ended: Promise<string>;
}

export class SocketLine implements WorkerLine {
  readonly adapter: string;
  readonly #options: SocketLineOptions;
  readonly #stopping = new AbortController();
  #child: WorkerChild | undefined;
  #talk: Talk | undefined;
  #life: Promise<void> | undefined;
  /** Whoever listens at the path is not to be talked to any more, but replaced. */
  #isFoundUseless = false;
  /** Why the worker of this talk was ended from here. */
  #restartReason: string | undefined;

  constructor(options: SocketLineOptions) {
    this.adapter = options.adapter;
    this.#options = options;
  }

  start(listener: LineListener): void {
    if (this.#life !== undefined) throw new Error('the line has been started already');
    this.#life = this.#live(listener);
  }

  send(message: CoreMessage): void {
    this.#talk?.channel.send(message);
  }

  restart(reason: string): void {
    const talk = this.#talk;
    if (talk === undefined) return;
    this.#restartReason = reason;
    if (this.#child === undefined) {
      // A worker of somebody else's, or of an earlier run, ends its links and itself if it still can.
      this.send({ type: 'stop' });
      this.#isFoundUseless = true;
    } else {
      this.#child.kill();
    }
    talk.channel.close(reason);
    // For a worker that can to end its links first.
    void this.#options.clock.sleep(STOP_MS, this.#stopping.signal).then(() => talk.socket.destroy());
  }

  async stop(): Promise<void> {
    const { clock, startWorker, endWorkers } = this.#options;
    this.#stopping.abort();
    const child = this.#child;
    let isEnded = true;
    const over = new AbortController();
    if (startWorker !== undefined && this.#talk !== undefined) {
      this.send({ type: 'stop' });
      const late = clock.sleep(STOP_MS, over.signal).then(() => {
        isEnded = over.signal.aborted;
      });
      await Promise.race([child?.ended ?? this.#talk.ended, late]);
      over.abort();
    }
    child?.kill();
    // One that was found and hangs would keep the adapter, and its links.
    if (child === undefined && !isEnded) endWorkers?.();
    const talk = this.#talk;
    talk?.channel.close('the gateway is stopping');
    const closed = new AbortController();
    void clock.sleep(CLOSE_MS, closed.signal).then(() => talk?.socket.destroy());
    await this.#life;
    closed.abort();
  }

  async #live(listener: LineListener): Promise<void> {
    const { clock, random, startWorker } = this.#options;
    const { signal } = this.#stopping;
    const retry = startWorker === undefined ? RETRY_FOUND : RETRY;
    let failures = 0;
    while (!signal.aborted) {
      const startMs = clock.monotonicMs();
      const reason = await this.#liveOnce(listener);
      if (signal.aborted) return;
      if (clock.monotonicMs() - startMs >= STEADY_MS) failures = 0;
      const retryInMs = retryDelayMs(retry, failures++, random());
      listener.onLost(reason, retryInMs);
      await clock.sleep(retryInMs, signal);
    }
  }

  /** From the first try to reach a worker to the end of the talk. @returns why it is over */
  async #liveOnce(listener: LineListener): Promise<string> {
    try {
      const socket = await this.#reach();
      if (socket === undefined) return 'the gateway is stopping';
      if (this.#stopping.signal.aborted) {
        socket.destroy();
        return 'the gateway is stopping';
      }
      return await this.#converse(socket, listener);
    } catch (error) {
      return messageOf(error);
    }
  }

  async #converse(socket: Socket, listener: LineListener): Promise<string> {
    const { clock } = this.#options;
    let isGreeted = false;
    let close = (_reason: string) => {};
    const ended = new Promise<string>((resolve) => {
      close = resolve;
    });
    const channel = new SocketChannel<WorkerMessage, CoreMessage>(socket, {
      schema: workerMessageSchema,
      maxBytes: WORKER_FRAME_MAX_BYTES,
      listener: {
        onMessage: (message) => {
          isGreeted ||= message.type === 'hello';
          if (isGreeted && !this.#stopping.signal.aborted) listener.onMessage(message);
        },
        onClose: close,
        // A worker of another release is started anew by whoever started it.
        onBroken: () => this.send({ type: 'stop' }),
      },
    });
    this.#talk = { socket, channel, ended };
    channel.send({ type: 'hello', version: PROTOCOL_VERSION, role: 'core' });
    const over = new AbortController();
    const late = clock.sleep(HELLO_MS, over.signal).then(() => {
      if (!isGreeted && !over.signal.aborted) this.restart('the radio worker does not say hello');
    });
    const reason = await ended;
    over.abort();
    await late;
    this.#talk = undefined;
    // One that was found and ends, or cannot be understood, is not looked for again.
    this.#isFoundUseless = this.#child === undefined;
    const restartReason = this.#restartReason;
    this.#restartReason = undefined;
    const words = await this.#lastWordsOf(reason);
    return restartReason ?? words;
  }

  /** Of a child that has ended its own account says more than the end of the connection. */
  async #lastWordsOf(reason: string): Promise<string> {
    const child = this.#child;
    if (child === undefined) return reason;
    const over = new AbortController();
    const late = this.#options.clock.sleep(STOP_MS, over.signal).then(() => {
      child.kill();
    });
    // A child without a talk is of no use. One that the kernel does not let go of is left behind.
    const never = this.#options.clock.sleep(2 * STOP_MS, over.signal).then(() => 'the radio worker does not end');
    const words = await Promise.race([child.ended, never]);
    over.abort();
    await late;
    if (this.#child === child) this.#child = undefined;
    return words;
  }

  /** @throws Error when no worker is to be reached */
  async #reach(): Promise<Socket | undefined> {
    const { clock, path, startWorker } = this.#options;
    const { signal } = this.#stopping;
    const mayBeFound = startWorker === undefined || !this.#isFoundUseless;
    const found = mayBeFound ? await attempt(path) : undefined;
    if (found instanceof Socket) return found;
    if (startWorker === undefined) throw new Error(`there is no radio worker at ${path} (${found?.message})`);
    this.#isFoundUseless = false;
    const child = startWorker();
    this.#child = child;
    let end: string | undefined;
    void child.ended.then((reason) => {
      end = reason;
      if (this.#child === child) this.#child = undefined;
    });
    const deadlineMs = clock.monotonicMs() + START_UP_MS;
    while (!signal.aborted) {
      const socket = await attempt(path);
      if (socket instanceof Socket) return socket;
      if (end !== undefined) throw new Error(end);
      if (clock.monotonicMs() >= deadlineMs) {
        child.kill();
        throw new Error('the radio worker does not start');
      }
      await clock.sleep(POLL_MS, signal);
    }
    return undefined;
  }
}

function attempt(path: string): Promise<Socket | Error> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('error', resolve);
    socket.once('connect', () => {
      socket.off('error', resolve);
      resolve(socket);
    });
  });
}
