import assert from 'node:assert/strict';
import test from 'node:test';
import { encodedBatch } from '../../src/domain/entries.ts';
import { OperatingError } from '../../src/domain/errors.ts';
import type { BatchExtent, EncodedBatch, NewRecord, RecordKind } from '../../src/domain/record.ts';
import type { SeqRange } from '../../src/domain/seq-ranges.ts';
import { alertOf, sampleOf, samplesOf } from '../contract/outbox.ts';
import { MemoryDisk, MemoryOutbox } from '../fakes/memory-outbox.ts';
import { IN_FLIGHT, kinds, ROLE, running, seqs, upTo } from './delivery-rig.ts';

const NOTHING = { alerts: 0, gaps: 0, samples: 0 };

const gapAt = (fromMs: number): NewRecord => ({
  kind: 'gap',
  gap: { athlete: '7', fromMs, toMs: fromMs + 1, cause: 'link-lost' },
});

test('what is stored arrives in order, and what is acknowledged is remembered as one range', async () => {
  const t = await running();
  for (let i = 0; i < 5; i++) {
    await t.outbox.append(samplesOf('7', i * 10, i * 10 + 10));
    await t.pass();
  }
  assert.deepEqual(seqs(t.line), upTo(50));
  assert.deepEqual(t.outbox.acknowledged(ROLE, 'samples').ranges, [{ after: 0, through: 50 }]);
  assert.ok(t.delivery.lastAcknowledgedMs !== undefined);
  await t.stop();
});

test('what a message was made in goes back to the store once it is acknowledged, and not when it is lost or refused', async () => {
  const outbox = new MemoryOutbox();
  const given: ArrayBuffer[] = [];
  outbox.reuse = (spare) => given.push(spare);
  const t = await running({ outbox });
  t.line.refuse('not now');
  await outbox.append(samplesOf('7', 0, 10));
  await t.pass();
  t.line.refuse(undefined);
  t.line.hold('acknowledgements');
  await t.pass(2_000);
  t.line.cut();
  await t.pass();
  assert.deepEqual(given, []);
  t.line.release();
  t.line.restore();
  await t.pass();
  assert.deepEqual(new Set(seqs(t.line)), new Set(upTo(10)));
  const acknowledged = t.uplink.sendings.filter(({ outcome }) => outcome === 'acknowledged');
  assert.ok(acknowledged.length > 0 && acknowledged.length < t.uplink.sendings.length);
  assert.equal(new Set(given).size, acknowledged.length);
  assert.equal(given.length, acknowledged.length);
  await t.stop();
});

test('a backlog goes out oldest first, in small messages while nothing is known of the line', async () => {
  const t = await running({ reachable: false });
  await t.outbox.append(samplesOf('7', 0, 1_200));
  t.line.restore();
  await t.pass();
  assert.deepEqual(seqs(t.line), upTo(1_200));
  assert.ok(t.uplink.sendings.every(({ bytes }) => bytes < 3_000));
  await t.stop();
});

test('a backlog is told by its lanes: alerts and entries, samples of now, and those of before', async () => {
  const t = await running({ reachable: false });
  const lanes = () => t.delivery.lanesOf(t.outbox.backlog(ROLE));
  await t.outbox.append([...samplesOf('7', 0, 300), alertOf('7', 'raised'), gapAt(1)]);
  await t.pass();
  assert.deepEqual(lanes(), { urgent: 2, live: 0, backfill: 300 }, 'without a connection nothing is of now');
  t.line.hold('acknowledgements');
  t.line.restore();
  await t.pass();
  await t.outbox.append(samplesOf('7', 300, 305));
  await t.pass();
  assert.deepEqual(lanes(), { urgent: 2, live: 5, backfill: 300 });
  t.line.cut();
  assert.deepEqual(lanes(), { urgent: 2, live: 0, backfill: 305 }, 'with the connection what was live is of before');
  t.line.restore();
  await t.pass();
  t.line.release();
  await t.pass();
  assert.deepEqual(lanes(), { urgent: 0, live: 0, backfill: 0 });
  await t.stop();
});

test('no more is under way than the window allows, whatever waits', async () => {
  const t = await running({ reachable: false, inFlight: 14 });
  await t.outbox.append(samplesOf('7', 0, 1_200));
  t.line.hold('acknowledgements');
  t.line.restore();
  await t.pass();
  const bytes = t.uplink.underWay.reduce((sum, sending) => sum + sending.bytes, 0);
  assert.ok(bytes <= 8_192 && bytes > 6_000, `${bytes} bytes under way`);
  await t.stop();
});

