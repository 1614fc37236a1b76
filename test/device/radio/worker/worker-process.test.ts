import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SocketChannel } from '../../../../device/radio/frames/channel.ts';
import { WORKER_FRAME_MAX_BYTES } from '../../../../device/radio/frames/framing.ts';
import {
  type CoreMessage,
  PROTOCOL_VERSION,
  type WorkerMessage,
  workerMessageSchema,
} from '../../../../device/radio/frames/messages.ts';
import { Changes } from '../../../fixtures/changes.ts';
import { TemporaryFolder } from '../../../fixtures/temporary-folder.ts';

const PROGRAM = join(import.meta.dirname, '..', '..', '..', '..', 'src', 'radio-worker.ts');

/** No machine has that many. */
const ABSENT = 'hci99';

/** A worker's process, and the way to talk to it as a core or an observer would. */
class WorkerUnderTest {
  readonly path: string;
  readonly #child;
  readonly #ended: Promise<unknown[]>;
  stderr = '';

  constructor(path: string, args: readonly string[]) {
    this.path = path;
    this.#child = spawn(process.execPath, ['--import', 'tsx', PROGRAM, ...args], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    this.#child.stderr.on('data', (data) => {
      this.stderr += String(data);
    });
    this.#ended = once(this.#child, 'close');
  }

  /** Runs one at a socket in a folder of its own, and ends it whatever the body comes to. */
  static with(args: readonly string[], body: (worker: WorkerUnderTest) => Promise<void>): Promise<void> {
    return TemporaryFolder.with(async (folder) => {
      const path = join(folder.path, `${ABSENT}.sock`);
      const worker = new WorkerUnderTest(path, ['--adapter', ABSENT, '--sockets', folder.path, ...args]);
      try {
        await body(worker);
      } finally {
        worker.kill('SIGKILL');
        await worker.#ended;
      }
    });
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  async ended(): Promise<unknown> {
    return (await this.#ended)[0];
  }

  async talk(role: 'core' | 'observer'): Promise<Conversation> {
    for (;;) {
      const socket = connect(this.path);
      const connected = await new Promise((resolve) => {
        socket.once('connect', () => resolve(true));
        socket.on('error', () => resolve(false));
      });
      if (connected) return new Conversation(socket, role);
      await sleep(20);
    }
  }
}

class Conversation {
  readonly messages: WorkerMessage[] = [];
  readonly channel: SocketChannel<WorkerMessage, CoreMessage>;
  readonly #changes = new Changes();
  closed: string | undefined;

  constructor(socket: Socket, role: 'core' | 'observer') {
    this.channel = new SocketChannel<WorkerMessage, CoreMessage>(socket, {
      schema: workerMessageSchema,
      maxBytes: WORKER_FRAME_MAX_BYTES,
      listener: {
        onMessage: (message) => {
          this.messages.push(message);
          this.#changes.happened();
        },
        onClose: (reason) => {
          this.closed = reason;
          this.#changes.happened();
        },
      },
    });
    this.channel.send({ type: 'hello', version: PROTOCOL_VERSION, role });
  }

  async until(holds: (talk: this) => boolean, what: string): Promise<void> {
    await this.#changes.until(() => holds(this), what);
  }

  of<T extends WorkerMessage['type']>(type: T): (WorkerMessage & { type: T })[] {
    return this.messages.filter((message): message is WorkerMessage & { type: T } => message.type === type);
  }
}

test('a worker without its adapter says who it is and what to do, is alive, and ends when it is told to', () =>
  WorkerUnderTest.with([], async (worker) => {
    const core = await worker.talk('core');
    await core.until((talk) => talk.of('alive').length >= 2 && talk.of('adapter').length > 0, 'tells how it is');
    const [hello] = core.messages;
    assert.ok(hello?.type === 'hello' && hello.adapter === ABSENT && !hello.ready && hello.links.length === 0);
    const [lost] = core.of('adapter');
    assert.ok(lost?.state === 'lost' && /Bluetooth adapter.*: (plug it in|plug one in)/.test(lost.reason ?? ''));
    core.channel.send({ type: 'stop' });
    assert.equal(await worker.ended(), 0);
    assert.match(worker.stderr, /the gateway stops the radio/);
  }));

test('a core that comes anew takes the place of the one before, and is told what is the matter', () =>
  WorkerUnderTest.with([], async (worker) => {
    const first = await worker.talk('core');
    await first.until((talk) => talk.of('adapter').length > 0, 'tells that there is no adapter');
    const second = await worker.talk('core');
    await second.until((talk) => talk.of('adapter').length > 0, 'tells the second core as well');
    await first.until((talk) => talk.closed !== undefined, 'ends the first talk');
    const before = second.of('alive').length;
    await second.until((talk) => talk.of('alive').length > before, 'goes on telling the second core');
  }));

test('an observer is told nothing of what is the core’s, and cannot command', () =>
  WorkerUnderTest.with([], async (worker) => {
    const core = await worker.talk('core');
    await core.until((talk) => talk.of('adapter').length > 0, 'greets the core');
    const observer = await worker.talk('observer');
    await observer.until((talk) => talk.of('hello').length === 1, 'greets the observer');
    observer.channel.send({ type: 'stop' });
    const before = core.of('alive').length;
    await core.until((talk) => talk.of('alive').length >= before + 2, 'goes on');
    assert.deepEqual(
      observer.messages.map(({ type }) => type),
      ['hello'],
    );
  }));

test('a worker takes nothing but messages of the core’s', () =>
  WorkerUnderTest.with([], async (worker) => {
    const core = await worker.talk('core');
    core.channel.send({ type: 'connect', strap: 'nobody', identify: false });
    await core.until((talk) => talk.closed !== undefined, 'is cut off');
    const next = await worker.talk('core');
    await next.until((talk) => talk.of('alive').length > 0, 'goes on with another');
  }));

test('a signal ends a worker in an orderly way', () =>
  WorkerUnderTest.with([], async (worker) => {
    await worker.talk('core');
    worker.kill('SIGTERM');
    assert.equal(await worker.ended(), 0);
  }));

test('a worker that is not told what it is for says how it is used', () =>
  WorkerUnderTest.with(['--socket', 'twice'], async (worker) => {
    assert.equal(await worker.ended(), 2);
    assert.match(worker.stderr, /usage: sideline-radio/);
  }));
