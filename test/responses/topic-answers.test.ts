/** What a topic does with answers that no real broker gives on demand. */
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import test from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { PublishOutcome } from '../../src/ports.ts';
import { Topic, type TopicOptions } from '../../src/responses/topic.ts';
import { SystemClock } from '../../src/system/clock.ts';
import type { Connection } from '../../src/uplink/connection.ts';
import { clientOptions } from '../../src/uplink/mqtt-client-options.ts';
import { MqttConnection } from '../../src/uplink/mqtt-connection.ts';
import { TIMING } from '../../src/uplink/timing.ts';
import {
  CONNECT,
  connack5,
  disconnect5,
  type Packet,
  PUBLISH,
  puback5,
  ScriptedBroker,
} from '../fixtures/scripted-broker.ts';
import { alertOf, Heard } from './heard.ts';

async function withScript(
  onPacket: (packet: Packet, socket: Socket) => void,
  more: Partial<TopicOptions> & { connectTimeoutMs?: number; over?: (connection: Connection) => Connection },
  body: (t: { board: Topic; heard: Heard }) => Promise<void>,
): Promise<void> {
  const script = await ScriptedBroker.start(onPacket);
  const { connectTimeoutMs = 20_000, over = (connection) => connection, ...options } = more;
  const clock = new SystemClock();
  const heard = new Heard();
  const broker = { url: script.url, clientId: 'pitch-3-board', protocol: 5 } as const;
  const board = new Topic({
    name: 'board',
    gateway: 'pitch-3',
    topic: 'touchline/alerts',
    open: () => over(MqttConnection.open({ client: clientOptions(broker, connectTimeoutMs), clock, timing: TIMING })),
    clock,
    random: Math.random,
    telemetry: heard,
    backOff: { minMs: 5, maxMs: 20 },
    ...options,
  });
  try {
    board.start();
    await body({ board, heard });
  } finally {
    await board.stop();
    await script.stop();
  }
}

const athleteIn = ({ body }: Packet) => /"athlete":"(\d+)"/.exec(body.toString())?.[1] ?? '';

test('an alert that the broker refuses for now is kept, and published before the next one', async () => {
  const published: string[] = [];
  const onPacket = (packet: Packet, socket: Socket) => {
    if (packet.type === CONNECT) socket.write(connack5());
    if (packet.type !== PUBLISH) return;
    published.push(athleteIn(packet));
    // Its quota is exceeded.
    socket.write(puback5(packet, published.length <= 2 ? 0x97 : 0));
  };
  await withScript(onPacket, {}, async ({ board, heard }) => {
    board.respond(alertOf('7'));
    const [postponed] = await heard.until('response.postponed', 2);
    assert.deepEqual([postponed?.athlete, postponed?.reason], ['7', 'quota exceeded']);
    board.respond(alertOf('8'));
    while (!published.includes('8')) await sleep(5);
    assert.deepEqual(published, ['7', '7', '7', '8']);
    assert.deepEqual(heard.of('response.failed'), []);
  });
});

test('an alert that a broker ends the connection over, being busy, is published over the next one', async () => {
  let published = 0;
  const onPacket = (packet: Packet, socket: Socket) => {
    if (packet.type === CONNECT) socket.write(connack5());
    if (packet.type !== PUBLISH) return;
    published += 1;
    socket.write(published === 1 ? disconnect5(0x89) : puback5(packet, 0));
  };
  await withScript(onPacket, {}, async ({ board, heard }) => {
    board.respond(alertOf('7'));
    const [{ reason } = { reason: '' }] = await heard.until('response.disconnected');
    assert.match(reason, /server busy/);
    while (published < 2) await sleep(5);
  });
});

/** Another machine's time, on which everything takes a thousand times as long. */
class SlowMachine extends SystemClock {
  override monotonicMs(): number {
    return super.monotonicMs() * 1_000;
  }

  override sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    return super.sleep(durationMs / 1_000, signal);
  }
}

test('a broker that never answers is asked less and less often, however long each attempt takes', () =>
  withScript(
    () => {},
    // 50 s by its clock.
    {
      connectTimeoutMs: 50,
      clock: new SlowMachine(),
      random: () => 1 - 2 ** -53,
      backOff: { minMs: 1_000, maxMs: 60_000 },
    },
    async ({ heard }) => {
      const disconnected = await heard.until('response.disconnected', 4);
      assert.deepEqual(
        disconnected.slice(0, 4).map(({ retryInMs }) => Math.round(retryInMs)),
        [2_000, 4_000, 8_000, 16_000],
      );
    },
  ));

/** One that fails where its contract says that it never does. */
class Failing implements Connection {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  get opened(): Promise<boolean> {
    return this.#connection.opened;
  }

  get closed(): Promise<string> {
    return this.#connection.closed;
  }

  get isOpen(): boolean {
    return this.#connection.isOpen;
  }

  get isWritten(): boolean {
    return this.#connection.isWritten;
  }

  get maximumPacketBytes(): number {
    return this.#connection.maximumPacketBytes;
  }

  async send(): Promise<PublishOutcome> {
    throw new Error('it cannot be encoded');
  }

  async end(): Promise<void> {
    await this.#connection.end();
  }
}

test('a connection that fails to send is left, and the alert is published over the next one', async () => {
  let connections = 0;
  const over = (connection: Connection) => {
    connections += 1;
    return connections === 1 ? new Failing(connection) : connection;
  };
  let published = 0;
  const onPacket = (packet: Packet, socket: Socket) => {
    if (packet.type === CONNECT) socket.write(connack5());
    if (packet.type !== PUBLISH) return;
    published += 1;
    socket.write(puback5(packet, 0));
  };
  await withScript(onPacket, { over }, async ({ board, heard }) => {
    board.respond(alertOf('7'));
    const [{ reason } = { reason: '' }] = await heard.until('response.disconnected');
    assert.equal(reason, 'it cannot be encoded');
    while (published === 0) await sleep(5);
    assert.equal(connections, 2);
  });
});