test('on a line with a round trip, messages grow with what it holds, up to 1,000 records', async () => {
  const t = await running({ reachable: false, inFlight: 8 });
  await t.outbox.append(samplesOf('7', 0, 50_000));
  t.line.restore();
  const largest = () => Math.max(0, ...t.uplink.sendings.map(({ batch }) => batch.records.length));
  for (let i = 0; i < 40 && largest() < 800; i++) {
    t.line.hold('acknowledgements');
    await t.pass(50);
    t.line.release();
  }
  assert.ok(largest() >= 800 && largest() <= 1_000, `${largest()} records`);
  assert.ok(t.uplink.sendings.every(({ bytes }) => bytes <= 131_072));
  t.line.cut();
  await t.pass();
  t.line.hold('acknowledgements');
  t.line.restore();
  await t.pass();
  const bytes = t.uplink.underWay.reduce((sum, sending) => sum + sending.bytes, 0);
  assert.ok(bytes <= 8_192 && bytes > 6_000, `${bytes} bytes under way on a new connection`);
  await t.stop();
});

test('for ten seconds after an alert messages are small, so that the next alert finds less before it', async () => {
  const t = await running({ reachable: false, inFlight: 8 });
  await t.outbox.append(samplesOf('7', 0, 200_000));
  t.line.restore();
  const round = async () => {
    const before = t.uplink.sendings.length;
    t.line.hold('acknowledgements');
    await t.pass(50);
    t.line.release();
    return Math.max(0, ...t.uplink.sendings.slice(before).map(({ batch }) => batch.records.length));
  };
  let rounds = 0;
  while ((await round()) < 400) assert.ok(++rounds < 40, 'messages grow');
  await t.outbox.append([alertOf('7', 'raised')]);
  // What was read before is sent as it is.
  for (let i = 0; i < 3; i++) await round();
  for (let i = 0; i < 5; i++) assert.ok((await round()) <= 200);
  t.line.hold('acknowledgements');
  await t.pass(10_000);
  t.line.release();
  rounds = 0;
  while ((await round()) < 400) assert.ok(++rounds < 40, 'messages grow again');
  await t.stop();
});

test('alerts and ledger entries stored during an outage arrive before its samples', async () => {
  const t = await running({ reachable: false });
  for (let i = 0; i < 30; i++)
    await t.outbox.append([...samplesOf('7', i * 100, i * 100 + 100), alertOf('7', 'raised'), gapAt(i)]);
  await t.pass();
  assert.deepEqual(t.line.arrived, []);
  t.line.restore();
  await t.pass();
  assert.deepEqual(kinds(t.line).slice(0, 3), ['alerts', 'gaps', 'samples']);
  assert.equal(kinds(t.line).lastIndexOf('gaps'), 1);
  assert.deepEqual(t.outbox.backlog(ROLE), NOTHING);
  await t.stop();
});

test('an alert goes out while every sample message that may be under way still waits for its acknowledgement', async () => {
  const t = await running({ reachable: false });
  await t.outbox.append(samplesOf('7', 0, 5_000));
  t.line.hold('acknowledgements');
  t.line.restore();
  await t.pass();
  assert.deepEqual(kinds(t.line), Array(IN_FLIGHT - 1).fill('samples'));
  await t.outbox.append([alertOf('7', 'raised')]);
  await t.pass();
  assert.equal(kinds(t.line).at(-1), 'alerts');
  await t.stop();
});

test('an alert waits for no ledger entry, however many there are', async () => {
  const t = await running({ reachable: false });
  for (let i = 0; i < 3_000; i++) await t.outbox.append([gapAt(i)]);
  await t.outbox.append([alertOf('7', 'raised')]);
  t.line.restore();
  await t.pass();
  assert.deepEqual(kinds(t.line).slice(0, 2), ['alerts', 'gaps']);
  assert.ok(
    t.uplink.sendings.every(({ bytes }) => bytes < 10_000),
    'and none is long on the line',
  );
  await t.stop();
});

