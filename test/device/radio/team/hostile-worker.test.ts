import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import test from 'node:test';
import fc from 'fast-check';
import { encodeFrame } from '../../../../device/radio/frames/framing.ts';
import { PROTOCOL_VERSION } from '../../../../device/radio/frames/messages.ts';
import { SocketLine } from '../../../../device/radio/team/socket-line.ts';
import { TeamSource } from '../../../../device/radio/team/team-source.ts';
import type { SourceEvent } from '../../../../src/ports.ts';
import { SystemClock } from '../../../../src/system/clock.ts';
import { Changes } from '../../../fixtures/changes.ts';
import { TemporaryFolder } from '../../../fixtures/temporary-folder.ts';

const STRAP = 'a09e1a000001';

/** A team of one whose worker is the test: it gets each connection that the core makes. */
function withWorker(body: (field: Field) => Promise<void>): Promise<void> {
  return TemporaryFolder.with(async (folder) => {
    const path = join(folder.path, 'hci0.sock');
    const field = new Field();
    const server = createServer((socket) => field.accept(socket)).listen(path);
    await once(server, 'listening');
    const clock = new SystemClock();
    const source = new TeamSource({
      lines: [new SocketLine({ adapter: 'hci0', path, clock, random: () => 0 })],
      clock,
      random: () => 0,
    });
    await source.start([{ athlete: '7', match: { address: STRAP } }], (event) => field.hear(event));
    try {
      await body(field);
    } finally {
      await source.stop();
      field.end();
      server.close();
    }
  });
}

class Field {
  readonly events: SourceEvent[] = [];
  readonly #sockets: Socket[] = [];
  readonly #changes = new Changes();

  accept(socket: Socket): void {
    socket.on('error', () => {});
    socket.resume();
    this.#sockets.push(socket);
    this.#changes.happened();
  }

  hear(event: SourceEvent): void {
    this.events.push(event);
    this.#changes.happened();
  }

  /** The core's n-th connection, the first being 0. */
  async connection(n: number): Promise<Socket> {
    await this.#changes.until(() => this.#sockets.length > n, `connection ${n} comes`);
    return this.#sockets[n] as Socket;
  }

  async until(holds: (events: readonly SourceEvent[]) => boolean, what: string): Promise<void> {
    await this.#changes.until(() => holds(this.events), what);
  }

