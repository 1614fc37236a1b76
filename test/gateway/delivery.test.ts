import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { SimulatedClock } from '../../simulator/clock.ts';
import { OperatingError } from '../../src/domain/errors.ts';
import type { Stored } from '../../src/domain/record.ts';
import type { Sample } from '../../src/domain/sample.ts';
import { Delivery } from '../../src/gateway/delivery.ts';
import type { Outbox } from '../../src/ports.ts';
import { alertOf, samplesOf } from '../contract/outbox.ts';
import { CollectedTelemetry } from '../fakes/collected-telemetry.ts';
import { FaultyOutbox } from '../fakes/faulty-outbox.ts';
import { MemoryUplink, type MemoryUplinkOptions } from '../fakes/memory-uplink.ts';
import { TemporaryStore } from '../fixtures/temporary-store.ts';

const IN_FLIGHT = 3;

/** Delivery at work between a real store and a broker in memory, with time at the test's hand. */
async function running(options: MemoryUplinkOptions & { wrap?: (outbox: Outbox) => Outbox } = {}) {
  const store = new TemporaryStore();
  const outbox = options.wrap?.(store.open()) ?? store.open();
  const clock = new SimulatedClock();
  const uplink = new MemoryUplink(options);
  const telemetry = new CollectedTelemetry();
  const delivery = new Delivery({ clock, outbox, uplink, telemetry }, { inFlight: IN_FLIGHT });
  const end = new AbortController();
  await uplink.start(delivery.wake);
  const loop = delivery.run(end.signal);
  return {
    outbox,
    uplink,
    telemetry,
    clock,
    delivery,
    loop,
    /** Lets everything that can happen within this time happen. */
    pass: async (ms = 10) => {
      delivery.wake();
      await clock.advanceBy(ms);
      for (let i = 0; i < 50; i++) await new Promise((resolve) => setImmediate(resolve));
    },
    stop: async () => {
      end.abort();
      await uplink.stop();
      await clock.advanceBy(1);
      await loop;
      await outbox.close();
      store.remove();
    },
  };
}

const kinds = (uplink: MemoryUplink) => uplink.arrived.map(({ batch }) => batch.kind);
const seqs = (uplink: MemoryUplink) => uplink.arrived.flatMap(({ batch }) => batch.records.map(({ seq }) => seq));

test('what is stored arrives in order and the cursor follows the acknowledgements', async () => {
  const t = await running();
  for (let i = 0; i < 5; i++) await t.outbox.append(samplesOf('7', i * 10, i * 10 + 10));
  await t.pass();
  assert.deepEqual(
    seqs(t.uplink),
    Array.from({ length: 50 }, (_, i) => i + 1),
  );
  assert.equal(t.outbox.cursor('samples'), 50);
  assert.ok(t.delivery.lastAcknowledgedMs !== undefined);
  await t.stop();
});

test('a backlog goes out in batches of 500', async () => {
  const t = await running({ reachable: false });
  for (let i = 0; i < 40; i++) await t.outbox.append(samplesOf('7', i * 30, i * 30 + 30));
  t.uplink.restore();
  await t.pass();
  assert.deepEqual(
    t.uplink.arrived.map(({ batch }) => batch.records.length),
    [500, 500, 200],
  );
  await t.stop();
});

test('alerts and ledger entries stored during an outage arrive before its samples', async () => {
  const t = await running({ reachable: false });
  for (let i = 0; i < 30; i++)
    await t.outbox.append([...samplesOf('7', i * 100, i * 100 + 100), alertOf('7', 'raised')]);
  await t.pass();
  assert.deepEqual(t.uplink.arrived, []);
  t.uplink.restore();
  await t.pass();
  assert.deepEqual(kinds(t.uplink), ['alerts', ...Array(6).fill('samples')]);
  await t.stop();
});

test('an alert goes out while every sample message that may be under way still waits for its acknowledgement', async () => {
  const t = await running();
  t.uplink.hold('acknowledgements');
  for (let i = 0; i < 10; i++) await t.outbox.append(samplesOf('7', i * 500, i * 500 + 500));
  await t.pass();
  assert.deepEqual(kinds(t.uplink), Array(IN_FLIGHT).fill('samples'));
  await t.outbox.append([alertOf('7', 'raised')]);
  await t.pass();
  assert.deepEqual(kinds(t.uplink), [...Array(IN_FLIGHT).fill('samples'), 'alerts']);
  await t.stop();
});

test('an alert waits for no ledger entry, however many there are', async () => {
  const t = await running({ reachable: false });
  const gap = { athlete: '7', fromMs: 0, toMs: 1, cause: 'link-lost' } as const;
  for (let i = 0; i < 3_000; i++) await t.outbox.append([{ kind: 'gap', gap }]);
  await t.outbox.append([alertOf('7', 'raised')]);
  t.uplink.restore();
  await t.pass();
  assert.deepEqual(kinds(t.uplink).slice(0, 2), ['alerts', 'gaps']);
  await t.stop();
});

