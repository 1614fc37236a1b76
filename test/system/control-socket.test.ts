import assert from 'node:assert/strict';
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SimulatedClock } from '../../simulator/clock.ts';
import type { ControlRequest, ControlResult } from '../../src/system/control-document.ts';
import { ControlSocket } from '../../src/system/control-socket.ts';
import { CollectedTelemetry } from '../fakes/collected-telemetry.ts';
import { TemporaryFolder } from '../fixtures/temporary-folder.ts';

const SEEN = { v: 1, action: 'acknowledge', athlete: '7', by: 'AT' };
const DONE: ControlResult = { outcome: 'unknown-athlete', athletes: ['8'] };

/** Nothing that ends by itself ends in a test. */
const AN_HOUR_MS = 3_600_000;

interface Bench {
  readonly path: string;
  readonly clock: SimulatedClock;
  readonly obeyed: readonly ControlRequest[];
  readonly connected: () => Promise<Socket>;
  /** All that a new client is answered that says this. */
  readonly said: (text: string | Buffer) => Promise<string>;
  readonly close: () => Promise<void>;
}

async function withSocket(
  {
    obey = async () => DONE,
    ...limits
  }: { obey?: () => Promise<ControlResult>; sayingMs?: number; patienceMs?: number },
  body: (bench: Bench) => Promise<void>,
): Promise<void> {
  await TemporaryFolder.with(async (folder) => {
    const path = join(folder.path, 'outbox.db.control');
    const clock = new SimulatedClock({ startWallMs: 0 });
    const telemetry = new CollectedTelemetry();
    const obeyed: ControlRequest[] = [];
    const server = new ControlSocket({
      ...{ path, clock, telemetry, version: '0.1.0', ...limits },
      obey: async (request) => {
        obeyed.push(request);
        return await obey();
      },
    });
    const clients: Socket[] = [];
    const connected = async () => {
      const client = connect(path);
      clients.push(client);
      client.on('error', () => {});
      await once(client, 'connect');
      return client;
    };
    const said = async (text: string | Buffer) => {
      const client = await connected();
      client.write(text);
      return await heard(client);
    };
    await server.open();
    try {
      await body({ path, clock, obeyed, connected, said, close: () => server.close() });
      assert.deepEqual(telemetry.events, []);
    } finally {
      for (const client of clients) client.destroy();
      await server.close();
    }
    assert.deepEqual(await folder.names(), []);
  });
}

async function heard(client: Socket): Promise<string> {
  let text = '';
  client.on('data', (chunk) => {
    text += String(chunk);
  });
  const closed = new Promise((resolve) => client.once('close', resolve));
  client.resume();
  // However it came to be closed.
  if (!client.closed) await closed;
  return text;
}

const line = (request: object) => `${JSON.stringify(request)}\n`;

test('a request is carried out and answered on a line, whether it comes in one piece or in many', () =>
  withSocket({}, async ({ path, said, connected, obeyed }) => {
    const answer = line({ v: 1, version: '0.1.0', ...DONE });
    assert.equal(await said(line(SEEN)), answer);
    const client = await connected();
    for (const byte of line({ ...SEEN, note: 'läuft' })) {
      client.write(byte);
      await new Promise(setImmediate);
    }
    // It has said everything, and waits.
    client.end();
    assert.equal(await heard(client), answer);
    assert.deepEqual(obeyed, [SEEN, { ...SEEN, note: 'läuft' }]);
    assert.equal((await stat(path)).mode & 0o777, 0o600);
  }));

