import assert from 'node:assert/strict';
import { mkdtemp, rename, rm } from 'node:fs/promises';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import type { Sighting, WorkerMessage } from '../../device/radio/frames/messages.ts';
import { runningWorker, WatchLine } from '../../device/radio/team/watch-line.ts';
import { ownSocketsFolder, SOCKETS_VARIABLE, workerSocket } from '../../device/radio/team/worker-sockets.ts';
import { WorkerServer } from '../../device/radio/worker/worker-server.ts';
import type { Clock } from '../../src/ports.ts';
import { SystemClock } from '../../src/system/clock.ts';
import { Changes } from '../fixtures/changes.ts';

const ADAPTER = 'h4:unix:/none/such';

const SIGHTING: Sighting = {
  type: 'sighting',
  atMs: 1,
  strap: 'c09e1a000001',
  addressType: 'random',
  rssi: -60,
  connectable: true,
  heartRate: true,
};

/** The place of a gateway's sockets, with an environment that leads there. */
async function withSockets<T>(body: (place: { env: NodeJS.ProcessEnv; path: string }) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'sideline-watch-'));
  try {
    const env = { XDG_RUNTIME_DIR: folder };
    return await body({ env, path: workerSocket(ownSocketsFolder('/store/outbox.db', env), ADAPTER) });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A worker's own server, with no radio behind it. */
class Worker {
  readonly server: WorkerServer;
  readonly changes = new Changes();
  observers = 0;
  commands = 0;
  links: (WorkerMessage & { type: 'hello' })['links'] = [];

  constructor(path: string, clock: Clock) {
    this.server = new WorkerServer({
      path,
      clock,
      hello: () => ({ adapter: ADAPTER, pid: 7, ready: true, links: this.links }),
      trouble: () => undefined,
      onCommand: () => {
        this.commands++;
      },
      onCoreCame: () => {},
      onCoreGone: () => {},
      onObservers: (count) => {
        this.observers = count;
        this.changes.happened();
      },
    });
  }
}

/** Whoever is at the socket does this with everybody who comes. */
async function withListener<T>(path: string, accept: (socket: Socket) => void, body: () => Promise<T>): Promise<T> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    socket.resume();
    accept(socket);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  try {
    return await body();
  } finally {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  }
}

/** Whatever is waited for is over at once. */
class HastyClock extends SystemClock {
  override sleep(_durationMs: number, signal?: AbortSignal): Promise<void> {
    return super.sleep(0, signal);
  }
}

test('a worker is found where its gateway has put it, whichever store that has, and where the service units do', () =>
  withSockets(async ({ env, path }) => {
    const clock = new SystemClock();
    assert.equal(await runningWorker(ADAPTER, { env, clock }), undefined);
    const worker = new Worker(path, clock);
    await worker.server.listen();
    try {
      const found = await runningWorker(ADAPTER, { env, clock });
      assert.deepEqual([found?.path, found?.hello.pid], [path, 7]);
      assert.equal(await runningWorker('hci0', { env, clock }), undefined, 'another adapter');
      const shared = { [SOCKETS_VARIABLE]: join(path, '..') };
      assert.equal((await runningWorker(ADAPTER, { env: shared, clock }))?.path, path);
      const elsewhere = { ...env, [SOCKETS_VARIABLE]: '/none/such' };
      assert.equal(await runningWorker(ADAPTER, { env: elsewhere, clock }), undefined);
    } finally {
      await worker.server.close(100);
    }
  }));

test('a socket that a killed worker has left behind is nobody’s', () =>
  withSockets(async ({ env, path }) => {
    const clock = new SystemClock();
    const worker = new Worker(path, clock);
    await worker.server.listen();
    // Out of the way of the orderly end, which would remove it.
    await rename(path, `${path}.kept`);
    await worker.server.close(100);
    await rename(`${path}.kept`, path);
    assert.equal(await runningWorker(ADAPTER, { env, clock }), undefined);
  }));

test('an adapter whose worker cannot be asked is not taken for free', () =>
  withSockets(async ({ env, path }) => {
    const isRefused = { name: 'OperatingError', code: 'radio-unavailable' };
    await withListener(
      path,
      () => {},
      () => assert.rejects(runningWorker(ADAPTER, { env, clock: new HastyClock() }), isRefused),
    );
    const anotherRelease = (socket: Socket) => void socket.end(Buffer.from([99, 0, 0, 2, 0x7b, 0x7d]));
    await withListener(path, anotherRelease, () =>
      assert.rejects(runningWorker(ADAPTER, { env, clock: new SystemClock() }), {
        ...isRefused,
        message: /frames of version 99/,
      }),
    );
  }));

test('an observer is told what is heard and which links there are now, commands nothing, and comes back to a new worker', () =>
  withSockets(async ({ path }) => {
    const clock = new SystemClock();
    const changes = new Changes();
    const told: WorkerMessage[] = [];
    let lost = 0;
    const line = new WatchLine({ adapter: ADAPTER, path, clock });
    const first = new Worker(path, clock);
    await first.server.listen();
    line.start({
      onMessage: (message) => {
        told.push(message);
        changes.happened();
      },
      onLost: () => {
        lost++;
        changes.happened();
      },
    });
    const hears = (what: string, holds: (message: WorkerMessage) => boolean) =>
      changes.until(() => told.some(holds), what);
    await first.changes.until(() => first.observers === 1, 'it is an observer');
    first.server.tell(SIGHTING);
    await hears('the sighting', ({ type }) => type === 'sighting');
    first.links = [{ strap: 'c09e1a000001', subscribed: true }];
    await hears('the link', (message) => message.type === 'hello' && message.links.length === 1);
    line.send();
    assert.equal(first.commands, 0);

    await first.server.close(100);
    await changes.until(() => lost > 0, 'the worker is lost');
    const second = new Worker(path, clock);
    await second.server.listen();
    await second.changes.until(() => second.observers === 1, 'it is an observer again');
    await line.stop();
    await second.changes.until(() => second.observers === 0, 'it is gone');
    await second.server.close(100);
  }));