test('a broker that refuses one lane does not hold up the others', async () => {
  const t = await running();
  const { publish } = t.uplink;
  t.uplink.publish = (epoch, batch) =>
    batch.kind === 'gaps'
      ? Promise.resolve({ kind: 'refused', reason: 'not authorized' })
      : publish.call(t.uplink, epoch, batch);
  for (let i = 0; i < 20; i++) {
    const gap = { athlete: '7', fromMs: i, toMs: i, cause: 'link-lost' } as const;
    await t.outbox.append([...samplesOf('7', i, i + 1), { kind: 'gap', gap }, alertOf('7', 'raised')]);
    await t.pass(100);
  }
  assert.deepEqual(t.outbox.backlog(), { alerts: 0, gaps: 20, samples: 0 });
  await t.stop();
});

test('an alert that the broker finds too large is kept and tried again, and nothing else suffers', async () => {
  const t = await running({ maxPayloadBytes: 150 });
  await t.outbox.append([alertOf('7', 'raised')]);
  await t.pass(200);
  assert.deepEqual(t.outbox.backlog(), { alerts: 1, gaps: 0, samples: 0 });
  assert.equal(t.telemetry.named('uplink.refused').length, 1);
  await t.pass(30_000);
  assert.equal(t.telemetry.named('uplink.refused').length, 5, 'after 1, 2, 4 and 8 seconds more');
  await t.stop();
});

test('the cursor does not move before the acknowledgement, and a lost one sends the same ids again', async () => {
  const t = await running();
  t.uplink.hold('acknowledgements');
  await t.outbox.append(samplesOf('7', 0, 700));
  await t.pass();
  assert.equal(seqs(t.uplink).length, 700);
  assert.equal(t.outbox.cursor('samples'), 0);
  t.uplink.cut();
  t.uplink.release();
  await t.pass();
  assert.equal(t.outbox.cursor('samples'), 0);
  t.uplink.restore();
  await t.pass();
  assert.equal(t.outbox.cursor('samples'), 700);
  assert.deepEqual([...new Set(seqs(t.uplink))].length, 700);
  assert.equal(seqs(t.uplink).length, 1400);
  await t.stop();
});

test('a broker that refuses gets the message again later, and nothing is lost', async () => {
  const t = await running();
  t.uplink.refuse('quota exceeded');
  await t.outbox.append(samplesOf('7', 0, 5));
  await t.pass(500);
  assert.deepEqual(t.uplink.arrived, []);
  const [refusal] = t.telemetry.named('uplink.refused');
  assert.deepEqual(refusal, { event: 'uplink.refused', uplink: 'memory', reason: 'quota exceeded', retryInMs: 1000 });
  await t.pass(100);
  assert.equal(t.telemetry.named('uplink.refused').length, 1, 'it is not asked again at once');
  t.uplink.refuse(undefined);
  await t.pass(2_000);
  await t.pass();
  assert.equal(t.outbox.cursor('samples'), 5);
  await t.stop();
});

test('a message that is too large is sent in halves', async () => {
  const t = await running({ maxPayloadBytes: 8_000 });
  await t.outbox.append(samplesOf('7', 0, 500));
  await t.pass();
  await t.pass();
  assert.equal(t.outbox.cursor('samples'), 500);
  assert.deepEqual(
    seqs(t.uplink),
    Array.from({ length: 500 }, (_, i) => i + 1),
  );
  assert.ok(t.uplink.arrived.every(({ payload }) => payload.length <= 8_000));
  await t.stop();
});

test('a record that no message can carry is passed over, with an entry in the ledger', async () => {
  const t = await running({ maxPayloadBytes: 2_000 });
  const [before, after] = [samplesOf('7', 0, 3), samplesOf('7', 4, 6)];
  const long = { ...(samplesOf('8', 3, 4)[0] as { sample: Sample }).sample, rrMs: Array(1000).fill(422.8515625) };
  await t.outbox.append([...before, { kind: 'sample', sample: long }, ...after]);
  for (let i = 0; i < 10; i++) await t.pass();
  assert.equal(t.outbox.cursor('samples'), 6);
  const gaps = t.uplink.arrived.flatMap(({ batch }) => (batch.kind === 'gaps' ? batch.records : []));
  assert.deepEqual(gaps, [
    { seq: 7, athlete: '8', fromMs: long.timeMs, toMs: long.timeMs, cause: 'undeliverable', count: 1 },
  ]);
  assert.deepEqual(
    t.uplink.arrived.flatMap(({ batch }) => (batch.kind === 'samples' ? batch.records.map(({ seq }) => seq) : [])),
    [1, 2, 3, 5, 6],
  );
  await t.stop();
});

