/** The same conversation over every kind of wire, and what each says when there is nobody at its end. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, constants, existsSync, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { ReadStream } from 'node:tty';
import { parseAdapterName } from '../../../../device/radio/hci/adapter-name.ts';
import { openTransport, type Transport, type TransportName } from '../../../../device/radio/hci/transport.ts';
import { programPath, requires } from '../../../requirements.ts';

function nameOf(text: string): TransportName {
  const name = parseAdapterName(text);
  if (name.kind === 'kernel') throw new Error('an adapter of the kernel has no transport');
  return name;
}

/** What came over a transport, and how it ended. */
class Heard {
  bytes = Buffer.alloc(0);
  readonly closed: Promise<string>;

  constructor(transport: Transport) {
    this.closed = new Promise((resolve) => {
      transport.listen({
        onBytes: (chunk) => {
          this.bytes = Buffer.concat([this.bytes, chunk]);
        },
        onClose: resolve,
      });
    });
  }

  async until(length: number): Promise<string> {
    while (this.bytes.length < length) await wait(5);
    return this.bytes.toString('hex');
  }
}

/** Gives back whatever it gets. */
async function echo(listen: (server: Server) => void): Promise<{ server: Server; sockets: Socket[] }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on('error', () => {});
    socket.pipe(socket);
  });
  listen(server);
  await once(server, 'listening');
  return { server, sockets };
}

async function withFolder(act: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'transport-'));
  try {
    await act(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

const EVERY_BYTE = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte));

for (const kind of ['unix', 'tcp'] as const) {
  test(`over ${kind} every byte goes both ways, and the end is told once with its reason`, async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'hci');
      const { server, sockets } = await echo(
        (it) => void (kind === 'unix' ? it.listen(path) : it.listen(0, '127.0.0.1')),
      );
      const address = server.address();
      const port = typeof address === 'object' ? address?.port : 0;
      const transport = await openTransport(nameOf(kind === 'unix' ? `h4:unix:${path}` : `h4:tcp:127.0.0.1:${port}`));
      const heard = new Heard(transport);
      transport.write(EVERY_BYTE);
      assert.equal(await heard.until(256), EVERY_BYTE.toString('hex'));
      for (const socket of sockets) socket.end();
      assert.equal(await heard.closed, 'the other side ended the connection');
      transport.write(EVERY_BYTE);
      await transport.close();
      server.close();
    });
  });
}

test('what is closed here sends its last bytes, and tells nobody of its end', async () => {
  await withFolder(async (folder) => {
    const path = join(folder, 'hci');
    let got = Buffer.alloc(0);
    const server = createServer({ allowHalfOpen: false }, (socket) => {
      socket.on('data', (chunk: Buffer) => {
        got = Buffer.concat([got, chunk]);
      });
    });
    server.listen(path);
    await once(server, 'listening');
    const transport = await openTransport(nameOf(`h4:unix:${path}`));
    let closes = 0;
    transport.listen({ onBytes: () => {}, onClose: () => closes++ });
    transport.write(Buffer.from([1]));
    await transport.close(Buffer.from([2, 3]));
    await transport.close();
    server.close();
    await once(server, 'close');
    assert.deepEqual([got.toString('hex'), closes], ['010203', 0]);
  });
});

test('a controller that takes no bytes is given up before they fill the memory', async () => {
  await withFolder(async (folder) => {
    const path = join(folder, 'hci');
    const server = createServer((socket) => void socket.pause().on('error', () => {}));
    server.listen(path);
    await once(server, 'listening');
    const transport = await openTransport(nameOf(`h4:unix:${path}`));
    const heard = new Heard(transport);
    for (let written = 0; written < 10_000; written++) transport.write(EVERY_BYTE);
    assert.equal(await heard.closed, 'it takes no bytes any more');
    await transport.close();
    server.close();
  });
});

for (const [adapter, remedy] of [
  ['h4:unix:/nowhere/hci', /start what offers/],
  ['h4:tcp:127.0.0.1:1', /host and port/],
  ['h4:/dev/ttyNOWHERE7', /plug the controller in/],
  ['h4:/dev/null', /./],
] as const) {
  test(`where there is no controller, as at ${adapter}, the error says where and what to do`, async () => {
    const place = adapter.replace(/^h4:(unix:|tcp:)?/, '');
    await assert.rejects(openTransport(nameOf(adapter)), (error: Error & { code?: string; remedy?: string }) => {
      assert.ok(error.message.includes(place), error.message);
      assert.equal(error.code, 'radio-unavailable');
      assert.match(error.remedy ?? '', remedy);
      return true;
    });
  });
}

test('opening ends when it is called off', async () => {
  const signal = AbortSignal.abort();
  for (const adapter of ['h4:unix:/nowhere/hci', 'h4:tcp:192.0.2.1:9000', 'h4:/dev/ttyNOWHERE7']) {
    await assert.rejects(openTransport(nameOf(adapter), { signal }), { code: 'radio-unavailable', message: /in time/ });
  }
});

/** Two ends of a serial line. */
async function withSerialLine(act: (ends: { ours: string; theirs: string; line: ChildProcess }) => Promise<void>) {
  await withFolder(async (folder) => {
    const [ours, theirs] = [join(folder, 'ours'), join(folder, 'theirs')];
    // As a line comes out of the box, so that it is ours to make it raw.
    const line = spawn(programPath('socat'), [`pty,link=${ours}`, `pty,raw,echo=0,link=${theirs}`], {
      stdio: 'ignore',
    });
    const ended = once(line, 'exit');
    try {
      while (!existsSync(ours) || !existsSync(theirs)) await wait(10);
      await act({ ours, theirs, line });
    } finally {
      line.kill();
      await ended;
    }
  });
}

test(
  'over a serial line every byte goes both ways, also those that a terminal would make its own of',
  requires('socat'),
  async () => {
    await withSerialLine(async ({ ours, theirs, line }) => {
      const far = new ReadStream(openSync(theirs, constants.O_RDWR | constants.O_NOCTTY));
      far.pipe(far);
      far.on('error', () => {});
      const name: TransportName = { kind: 'h4-serial', path: ours, baud: 115_200, flowControl: true };
      const transport = await openTransport(name);
      const heard = new Heard(transport);
      transport.write(EVERY_BYTE);
      assert.equal(await heard.until(256), EVERY_BYTE.toString('hex'));
      line.kill();
      assert.notEqual(await heard.closed, '');
      await transport.close();
      far.destroy();
    });
  },
);

test('a speed that a serial line does not have is refused with a remedy', requires('socat'), async () => {
  await withSerialLine(async ({ ours }) => {
    const name: TransportName = { kind: 'h4-serial', path: ours, baud: 123_456, flowControl: false };
    await assert.rejects(openTransport(name), { code: 'radio-unavailable', remedy: /115200/ });
    closeSync(openSync(ours, constants.O_RDWR | constants.O_NOCTTY));
  });
});