test('what is stored now is in the next message, however much is before it', async () => {
  const t = await running({ reachable: false });
  await t.outbox.append(samplesOf('7', 0, 5_000));
  t.line.hold('acknowledgements');
  t.line.restore();
  await t.pass();
  for (let second = 0; second < 5; second++) {
    await t.outbox.append(samplesOf('8', second * 10, second * 10 + 10));
    const before = t.uplink.sendings.length;
    t.delivery.wake();
    await t.pass();
    t.line.release();
    t.line.hold('acknowledgements');
    await t.pass();
    assert.equal(t.uplink.sendings[before]?.batch.records[0]?.athlete, '8');
    assert.ok(t.uplink.sendings.slice(before + 1).some(({ batch }) => batch.records[0]?.athlete === '7'));
  }
  await t.stop();
});

test('a whole team’s second is one message from the beginning', async () => {
  const t = await running();
  await t.pass();
  await t.outbox.append(upTo(60).flatMap((athlete) => samplesOf(`${athlete}`, 0, 1)));
  await t.pass();
  assert.deepEqual(
    t.uplink.sendings.map(({ batch }) => batch.records.length),
    [60],
  );
  await t.stop();
});

test('live samples that the line is too slow for are left to the backfill, and the newest go on', async () => {
  const t = await running({ rate: { bytesPerSecond: 3_000 } });
  for (let second = 0; second < 60; second++) {
    await t.outbox.append(upTo(40).flatMap((athlete) => samplesOf(`${athlete}`, second, second + 1)));
    await t.pass(1_000);
  }
  const newest = Math.max(...seqs(t.line));
  assert.ok(t.outbox.backlog(ROLE).samples > 600);
  assert.ok(t.outbox.head - newest < 11 * 40, `the newest that has arrived is ${t.outbox.head - newest} behind`);
  await t.pass(120_000);
  assert.deepEqual(t.outbox.backlog(ROLE), NOTHING);
  assert.equal(new Set(seqs(t.line)).size, 60 * 40);
  await t.stop();
});

test('only the backfill is compressed, where that is wished', async () => {
  const t = await running({ reachable: false, backfillForm: 'compressed' });
  await t.outbox.append([...samplesOf('7', 0, 300), alertOf('7', 'raised'), gapAt(0)]);
  t.line.restore();
  await t.pass();
  await t.outbox.append(samplesOf('7', 300, 310));
  await t.pass();
  const forms = t.line.arrived.map(({ batch, form }) => [batch.kind, form]);
  assert.deepEqual(forms.slice(0, 2), [
    ['alerts', 'plain'],
    ['gaps', 'plain'],
  ]);
  assert.ok(forms.slice(2, -1).every(([, form]) => form === 'compressed'));
  assert.deepEqual(forms.at(-1), ['samples', 'plain']);
  await t.stop();
});

test('a broker that refuses one lane does not hold up the others', async () => {
  const t = await running();
  t.line.refuse('not authorized', ({ kind }) => kind === 'gaps');
  for (let i = 0; i < 20; i++) {
    await t.outbox.append([...samplesOf('7', i, i + 1), gapAt(i), alertOf('7', 'raised')]);
    await t.pass(100);
  }
  assert.deepEqual(t.outbox.backlog(ROLE), { alerts: 0, gaps: 20, samples: 0 });
  await t.stop();
});

test('an alert that the broker finds too large is kept and tried again, and nothing else suffers', async () => {
  const t = await running({ maxPayloadBytes: 150 });
  await t.outbox.append([alertOf('7', 'raised')]);
  await t.pass(200);
  assert.deepEqual(t.outbox.backlog(ROLE), { alerts: 1, gaps: 0, samples: 0 });
  assert.equal(t.telemetry.named('uplink.refused').length, 1);
  await t.pass(30_000);
  assert.equal(t.telemetry.named('uplink.refused').length, 5, 'after 1, 2, 4 and 8 seconds more');
  await t.stop();
});

test('nothing counts as acknowledged before it is, and what a cut has lost comes again under the same ids', async () => {
  const t = await running();
  t.line.hold('acknowledgements');
  await t.outbox.append(samplesOf('7', 0, 30));
  await t.pass();
  assert.deepEqual(seqs(t.line), upTo(30));
  assert.deepEqual(t.outbox.acknowledged(ROLE, 'samples').ranges, []);
  t.line.cut();
  t.line.release();
  await t.pass();
  assert.equal(t.outbox.backlog(ROLE).samples, 30);
  t.line.restore();
  await t.pass();
  assert.deepEqual(seqs(t.line), [...upTo(30), ...upTo(30)]);
  assert.deepEqual(t.outbox.backlog(ROLE), NOTHING);
  await t.stop();
});

