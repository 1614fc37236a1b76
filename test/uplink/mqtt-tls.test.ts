import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import test, { after } from 'node:test';
import { isOperatingError } from '../../src/domain/errors.ts';
import { MqttUplink } from '../../src/uplink/mqtt.ts';
import type { TlsFiles } from '../../src/uplink/tls-files.ts';
import { acknowledged, publish, startWatched } from '../contract/uplink.ts';
import { type Certificates, type KeyPair, makeCertificates } from '../fixtures/certificates.ts';
import { datedCertificate } from '../fixtures/dated-certificate.ts';
import { Mosquitto } from '../fixtures/mosquitto.ts';
import { requires } from '../requirements.ts';
import { gap, Heard, surroundings } from './testbeds.ts';

const needs = requires('mosquitto', 'openssl');

let made: Promise<Certificates> | undefined;
function certificates(): Promise<Certificates> {
  made ??= makeCertificates();
  return made;
}
after(async () => (await made)?.remove());

async function withTls(
  files: (tls: Certificates) => TlsFiles,
  body: (uplink: MqttUplink, telemetry: Heard) => Promise<void>,
  serverOf: (tls: Certificates) => Promise<KeyPair> = async ({ server }) => server,
): Promise<void> {
  const tls = await certificates();
  const mosquitto = await Mosquitto.create({ tls: { ca: tls.ca, server: await serverOf(tls) } });
  const telemetry = new Heard();
  const uplink = new MqttUplink({
    ...surroundings(),
    url: mosquitto.tlsUrl,
    protocol: 5,
    tls: files(tls),
    telemetry,
  });
  try {
    await mosquitto.start();
    await body(uplink, telemetry);
  } finally {
    await uplink.stop();
    await mosquitto.remove();
  }
}

test('with mutual TLS it connects and publishes', needs, () =>
  withTls(
    ({ ca, client }) => ({ ca, ...client }),
    async (uplink) => {
      await (await startWatched(uplink)).until(true);
      await acknowledged(publish(uplink, gap(1)));
    },
  ),
);

test('a broker whose certificate another authority signed is not trusted, and that is the reason', needs, () =>
  withTls(
    ({ strangerCa, client }) => ({ ca: strangerCa, ...client }),
    async (uplink, telemetry) => {
      const { changes } = await startWatched(uplink);
      for (const reason of await telemetry.reasons(2)) assert.match(reason, /certificate/);
      assert.deepEqual(changes, []);
    },
  ),
);

const DAY_MS = 86_400_000;

for (const { what, name, fromDay = -1, toDay = 1, alternativeNames, reason } of [
  { what: 'another host’s', name: 'elsewhere', alternativeNames: 'DNS:elsewhere.example.org', reason: /altnames|IP/i },
  { what: 'over', name: 'past', fromDay: -9, toDay: -1, reason: /expired/ },
  { what: 'not valid yet', name: 'future', fromDay: 1, toDay: 9, reason: /not yet valid/ },
]) {
  test(`a broker whose certificate is ${what} is not trusted, and is sent nothing`, needs, () =>
    withTls(
      ({ ca, client }) => ({ ca, ...client }),
      async (uplink, telemetry) => {
        const { changes } = await startWatched(uplink);
        for (const told of await telemetry.reasons(2)) assert.match(told, reason);
        assert.deepEqual(changes, []);
        assert.equal((await publish(uplink, gap(1))).kind, 'lost');
      },
      ({ folder, ca }) => {
        const authority = { certificate: ca, privateKey: join(folder, 'ca.key') };
        const dates = { fromMs: Date.now() + fromDay * DAY_MS, toMs: Date.now() + toDay * DAY_MS };
        const names = alternativeNames === undefined ? {} : { alternativeNames };
        return datedCertificate(folder, name, authority, { ...dates, ...names });
      },
    ),
  );
}

test('a broker that wants a certificate does not take a client without one', needs, () =>
  withTls(
    ({ ca }) => ({ ca }),
    async (uplink, telemetry) => {
      const { changes } = await startWatched(uplink);
      for (const reason of await telemetry.reasons(2)) assert.notEqual(reason, '');
      assert.deepEqual(changes, []);
    },
  ),
);

test('a TLS file that cannot work stops the start, and is named', needs, async () => {
  const { folder, ca, client, server } = await certificates();
  const garbage = join(folder, 'garbage.key');
  await writeFile(garbage, 'no key at all');
  const wrong: [TlsFiles, RegExp][] = [
    [{ ca: join(folder, 'missing.crt') }, /CA certificate .*missing\.crt cannot be read/],
    [{ ca, certificate: client.certificate, privateKey: folder }, /private key .* cannot be read/],
    [{ ca, certificate: client.certificate, privateKey: garbage }, /garbage\.key is not a PEM private key/],
    [{ ca, certificate: client.certificate, privateKey: server.privateKey }, /does not belong to/],
    [{ ca, certificate: client.certificate }, /private key is not set/],
    [{ ca, privateKey: client.privateKey }, /certificate is not set/],
  ];
  for (const [tls, message] of wrong) {
    const uplink = new MqttUplink({ ...surroundings(), url: 'mqtts://127.0.0.1:1', protocol: 5, tls });
    await assert.rejects(
      uplink.start(() => {}),
      (error) => {
        assert.ok(isOperatingError(error, 'uplink-misconfigured'));
        assert.match(error.message, message);
        assert.ok(error.remedy !== undefined);
        return true;
      },
    );
    await uplink.stop();
  }
});
