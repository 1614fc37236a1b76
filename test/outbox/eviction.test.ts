import assert from 'node:assert/strict';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import test from 'node:test';
import type { EnteredGap, Gap } from '../../src/domain/gap.ts';
import { GapTotals } from '../../src/domain/gap-totals.ts';
import type { Stored } from '../../src/domain/record.ts';
import type { Sample } from '../../src/domain/sample.ts';
import { alertOf, OTHER, readAll, readFrom, samplesOf, UPLINK } from '../contract/outbox.ts';
import { MB, StoreFolder } from './store-folder.ts';

const LIMIT = 6 * MB;

async function seconds(outbox: Parameters<typeof readAll>[0], uplink = 'anybody'): Promise<number[]> {
  const samples = (await readAll(outbox, 'samples', 500, uplink)) as Stored<Sample>[];
  return samples.map(({ monotonicMs }) => monotonicMs / 1000 - 5);
}

test('what one of two uplinks has not acknowledged is not delivered: it goes last, and the ledger says so', async () => {
  const store = new StoreFolder();
  const outbox = store.openWith({ maxBytes: LIMIT, uplinks: [UPLINK, OTHER] });
  for (let i = 0; i < 80; i++) {
    await outbox.append(samplesOf('7', i * 500, i * 500 + 500));
    const batch = await readFrom(outbox, 'samples', outbox.acknowledged(UPLINK, 'samples').last, 500);
    outbox.acknowledge(UPLINK, batch);
    // The other one has the second half only.
    if (i >= 40) outbox.acknowledge(OTHER, batch);
  }
  const gaps = (await readAll(outbox, 'gaps')) as Stored<Gap>[];
  assert.deepEqual(gaps, [], 'delivered ones were enough');
  const left = await seconds(outbox);
  assert.equal(left.filter((second) => second < 20_000).length, 20_000);
  assert.ok(left.length < 40_000);
  for (let i = 80; i < 140; i++) await outbox.append(samplesOf('7', i * 500, i * 500 + 500));
  const lost = ((await readAll(outbox, 'gaps')) as Stored<Gap>[]).reduce((sum, { count = 0 }) => sum + count, 0);
  assert.ok(lost > 0);
  assert.equal(outbox.backlog(OTHER).samples, (await seconds(outbox, OTHER)).length);
  assert.equal(outbox.backlog(UPLINK).samples, (await seconds(outbox, UPLINK)).length);
  await outbox.close();
  store.remove();
});

test('samples around an alert stay when all others of their time are dropped, delivered or not', async () => {
  for (const delivers of [false, true]) {
    const store = new StoreFolder();
    const outbox = store.open(LIMIT);
    const ALERT_S = 3_000;
    for (let s = 0; s < 60_000; s += 100) {
      await outbox.append(samplesOf('7', s, s + 100));
      if (s === ALERT_S) await outbox.append([alertOf('7', 'raised')]);
      if (delivers)
        outbox.acknowledge(UPLINK, await readFrom(outbox, 'samples', outbox.acknowledged(UPLINK, 'samples').last, 500));
    }
    const left = new Set(await seconds(outbox));
    for (let s = ALERT_S - 200; s < ALERT_S + 300; s++) assert.ok(left.has(s), `${s} s is gone`);
    assert.ok(!left.has(ALERT_S - 400) && !left.has(ALERT_S + 500));
    await outbox.close();
    store.remove();
  }
});

test('how much around an alert stays is a setting, and it stays around every event of it', async () => {
  for (const minutes of [0, 1, 20]) {
    const store = new StoreFolder();
    const outbox = store.openWith({ maxBytes: LIMIT, keepAroundMs: minutes * 60_000 });
    const [RAISED_S, CLEARED_S] = [3_000, 6_000];
    for (let s = 0; s < 60_000; s += 20) {
      await outbox.append(samplesOf('7', s, s + 20));
      if (s === RAISED_S) await outbox.append([alertOf('7', 'raised')]);
      if (s === CLEARED_S) await outbox.append([alertOf('7', 'cleared')]);
    }
    const left = new Set(await seconds(outbox));
    for (const at of [RAISED_S, CLEARED_S]) {
      // Samples go by the twenty that were stored at once, and an alert comes after its own.
      const [from, to] = [at + 20 - minutes * 60, at + 20 + minutes * 60];
      for (let s = Math.min(from, at); s < to - 20; s++) assert.ok(left.has(s), `${minutes} min: ${s} s is gone`);
      assert.ok(!left.has(from - 40) && !left.has(to + 40), `${minutes} min: more than that stays`);
    }
    await outbox.close();
    store.remove();
  }
});

