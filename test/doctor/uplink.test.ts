import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import test, { after } from 'node:test';
import type { GatewaySettings, UplinkSettings } from '../../src/config/gateway-schema.ts';
import type { GatewayAnswer } from '../../src/doctor/finding.ts';
import { uplinkCheck, uplinkFacts, uplinkVerdict } from '../../src/doctor/uplink.ts';
import { type NamedBroker, namedBrokers } from '../../src/doctor/uplink-broker.ts';
import { type Certificates, makeCertificates } from '../fixtures/certificates.ts';
import { Mosquitto, type MosquittoOptions } from '../fixtures/mosquitto.ts';
import { statusDocument } from '../fixtures/status-document.ts';
import { requires } from '../requirements.ts';
import { findingsOf } from './findings-of.ts';
import { assertOnPage } from './page-rows.ts';

const needs = requires('mosquitto', 'openssl');

let made: Promise<Certificates> | undefined;
function certificates(): Promise<Certificates> {
  made ??= makeCertificates();
  return made;
}
after(async () => (await made)?.remove());

const NO_GATEWAY: GatewayAnswer = { state: 'none' };

function settingsOf(uplink: UplinkSettings): GatewaySettings {
  return {
    gateway: 'pitch-3',
    athletesFile: '',
    store: { path: '', maxBytes: 0 },
    radio: { adapters: [], linksPerAdapter: 1 },
    uplink,
    responses: [],
    clock: { trust: 'auto', waitMs: 0 },
    privacy: { sendNotes: false },
    limits: { ingestQueue: 1, groupCommitMs: 0, inFlight: 1 },
  };
}

function brokerOf(uplink: UplinkSettings): NamedBroker {
  const [named] = namedBrokers(settingsOf(uplink));
  assert.ok(named !== undefined);
  return named;
}

type Mqtt = Extract<UplinkSettings, { kind: 'mqtt' }>;

const uplinkTo = (url: string, more: Partial<Mqtt> = {}): Mqtt => ({
  ...{ kind: 'mqtt', url, protocol: 5, topicPrefix: 'iot/heartrate', compression: 'none' },
  ...more,
});

function mqtt(url: string, more: Partial<Mqtt> = {}): NamedBroker {
  return brokerOf(uplinkTo(url, more));
}

async function judged(named: NamedBroker, answer: GatewayAnswer = NO_GATEWAY, patienceMs = 10_000) {
  const facts = await uplinkFacts(named, async () => answer, { patienceMs });
  const verdict = uplinkVerdict(named, facts, Date.now());
  assertOnPage('uplink', verdict);
  return verdict;
}

async function withBroker(options: MosquittoOptions, body: (mosquitto: Mosquitto) => Promise<void>) {
  const mosquitto = await Mosquitto.create(options);
  try {
    await mosquitto.start();
    await body(mosquitto);
  } finally {
    await mosquitto.remove();
  }
}

test('a broker that takes the gateway is good, and nothing is left behind of the greeting', needs, () =>
  withBroker({}, async (mosquitto) => {
    for (const protocol of [4, 5] as const) {
      const { verdict, about, evidence } = await judged(mqtt(mosquitto.url, { protocol }));
      assert.deepEqual([about, verdict], ['uplink', 'ok']);
      assert.equal(evidence, `${mosquitto.url} accepts the gateway (no TLS)`);
    }
    assert.match(mosquitto.log, /New client connected .* as pitch-3/);
    assert.match(mosquitto.log, /Client pitch-3 disconnected\./);
  }),
);

test('AWS IoT’s way, TLS with certificates on both sides, is good where all is right', needs, async () => {
  const { ca, client, server } = await certificates();
  await withBroker({ tls: { ca, server } }, async ({ tlsPort }) => {
    const place = { kind: 'aws-iot', endpoint: 'localhost', port: tlsPort } as const;
    const named = brokerOf({ ...place, ...client, ca, topicPrefix: 'iot/heartrate', compression: 'none' });
    const { verdict, evidence } = await judged(named);
    assert.deepEqual([verdict, evidence], ['ok', 'aws-iot localhost accepts the gateway (TLSv1.3)']);
  });
});

