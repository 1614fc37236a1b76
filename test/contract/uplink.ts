/** What every uplink must do. Register it with a way to set up an uplink and the broker that it is to find. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { gunzipSync } from 'node:zlib';
import { encodedBatch } from '../../src/domain/entries.ts';
import type { EncodedBatch } from '../../src/domain/record.ts';
import type { MessageForm, PublishOutcome, Uplink } from '../../src/ports.ts';
import { encodeMessage, MAX_PAYLOAD_BYTES, topicFor } from '../../src/uplink/message.ts';
import { Changes } from '../fixtures/changes.ts';

export interface UplinkTestbed {
  /** Not started, and so quick to reconnect that a test need not wait. */
  readonly uplink: Uplink;
  readonly gateway: string;
  readonly topicPrefix: string;
  /** Not running. */
  readonly broker: BrokerUnderControl;
  /** Releases everything, the uplink included. */
  remove(): Promise<void>;
}

export interface BrokerUnderControl {
  /** Comes up, also after `kill`, at the same address; whatever arrives from now on is seen. */
  start(): Promise<void>;
  /** Is gone from one moment to the next, as in a power cut. */
  kill(): Promise<void>;
  /** Keeps its connections and acknowledges nothing any more, until killed. */
  freeze(): void;
  /** Resolves with everything that has arrived, in order, when there are at least so many. */
  arrived(count: number): Promise<readonly { readonly topic: string; readonly payload: Uint8Array }[]>;
}

const EPOCH = 'k3f9';

/** Encodes and sends at once. */
export async function publish(
  uplink: Uplink,
  batch: EncodedBatch,
  form: MessageForm = 'plain',
): Promise<PublishOutcome> {
  return await (await uplink.prepare(batch, form)).send();
}

/** Encodes all, and then sends all at once. */
async function publishAll(uplink: Uplink, seqs: readonly number[]): Promise<Promise<PublishOutcome>[]> {
  const messages = await Promise.all(seqs.map((seq) => uplink.prepare(samples(seq), 'plain')));
  return messages.map((message) => message.send());
}

const samples = (seq: number, count = 1): EncodedBatch =>
  encodedBatch({
    kind: 'samples',
    epoch: EPOCH,
    range: { after: seq - 1, through: seq + count - 1 },
    records: Array.from({ length: count }, (_, i) => ({
      seq: seq + i,
      athlete: '7',
      strap: 'a09e1a000007',
      timeMs: 1_700_000_000_123 + i * 1000,
      monotonicMs: 5_000 + i * 1000,
      bpm: 142,
      rrMs: [422.8515625, 430.6640625],
      contact: 'detected',
    })),
  });

const alerts = encodedBatch({
  kind: 'alerts',
  epoch: EPOCH,
  range: { after: 1, through: 2 },
  records: [
    {
      seq: 2,
      athlete: '7',
      rule: 'high-average',
      event: 'raised',
      timeMs: 1_700_000_040_000,
      value: 171.5,
      above: 165,
    },
  ],
});

const gaps = encodedBatch({
  kind: 'gaps',
  epoch: EPOCH,
  range: { after: 2, through: 3 },
  records: [{ seq: 3, athlete: '7', fromMs: 1_700_000_000_000, toMs: 1_700_000_009_000, cause: 'link-lost' }],
});

/** Asserts that it was, whatever else there is to the outcome. */
export async function acknowledged(
  outcome: Promise<PublishOutcome>,
): Promise<PublishOutcome & { readonly kind: 'acknowledged' }> {
  const answer = await outcome;
  assert.ok(answer.kind === 'acknowledged', JSON.stringify(answer));
  return answer;
}

