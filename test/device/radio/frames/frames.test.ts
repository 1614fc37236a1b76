import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, connect as dial, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import test from 'node:test';
import fc from 'fast-check';
import { SocketChannel } from '../../../../device/radio/frames/channel.ts';
import {
  encodeFrame,
  FrameReader,
  FramingError,
  WORKER_FRAME_MAX_BYTES,
} from '../../../../device/radio/frames/framing.ts';
import { type WorkerMessage, workerMessageSchema } from '../../../../device/radio/frames/messages.ts';
import { TemporaryFolder } from '../../../fixtures/temporary-folder.ts';

const alive: WorkerMessage = { type: 'alive', atMs: 1, rssBytes: 2, peripherals: 3, links: 4, scanning: true };

test('messages come out of the stream as they went in, however it is cut', () => {
  fc.assert(
    fc.property(
      fc.array(fc.jsonValue(), { maxLength: 10 }),
      fc.array(fc.integer({ min: 1, max: 20 })),
      (values, cuts) => {
        const bytes = Buffer.concat(values.map((value) => encodeFrame({ value })));
        const reader = new FrameReader(1_000_000);
        const read: unknown[] = [];
        let at = 0;
        for (const cut of cuts) {
          read.push(...reader.push(bytes.subarray(at, at + cut)));
          at += cut;
        }
        read.push(...reader.push(bytes.subarray(at)));
        assert.deepEqual(read, JSON.parse(JSON.stringify(values.map((value) => ({ value })))));
      },
    ),
    { numRuns: 500 },
  );
});

test('another version, a frame that is too long and what is no JSON end the reading', () => {
  const frame = encodeFrame(alive);
  const otherVersion = Buffer.from(frame);
  otherVersion.writeUInt8(2, 0);
  assert.throws(() => Array.from(new FrameReader(1_000).push(otherVersion)), {
    name: 'FramingError',
    message: /version 2, not 1/,
  });
  assert.throws(() => Array.from(new FrameReader(10).push(frame)), { name: 'FramingError', message: /more than 10/ });
  assert.throws(() => Array.from(new FrameReader(1_000).push(Buffer.from([1, 0, 0, 1, 0x7b]))), { message: /no JSON/ });
});

test('whatever bytes come, the reader gives values or a framing error, and keeps no more than a frame', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 }), (chunks) => {
      const reader = new FrameReader(200);
      try {
        for (const chunk of chunks) Array.from(reader.push(Buffer.from(chunk)));
      } catch (error) {
        assert.ok(error instanceof FramingError, String(error));
      }
    }),
    { numRuns: 3_000 },
  );
});

test('nothing but a message of the schema is taken from a worker', () => {
  for (const wrong of [
    null,
    {},
    { type: 'alive' },
    { ...alive, extra: 1 },
    { ...alive, atMs: -1 },
    {
      type: 'measurement',
      atMs: 1,
      strap: 'A09E1A000001',
      measurement: { bpm: 70, contact: 'lost', energyKj: null, rrMs: [] },
    },
    {
      type: 'measurement',
      atMs: 1,
      strap: 'a09e1a000001',
      measurement: { bpm: 70_000, contact: 'lost', energyKj: null, rrMs: [] },
    },
    { type: 'link', atMs: 1, strap: 'a09e1a000001', state: 'ended', code: 256 },
  ]) {
    assert.equal(workerMessageSchema.safeParse(wrong).success, false, JSON.stringify(wrong));
  }
  assert.ok(workerMessageSchema.safeParse(alive).success);
});

interface Talk {
  readonly socket: Socket;
  readonly messages: WorkerMessage[];
  readonly closed: Promise<string>;
}

/** A core's end of a connection whose other end the test holds. */
function withTalk(body: (talk: Talk) => Promise<void>): Promise<void> {
  return TemporaryFolder.with(async (folder) => {
    const path = join(folder.path, 'talk.sock');
    const messages: WorkerMessage[] = [];
    let server: Server | undefined;
    const closed = new Promise<string>((resolve) => {
      server = createServer((socket) => {
        new SocketChannel<WorkerMessage, object>(socket, {
          schema: workerMessageSchema,
          maxBytes: WORKER_FRAME_MAX_BYTES,
          listener: { onMessage: (message) => messages.push(message), onClose: resolve },
        });
      }).listen(path);
    });
    if (server !== undefined) await once(server, 'listening');
    const socket = dial(path);
    socket.on('error', () => {});
    await once(socket, 'connect');
    try {
      await body({ socket, messages, closed });
    } finally {
      socket.destroy();
      await closed;
      server?.close();
    }
  });
}

test('a worker that sends what is no message is cut off, with what was wrong, and what came before it counts', async () => {
  await withTalk(async ({ socket, messages, closed }) => {
    socket.write(
      Buffer.concat([encodeFrame(alive), encodeFrame({ type: 'measurement', atMs: 'now' }), encodeFrame(alive)]),
    );
    assert.match(await closed, /^an unknown message: atMs: /);
    assert.deepEqual(messages, [alive]);
  });
});

test('a worker that sends no frames at all is cut off', async () => {
  await withTalk(async ({ socket, messages, closed }) => {
    socket.write('GET / HTTP/1.1\r\n\r\n');
    assert.match(await closed, /frames of version 71/);
    assert.deepEqual(messages, []);
  });
});

test('the end of the connection is told as such', async () => {
  await withTalk(async ({ socket, closed }) => {
    socket.end();
    assert.equal(await closed, 'the other side ended the connection');
  });
});
