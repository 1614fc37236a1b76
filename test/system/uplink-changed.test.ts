import assert from 'node:assert/strict';
import test from 'node:test';
import { type Certificates, makeCertificates } from '../fixtures/certificates.ts';
import { Mosquitto } from '../fixtures/mosquitto.ts';
import { distinct, recordsOf, storedIds } from '../fixtures/received.ts';
import { Subscriber } from '../fixtures/subscriber.ts';
import { TemporaryFolder } from '../fixtures/temporary-folder.ts';
import { requires } from '../requirements.ts';

const ATHLETES = `defaults:
  rules:
    high-average: { kind: average, window: 60s, above: 40 }
athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
`;

test(
  'what was stored without an uplink goes out, alerts first, when the daemon is given AWS IoT with mutual TLS',
  requires('mosquitto', 'openssl'),
  async () => {
    const certificates = await makeCertificates();
    const broker = await Mosquitto.create({ tls: certificates });
    const subscriber = new Subscriber(broker.url);
    try {
      await broker.start();
      subscriber.start();
      await subscriber.subscribed();
      await TemporaryFolder.with((folder) => delivered(folder, certificates, broker, subscriber));
    } finally {
      await subscriber.stop();
      await broker.remove();
      await certificates.remove();
    }
  },
);

async function delivered(
  folder: TemporaryFolder,
  certificates: Certificates,
  broker: Mosquitto,
  subscriber: Subscriber,
) {
  const athletes = await folder.file('athletes.yaml', ATHLETES);
  // Nobody listens on port 1: everything stays in the store.
  const alone = ['--uplink', 'mqtt://127.0.0.1:1', '--store', `${folder.path}/outbox.db`, '--athletes', athletes];
  const filling = folder.start('simulate', ...alone, '--speed', '500', '--duration', '10m', '--no-faults');
  // A run that ends by itself waits for its delivery; a signal does not.
  await filling.logged((log) => log.some(({ event }) => event === 'gateway.stopping'), 'the end of the simulation');
  filling.kill('SIGTERM');
  await filling.ended();

  const config = await folder.file(
    'gateway.yaml',
    `gateway: pitch-3
athletes: athletes.yaml
store: { path: outbox.db }
uplink:
  kind: aws-iot
  endpoint: localhost
  port: ${broker.tlsPort}
  ca: ${certificates.ca}
  certificate: ${certificates.client.certificate}
  private_key: ${certificates.client.privateKey}
`,
  );
  const gateway = folder.start('run', '--config', config);
  await gateway.loggedEvent('uplink.connected');
  const records = () => distinct(recordsOf(subscriber.messages));
  await subscriber.waitFor(() => records().length >= 500 && records().some(({ kind }) => kind === 'alerts'));
  gateway.kill('SIGTERM');
  const { code, stderr } = await gateway.ended();
  assert.equal(code, 0, stderr);

  const stored = storedIds(`${folder.path}/outbox.db`, 'pitch-3');
  assert.ok(stored.size > 590, `${stored.size} records`);
  await subscriber.waitFor(() => records().length >= stored.size);
  assert.deepEqual(new Set(records().map(({ id }) => id)), stored);
  assert.equal(records()[0]?.kind, 'alerts');
}