test('what comes after an alert stays though the gateway was started anew meanwhile', async () => {
  const store = new StoreFolder();
  const [ALERT_S, RESTART_S] = [3_000, 3_060];
  let outbox = store.open(LIMIT);
  for (let s = 0; s < 60_000; s += 20) {
    if (s === RESTART_S) {
      await outbox.close();
      outbox = store.open(LIMIT);
    }
    await outbox.append(samplesOf('7', s, s + 20));
    if (s === ALERT_S) await outbox.append([alertOf('7', 'raised')]);
  }
  const left = new Set(await seconds(outbox));
  for (let s = ALERT_S - 260; s < RESTART_S + 300; s++) assert.ok(left.has(s), `${s} s is gone`);
  assert.ok(!left.has(RESTART_S + 340));
  await outbox.close();
  store.remove();
});

test('what lies around alerts goes as well when nothing else is left, and is in the ledger', async () => {
  const store = new StoreFolder();
  const outbox = store.open(LIMIT);
  const count = 60_000;
  for (let s = 0; s < count; s += 100) await outbox.append([...samplesOf('7', s, s + 100), alertOf('7', 'raised')]);
  const left = await seconds(outbox);
  const gaps = (await readAll(outbox, 'gaps')) as Stored<Gap>[];
  assert.ok(left.length < count);
  assert.equal(left.length + gaps.reduce((sum, { count: lost = 0 }) => sum + lost, 0), count);
  assert.equal((await readAll(outbox, 'alerts', 1_000)).length, count / 100, 'an alert that is not delivered stays');
  await outbox.close();
  store.remove();
});

test('what was acknowledged out of turn is dropped first, and nothing of it is called lost', async () => {
  const store = new StoreFolder();
  const outbox = store.open(LIMIT);
  for (let i = 0; i < 45; i++) await outbox.append(samplesOf('7', i * 500, i * 500 + 500));
  outbox.acknowledge(UPLINK, await readFrom(outbox, 'samples', 5_000, 2_000));
  for (let i = 45; i < 53; i++) await outbox.append(samplesOf('7', i * 500, i * 500 + 500));
  const left = new Set(await seconds(outbox));
  const gaps = (await readAll(outbox, 'gaps')) as Stored<Gap>[];
  assert.ok(!left.has(5_000), 'the delivered ones are gone');
  assert.deepEqual(gaps, []);
  assert.ok(left.has(0));
  assert.equal(outbox.backlog(UPLINK).samples, (await seconds(outbox, UPLINK)).length);
  await outbox.close();
  store.remove();
});

