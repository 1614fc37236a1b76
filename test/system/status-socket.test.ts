import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { SimulatedClock } from '../../simulator/clock.ts';
import { StatusSocket } from '../../src/system/status-socket.ts';
import { CollectedTelemetry } from '../fakes/collected-telemetry.ts';
import { TemporaryFolder } from '../fixtures/temporary-folder.ts';

/** More than the kernel takes for a client that does not read. */
const LARGE = 'x'.repeat(8_000_000);

interface Asked {
  readonly clock: SimulatedClock;
  /** A client that is connected, and does not read unless it is heard. */
  readonly connected: () => Promise<Socket>;
  /** How much a new client is told until it is hung up on. */
  readonly asked: () => Promise<number>;
  readonly close: () => Promise<void>;
}

async function withSocket(
  { answer, ...limits }: { answer: () => string; patienceMs?: number },
  body: (asked: Asked) => Promise<void>,
): Promise<void> {
  await TemporaryFolder.with(async (folder) => {
    const path = join(folder.path, 'outbox.db.status');
    const clock = new SimulatedClock({ startWallMs: 0 });
    const telemetry = new CollectedTelemetry();
    const server = new StatusSocket({ path, answer, clock, telemetry, ...limits });
    const clients: Socket[] = [];
    const connected = async () => {
      const client = connect(path);
      clients.push(client);
      client.on('error', () => {});
      await once(client, 'connect');
      return client;
    };
    await server.open();
    try {
      const asked = async () => await heard(await connected());
      await body({ clock, connected, asked, close: () => server.close() });
      assert.deepEqual(telemetry.events, []);
    } finally {
      for (const client of clients) client.destroy();
      await server.close();
    }
    assert.deepEqual(await folder.names(), []);
  });
}

/** How much comes until the other side hangs up. */
async function heard(client: Socket): Promise<number> {
  let length = 0;
  client.on('data', (chunk) => {
    length += chunk.length;
  });
  client.resume();
  if (!client.closed) await once(client, 'close');
  return length;
}

test('those who never read keep others waiting for seconds at most, and then are hung up on', () =>
  withSocket({ answer: () => LARGE }, async ({ connected, asked }) => {
    const silent = await Promise.all(Array.from({ length: 8 }, connected));
    assert.equal(await asked(), 0, 'the ninth is hung up on at once');
    let length = 0;
    for (let i = 0; i < 1_000 && length === 0; i++) {
      length = await asked();
      await sleep(20);
    }
    assert.equal(length, LARGE.length + 1);
    // The others may still have a moment.
    const lengths = await Promise.all(silent.map(heard));
    assert.ok(
      lengths.some((cut) => cut < LARGE.length),
      String(lengths),
    );
  }));

test('nothing of what a client says is read', () =>
  withSocket({ answer: () => LARGE }, async ({ connected }) => {
    const client = await connected();
    const written = new Promise((resolve) => client.write(LARGE, resolve));
    assert.ok((await written) instanceof Error);
  }));

test('however often it is asked, it looks at the gateway ten times a second at most', () => {
  let looks = 0;
  const answer = () => String(++looks).repeat(5);
  return withSocket({ answer }, async ({ asked, clock }) => {
    assert.deepEqual([await asked(), await asked(), await asked(), looks], [6, 6, 6, 1]);
    await clock.advanceBy(100);
    assert.deepEqual([await asked(), await asked(), looks], [6, 6, 2]);
  });
});

test('closing hangs up on whoever is there, takes the socket away, and may be repeated', () =>
  withSocket({ answer: () => LARGE, patienceMs: 3_600_000 }, async ({ connected, close }) => {
    const client = await connected();
    await once(client, 'readable');
    await close();
    await close();
    assert.ok((await heard(client)) < LARGE.length);
  }));
