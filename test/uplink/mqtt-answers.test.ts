/** What an uplink does with answers that no real broker gives on demand. */
import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import test from 'node:test';
import { acknowledged, publish, startWatched } from '../contract/uplink.ts';
import {
  CONNECT,
  connack5,
  disconnect5,
  type Packet,
  PUBLISH,
  puback5,
  ScriptedBroker,
} from '../fixtures/scripted-broker.ts';
import { GATEWAY, gap, QUICK, withUplink } from './testbeds.ts';

async function withScript(
  onPacket: (packet: Packet, socket: Socket) => void,
  body: (url: string) => Promise<void>,
): Promise<void> {
  const broker = await ScriptedBroker.start(onPacket);
  try {
    await body(broker.url);
  } finally {
    await broker.stop();
  }
}

test('a second client of the same name is named as the reason, in so many words where the broker says so', async () => {
  await withScript(
    ({ type }, socket) => {
      if (type === CONNECT) socket.write(Buffer.concat([connack5(), disconnect5(0x8e)]));
    },
    (url) =>
      withUplink({ url }, async (uplink, telemetry) => {
        await startWatched(uplink);
        const [reason] = await telemetry.reasons();
        assert.equal(reason, `another client connected as ${GATEWAY}; every gateway needs a name of its own`);
      }),
  );
});

test('a broker that does not answer is given up within a bound', () =>
  withScript(
    () => {},
    (url) =>
      withUplink({ url, timing: { ...QUICK, connectTimeoutMs: 50 } }, async (uplink, telemetry) => {
        await startWatched(uplink);
        assert.match((await telemetry.reasons(2))[1] ?? '', /timeout/);
      }),
  ));

test('a broker that accepts and drops at once is asked less and less often', () =>
  withScript(
    ({ type }, socket) => {
      if (type === CONNECT) socket.end(connack5());
    },
    async (url) => {
      const timing = { ...QUICK, backOff: { minMs: 1, maxMs: 1_000 } };
      await withUplink({ url, timing, random: () => 1 - 2 ** -53 }, async (uplink, telemetry) => {
        await startWatched(uplink);
        await telemetry.reasons(5);
        const delays = telemetry.events.flatMap((e) => (e.event === 'uplink.disconnected' ? [e.retryInMs ?? 0] : []));
        assert.deepEqual(delays.slice(0, 5).map(Math.round), [2, 4, 8, 16, 32]);
      });
    },
  ));

test('after a connection that has held, the back-off starts over', () =>
  withScript(
    ({ type }, socket) => {
      if (type === CONNECT) socket.end(connack5());
    },
    async (url) => {
      const timing = { ...QUICK, heldMs: 0, backOff: { minMs: 1, maxMs: 1_000 } };
      await withUplink({ url, timing, random: () => 1 - 2 ** -53 }, async (uplink, telemetry) => {
        await startWatched(uplink);
        await telemetry.reasons(4);
        const delays = telemetry.events.flatMap((e) => (e.event === 'uplink.disconnected' ? [e.retryInMs ?? 0] : []));
        assert.deepEqual(delays.slice(0, 4).map(Math.round), [2, 2, 2, 2]);
      });
    },
  ));

test('an acknowledgement that does not come ends the connection, and the publish is lost', () =>
  withScript(
    ({ type }, socket) => {
      if (type === CONNECT) socket.write(connack5());
    },
    (url) =>
      withUplink({ url, timing: { ...QUICK, ackTimeoutMs: 50 } }, async (uplink, telemetry) => {
        await (await startWatched(uplink)).until(true);
        const lost = { kind: 'lost', reason: 'no acknowledgement within 0.05 s' };
        assert.deepEqual(await Promise.all([publish(uplink, gap(1)), publish(uplink, gap(2))]), [lost, lost]);
        assert.equal((await telemetry.reasons())[0], lost.reason);
      }),
  ));

test('a broker without a reader for the message has taken it', () =>
  withScript(answering(0x10), (url) =>
    withUplink({ url }, async (uplink) => {
      await (await startWatched(uplink)).until(true);
      await acknowledged(publish(uplink, gap(1)));
    }),
  ));

test('what a message was made in is given back once it has left and is acknowledged', () =>
  withScript(answering(0), (url) =>
    withUplink({ url }, async (uplink) => {
      await (await startWatched(uplink)).until(true);
      const batch = gap(1, 1_500);
      const { spare } = await acknowledged(publish(uplink, batch));
      assert.equal(spare, batch.entries.buffer);
    }),
  ));