test('a broker that refuses gets the message again later, and nothing is lost', async () => {
  const t = await running();
  t.line.refuse('quota exceeded');
  await t.outbox.append(samplesOf('7', 0, 5));
  await t.pass(500);
  assert.deepEqual(t.line.arrived, []);
  const [refusal] = t.telemetry.named('uplink.refused');
  assert.deepEqual(refusal, { event: 'uplink.refused', uplink: 'memory', reason: 'quota exceeded', retryInMs: 1000 });
  await t.pass(100);
  assert.equal(t.telemetry.named('uplink.refused').length, 1, 'it is not asked again at once');
  t.line.refuse(undefined);
  await t.pass(2_000);
  assert.deepEqual(t.outbox.backlog(ROLE), NOTHING);
  await t.stop();
});

test('a refused message comes again by itself, and not what was acknowledged behind it', async () => {
  const t = await running({ reachable: false });
  await t.outbox.append(samplesOf('7', 0, 45));
  t.line.hold('acknowledgements');
  t.line.refuse('quota exceeded', ({ records }) => records.some(({ seq }) => seq === 1));
  t.line.restore();
  await t.pass(1);
  t.line.release();
  await t.pass(100);
  assert.ok(!seqs(t.line).includes(1));
  t.line.refuse(undefined);
  await t.pass(2_000);
  assert.deepEqual(t.outbox.backlog(ROLE), NOTHING);
  assert.equal(seqs(t.line).length, 45);
  await t.stop();
});

test('behind a message that the broker refuses, or finds too large, no other is sent before it is taken', async () => {
  for (const cause of ['refused', 'too-large'] as const) {
    const t = await running({ reachable: false, maxPayloadBytes: 2_500 });
    const rrMs = Array(cause === 'refused' ? 1 : 40).fill(422.85);
    await t.outbox.append(upTo(10).map((second) => ({ kind: 'sample', sample: sampleOf('7', second, { rrMs }) })));
    await t.outbox.append(samplesOf('7', 11, 200));
    if (cause === 'refused') t.line.refuse('quota exceeded', ({ records }) => records.some(({ seq }) => seq === 1));
    t.line.hold('acknowledgements');
    t.line.restore();
    await t.pass(1);
    const overtaking = seqs(t.line);
    assert.ok(overtaking.length > 0 && !overtaking.includes(1), 'what was under way already has overtaken it');
    t.line.release();
    t.line.refuse(undefined);
    t.line.hold('acknowledgements');
    await t.pass(3_000);
    assert.equal(t.line.underWay, 1);
    t.line.release();
    await t.pass(60_000);
    assert.deepEqual(t.outbox.backlog(ROLE), NOTHING);
    const later = seqs(t.line).slice(overtaking.length);
    assert.deepEqual(
      later,
      [...later].sort((x, y) => x - y),
      cause,
    );
    await t.stop();
  }
});

test('a lane that was refused has as many messages under way as before once it is taken', async () => {
  const t = await running({ reachable: false });
  await t.outbox.append(samplesOf('7', 0, 2_000));
  t.line.refuse('quota exceeded');
  t.line.restore();
  await t.pass(500);
  t.line.refuse(undefined);
  await t.pass(1_000);
  t.line.hold('acknowledgements');
  await t.outbox.append(samplesOf('7', 2_000, 4_000));
  t.line.cut();
  await t.pass();
  t.line.restore();
  await t.pass();
  assert.equal(t.line.underWay, IN_FLIGHT - 1);
  await t.stop();
});

test('the lanes begin anew when another store takes the place of a damaged one, whatever is under way', async () => {
  const t = await running();
  await t.pass();
  t.line.hold('acknowledgements');
  await t.outbox.append([...samplesOf('7', 0, 10), alertOf('7', 'raised'), gapAt(0)]);
  await t.pass();
  const bytes = t.delivery.unacknowledgedBytes;
  assert.equal(
    bytes,
    t.uplink.underWay.reduce((sum, sending) => sum + sending.bytes, 0),
  );
  assert.ok(bytes > 0);
  t.outbox.replace(new MemoryDisk('another'));
  await t.outbox.append([...samplesOf('8', 0, 10), alertOf('8', 'raised'), gapAt(0)]);
  await t.pass();
  const own = t.uplink.underWay.filter(({ batch }) => batch.epoch === 'another');
  assert.deepEqual(
    own.map(({ batch }) => batch.kind).sort(),
    ['alerts', 'gaps', 'samples'],
    'none waits for an answer to the old ones',
  );
  t.line.release();
  await t.pass();
  assert.deepEqual(t.outbox.backlog(ROLE), NOTHING);
  assert.equal(t.delivery.unacknowledgedBytes, 0);
  await t.stop();
});

