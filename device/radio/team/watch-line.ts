/**
 * A look at the worker of somebody else's gateway: as an observer, who is told of what the worker hears and commands
 * nothing, so that the gateway does not notice.
 *
 * An observer is not told of links. They are in the `hello` at the beginning of every talk, which is therefore asked
 * for again and again.
 */
import { lstatSync, readdirSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OperatingError } from '../../../src/domain/errors.ts';
import type { Clock } from '../../../src/ports.ts';
import { SocketChannel } from '../frames/channel.ts';
import { WORKER_FRAME_MAX_BYTES } from '../frames/framing.ts';
import { type CoreMessage, PROTOCOL_VERSION, type WorkerMessage, workerMessageSchema } from '../frames/messages.ts';
import type { LineListener, WorkerLine } from './worker-line.ts';
import { SERVICE_SOCKETS, SOCKETS_VARIABLE, workerSocket } from './worker-sockets.ts';

export type WorkerHello = WorkerMessage & { readonly type: 'hello' };

export interface RunningWorker {
  readonly path: string;
  readonly hello: WorkerHello;
}

/** As `ownSocketsFolder` names the folder of a gateway. */
const OWN_FOLDER = /^sideline-[0-9a-f]{12}$/;

/** For `hello` once there is a connection. */
const HELLO_MS = 3_000;

/** How old what is known of the links may be. */
const REFRESH_MS = 2_000;

/** A worker whose noble has failed is back after about that time. */
const RETRY_MS = 1_000;

/**
 * The worker that has this adapter now: that of the service units, or of any gateway of this user's, whichever store
 * it has. Looks only, and makes nothing.
 *
 * @throws OperatingError `radio-unavailable` when there is one that does not answer, or that this user may not ask:
 *   the adapter is not free then
 */
export async function runningWorker(
  adapter: string,
  { env, clock }: { readonly env: NodeJS.ProcessEnv; readonly clock: Clock },
): Promise<RunningWorker | undefined> {
  const shared = env[SOCKETS_VARIABLE];
  // A person's shell knows nothing of the units' environment.
  for (const folder of shared === undefined ? [SERVICE_SOCKETS, ...ownFolders(env)] : [shared]) {
    const path = workerSocket(folder, adapter);
    const hello = await helloAt(path, clock);
    if (hello !== undefined) return { path, hello };
  }
  return undefined;
}

export interface WatchLineOptions {
  readonly adapter: string;
  readonly path: string;
  readonly clock: Clock;
}

/** Every `hello` that it passes on tells anew which links there are, and whether the adapter is on. */
export class WatchLine implements WorkerLine {
  readonly adapter: string;
  readonly #options: WatchLineOptions;
  readonly #stopping = new AbortController();
  #life: Promise<void> | undefined;

  constructor(options: WatchLineOptions) {
    this.adapter = options.adapter;
    this.#options = options;
  }

  start(listener: LineListener): void {
    this.#life ??= this.#live(listener);
  }

  /** Drops it: an observer commands nothing. */
  send(): void {}

  /** Does nothing: whether the worker is of any use is for its gateway to say. */
  restart(): void {}

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#life;
  }

  async #live(listener: LineListener): Promise<void> {
    const { clock } = this.#options;
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      const reason = await this.#watch(listener);
      if (signal.aborted) return;
      listener.onLost(reason, RETRY_MS);
      await clock.sleep(RETRY_MS, signal);
    }
  }

  /** @returns why it is over */
  async #watch(listener: LineListener): Promise<string> {
    const { path, clock } = this.#options;
    const socket = await reach(path);
    if (socket instanceof Error) return `there is no radio worker at ${path} (${socket.message})`;
    const over = new AbortController();
    const signal = AbortSignal.any([over.signal, this.#stopping.signal]);
    const take = (message: WorkerMessage) => {
      if (!signal.aborted) listener.onMessage(message);
    };
    const refreshing = this.#refresh(take, signal);
    const reason = await converse(socket, { onMessage: take, clock, signal });
    over.abort();
    await refreshing;
    return reason;
  }

  async #refresh(take: (message: WorkerMessage) => void, signal: AbortSignal): Promise<void> {
    const { path, clock } = this.#options;
    for (;;) {
      await clock.sleep(REFRESH_MS, signal);
      if (signal.aborted) return;
      const hello = await helloAt(path, clock).catch(() => undefined);
      if (hello !== undefined) take(hello);
    }
  }
}

/**
 * What the worker at this socket says of itself; undefined where none listens.
 *
 * @throws OperatingError as above
 */
async function helloAt(path: string, clock: Clock): Promise<WorkerHello | undefined> {
  const socket = await reach(path);
  if (socket instanceof Error) return refused(path, socket);
  const done = new AbortController();
  let hello: WorkerHello | undefined;
  const onMessage = (message: WorkerMessage) => {
    if (message.type === 'hello') hello = message;
    done.abort();
  };
  const reason = await converse(socket, { onMessage, clock, signal: done.signal });
  if (hello !== undefined) return hello;
  throw new OperatingError('radio-unavailable', `the radio worker at ${path} cannot be asked: ${reason}`, {
    remedy: 'try again; if that does not help, stop the gateway first, and see that all is of one release',
  });
}

interface Conversation {
  readonly onMessage: (message: WorkerMessage) => void;
  readonly clock: Clock;
  /** Ends it. */
  readonly signal: AbortSignal;
}

/** As an observer, to the end of the talk. @returns why it is over */
async function converse(socket: Socket, { onMessage, clock, signal }: Conversation): Promise<string> {
  let isGreeted = false;
  return await new Promise((resolve) => {
    const over = new AbortController();
    const channel = new SocketChannel<WorkerMessage, CoreMessage>(socket, {
      schema: workerMessageSchema,
      maxBytes: WORKER_FRAME_MAX_BYTES,
      listener: {
        onMessage: (message) => {
          isGreeted = true;
          onMessage(message);
        },
        onClose: (reason) => {
          over.abort();
          resolve(reason);
        },
      },
    });
    const close = (reason: string) => {
      channel.close(reason);
      // One that hangs would leave the connection half open for ever.
      socket.destroySoon();
    };
    signal.addEventListener('abort', () => close('nobody watches any more'), { once: true });
    if (signal.aborted) close('nobody watches any more');
    channel.send({ type: 'hello', version: PROTOCOL_VERSION, role: 'observer' });
    void clock.sleep(HELLO_MS, over.signal).then(() => {
      if (!isGreeted) close('it does not say hello');
    });
  });
}

function reach(path: string): Promise<Socket | NodeJS.ErrnoException> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once('error', resolve);
    socket.once('connect', () => {
      socket.off('error', resolve);
      resolve(socket);
    });
  });
}

/** Nobody listens there, unless it is only that this user may not know. */
function refused(path: string, cause: NodeJS.ErrnoException): undefined {
  if (cause.code !== 'EACCES') return undefined;
  const remedy = 'run this as the user of the gateway, or as root';
  throw new OperatingError('radio-unavailable', `no permission for the radio worker at ${path}`, { remedy, cause });
}

/** Of gateways that start their workers themselves. What somebody else has put there is not believed. */
function ownFolders(env: NodeJS.ProcessEnv): string[] {
  const place = env['XDG_RUNTIME_DIR'] ?? tmpdir();
  return namesIn(place)
    .filter((name) => OWN_FOLDER.test(name))
    .map((name) => join(place, name))
    .filter((folder) => lstatSync(folder, { throwIfNoEntry: false })?.uid === process.getuid?.());
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}