test('what a broker acknowledges before it has heard it to the end is given back by nobody', async () => {
  const count = 100;
  let first: Packet | undefined;
  await withScript(
    (packet, socket) => {
      if (packet.type === CONNECT) socket.write(connack5());
      if (packet.type !== PUBLISH) return;
      if (first !== undefined) return void socket.write(puback5(packet, 0));
      first = packet;
      // Ten megabytes are more than the system takes, so the last message has not left the gateway.
      socket.pause();
      socket.write(puback5(packet, 0, count - 1));
    },
    (url) =>
      withUplink({ url }, async (uplink) => {
        await (await startWatched(uplink)).until(true);
        const messages = await Promise.all(
          Array.from({ length: count }, (_, i) => uplink.prepare(gap(i + 1, 1_500), 'plain')),
        );
        const underWay = messages.map((message) => message.send());
        assert.deepEqual(await underWay.at(-1), { kind: 'acknowledged' });
      }),
  );
});

for (const [code, outcome] of [
  [0x97, { kind: 'refused', reason: 'quota exceeded', isPassing: true }],
  [0x99, { kind: 'refused', reason: 'payload format invalid' }],
] as const) {
  test(`a reason code that is an error refuses, under its name (${outcome.reason})`, () =>
    withScript(answering(code), (url) =>
      withUplink({ url }, async (uplink) => {
        await (await startWatched(uplink)).until(true);
        assert.deepEqual(await publish(uplink, gap(1)), outcome);
      }),
    ));
}

test('an answer that is no MQTT ends the connection, and does not leave it deaf', () =>
  withScript(answering(0xf0), (url) =>
    withUplink({ url }, async (uplink, telemetry) => {
      await (await startWatched(uplink)).until(true);
      assert.equal((await publish(uplink, gap(1))).kind, 'lost');
      assert.match((await telemetry.reasons())[0] ?? '', /reason code/);
    }),
  ));

function answering(reasonCode: number) {
  return (packet: Packet, socket: Socket) => {
    if (packet.type === CONNECT) socket.write(connack5());
    if (packet.type === PUBLISH) socket.write(puback5(packet, reasonCode));
  };
}

test("never more is under way than the broker's Receive Maximum, and the rest follows in order", async () => {
  const wanted = Array.from({ length: 18 }, (_, i) => i + 1);
  const seqs: number[] = [];
  let unanswered: Packet[] = [];
  let most = 0;
  const answer = (socket: Socket) => {
    most = Math.max(most, unanswered.length);
    for (const packet of unanswered) socket.write(puback5(packet, 0));
    unanswered = [];
  };
  await withScript(
    (packet, socket) => {
      if (packet.type === CONNECT) socket.write(connack5(0x21, 0, 3));
      if (packet.type !== PUBLISH) return;
      seqs.push(firstGapSeq(packet));
      unanswered.push(packet);
      // Answered only when three are there, and late: a client that sends a fourth is seen doing it.
      if (unanswered.length === 3) setTimeout(() => answer(socket), 10);
    },
    (url) =>
      withUplink({ url }, async (uplink) => {
        await (await startWatched(uplink)).until(true);
        const outcomes = await Promise.all(wanted.map((seq) => publish(uplink, gap(seq))));
        assert.deepEqual(new Set(outcomes.map(({ kind }) => kind)), new Set(['acknowledged']));
        assert.deepEqual(seqs, wanted);
        assert.equal(most, 3);
      }),
  );
});

function firstGapSeq({ body }: Packet): number {
  return JSON.parse(body.subarray(body.indexOf('{"v"')).toString()).gaps[0].seq;
}

test('what waits for the Receive Maximum is lost with the connection, and never sent', async () => {
  let publishes = 0;
  await withScript(
    ({ type }, socket) => {
      if (type === CONNECT) socket.write(connack5(0x21, 0, 1));
      if (type !== PUBLISH) return;
      publishes += 1;
      socket.write(disconnect5(0x8b));
    },
    (url) =>
      withUplink({ url }, async (uplink, telemetry) => {
        await (await startWatched(uplink)).until(true);
        const outcomes = await Promise.all([1, 2, 3].map((seq) => publish(uplink, gap(seq))));
        const reason = 'the broker ended the connection: server shutting down';
        assert.deepEqual(
          outcomes,
          outcomes.map(() => ({ kind: 'lost', reason })),
        );
        assert.deepEqual((await telemetry.reasons())[0], reason);
        assert.equal(publishes, 1);
      }),
  );
});