test('a cursor that cannot be written is tried again, and delivery goes on', async () => {
  let faulty: FaultyOutbox | undefined;
  const t = await running({
    wrap: (outbox) => {
      faulty = new FaultyOutbox(outbox);
      return faulty;
    },
  });
  await t.outbox.append(samplesOf('7', 0, 5));
  await t.pass();
  assert.ok(faulty);
  faulty.fails = true;
  await t.pass(6_000);
  assert.ok(t.telemetry.named('store.delivery-failed').length > 0);
  faulty.fails = false;
  await t.pass(5_000);
  await t.outbox.append(samplesOf('7', 5, 10));
  await t.pass(5_000);
  assert.equal(t.outbox.cursor('samples'), 10);
  await t.stop();
});

test('a fault while an acknowledgement is taken ends the loop, so that the process is restarted', async () => {
  const t = await running({
    wrap: (outbox) =>
      Object.assign(new FaultyOutbox(outbox), {
        acknowledge: () => {
          throw new TypeError('an invariant is broken');
        },
      }),
  });
  await t.outbox.append(samplesOf('7', 0, 5));
  const failed = assert.rejects(t.loop, /an invariant is broken/);
  await t.pass();
  await failed;
  await t.uplink.stop();
  await t.outbox.close();
});

test('samples that cannot be read hold up no alert, and that is said once', async () => {
  const t = await running({
    wrap: (outbox) => {
      const faulty = new FaultyOutbox(outbox);
      const read = faulty.read.bind(faulty);
      faulty.read = async (lane, afterSeq, limit) => {
        if (lane === 'samples')
          throw new OperatingError('store-unusable', 'outbox.db: database disk image is malformed');
        return await read(lane, afterSeq, limit);
      };
      return faulty;
    },
  });
  for (let i = 0; i < 5; i++) {
    await t.outbox.append([...samplesOf('7', i, i + 1), alertOf('7', 'raised')]);
    await t.pass(10);
    assert.equal(t.outbox.backlog().alerts, 0, 'at once');
    await t.pass(990);
  }
  assert.equal(t.telemetry.named('store.delivery-failed').length, 1);
  await t.stop();
});

test('draining ends when everything is acknowledged, and not before', async () => {
  const t = await running();
  t.uplink.hold('acknowledgements');
  await t.outbox.append(samplesOf('7', 0, 5));
  let isDrained = false;
  const drained = t.delivery.drained(new AbortController().signal).then(() => {
    isDrained = true;
  });
  await t.pass(1_000);
  assert.equal(isDrained, false);
  t.uplink.release();
  await t.pass(1_000);
  assert.equal(isDrained, true);
  await drained;
  await t.stop();
});

const step = fc.oneof(
  fc.record({ do: fc.constant('append' as const), samples: fc.integer({ min: 0, max: 700 }), alert: fc.boolean() }),
  fc.record({ do: fc.constantFrom('cut' as const, 'restore' as const, 'release' as const) }),
  fc.record({ do: fc.constantFrom('hold-messages' as const, 'hold-acknowledgements' as const, 'refuse' as const) }),
);

test('whatever the line does, everything arrives, per athlete in order, and no more twice than was under way', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
      const t = await running();
      let second = 0;
      let breaks = 0;
      for (const each of steps) {
        if (each.do === 'append') {
          const samples = ['7', '8'].flatMap((athlete) => samplesOf(athlete, second, second + each.samples));
          await t.outbox.append([...samples, ...(each.alert ? [alertOf('7', 'raised')] : [])]);
          second += each.samples;
        } else if (each.do === 'cut') {
          breaks++;
          t.uplink.cut();
        } else if (each.do === 'restore') t.uplink.restore();
        else if (each.do === 'release') t.uplink.release();
        else if (each.do !== 'refuse') {
          // A line keeps its order: nothing may overtake what is still held before the broker.
          t.uplink.release();
          t.uplink.hold(each.do === 'hold-messages' ? 'messages' : 'acknowledgements');
        } else {
          breaks++;
          t.uplink.refuse('busy');
        }
        await t.pass();
      }
      t.uplink.refuse(undefined);
      t.uplink.release();
      t.uplink.restore();
      for (let i = 0; i < 5; i++) await t.pass(120_000);
      assert.deepEqual(t.outbox.backlog(), { alerts: 0, gaps: 0, samples: 0 });
      const samples = t.uplink.arrived.flatMap(({ batch }) => (batch.kind === 'samples' ? batch.records : []));
      const firsts = new Map<number, Stored<Sample>>();
      for (const record of samples) if (!firsts.has(record.seq)) firsts.set(record.seq, record);
      assert.equal(firsts.size, second * 2);
      for (const athlete of ['7', '8']) {
        const order = [...firsts.values()].filter((record) => record.athlete === athlete).map(({ seq }) => seq);
        assert.deepEqual(
          order,
          [...order].sort((a, b) => a - b),
        );
      }
      assert.ok(samples.length - firsts.size <= breaks * IN_FLIGHT * 500);
      await t.stop();
    }),
    { numRuns: 60 },
  );
});
