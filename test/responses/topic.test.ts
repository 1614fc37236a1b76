import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import test from 'node:test';
import { Topic } from '../../src/responses/topic.ts';
import { SystemClock } from '../../src/system/clock.ts';
import { topicAlertSchema } from '../../src/uplink/message.ts';
import { clientOptions } from '../../src/uplink/mqtt-client-options.ts';
import { MqttConnection } from '../../src/uplink/mqtt-connection.ts';
import { TIMING } from '../../src/uplink/timing.ts';
import { Mosquitto, type MosquittoOptions } from '../fixtures/mosquitto.ts';
import { Relay } from '../fixtures/relay.ts';
import { Subscriber } from '../fixtures/subscriber.ts';
import { requires } from '../requirements.ts';
import { alertOf, Heard, T0 } from './heard.ts';

const TOPIC = 'touchline/alerts';

function boardAt(url: string, backOff = { minMs: 20, maxMs: 100 }) {
  const clock = new SystemClock();
  const heard = new Heard();
  const broker = { url, clientId: 'pitch-3-board', protocol: 5 } as const;
  const timing = { ...TIMING, ackTimeoutMs: 2_000 };
  const board = new Topic({
    name: 'board',
    gateway: 'pitch-3',
    topic: TOPIC,
    open: () => MqttConnection.open({ client: clientOptions(broker, TIMING.connectTimeoutMs), clock, timing }),
    clock,
    random: Math.random,
    telemetry: heard,
    backOff,
  });
  return { board, heard };
}

async function withBroker(
  options: MosquittoOptions,
  body: (t: { broker: Mosquitto; relay: Relay; board: Topic; heard: Heard; subscriber: Subscriber }) => Promise<void>,
) {
  const broker = await Mosquitto.create(options);
  const subscriber = new Subscriber(broker.url);
  const relay = new Relay(broker.port);
  try {
    await broker.start();
    await relay.open();
    subscriber.start();
    await subscriber.subscribed();
    const { board, heard } = boardAt(relay.url);
    try {
      await body({ broker, relay, board, heard, subscriber });
    } finally {
      await board.stop();
    }
  } finally {
    await subscriber.stop();
    await relay.close();
    await broker.remove();
  }
}

const athletesIn = (messages: readonly { payload: Buffer }[]) =>
  messages.map(({ payload }) => (JSON.parse(String(payload)) as { athlete: string }).athlete);

test('alerts are published in order, each as the schema says, with ids and no name', requires('mosquitto'), () =>
  withBroker({}, async ({ board, subscriber }) => {
    board.start();
    board.respond(alertOf('7', { alert: 'k3f9-81722-1', estimated: true, responses: ['board'] }));
    board.respond(alertOf('8', { event: 'snoozed', snoozedForMs: 60_000 }));
    const messages = await subscriber.waitFor(({ length }) => length >= 2);
    assert.deepEqual(
      messages.map(({ topic }) => topic),
      [TOPIC, TOPIC],
    );
    const bodies = messages.map(({ payload }) => topicAlertSchema.parse(JSON.parse(String(payload))));
    const common = {
      v: 1,
      gateway: 'pitch-3',
      rule: 'high-average',
      t: T0,
      value: 171.5,
      above: 165,
      severity: 'critical',
    };
    assert.deepEqual(bodies, [
      { ...common, athlete: '7', event: 'raised', alert: 'k3f9-81722-1', estimated: true },
      { ...common, athlete: '8', event: 'snoozed', until: T0 + 60_000 },
    ]);
  }),
);

test(
  'what is told while the broker is away is published once it is back, and only the oldest of more than a hundred that are equally grave is dropped',
  requires('mosquitto'),
  () =>
    withBroker({}, async ({ relay, board, heard, subscriber }) => {
      await relay.close();
      board.start();
      await heard.until('response.disconnected');
      for (let athlete = 0; athlete <= 100; athlete++) board.respond(alertOf(String(athlete)));
      assert.deepEqual(
        heard.of('response.dropped').map(({ athlete }) => athlete),
        ['0'],
      );
      await relay.open();
      const messages = await subscriber.waitFor(({ length }) => length >= 100);
      assert.deepEqual(new Set(athletesIn(messages)), new Set(Array.from({ length: 100 }, (_, i) => String(i + 1))));
      await heard.until('response.connected');
    }),
);

test(
  'a broker that stops answering is left, and what it did not acknowledge is published again',
  requires('mosquitto'),
  () =>
    withBroker({}, async ({ broker, board, heard, subscriber }) => {
      board.start();
      await heard.until('response.connected');
      broker.freeze();
      board.respond(alertOf('7'));
      assert.match((await heard.until('response.disconnected'))[0]?.reason ?? '', /no acknowledgement within/);
      broker.thaw();
      const messages = await subscriber.waitFor(({ length }) => length >= 1);
      assert.ok(athletesIn(messages).every((athlete) => athlete === '7'));
    }),
);

test('an alert that the broker refuses is told as an error, and the next one goes out', requires('mosquitto'), () =>
  withBroker({ acl: 'topic read #\n' }, async ({ board, heard }) => {
    board.start();
    board.respond(alertOf('7'));
    board.respond(alertOf('8'));
    const failed = await heard.until('response.failed', 2);
    assert.deepEqual(
      failed.map(({ athlete, reason }) => [athlete, reason]),
      [
        ['7', 'not authorised'],
        ['8', 'not authorised'],
      ],
    );
  }),
);

test('a server that accepts and says nothing holds up neither whoever tells an alert nor the stop', async () => {
  const server = createServer((socket) => socket.on('error', () => {}).resume()).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { board, heard } = boardAt(`mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`);
  board.start();
  await once(server, 'connection');
  for (let athlete = 0; athlete <= 100; athlete++) board.respond(alertOf(String(athlete)));
  assert.equal(heard.of('response.dropped').length, 1);
  await board.stop();
  server.close();
});

test('an alert does not wait for the next attempt', requires('mosquitto'), async () => {
  const broker = await Mosquitto.create();
  const day = 86_400_000;
  const { board, heard } = boardAt(broker.url, { minMs: day, maxMs: day });
  try {
    board.start();
    await heard.until('response.disconnected');
    await broker.start();
    board.respond(alertOf('7'));
    await heard.until('response.connected');
  } finally {
    await board.stop();
    await broker.remove();
  }
});

test('a setting that cannot work is a reason, and ends nothing', async () => {
  const { board, heard } = boardAt('http://127.0.0.1');
  board.start();
  const [first] = await heard.until('response.disconnected', 2);
  assert.match(first?.reason ?? '', /not a broker's address/);
  await board.stop();
});