test('with one message under way at a time, a refusal changes no order', async () => {
  const t = await running({ reachable: false, inFlight: 1 });
  await t.outbox.append(samplesOf('7', 0, 100));
  t.line.refuse('quota exceeded');
  t.line.restore();
  await t.pass(500);
  t.line.refuse(undefined);
  await t.pass(2_000);
  assert.deepEqual(seqs(t.line), upTo(100));
  await t.stop();
});

test('a message that is too large is sent in halves', async () => {
  const t = await running({ maxPayloadBytes: 1_000 });
  await t.pass();
  await t.outbox.append(samplesOf('7', 0, 500));
  await t.pass();
  assert.deepEqual(t.outbox.backlog(ROLE), NOTHING);
  // What was sent behind it may be before it.
  assert.deepEqual(
    seqs(t.line).sort((x, y) => x - y),
    upTo(500),
  );
  assert.ok(t.line.arrived.every(({ payload }) => payload.length <= 1_000));
  await t.stop();
});

test('a record that no message can carry is passed over, with an entry in the ledger', async () => {
  const t = await running({ maxPayloadBytes: 2_000 });
  const long = sampleOf('8', 3, { rrMs: Array(1000).fill(422.8515625) });
  await t.outbox.append([...samplesOf('7', 0, 3), { kind: 'sample', sample: long }, ...samplesOf('7', 4, 6)]);
  await t.pass(2_000);
  assert.deepEqual(t.outbox.backlog(ROLE), NOTHING);
  const gaps = t.line.arrived.flatMap(({ batch }) => (batch.kind === 'gaps' ? batch.records : []));
  assert.deepEqual(gaps, [
    { seq: 7, athlete: '8', from: long.timeMs, to: long.timeMs, cause: 'undeliverable', count: 1 },
  ]);
  assert.deepEqual(seqs(t.line), [1, 2, 3, 5, 6]);
  assert.deepEqual(t.entries, [
    { athlete: '8', fromMs: long.timeMs, toMs: long.timeMs, cause: 'undeliverable', count: 1 },
  ]);
  assert.deepEqual(t.telemetry.named('gap.recorded'), [
    { event: 'gap.recorded', athlete: '8', cause: 'undeliverable', seconds: 0 },
  ]);
  await t.stop();
});

/** Another store takes the place of this one while a record is read by itself. */
class GoneWhileRead extends MemoryOutbox {
  readonly acknowledgements: BatchExtent[] = [];

  override async read(): Promise<undefined> {
    this.replace(new MemoryDisk('another'));
  }

  override async readEncoded(kind: RecordKind, range: SeqRange, limit: number): Promise<EncodedBatch | undefined> {
    const batch = await super.read(kind, range, limit);
    return batch && encodedBatch(batch);
  }

  override acknowledge(uplink: string, batch: BatchExtent): void {
    this.acknowledgements.push(batch);
    super.acknowledge(uplink, batch);
  }
}

test('a record that no message can carry is not passed over when its store has gone meanwhile', async () => {
  const outbox = new GoneWhileRead();
  const t = await running({ outbox, maxPayloadBytes: 2_000 });
  await outbox.append([{ kind: 'sample', sample: sampleOf('8', 3, { rrMs: Array(1000).fill(422.8515625) }) }]);
  await t.pass(2_000);
  assert.equal(outbox.epoch, 'another');
  assert.deepEqual([outbox.acknowledgements, t.entries], [[], []]);
  await t.stop();
});

test('what waits for the time to become known goes out a second after it is', async () => {
  const t = await running();
  await t.pass();
  await t.outbox.append([
    ...samplesOf('7', 0, 2),
    { kind: 'sample', sample: sampleOf('7', 2), offsetMs: 0 },
    { ...alertOf('7', 'raised'), offsetMs: 0 },
  ]);
  await t.pass(5_000);
  assert.deepEqual(seqs(t.line), [1, 2]);
  assert.deepEqual(seqs(t.line, 'alerts'), [4], 'an alert waits for nothing');
  await t.outbox.learnTime(1_000);
  await t.pass(1_000);
  await t.pass();
  assert.deepEqual(seqs(t.line), [1, 2, 3]);
  await t.stop();
});