test('a broker that wants another certificate than ours, or any, ends at TLS', needs, async () => {
  const { ca, strangerCa, server, folder } = await certificates();
  const stranger = { certificate: strangerCa, privateKey: `${folder}/stranger.key` };
  await withBroker({ tls: { ca, server } }, async ({ tlsUrl }) => {
    for (const tls of [{ ca }, { ca, ...stranger }]) {
      const { verdict, evidence, remedy } = await judged(mqtt(tlsUrl, { tls }));
      assert.equal(verdict, 'failed');
      assert.match(evidence, /^TLS: 127\.0\.0\.1 refuses the certificate of this gateway, or misses it \(ERR_SSL_/);
      assert.match(remedy ?? '', /"certificate" and "private_key"/);
    }
  });
});

test('a broker that refuses is told with its reason and what to correct', needs, async () => {
  await withBroker({ users: { 'pitch-3': 'right' } }, async ({ url }) => {
    for (const protocol of [4, 5] as const) {
      const anonymous = await judged(mqtt(url, { protocol }));
      assert.equal(anonymous.verdict, 'failed');
      assert.equal(anonymous.evidence, 'MQTT: the broker refused the connection: not authorised');
      assert.match(anonymous.remedy ?? '', /let the client pitch-3 connect/);
    }
    const wrong = await judged(mqtt(url, { username: 'pitch-3', password: 'wrong' }));
    assert.match(wrong.evidence, /^MQTT: the broker refused the connection: /);
    assert.doesNotMatch(JSON.stringify(wrong), /wrong/);
    assert.equal((await judged(mqtt(url, { username: 'pitch-3', password: 'right' }))).verdict, 'ok');
  });
  await withBroker({ more: ['clientid_prefixes other-'] }, async ({ url }) => {
    const { evidence, remedy } = await judged(mqtt(url));
    assert.match(evidence, /^MQTT: the broker refused the connection: /);
    assert.match(remedy ?? '', /pitch-3/);
  });
});

async function withServer(answer: (socket: Socket) => void, body: (url: string) => Promise<void>) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}));
    answer(socket);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await body(`mqtt://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
}

test('a server that speaks no MQTT ends at MQTT: whether it talks, is silent or hangs up', async () => {
  await withServer(
    (socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
    async (url) => {
      const { verdict, evidence } = await judged(mqtt(url));
      assert.equal(verdict, 'failed');
      assert.match(evidence, /^MQTT: what answers at 127\.0\.0\.1, port \d+ speaks no MQTT: /);
    },
  );
  await withServer(
    () => {},
    async (url) => {
      const { evidence } = await judged(mqtt(url), NO_GATEWAY, 100);
      assert.match(evidence, /^MQTT: .* says nothing to MQTT: no answer within 0\.1 s$/);
    },
  );
  await withServer(
    (socket) => socket.once('data', () => socket.end()),
    async (url) => {
      const { evidence, remedy } = await judged(mqtt(url));
      assert.equal(evidence, 'MQTT: the broker hung up without a reason');
      assert.match(remedy ?? '', /the log of the broker for the client pitch-3/);
    },
  );
});

test('where a gateway runs its word counts, and nobody connects in its name', needs, () =>
  withBroker({}, async (mosquitto) => {
    const named = mqtt(mosquitto.url);
    const running = (name: string, connected: boolean): GatewayAnswer => ({
      state: 'answered',
      status: statusDocument({ uplinks: [{ name, connected }] }),
    });
    const connected = await judged(named, running(mosquitto.url, true));
    assert.deepEqual(
      [connected.verdict, connected.evidence],
      ['ok', `the running gateway is connected to ${mosquitto.url}`],
    );
    const down = await judged(named, running(mosquitto.url, false));
    assert.equal(down.verdict, 'failed');
    assert.match(down.remedy ?? '', /journalctl -u sideline/);
    const other = await judged(named, running('mqtt://192.168.1.1:1883', true));
    assert.equal(other.verdict, 'warning');
    assert.match(other.remedy ?? '', /restart the gateway/);
    const silent = await judged(named, { state: 'silent', reason: 'this user may not ask', remedy: 'ask as root' });
    assert.deepEqual([silent.verdict, silent.remedy], ['warning', 'ask as root']);
    assert.doesNotMatch(mosquitto.log, /pitch-3/);
  }),
);

test('a gateway that has started while the doctor looked is not put out by the greeting', needs, () =>
  withBroker({}, async (mosquitto) => {
    const settings = settingsOf(uplinkTo(mosquitto.url));
    const [found] = await findingsOf(uplinkCheck, {
      given: {
        configuration: { path: 'gateway.yaml', problems: [], unready: [], settings },
        askGateway: async () => NO_GATEWAY,
        askGatewayNow: async () => ({ state: 'silent', reason: 'process 7 has the store in use', isByLock: true }),
      },
    });
    assert.equal(found?.verdict, 'warning');
    assert.match(found?.evidence ?? '', /a gateway may be running: process 7 has the store in use$/);
    assert.doesNotMatch(mosquitto.log, /pitch-3/);
  }),
);

test('a file that cannot be used is left to the check of certificates', async () => {
  const { verdict, evidence } = await judged(mqtt('mqtts://127.0.0.1:1', { tls: { ca: '/none/such.pem' } }));
  assert.equal(verdict, 'skipped');
  assert.match(evidence, /\/none\/such\.pem cannot be read/);
});
