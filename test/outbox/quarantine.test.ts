import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import test from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { Sample } from '../../src/domain/sample.ts';
import type { SqliteOutbox } from '../../src/outbox/sqlite-outbox.ts';
import { alertOf, readAll, readFrom, samplesOf, UPLINK } from '../contract/outbox.ts';
import { StoreFolder } from './store-folder.ts';

const PAGE = 1024;
const INNER_PAGE = 5;

async function withStore(body: (store: StoreFolder) => Promise<void>): Promise<void> {
  const store = new StoreFolder();
  try {
    await body(store);
  } finally {
    store.remove();
  }
}

/** Overwrites pages of a file, numbered from 1. */
function spoil(path: string, from: number, count: number): void {
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(count * PAGE, 0xff), 0, count * PAGE, (from - 1) * PAGE);
  closeSync(file);
}

/** Gives the store the idle time to go through what was moved aside. */
async function salvaged(store: StoreFolder, outbox: SqliteOutbox): Promise<void> {
  const isOver = () => store.notices.some(({ event }) => event === 'store.salvaged');
  for (let i = 0; i < 10_000 && !isOver(); i++) await outbox.read('alerts', { after: 0, through: 0 }, 1);
  assert.ok(isOver(), 'the salvage does not end');
}

/** Every batch of samples that is there. */
async function batches(outbox: SqliteOutbox) {
  const found = [];
  for (const range of outbox.acknowledged(UPLINK, 'samples').gaps(outbox.head)) {
    for (let { after } = range; after < range.through; ) {
      const batch = await outbox.read('samples', { after, through: range.through }, 500);
      if (batch?.kind !== 'samples') break;
      found.push(batch);
      after = batch.range.through;
    }
  }
  return found;
}

const seqsOf = (records: readonly { readonly seq: number }[]) => records.map(({ seq }) => seq);
const numbers = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

test('a file that is no database any more is moved aside with its log, and what it held comes into a new store', () =>
  withStore(async (store) => {
    const before = store.open();
    for (let i = 0; i < 20; i++) await before.append(samplesOf('7', i * 10, i * 10 + 10));
    await before.append([
      alertOf('7', 'raised'),
      { kind: 'gap', gap: { athlete: '9', fromMs: 1, cause: 'no-signal' } },
    ]);
    before.acknowledge(UPLINK, await readFrom(before, 'samples', 0, 55));
    await before.close();
    spoil(store.file, 1, 1);

    const after = store.open();
    assert.notEqual(after.epoch, before.epoch);
    assert.equal(after.head, 0);
    const past = await after.recall(60_000);
    assert.deepEqual(
      past.openAlerts.map(({ athlete, rule }) => [athlete, rule]),
      [['7', 'high-average']],
    );
    assert.deepEqual(past.openGaps, [{ athlete: '9', fromMs: 1, cause: 'no-signal' }]);
    await after.append(samplesOf('8', 0, 5));
    await salvaged(store, after);

    const own = (await batches(after)).filter(({ epoch }) => epoch === after.epoch);
    assert.deepEqual(seqsOf(own.flatMap(({ records }) => records)), numbers(1, 5));
    const old = (await batches(after)).filter(({ epoch }) => epoch === before.epoch);
    const records = old.flatMap((batch) => batch.records);
    assert.deepEqual(seqsOf(records), numbers(56, 200), 'those that were acknowledged do not come again');
    assert.equal(records[0]?.timeMs, (samplesOf('7', 55, 56)[0] as { sample: Sample }).sample.timeMs);
    const [alert] = await readAll(after, 'alerts');
    assert.equal(alert?.seq, 201);

    for (const batch of old) after.acknowledge(UPLINK, batch);
    assert.equal(after.backlog(UPLINK).samples, 5);
    assert.deepEqual(
      store.notices.map(({ event }) => event),
      ['store.quarantined', 'store.salvaged', 'store.salvage-incomplete'],
    );
    assert.ok(store.names.includes('outbox.db.damaged-1'), 'nobody knows whether more was in it');
    const gaps = await readAll(after, 'gaps');
    assert.ok(gaps.some((gap) => 'cause' in gap && gap.cause === 'corrupted' && gap.athlete === '7'));
    await after.close();
  }));

test('a file that never was a store is moved aside as it is', () =>
  withStore(async (store) => {
    await store.open().close();
    writeFileSync(store.file, 'not a database\n'.repeat(500));
    const outbox = store.open();
    await outbox.append(samplesOf('7', 0, 3));
    await salvaged(store, outbox);
    assert.equal(readFileSync(`${store.file}.damaged-1`, 'utf8'), 'not a database\n'.repeat(500));
    assert.equal(outbox.backlog(UPLINK).samples, 3);
    await outbox.close();
  }));