test('what is not a whole request that is understood does nothing, and is told why', () =>
  withSocket({}, async ({ said, connected, obeyed, clock }) => {
    const cases: [string | Buffer, RegExp][] = [
      ['\n', /not understood/],
      ['acknowledge\n', /not understood/],
      [Buffer.of(0xff, 0x00, 0x0a), /not understood/],
      [line([SEEN]), /not understood/],
      [line({ ...SEEN, v: 2 }), /not understood \(v: /],
      [line({ ...SEEN, action: 'clear' }), /not understood \(action: /],
      [line({ ...SEEN, by: 'J. Smith' }), /not understood \(by: /],
      [line({ ...SEEN, athlete: undefined }), /not understood \(athlete: /],
      [line({ ...SEEN, note: 'two\nlines' }), /not understood \(note: /],
      [line({ ...SEEN, note: 'x'.repeat(501) }), /not understood \(note: /],
      [line({ ...SEEN, forMs: 60_000 }), /not understood \(/],
      [line({ ...SEEN, action: 'snooze' }), /not understood \(forMs: /],
      [line({ ...SEEN, action: 'snooze', forMs: 59_999 }), /not understood \(forMs: /],
      [line({ ...SEEN, action: 'snooze', forMs: 14_400_001 }), /not understood \(forMs: /],
      [`${'['.repeat(8_000)}\n`, /not understood/],
      ['x'.repeat(8_192), /no line end, or is too long/],
    ];
    for (const [text, reason] of cases) {
      const answer = JSON.parse(await said(text)) as { outcome: string; reason: string; remedy: string };
      assert.equal(answer.outcome, 'refused');
      assert.match(answer.reason, reason);
      assert.match(answer.remedy, /one JSON document of version 1/);
      await clock.advanceBy(1_000);
    }
    const client = await connected();
    client.end(line(SEEN).trimEnd());
    assert.match(await heard(client), /no line end/, 'half a request is none');
    assert.deepEqual(obeyed, []);
  }));

test('more than people give are refused, until a second has gone by', () =>
  withSocket({}, async ({ said, obeyed, clock }) => {
    for (let i = 0; i < 10; i++) assert.match(await said(line(SEEN)), /unknown-athlete/);
    assert.match(await said(line(SEEN)), /more than 10 requests a second.*try again/);
    await clock.advanceBy(1_000);
    assert.match(await said(line(SEEN)), /unknown-athlete/);
    assert.equal(obeyed.length, 11);
  }));

test('those who say nothing, or half of it, keep others waiting for a short time, and then are hung up on', () =>
  withSocket({ sayingMs: 300, patienceMs: AN_HOUR_MS }, async ({ connected, said }) => {
    const silent = await Promise.all(Array.from({ length: 8 }, connected));
    silent[0]?.write(line(SEEN).slice(0, 20));
    assert.equal(await said(line(SEEN)), '', 'the ninth is hung up on at once');
    let answer = '';
    for (let i = 0; i < 1_000 && answer === ''; i++) {
      answer = await said(line(SEEN));
      await sleep(20);
    }
    assert.match(answer, /unknown-athlete/);
    assert.deepEqual(await Promise.all(silent.map(heard)), Array(8).fill(''));
  }));

test('one who talks without end is read no further than a request goes', () =>
  withSocket({}, async ({ connected, obeyed }) => {
    const client = await connected();
    const written = new Promise((resolve) => client.write(Buffer.alloc(8_000_000, 'x'), resolve));
    assert.ok((await written) instanceof Error);
    assert.deepEqual(obeyed, []);
  }));

test('one who leaves after the request has had it carried out', () =>
  withSocket({}, async ({ connected, obeyed }) => {
    const client = await connected();
    client.write(line(SEEN), () => client.destroy());
    for (let i = 0; i < 1_000 && obeyed.length === 0; i++) await sleep(5);
    assert.equal(obeyed.length, 1);
  }));

test('closing hangs up on whoever waits for an answer, takes the socket away, and may be repeated', () =>
  withSocket(
    { obey: () => new Promise(() => {}), sayingMs: AN_HOUR_MS, patienceMs: AN_HOUR_MS },
    async ({ connected, obeyed, close }) => {
      const client = await connected();
      client.write(line(SEEN));
      for (let i = 0; i < 1_000 && obeyed.length === 0; i++) await sleep(5);
      const silent = await connected();
      await close();
      await close();
      assert.deepEqual([await heard(client), await heard(silent)], ['', '']);
    },
  ));