export function uplinkContract(
  name: string,
  setup: () => Promise<UplinkTestbed>,
  options: { readonly skip?: string } = {},
): void {
  const withTestbed = (title: string, body: (testbed: UplinkTestbed) => Promise<void>) =>
    test(`${name}: ${title}`, options, async () => {
      const testbed = await setup();
      try {
        await body(testbed);
      } finally {
        await testbed.remove();
      }
    });

  withTestbed('it connects by itself, also when the broker comes up later', async ({ uplink, broker }) => {
    const watch = await startWatched(uplink);
    assert.equal(uplink.connected, false);
    await broker.start();
    await watch.until(true);
  });

  withTestbed(
    'what is acknowledged has arrived: each kind at its topic, byte for byte',
    async ({ uplink, broker, gateway, topicPrefix }) => {
      await broker.start();
      const watch = await startWatched(uplink);
      await watch.until(true);
      const batches = [samples(1), alerts, gaps];
      for (const batch of batches) await acknowledged(publish(uplink, batch));
      assert.deepEqual(
        (await broker.arrived(3)).map(({ topic, payload }) => [topic, Buffer.from(payload).toString()]),
        batches.map((batch) => [
          topicFor(topicPrefix, gateway, batch.kind),
          Buffer.from(encodeMessage(gateway, batch)).toString(),
        ]),
      );
    },
  );

  withTestbed('compressed, a message is the same in gzip, and smaller', async ({ uplink, broker, gateway }) => {
    await broker.start();
    const watch = await startWatched(uplink);
    await watch.until(true);
    const batch = samples(1, 300);
    const [plain, compressed] = [await uplink.prepare(batch, 'plain'), await uplink.prepare(batch, 'compressed')];
    assert.ok(compressed.bytes < plain.bytes / 4, `${compressed.bytes} of ${plain.bytes} bytes`);
    await acknowledged(compressed.send());
    const [arrived] = await broker.arrived(1);
    assert.ok(arrived);
    assert.deepEqual([...arrived.payload.subarray(0, 2)], [0x1f, 0x8b]);
    assert.deepEqual(gunzipSync(arrived.payload), Buffer.from(encodeMessage(gateway, batch)));
  });

  withTestbed('a buffer that it gives back is needed for nothing any more', async ({ uplink, broker, gateway }) => {
    await broker.start();
    const watch = await startWatched(uplink);
    await watch.until(true);
    const batches = [samples(1, 500), samples(501, 500), samples(1001, 3)];
    const sent = batches.map((batch) => Buffer.from(encodeMessage(gateway, batch)).toString());
    const outcomes = await Promise.all(batches.map((batch) => acknowledged(publish(uplink, batch))));
    for (const [i, { spare }] of outcomes.entries()) {
      if (spare === undefined) continue;
      assert.equal(spare, batches[i]?.entries.buffer);
      new Uint8Array(spare).fill(0xff);
    }
    assert.deepEqual(
      (await broker.arrived(3)).map(({ payload }) => Buffer.from(payload).toString()),
      sent,
    );
    const compressed = await acknowledged(publish(uplink, samples(2000), 'compressed'));
    assert.equal(compressed.spare, undefined, 'what was compressed was copied');
  });

  withTestbed(
    'a prepared message tells its size and waits for its sending',
    async ({ uplink, broker, topicPrefix }) => {
      const prepared = await uplink.prepare(samples(1, 20), 'plain');
      await broker.start();
      const watch = await startWatched(uplink);
      await watch.until(true);
      await acknowledged(publish(uplink, samples(99)));
      await acknowledged(prepared.send());
      const [, later] = await broker.arrived(2);
      assert.ok(later);
      assert.equal(firstSeq(later), 1);
      const least = later.payload.length + later.topic.length;
      assert.ok(later.topic.startsWith(topicPrefix));
      assert.ok(prepared.bytes > least && prepared.bytes <= least + 10, `${prepared.bytes}`);
    },
  );

  withTestbed('a window of publishes under way arrives in order', async ({ uplink, broker }) => {
    await broker.start();
    const watch = await startWatched(uplink);
    await watch.until(true);
    const seqs = Array.from({ length: 60 }, (_, i) => i + 1);
    const outcomes = await Promise.all(await publishAll(uplink, seqs));
    assert.deepEqual(new Set(outcomes.map(({ kind }) => kind)), new Set(['acknowledged']));
    assert.deepEqual((await broker.arrived(60)).map(firstSeq), seqs);
  });

  withTestbed('it keeps no queue: a publish while the broker is down is lost at once', async ({ uplink, broker }) => {
    assert.equal((await publish(uplink, samples(1))).kind, 'lost');
    const watch = await startWatched(uplink);
    assert.equal((await publish(uplink, samples(2))).kind, 'lost');
    await broker.start();
    await watch.until(true);
    await acknowledged(publish(uplink, samples(3)));
    assert.deepEqual((await broker.arrived(1)).map(firstSeq), [3]);
  });

  withTestbed(
    'what is under way when the broker dies is lost, and it connects again without help',
    async ({ uplink, broker }) => {
      await broker.start();
      const watch = await startWatched(uplink);
      await watch.until(true);
      broker.freeze();
      const underWay = await publishAll(uplink, [1, 2, 3]);
      await broker.kill();
      assert.deepEqual(
        (await Promise.all(underWay)).map(({ kind }) => kind),
        ['lost', 'lost', 'lost'],
      );
      await watch.until(false);
      assert.equal((await publish(uplink, samples(4))).kind, 'lost');
      await broker.start();
      await watch.until(true);
      await acknowledged(publish(uplink, samples(5)));
    },
  );

  withTestbed('of a message that is too large nothing is sent', async ({ uplink, broker }) => {
    await broker.start();
    const watch = await startWatched(uplink);
    await watch.until(true);
    const tooLarge = samples(1, 2_000);
    assert.ok(encodeMessage('', tooLarge).length > MAX_PAYLOAD_BYTES);
    assert.deepEqual(await publish(uplink, tooLarge), { kind: 'too-large' });
    await acknowledged(publish(uplink, samples(9)));
    assert.deepEqual((await broker.arrived(1)).map(firstSeq), [9]);
    assert.equal(uplink.connected, true);
  });

  withTestbed('a stop loses what is under way, and every publish after it', async ({ uplink, broker }) => {
    await broker.start();
    const watch = await startWatched(uplink);
    await watch.until(true);
    broker.freeze();
    const underWay = await publishAll(uplink, [1, 2]);
    await uplink.stop();
    assert.deepEqual(
      (await Promise.all(underWay)).map(({ kind }) => kind),
      ['lost', 'lost'],
    );
    assert.equal(uplink.connected, false);
    assert.equal((await publish(uplink, samples(3))).kind, 'lost');
  });

  withTestbed('it can be stopped twice, also at once', async ({ uplink, broker }) => {
    await broker.start();
    const watch = await startWatched(uplink);
    await watch.until(true);
    await Promise.all([uplink.stop(), uplink.stop()]);
    await uplink.stop();
    assert.equal(uplink.connected, false);
  });

  withTestbed('it can be stopped without a start', async ({ uplink }) => {
    await uplink.stop();
    assert.equal(uplink.connected, false);
  });

  withTestbed('it can be stopped while it is still connecting', async ({ uplink }) => {
    await startWatched(uplink);
    await uplink.stop();
    assert.equal(uplink.connected, false);
  });

  withTestbed('it reports changes of the connection, each one once', async ({ uplink, broker }) => {
    const watch = await startWatched(uplink);
    await broker.start();
    await watch.until(true);
    await broker.kill();
    await watch.until(false);
    await broker.start();
    await watch.until(true);
    await uplink.stop();
    assert.deepEqual(watch.changes, [true, false, true, false]);
  });
}

function firstSeq({ payload }: { readonly payload: Uint8Array }): number {
  return JSON.parse(Buffer.from(payload).toString()).samples[0].seq;
}

export interface Watch {
  /** What `connected` was at each call of `onChange`. */
  readonly changes: readonly boolean[];
  /** Resolves when it is, or already is, so. */
  until(connected: boolean): Promise<void>;
}

/** Starts the uplink and keeps book of its changes. */
export async function startWatched(uplink: Uplink): Promise<Watch> {
  const changes: boolean[] = [];
  const changed = new Changes();
  await uplink.start(() => {
    changes.push(uplink.connected);
    changed.happened();
  });
  const until = (connected: boolean) =>
    changed.until(() => uplink.connected === connected, connected ? 'it has not connected' : 'it is still connected');
  return { changes, until };
}