test('a store that turns out to be damaged while it is in use is replaced, and nothing that can be read is lost', () =>
  withStore(async (store) => {
    const outbox = store.open();
    const { epoch } = outbox;
    for (let i = 0; i < 120; i++) await outbox.append(samplesOf('7', i * 500, i * 500 + 500));
    const early = await readFrom(outbox, 'samples', 0, 500);
    const pages = statSync(store.file).size / PAGE;
    assert.ok(pages > 3_000, `${pages} pages, which must be more than are in memory`);
    // SQLite gives the store up at the first of them.
    for (let page = 200; page < pages; page += 200) spoil(store.file, page, 3);
    for (let i = 0; i < 1_000 && outbox.epoch === epoch; i++) await batches(outbox);
    assert.notEqual(outbox.epoch, epoch);
    assert.deepEqual(outbox.acknowledged(UPLINK, 'samples').ranges, []);
    outbox.acknowledge(UPLINK, early);
    assert.deepEqual(outbox.acknowledged(UPLINK, 'samples').ranges, [], 'its batches are of a store that is gone');
    await outbox.append(samplesOf('8', 0, 1));
    await salvaged(store, outbox);

    const old = (await batches(outbox)).filter((batch) => batch.epoch === epoch);
    const seqs = seqsOf(old.flatMap(({ records }) => records));
    assert.deepEqual(
      seqs,
      [...new Set(seqs)].sort((a, b) => a - b),
      'in order, and each once',
    );
    const gaps = (await readAll(outbox, 'gaps')).flatMap((gap) => ('cause' in gap ? [gap] : []));
    const counted = gaps.reduce((sum, { count = 0 }) => sum + count, 0);
    assert.ok(seqs.length > 40_000 && seqs.length < 60_000, `${seqs.length} samples`);
    assert.ok(gaps.every(({ cause, athlete }) => cause === 'corrupted' && athlete === '7'));
    assert.ok(seqs.length + counted === 60_000 || gaps.some(({ count }) => count === undefined), `${counted} counted`);
    await outbox.close();
  }));

test('a copy of which everything was taken over is removed', () =>
  withStore(async (store) => {
    const outbox = store.open();
    const { epoch } = outbox;
    for (let i = 0; i < 3_000; i++) await outbox.append(samplesOf('7', i * 12, i * 12 + 12));
    // The rows are as they were; the inner pages that lead to them are not, but for those at the end, which are in memory.
    const bytes = readFileSync(store.file);
    const pages = Array.from({ length: bytes.length / PAGE }, (_, index) => index + 1);
    const inner = pages.filter((page) => page > 100 && bytes[(page - 1) * PAGE] === INNER_PAGE);
    assert.ok(inner.length > 0);
    for (const page of inner) spoil(store.file, page, 1);
    for (let i = 0; i < 1_000 && outbox.epoch === epoch; i++) await batches(outbox);
    await salvaged(store, outbox);
    const old = (await batches(outbox)).filter((batch) => batch.epoch === epoch);
    assert.deepEqual(seqsOf(old.flatMap(({ records }) => records)), numbers(1, 36_000));
    assert.deepEqual(await readAll(outbox, 'gaps'), []);
    assert.deepEqual(
      store.notices.map(({ event }) => event),
      ['store.quarantined', 'store.salvaged'],
    );
    assert.ok(!store.names.some((name) => name.includes('damaged')), store.names.join(' '));
    await outbox.close();
  }));

test('a salvage goes on after a restart where it was, and is told of once', () =>
  withStore(async (store) => {
    const before = store.open();
    for (let i = 0; i < 60; i++) await before.append(samplesOf('7', i * 500, i * 500 + 500));
    await before.close();
    spoil(store.file, 1, 1);
    for (let opened = 0; !store.notices.some(({ event }) => event === 'store.salvaged'); opened++) {
      assert.ok(opened < 1_000, 'it comes to an end');
      const outbox = store.open();
      for (let i = 0; i < 7 + opened; i++) await outbox.read('alerts', { after: 0, through: 0 }, 1);
      await outbox.close();
    }
    const after = store.open();
    const old = (await batches(after)).filter((batch) => batch.epoch === before.epoch);
    assert.deepEqual(seqsOf(old.flatMap(({ records }) => records)), numbers(1, 30_000));
    assert.equal(store.notices.filter(({ event }) => event === 'store.quarantined').length, 1);
    assert.equal(store.notices.filter(({ event }) => event === 'store.salvaged').length, 1);
    await after.close();
  }));

