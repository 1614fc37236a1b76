import assert from 'node:assert/strict';
import test from 'node:test';
import mqtt from 'mqtt';
import { EmbeddedBroker } from '../../simulator/broker.ts';

test('the broker takes messages, is gone when it is cut and back on the same port when it is restored', async () => {
  const topics: string[] = [];
  const broker = new EmbeddedBroker({ onMessage: (topic) => topics.push(topic) });
  await broker.start();
  try {
    const { port, url } = broker;
    const client = await mqtt.connectAsync(url, { reconnectPeriod: 0 });
    await client.publishAsync('iot/heartrate/pitch-3/samples', 'four', { qos: 1 });
    assert.deepEqual(broker.received, { messages: 1, bytes: 4 });
    assert.deepEqual(topics, ['iot/heartrate/pitch-3/samples']);

    const closed = new Promise<void>((resolve) => client.once('close', () => resolve()));
    await broker.cut();
    await closed;
    await client.endAsync(true);
    await assert.rejects(mqtt.connectAsync(url, { reconnectPeriod: 0 }, false));
    await broker.cut();

    await broker.restore();
    await broker.restore();
    assert.equal(broker.port, port);
    const again = await mqtt.connectAsync(url, { reconnectPeriod: 0 });
    await again.publishAsync('iot/heartrate/pitch-3/alerts', 'sixsix', { qos: 1 });
    assert.deepEqual(broker.received, { messages: 2, bytes: 10 });
    await again.endAsync();
  } finally {
    await broker.stop();
    await broker.stop();
  }
});

test('a broker that was never started can be stopped', async () => {
  await new EmbeddedBroker().stop();
});