test('a store full of alerts and ledger entries that cannot be delivered stays within its size, and tells what went', async () => {
  const store = new StoreFolder();
  const outbox = store.open(4.8 * MB);
  const told: EnteredGap[] = [];
  outbox.onEntered((entered) => told.push(entered));
  const ROUNDS = 8_100;
  const gap = (i: number): Gap => ({
    athlete: String(i % 30),
    fromMs: i,
    toMs: i + 1,
    ...(i % 90 < 30 ? { cause: 'malformed', count: 3 } : { cause: i % 90 < 60 ? 'link-lost' : 'no-signal' }),
  });
  await outbox.append(samplesOf('7', 0, 1));
  for (let i = 0; i < ROUNDS; i += 50) {
    await outbox.append(
      Array.from({ length: 50 }, (_, k) => [{ kind: 'gap' as const, gap: gap(i + k) }, alertOf('7', 'raised')]).flat(),
    );
  }
  assert.ok(statSync(store.file).size < 1.2 * MB, `${statSync(store.file).size}`);
  const alerts = await readAll(outbox, 'alerts', 1_000);
  const gaps = (await readAll(outbox, 'gaps', 1_000)) as Stored<Gap>[];
  const counted = (wanted: Gap['cause']) =>
    gaps.reduce((sum, { cause, count = 0 }) => sum + (cause === wanted ? count : 0), 0);
  assert.ok(alerts.length >= 500 && alerts.length < ROUNDS, `${alerts.length} alerts, ${gaps.length} entries`);
  assert.ok(gaps.length < 2_000, `${gaps.length} entries`);
  assert.equal(alerts.length + counted('evicted'), ROUNDS, 'of what was evicted there are alerts alone');
  assert.equal(counted('malformed'), ROUNDS, 'readings stay lost for the cause for which they were');
  assert.ok(
    gaps.every(({ cause, count }) => (count === undefined) === (cause === 'link-lost' || cause === 'no-signal')),
    'what was a silence is one',
  );
  for (let i = 0; i < 90; i++) {
    const { athlete, fromMs, cause } = gap(i);
    const isFirst = (one: Gap) => one.athlete === athlete && one.fromMs === fromMs && one.cause === cause;
    assert.ok(gaps.some(isFirst), `the entry at ${i} is part of another one`);
  }
  const totals = new GapTotals();
  for (const { gap, before } of told) totals.add(gap, before);
  assert.deepEqual(
    totals.totals().map(({ athlete, cause, readings }) => [athlete, cause, readings]),
    [['7', 'evicted', ROUNDS - alerts.length]],
    'entries that were counted when they came are not counted again',
  );
  await outbox.close();
  store.remove();
});

test('what the store enters by itself is told as it is entered, each sample once however an entry grows', async () => {
  const store = new StoreFolder();
  const outbox = store.open(LIMIT);
  const told: EnteredGap[] = [];
  outbox.onEntered((entered) => told.push(entered));
  const rounds = 120;
  let read: unknown[] = [];
  for (let i = 0; i < rounds; i++) {
    await outbox.append(['7', '8'].flatMap((athlete) => samplesOf(athlete, i * 150, i * 150 + 150)));
    if (i === 100) read = await readAll(outbox, 'gaps');
  }
  assert.ok(read.length > 0 && told.length > read.length, 'entries grew, and some were read and stay as they are');
  const totals = new GapTotals();
  for (const { gap, before } of told) totals.add(gap, before);
  const gaps = (await readAll(outbox, 'gaps')) as Stored<Gap>[];
  for (const { athlete, readings, gaps: count } of totals.totals()) {
    const own = gaps.filter((gap) => gap.athlete === athlete);
    assert.equal(
      readings,
      own.reduce((sum, { count: lost = 0 }) => sum + lost, 0),
    );
    assert.equal(count, own.length);
  }
  await outbox.close();
  store.remove();
});

test('what was damaged when the store was opened is told to who asks later', async () => {
  const store = new StoreFolder();
  const before = store.open();
  await before.append(samplesOf('7', 0, 10));
  await before.close();
  damageChunk(store.file);
  const outbox = store.open();
  assert.equal(outbox.isDamaged, false, 'nobody has looked yet');
  assert.equal(await outbox.read('samples', { after: 0, through: outbox.head }, 10), undefined);
  const told: EnteredGap[] = [];
  outbox.onEntered((entered) => told.push(entered));
  assert.deepEqual(
    told.map(({ gap: { athlete, cause, count } }) => [athlete, cause, count]),
    [['7', 'corrupted', 10]],
  );
  assert.equal(outbox.isDamaged, true);
  await outbox.close();
  store.remove();
});

/** Changes a heart rate in the only chunk, as the medium might. */
function damageChunk(file: string): void {
  const bytes = readFileSync(file);
  bytes.write('9', bytes.lastIndexOf('142'));
  writeFileSync(file, bytes);
}