test('with limits no second sees more, and an alert goes out at once all the same', async () => {
  const t = await running({ reachable: false, rate: { publishesPerSecond: 10, bytesPerSecond: 20_000 } });
  await t.outbox.append(samplesOf('7', 0, 2_000));
  t.line.restore();
  await t.pass(1);
  for (let second = 0; second < 5; second++) {
    const before = t.uplink.sendings.length;
    await t.pass(900);
    await t.outbox.append([alertOf('7', 'raised')]);
    await t.pass(1);
    assert.equal(kinds(t.line).at(-1), 'alerts');
    await t.pass(99);
    const sent = t.uplink.sendings.slice(before);
    assert.ok(sent.length >= 8 && sent.length <= 12, `${sent.length} messages in a second`);
    assert.ok(sent.reduce((sum, { bytes }) => sum + bytes, 0) <= 24_000);
  }
  await t.stop();
});

test('a mirror that is dead costs the primary nothing, and gets everything when it comes', async () => {
  const primary = await running();
  const { outbox, clock } = primary;
  const mirror = await running({ outbox, clock, reachable: false, role: 'mirror' });
  await outbox.append([...samplesOf('7', 0, 200), alertOf('7', 'raised')]);
  await primary.pass();
  assert.deepEqual(outbox.backlog('primary'), NOTHING);
  assert.deepEqual(outbox.backlog('mirror'), { alerts: 1, gaps: 0, samples: 200 });
  mirror.line.restore();
  await mirror.pass();
  assert.deepEqual(outbox.backlog('mirror'), NOTHING);
  assert.equal(primary.line.arrived.length, primary.uplink.sendings.length);
  assert.deepEqual(seqs(mirror.line), upTo(200));
  await primary.stop();
  await mirror.stop();
});

test('a new delivery goes on where the last one stopped', async () => {
  const first = await running();
  await first.outbox.append(samplesOf('7', 0, 20));
  await first.pass();
  await first.stop();
  await first.outbox.append(samplesOf('7', 20, 30));
  const second = await running({ outbox: first.outbox });
  await second.pass();
  assert.deepEqual(seqs(second.line), upTo(30, 21));
  await second.stop();
});

test('acknowledgements that cannot be written are tried again, and delivery goes on', async () => {
  const t = await running();
  await t.outbox.append(samplesOf('7', 0, 5));
  await t.pass();
  t.outbox.fails = true;
  await t.pass(6_000);
  assert.equal(t.telemetry.named('store.delivery-failed').length, 1);
  t.outbox.fails = false;
  await t.pass(5_000);
  await t.outbox.append(samplesOf('7', 5, 10));
  await t.pass(5_000);
  assert.deepEqual(t.outbox.backlog(ROLE), NOTHING);
  await t.stop();
});

test('a fault while an acknowledgement is taken ends the loop, so that the process is restarted', async () => {
  const outbox = Object.assign(new MemoryOutbox(), {
    acknowledge: () => {
      throw new TypeError('an invariant is broken');
    },
  });
  const t = await running({ outbox });
  await outbox.append(samplesOf('7', 0, 5));
  await t.pass();
  await assert.rejects(t.loop, /an invariant is broken/);
  await t.uplink.stop();
});

test('samples that cannot be read hold up no alert, and that is said once for each of their lanes', async () => {
  const outbox = new MemoryOutbox();
  const read = outbox.read.bind(outbox);
  outbox.read = async (kind, range, limit) => {
    if (kind === 'samples') throw new OperatingError('store-unusable', 'outbox.db: database disk image is malformed');
    return await read(kind, range, limit);
  };
  await outbox.append(samplesOf('7', 0, 1));
  const t = await running({ outbox });
  for (let i = 0; i < 5; i++) {
    await outbox.append([...samplesOf('7', i, i + 1), alertOf('7', 'raised')]);
    await t.pass(10);
    assert.equal(outbox.backlog(ROLE).alerts, 0, 'at once');
    await t.pass(990);
  }
  assert.equal(t.telemetry.named('store.delivery-failed').length, 2);
  await t.stop();
});

test('draining ends when everything is acknowledged, and not before', async () => {
  const t = await running();
  t.line.hold('acknowledgements');
  await t.outbox.append(samplesOf('7', 0, 5));
  let isDrained = false;
  const drained = t.delivery.drained(new AbortController().signal).then(() => {
    isDrained = true;
  });
  await t.pass(1_000);
  assert.equal(isDrained, false);
  t.line.release();
  await t.pass(1_000);
  assert.equal(isDrained, true);
  await drained;
  await t.stop();
});
