import assert from 'node:assert/strict';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { isOperatingError } from '../../src/domain/errors.ts';
import { AwsIotUplink, type AwsIotUplinkOptions } from '../../src/uplink/aws-iot.ts';
import { loadAwsIotSdk } from '../../src/uplink/aws-iot-sdk.ts';
import { publish, startWatched, uplinkContract } from '../contract/uplink.ts';
import { type Certificates, makeCertificates } from '../fixtures/certificates.ts';
import { collectGarbage } from '../fixtures/collect-garbage.ts';
import { Mosquitto } from '../fixtures/mosquitto.ts';
import { requires } from '../requirements.ts';
import { GATEWAY, gap, Heard, mosquittoTestbed, surroundings } from './testbeds.ts';

const needs = requires('mosquitto', 'openssl');

/** One set for all tests of this file: making it takes longer than a test. */
let made: Promise<Certificates> | undefined;
function certificates(): Promise<Certificates> {
  made ??= makeCertificates();
  return made;
}
after(async () => {
  await (await made)?.remove();
  await collectGarbage();
});

function uplinkTo(port: number, { ca, client }: Certificates, more: Partial<AwsIotUplinkOptions> = {}): AwsIotUplink {
  return new AwsIotUplink({ ...surroundings(), endpoint: 'localhost', port, ...client, ca, ...more });
}

uplinkContract(
  'AWS IoT SDK with mosquitto over mutual TLS',
  async () => {
    const tls = await certificates();
    return await mosquittoTestbed(({ tlsPort }) => uplinkTo(tlsPort, tls), { tls });
  },
  needs,
);

async function withBroker(body: (mosquitto: Mosquitto, tls: Certificates) => Promise<void>, acl?: string) {
  const tls = await certificates();
  const mosquitto = await Mosquitto.create({ tls, ...(acl === undefined ? {} : { acl }) });
  try {
    await mosquitto.start();
    await body(mosquitto, tls);
  } finally {
    await mosquitto.remove();
  }
}

test('AWS IoT SDK: a publish that the broker denies is refused with the reason', needs, () =>
  withBroker(async (mosquitto, tls) => {
    const uplink = uplinkTo(mosquitto.tlsPort, tls);
    try {
      const watch = await startWatched(uplink);
      await watch.until(true);
      assert.deepEqual(await publish(uplink, gap(1)), {
        kind: 'refused',
        reason: 'not authorised',
      });
      assert.equal(uplink.connected, true);
    } finally {
      await uplink.stop();
    }
  }, 'topic read #\n'),
);

test('AWS IoT SDK: a second client of the same name is named as the reason', needs, () =>
  withBroker(async (mosquitto, tls) => {
    const telemetry = new Heard();
    const uplink = uplinkTo(mosquitto.tlsPort, tls, { telemetry });
    const rival = uplinkTo(mosquitto.tlsPort, tls);
    try {
      await (await startWatched(uplink)).until(true);
      await startWatched(rival);
      const [reason = ''] = await telemetry.reasons();
      // The SDK does not always hand on the broker's last words; without them both possibilities are named.
      assert.match(reason, new RegExp(`another client connect(ed|s) as ${GATEWAY}`));
    } finally {
      await Promise.all([uplink.stop(), rival.stop()]);
    }
  }),
);

test('AWS IoT SDK: a stop takes leave of the broker, and is no news to telemetry', needs, () =>
  withBroker(async (mosquitto, tls) => {
    const telemetry = new Heard();
    const uplink = uplinkTo(mosquitto.tlsPort, tls, { telemetry });
    await (await startWatched(uplink)).until(true);
    await uplink.stop();
    await mosquitto.stop();
    assert.match(mosquitto.log, new RegExp(`Client ${GATEWAY} disconnected\\.`));
    assert.deepEqual(
      telemetry.events.map(({ event }) => event),
      ['uplink.connected'],
    );
  }),
);

test('AWS IoT SDK: a stop does not wait for a broker that never answers', needs, async () => {
  const tls = await certificates();
  const server = createServer(() => {}).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert.ok(typeof address === 'object' && address !== null);
  const uplink = uplinkTo(address.port, tls);
  const connecting = once(server, 'connection');
  await startWatched(uplink);
  const [socket] = await connecting;
  await uplink.stop();
  assert.equal(uplink.connected, false);
  socket.destroy();
  server.close();
});

async function refusalToStart(options: Partial<AwsIotUplinkOptions>): Promise<string> {
  const uplink = uplinkTo(8883, await certificates(), options);
  try {
    await uplink.start(() => {});
  } catch (error) {
    assert.ok(isOperatingError(error, 'uplink-misconfigured'));
    assert.ok(error.remedy !== undefined);
    return error.message;
  } finally {
    await uplink.stop();
  }
  return 'it started';
}

test('AWS IoT SDK: a topic beyond the limits of AWS IoT Core is found before anything is sent', needs, async () => {
  assert.match(await refusalToStart({ topicPrefix: 'a/b/c/d/e/f/g' }), /8 slashes/);
  assert.match(await refusalToStart({ topicPrefix: 'é'.repeat(130) }), /bytes/);
  assert.match(await refusalToStart({ topicPrefix: 'iot/+' }), /only a subscription/);
  assert.match(await refusalToStart({ gateway: 'g'.repeat(129) }), /client id/);
});

test('AWS IoT SDK: the segments of Basic Ingest do not count towards the limits', needs, async () => {
  const uplink = uplinkTo(1, await certificates(), { topicPrefix: '$aws/rules/heartrate/a/b/c/d/e/f' });
  await uplink.start(() => {});
  await uplink.stop();
});

test('AWS IoT SDK: a certificate or key that cannot work is named', needs, async () => {
  const { folder, ca, client, server } = await certificates();
  const missing = join(folder, 'missing.key');
  assert.match(await refusalToStart({ privateKey: missing }), new RegExp(missing));
  assert.match(await refusalToStart({ privateKey: server.privateKey }), /does not belong to/);
  assert.match(await refusalToStart({ certificate: client.privateKey }), /not a PEM certificate/);
  const garbage = join(folder, 'garbage.pem');
  await writeFile(garbage, 'no key at all');
  assert.match(await refusalToStart({ privateKey: garbage }), /garbage\.pem/);
  assert.match(await refusalToStart({ ca: garbage }), /CA certificate .*garbage\.pem/);
  assert.match(await refusalToStart({ ca: folder }), /cannot be read/);
  assert.ok(ca);
});

test('where the SDK does not load, the error says that a 64-bit system is required', async () => {
  const load = () => Promise.reject(new Error('AWS CRT binary not present'));
  await assert.rejects(loadAwsIotSdk(load), (error) => {
    assert.ok(isOperatingError(error, 'uplink-misconfigured'));
    assert.match(error.message, /AWS CRT binary not present/);
    assert.match(error.remedy ?? '', /64-bit/);
    return true;
  });
});