  end(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

const hello = encodeFrame({
  type: 'hello',
  version: PROTOCOL_VERSION,
  adapter: 'hci0',
  pid: 1,
  ready: true,
  links: [{ strap: STRAP, subscribed: true }],
});

const reading = (bpm: number, atMs = 1) =>
  encodeFrame({
    type: 'measurement',
    atMs,
    strap: STRAP,
    measurement: { bpm, contact: 'detected', energyKj: null, rrMs: [] },
  });

function bpms(events: readonly SourceEvent[]): number[] {
  return events.flatMap((event) => (event.type === 'measurement' ? [event.measurement.bpm] : []));
}

test('a worker that sends garbage is cut off, costs its links, and is talked to again', () =>
  withWorker(async (field) => {
    const first = await field.connection(0);
    first.write(Buffer.concat([hello, reading(71), Buffer.from('garbage')]));
    await field.until(
      (events) => events.some((event) => event.type === 'adapter' && event.state === 'lost'),
      'is lost',
    );
    const lost = field.events.find((event) => event.type === 'link' && event.state === 'lost');
    assert.ok(lost?.type === 'link' && lost.cause === 'adapter-lost', JSON.stringify(field.events));
    const second = await field.connection(1);
    second.write(Buffer.concat([hello, reading(72)]));
    await field.until((events) => bpms(events).includes(72), 'is read again');
    assert.deepEqual(bpms(field.events), [71, 72]);
  }));

test('a reading from the future is one from now', () =>
  withWorker(async (field) => {
    const worker = await field.connection(0);
    worker.write(Buffer.concat([hello, reading(71, 1e13)]));
    await field.until((events) => bpms(events).includes(71), 'is read');
    const told = field.events.find((event) => event.type === 'measurement');
    assert.ok(told !== undefined && told.monotonicMs <= new SystemClock().monotonicMs());
    worker.write(reading(72, 1e300));
    await field.until(
      (events) => events.some((event) => event.type === 'adapter' && event.state === 'lost'),
      'is lost',
    );
    assert.deepEqual(bpms(field.events), [71], 'a stamp that no clock can say is no message');
  }));

test('a worker that says that it is alive and not who it is is left', () =>
  withWorker(async (field) => {
    const worker = await field.connection(0);
    worker.write(reading(71));
    await field.connection(1);
    assert.deepEqual(bpms(field.events), []);
  }));

test('a worker that cannot be understood is told to end, so that whoever started it starts another', () =>
  withWorker(async (field) => {
    const worker = await field.connection(0);
    let said = '';
    worker.on('data', (data) => {
      said += String(data);
    });
    worker.write(Buffer.concat([hello, encodeFrame({ type: 'news of another release' })]));
    await field.connection(1);
    assert.match(said, /\{"type":"stop"\}/);
  }));

test('a reason made of what a worker sent is short and printable', () =>
  withWorker(async (field) => {
    const worker = await field.connection(0);
    const key = `\u001b[2J${'x'.repeat(5_000)}`;
    worker.write(Buffer.concat([hello, encodeFrame({ type: 'battery', atMs: 1, strap: STRAP, percent: 1, [key]: 1 })]));
    await field.until(
      (events) => events.some((event) => event.type === 'adapter' && event.state === 'lost'),
      'is lost',
    );
    const lost = field.events.find((event) => event.type === 'adapter' && event.state === 'lost');
    const reason = lost?.type === 'adapter' ? (lost.reason ?? '') : '';
    assert.ok(reason.length > 10 && reason.length <= 248 && !reason.includes('\u001b'), reason);
  }));

test('a line that is stopped while it connects stops, and leaves no connection behind', () =>
  TemporaryFolder.with(async (folder) => {
    const path = join(folder.path, 'hci0.sock');
    const sockets: Socket[] = [];
    const server = createServer((socket) => {
      sockets.push(socket);
      socket.on('error', () => {});
      socket.resume();
      socket.write(hello);
    }).listen(path);
    await once(server, 'listening');
    const line = new SocketLine({ adapter: 'hci0', path, clock: new SystemClock(), random: () => 0 });
    line.start({ onMessage: () => assert.fail('nobody listens any more'), onLost: () => {} });
    await line.stop();
    server.close();
    // It closes when its last connection has ended, and not before.
    await once(server, 'close');
    assert.throws(() => line.start({ onMessage: () => {}, onLost: () => {} }), /started already/);
  }));

test('whatever a worker sends, the core goes on, and no reading is told that was not sent as one', async () => {
  const json = fc.oneof(
    fc.jsonValue(),
    fc.record({ type: fc.constantFrom('hello', 'link', 'sighting', 'measurement', 'alive', 'dropped') }).map((v) => v),
    fc.record({ type: fc.constant('link'), atMs: fc.nat(), strap: fc.constant(STRAP), state: fc.string() }),
    fc.record({ type: fc.constant('battery'), atMs: fc.nat(), strap: fc.constant(STRAP), percent: fc.integer() }),
  );
  const frames = json.map((value) => encodeFrame({ ...(typeof value === 'object' ? value : { value }) }));
  const chunks = fc.array(fc.oneof(frames, fc.uint8Array({ maxLength: 40 })), { maxLength: 6 });
  const streams = fc.sample(chunks, { numRuns: 30, seed: 20_261_124 });
  for (const [n, stream] of streams.entries()) {
    await withWorker(async (field) => {
      const socket = await field.connection(0);
      socket.end(Buffer.concat([hello, reading(100 + n), ...stream.map((each) => Buffer.from(each))]));
      const isLost = (event: SourceEvent) => event.type === 'adapter' && event.state === 'lost';
      await field.until((events) => events.some(isLost), `stream ${n} ends`);
      assert.deepEqual(bpms(field.events), [100 + n]);
    });
  }
});
