import assert from 'node:assert/strict';
import test from 'node:test';
import { isOperatingError } from '../../src/domain/errors.ts';
import type { MqttUplinkOptions } from '../../src/uplink/mqtt.ts';
import { acknowledged, publish, startWatched } from '../contract/uplink.ts';
import { freePort } from '../fixtures/free-port.ts';
import { Mosquitto, type MosquittoOptions } from '../fixtures/mosquitto.ts';
import { requires } from '../requirements.ts';
import { GATEWAY, gap, withUplink } from './testbeds.ts';

async function withMosquitto(options: MosquittoOptions, body: (mosquitto: Mosquitto) => Promise<void>) {
  const mosquitto = await Mosquitto.create(options);
  try {
    await mosquitto.start();
    await body(mosquitto);
  } finally {
    await mosquitto.remove();
  }
}

for (const protocol of [5, 4] as const) {
  test(`protocol ${protocol}: user name and password let it in`, requires('mosquitto'), () =>
    withMosquitto({ users: { pi: 'touchline' } }, ({ url }) =>
      withUplink({ url, protocol, username: 'pi', password: 'touchline' }, async (uplink) => {
        await (await startWatched(uplink)).until(true);
        await acknowledged(publish(uplink, gap(1)));
      }),
    ),
  );

  test(
    `protocol ${protocol}: a wrong password is the stated reason, and it goes on trying`,
    requires('mosquitto'),
    () =>
      withMosquitto({ users: { pi: 'touchline' } }, ({ url }) =>
        withUplink({ url, protocol, username: 'pi', password: 'wrong' }, async (uplink, telemetry) => {
          const { changes } = await startWatched(uplink);
          for (const reason of await telemetry.reasons(3)) {
            assert.match(reason, /the broker refused the connection: (not authorised|bad user name or password)/);
            assert.doesNotMatch(reason, /wrong/);
          }
          assert.deepEqual(changes, []);
        }),
      ),
  );
}

test(
  'a publish that the access rules deny is refused with the reason, and the connection holds',
  requires('mosquitto'),
  () =>
    withMosquitto({ acl: `topic read #\ntopic write iot/heartrate/${GATEWAY}/alerts\n` }, ({ url }) =>
      withUplink({ url }, async (uplink) => {
        await (await startWatched(uplink)).until(true);
        assert.deepEqual(await publish(uplink, gap(1)), { kind: 'refused', reason: 'not authorised' });
        const raised = {
          seq: 2,
          athlete: '7',
          rule: 'high',
          event: 'raised',
          timeMs: 0,
          value: 171,
          above: 165,
        } as const;
        await acknowledged(publish(uplink, { ...gap(2), kind: 'alerts', records: [raised] }));
      }),
    ),
);

test("a message beyond the broker's own limit is too large, and is not sent", requires('mosquitto'), () =>
  withMosquitto({ maxPacketSize: 1_000 }, ({ url }) =>
    withUplink({ url }, async (uplink) => {
      const { changes, until } = await startWatched(uplink);
      await until(true);
      assert.deepEqual(await publish(uplink, gap(1, 20)), { kind: 'too-large' });
      await acknowledged(publish(uplink, gap(21)));
      assert.deepEqual(changes, [true]);
    }),
  ),
);

test(
  'a broker that hangs up for a second client of the same name makes that a possible reason',
  requires('mosquitto'),
  () =>
    withMosquitto({}, ({ url }) =>
      withUplink({ url }, (uplink, telemetry) =>
        withUplink({ url }, async (rival) => {
          await (await startWatched(uplink)).until(true);
          await startWatched(rival);
          const [reason = ''] = await telemetry.reasons();
          assert.match(reason, new RegExp(`another client connect(ed|s) as ${GATEWAY}`));
        }),
      ),
    ),
);

test('a stop takes leave of the broker, and is no news to telemetry', requires('mosquitto'), () =>
  withMosquitto({}, (mosquitto) =>
    withUplink({ url: mosquitto.url }, async (uplink, telemetry) => {
      await (await startWatched(uplink)).until(true);
      await uplink.stop();
      await mosquitto.stop();
      assert.match(mosquitto.log, new RegExp(`Client ${GATEWAY} disconnected\\.`));
      assert.deepEqual(
        telemetry.events.map(({ event }) => event),
        ['uplink.connected'],
      );
    }),
  ),
);

test('a refused port is the stated reason', async () => {
  const port = await freePort();
  await withUplink({ url: `mqtt://127.0.0.1:${port}` }, async (uplink, telemetry) => {
    await startWatched(uplink);
    assert.match((await telemetry.reasons())[0] ?? '', new RegExp(`ECONNREFUSED 127.0.0.1:${port}`));
  });
});

test('a name with several addresses gives a reason too', async () => {
  const port = await freePort();
  await withUplink({ url: `mqtt://localhost:${port}` }, async (uplink, telemetry) => {
    await startWatched(uplink);
    assert.match((await telemetry.reasons())[0] ?? '', /ECONNREFUSED/);
  });
});

test('an address or topic that cannot work is found before anything is sent, and no password is shown', async () => {
  const wrong: [Partial<MqttUplinkOptions>, RegExp][] = [
    [{ url: 'broker.example' }, /not a broker's address/],
    [{ url: 'https://broker.example' }, /not a broker's address/],
    [{ url: 'mqtt://pi:touchline@broker.example' }, /not a broker's address/],
    [{ topicPrefix: 'iot/#' }, /only a subscription/],
    [{ tls: { ca: '/nowhere.pem' } }, /TLS files but no TLS/],
  ];
  for (const [options, message] of wrong) {
    await withUplink({ url: 'mqtt://127.0.0.1:1', ...options }, async (uplink) => {
      await assert.rejects(
        uplink.start(() => {}),
        (error) => {
          assert.ok(isOperatingError(error, 'uplink-misconfigured'));
          assert.match(error.message, message);
          assert.doesNotMatch(error.message, /touchline/);
          return true;
        },
      );
    });
  }
});