test('of two damaged stores the newer one is kept, once both have been gone through', () =>
  withStore(async (store) => {
    const first = store.open();
    await first.append(samplesOf('7', 0, 10));
    await first.close();
    spoil(store.file, 1, 1);
    const second = store.open();
    await second.append(samplesOf('8', 0, 10));
    await second.close();
    spoil(store.file, 1, 1);
    const third = store.open();
    for (let i = 0; i < 1_000; i++) await third.read('alerts', { after: 0, through: 0 }, 1);
    assert.deepEqual(
      store.names.filter((name) => name.includes('damaged')),
      ['outbox.db.damaged-2'],
    );
    const found = await batches(third);
    assert.deepEqual(
      found.map(({ epoch }) => epoch).sort(),
      [first.epoch, second.epoch].sort(),
      'the records of both are there, each with its own identity',
    );
    await third.close();
    const later = store.open();
    assert.equal(later.isDamaged, true, 'as long as a copy is kept, also after a restart');
    await later.close();
  }));

test('stores that are damaged one after the other lose nothing, however many wait to be gone through', () =>
  withStore(async (store) => {
    const epochs: string[] = [];
    for (let i = 0; i < 6; i++) {
      const outbox = store.open();
      epochs.push(outbox.epoch);
      await outbox.append(samplesOf(String(i), 0, 10));
      assert.equal(outbox.isDamaged, i > 0);
      await outbox.close();
      spoil(store.file, 1, 1);
    }
    const last = store.open();
    const isOver = () => store.notices.filter(({ event }) => event === 'store.salvaged').length >= epochs.length;
    for (let i = 0; i < 1_000 && !isOver(); i++) await last.read('alerts', { after: 0, through: 0 }, 1);
    const found = await batches(last);
    assert.deepEqual(found.map(({ epoch }) => epoch).sort(), epochs.sort());
    assert.deepEqual(
      found.map(({ records }) => records.length),
      epochs.map(() => 10),
    );
    const left = store.names.filter((name) => /damaged-[0-9]+$/.test(name));
    assert.deepEqual(left, ['outbox.db.damaged-6'], 'and of those that were gone through only the newest stays');
    await last.close();
  }));

test('an alert that was cleared after one damage is not open again after the next', () =>
  withStore(async (store) => {
    const first = store.open();
    await first.append([...samplesOf('7', 0, 10), alertOf('7', 'raised')]);
    await first.close();
    spoil(store.file, 1, 1);
    const second = store.open();
    assert.equal((await second.recall(1)).openAlerts.length, 1);
    await second.append([alertOf('7', 'cleared')]);
    await second.close();
    spoil(store.file, 1, 1);
    const third = store.open();
    assert.deepEqual((await third.recall(1)).openAlerts, []);
    await third.close();
  }));

test('a move that a crash has interrupted is completed: the log comes after its file', () =>
  withStore(async (store) => {
    const before = store.open();
    await before.append(samplesOf('7', 0, 10));
    // As a crash leaves it: everything is still in the log.
    const copy = `${store.file}.damaged-1`;
    writeFileSync(copy, readFileSync(store.file));
    const log = readFileSync(`${store.file}-wal`);
    await before.close();
    rmSync(store.file);
    writeFileSync(`${store.file}-wal`, log);
    const after = store.open();
    await salvaged(store, after);
    assert.deepEqual(seqsOf((await batches(after)).flatMap(({ records }) => records)), numbers(1, 10));
    assert.ok(store.names.includes('outbox.db.damaged-1-wal'));
    await after.close();
  }));

test('in a thread of its own the store tells what it does, and its new head, without being asked', () =>
  withStore(async (store) => {
    const before = store.open();
    await before.append([...samplesOf('7', 0, 50), alertOf('7', 'raised')]);
    await before.close();
    spoil(store.file, 1, 1);
    const outbox = await store.openInThread();
    assert.notEqual(outbox.epoch, before.epoch);
    assert.deepEqual(
      store.notices.map(({ event }) => event),
      ['store.quarantined'],
    );
    while (!store.notices.some(({ event }) => event === 'store.salvaged')) await setTimeout(5);
    while (outbox.head < 51) await setTimeout(5);
    assert.equal(outbox.backlog(UPLINK).samples, 50);
    assert.equal((await readFrom(outbox, 'alerts', 0, 10)).epoch, before.epoch);
    await outbox.close();
  }));
