import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import test from 'node:test';
import type { Gap } from '../../src/domain/gap.ts';
import type { NewRecord, Stored } from '../../src/domain/record.ts';
import type { Sample } from '../../src/domain/sample.ts';
import { prepare } from '../../src/outbox/schema.ts';
import { Sqlite } from '../../src/outbox/sqlite.ts';
import { SqliteOutbox } from '../../src/outbox/sqlite-outbox.ts';
import { alertOf, OTHER, outboxContract, readAll, readFrom, sampleOf, samplesOf, UPLINK } from '../contract/outbox.ts';
import { inspect } from '../model/inspection.ts';
import { MB, StoreFolder } from './store-folder.ts';

const folder = () => new StoreFolder();

for (const [name, way] of [
  ['in a thread of its own', 'openInThread'],
  ['in this thread', 'openHere'],
] as const) {
  outboxContract(`the SQLite outbox ${name}`, () => {
    const store = folder();
    return { open: store[way], remove: store.remove };
  });
}

test('every opening has synchronous FULL, that of an existing store too', async () => {
  const store = folder();
  await store.open().close();
  const db = new Sqlite(store.file);
  assert.equal(db.pragma('synchronous', { simple: true }), 1, 'left alone, an existing store opens with NORMAL');
  prepare(db);
  assert.equal(db.pragma('synchronous', { simple: true }), 2);
  assert.equal(db.pragma('journal_mode', { simple: true }), 'wal');
  db.close();
  store.remove();
});

test('a store in use is refused, and is free again when the first one closes', async () => {
  const store = folder();
  const outbox = store.open();
  assert.throws(() => store.open(), {
    code: 'store-locked',
    message: `the store ${store.file} is in use by another process`,
    remedy: 'stop the other gateway, or give this one a store of its own',
  });
  await outbox.append(samplesOf('7', 0, 1));
  await outbox.close();
  await store.open().close();
  store.remove();
});

test('a large buffer that is given back is read into again, once; a small one stays where it is', async () => {
  const store = folder();
  const outbox = await store.openInThread();
  try {
    await outbox.append(samplesOf('7', 0, 10));
    const read = async () => {
      const batch = await outbox.readEncoded('samples', { after: 0, through: outbox.head }, 10);
      return batch?.entries.buffer.byteLength;
    };
    const [large, small] = [new ArrayBuffer(160 * 1024), new ArrayBuffer(16 * 1024 - 1)];
    outbox.reuse(large);
    outbox.reuse(large);
    outbox.reuse(small);
    assert.equal(await read(), 160 * 1024);
    assert.deepEqual([large.byteLength, small.byteLength], [0, 16 * 1024 - 1], 'the large one is the thread’s now');
    const anew = await read();
    assert.ok(anew !== undefined && anew < 16 * 1024, `${anew}`);
  } finally {
    await outbox.close();
    store.remove();
  }
});

test('two stores never have the same epoch', async () => {
  const stores = Array.from({ length: 5 }, folder);
  const outboxes = stores.map((store) => store.open());
  assert.equal(new Set(outboxes.map(({ epoch }) => epoch)).size, 5);
  for (const outbox of outboxes) await outbox.close();
  for (const store of stores) store.remove();
});

test('another program’s database, a store of a later format and a folder that cannot be made are refused with a remedy', () => {
  const store = folder();
  const open = (path: string) => () => SqliteOutbox.openHere({ path, maxBytes: MB, bootId: 'b', uplinks: [UPLINK] });
  const later = join(store.path, 'later.db');
  const db = new Sqlite(later);
  prepare(db);
  db.pragma('user_version = 99');
  db.close();
  const foreign = join(store.path, 'foreign.db');
  const other = new Sqlite(foreign);
  other.exec('CREATE TABLE t (x)');
  other.close();
  assert.throws(open(foreign), {
    code: 'store-unusable',
    message: `${foreign}: this is a database of another program`,
  });
  assert.throws(open(later), {
    code: 'store-unusable',
    message: `${later}: the store has format 99, this program knows 2`,
  });
  assert.throws(open(join(later, 'outbox.db')), { code: 'store-unusable', remedy: /writable/ });
  assert.deepEqual(readdirSync(store.path).sort(), ['foreign.db', 'later.db'], 'nothing was moved or made');
  store.remove();
});

test('at its size limit the store drops the oldest delivered samples without a word', async () => {
  const store = folder();
  const outbox = store.open(6 * MB);
  for (let i = 0; i < 80; i++) {
    await outbox.append(samplesOf('7', i * 500, i * 500 + 500));
    outbox.acknowledge(UPLINK, await readFrom(outbox, 'samples', outbox.acknowledged(UPLINK, 'samples').first, 500));
  }
  assert.deepEqual(outbox.backlog(UPLINK), { alerts: 0, gaps: 0, samples: 0 });
  assert.equal((await readFrom(outbox, 'samples', 0, 1)).records[0]?.seq !== 1, true, 'the first sample is gone');
  await outbox.close();
  store.remove();
});

test('at its size limit the store drops undelivered samples with a ledger entry that accounts for each', async () => {
  const store = folder();
  const outbox = store.open(6 * MB);
  const athletes = ['7', '8', '9'];
  const rounds = 120;
  for (let i = 0; i < rounds; i++) {
    await outbox.append(athletes.flatMap((athlete) => samplesOf(athlete, i * 100, i * 100 + 100)));
  }
  const left = await readAll(outbox, 'samples', 500);
  const gaps = (await readAll(outbox, 'gaps')) as Stored<Gap>[];
  assert.ok(left.length > 0 && left.length < rounds * 300, `${left.length} left`);
  assert.ok(gaps.length > 0 && gaps.every(({ cause }) => cause === 'evicted'));
  for (const athlete of athletes) {
    const kept = left.filter((record) => record.athlete === athlete).length;
    const lost = gaps.filter((gap) => gap.athlete === athlete).reduce((sum, { count = 0 }) => sum + count, 0);
    assert.equal(kept + lost, rounds * 100);
  }
  assert.equal(outbox.backlog(UPLINK).samples, left.length);
  await outbox.close();
  store.remove();
});

test('the ledger of a long outage does not fill the store: one entry an athlete grows until it is sent', async () => {
  const store = folder();
  const outbox = store.open(6 * MB);
  const athletes = Array.from({ length: 30 }, (_, i) => String(i));
  const rounds = 3_000;
  for (let i = 0; i < rounds; i++) await outbox.append(athletes.flatMap((athlete) => samplesOf(athlete, i, i + 1)));
  const gaps = (await readAll(outbox, 'gaps')) as Stored<Gap>[];
  assert.equal(gaps.length, 30);
  assert.ok(outbox.backlog(UPLINK).samples > 10_000, `${outbox.backlog(UPLINK).samples} samples left`);

  // Those entries have been read, so they may be on their way: what goes from now on has entries of its own.
  for (let i = rounds; i < 2 * rounds; i++)
    await outbox.append(athletes.flatMap((athlete) => samplesOf(athlete, i, i + 1)));
  const more = (await readAll(outbox, 'gaps')) as Stored<Gap>[];
  assert.deepEqual(more.slice(0, 30), gaps);
  assert.equal(more.length, 60);
  const lost = more.reduce((sum, { count = 0 }) => sum + count, 0);
  assert.equal(lost + outbox.backlog(UPLINK).samples, 30 * 2 * rounds);
  await outbox.close();
  store.remove();
});

test('alerts that are not delivered stay when samples around them are dropped', async () => {
  const store = folder();
  const outbox = store.open(6 * MB);
  await outbox.append([...samplesOf('7', 0, 500), alertOf('7', 'raised')]);
  for (let i = 1; i < 80; i++) await outbox.append(samplesOf('7', i * 500, i * 500 + 500));
  assert.deepEqual(
    (await readAll(outbox, 'alerts')).map(({ seq }) => seq),
    [501],
  );
  assert.ok((await readAll(outbox, 'gaps')).length > 0);
  await outbox.close();
  store.remove();
});

test('the newest samples stay, however small the limit, and delivered alerts go with the samples of their time', async () => {
  const store = folder();
  const outbox = store.open(4.22 * MB);
  for (let i = 0; i < 20; i++) {
    await outbox.append([...samplesOf('7', i * 500, i * 500 + 500), alertOf('7', 'raised')]);
    outbox.acknowledge(UPLINK, await readFrom(outbox, 'alerts', outbox.acknowledged(UPLINK, 'alerts').first, 10));
  }
  const left = (await readAll(outbox, 'samples', 500)) as Stored<Sample>[];
  assert.ok(left.length === 500, `${left.length} left`);
  assert.equal(left.at(-1)?.timeMs, (samplesOf('7', 9_999, 10_000)[0] as { sample: Sample }).sample.timeMs);
  assert.ok((await readFrom(outbox, 'alerts', 0, 100)).records.length < 20);
  await outbox.close();
  store.remove();
});

test('numbers are not given again when everything but the newest was dropped', async () => {
  const store = folder();
  const outbox = store.open(5 * MB);
  for (let i = 0; i < 100; i++) await outbox.append(samplesOf('7', i * 500, i * 500 + 500));
  const seqs = [...(await readAll(outbox, 'gaps')), ...(await readAll(outbox, 'samples', 500))].map(({ seq }) => seq);
  await outbox.close();
  const again = store.open(5 * MB);
  await again.append([alertOf('7', 'raised')]);
  const after = (await readAll(again, 'alerts')).map(({ seq }) => seq);
  assert.ok((after.at(-1) ?? 0) > Math.max(...seqs) && (after.at(-1) ?? 0) > 50_000);
  await again.close();
  store.remove();
});

test('an append that fails leaves nothing behind and the next one goes on with the same numbers', async () => {
  const store = folder();
  const outbox = store.open();
  await outbox.append(samplesOf('7', 0, 3));
  // A record that SQLite refuses, after good ones in the same transaction.
  const bad = { kind: 'gap', gap: { athlete: null, fromMs: 0, cause: 'no-signal' } } as never;
  await assert.rejects(outbox.append([...samplesOf('7', 3, 6), bad]), { code: 'store-write-failed' });
  assert.equal((await readAll(outbox, 'samples')).length, 3);
  await outbox.append(samplesOf('7', 3, 6));
  assert.deepEqual(
    (await readAll(outbox, 'samples')).map(({ seq }) => seq),
    [1, 2, 3, 4, 5, 6],
  );
  await outbox.close();
  store.remove();
});

test('appends that are not waited for are stored in order, and none overtakes one before it that fails', async () => {
  const store = folder();
  const outbox = store.openHere();
  const bad = { kind: 'gap', gap: { athlete: null, fromMs: 0, cause: 'no-signal' } } as never;
  const before = [outbox.append(samplesOf('7', 0, 3)), outbox.append([alertOf('7', 'raised')])];
  const failing = outbox.append([bad]);
  const behind = outbox.append([alertOf('7', 'cleared'), ...samplesOf('7', 3, 6)]);
  await Promise.all(before);
  const outcomes = await Promise.allSettled([failing, behind]);
  assert.equal(outbox.head, 4);
  await outbox.append(samplesOf('7', 3, 6));
  assert.deepEqual(
    (await readAll(outbox, 'samples')).map(({ seq }) => seq),
    [1, 2, 3, 5, 6, 7],
  );
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  store.remove();
});

test('the folder of a store is readable by its owner only', async () => {
  const store = folder();
  await store.open().close();
  assert.equal(statSync(dirname(store.file)).mode & 0o777, 0o700);
  store.remove();
});

test('after a process that did not close the store, no number is given that it might have given', async () => {
  const store = folder();
  const outbox = store.open();
  await outbox.append(samplesOf('7', 0, 100));
  const { head } = outbox;
  // A card that had said that all was written, and had not: the log is as it was before the last commit.
  const log = readFileSync(`${store.file}-wal`);
  await outbox.append(samplesOf('7', 100, 200));
  const lost = outbox.head;
  const copy = new StoreFolder();
  mkdirSync(dirname(copy.file), { recursive: true });
  writeFileSync(copy.file, readFileSync(store.file));
  writeFileSync(`${copy.file}-wal`, log);
  await outbox.close();
  const after = copy.open();
  await after.append([alertOf('7', 'raised')]);
  assert.equal((await readAll(after, 'samples')).length, head);
  const [alert] = await readAll(after, 'alerts');
  assert.ok((alert?.seq ?? 0) > lost, `${alert?.seq} after ${lost}`);
  await after.close();
  for (const one of [store, copy]) one.remove();
});

/** A store as a crash leaves it, in a folder of its own. */
async function crashed(records: NewRecord[]): Promise<{ left: StoreFolder; head: number }> {
  const store = folder();
  const outbox = store.open();
  await outbox.append(records);
  const left = folder();
  mkdirSync(dirname(left.file), { recursive: true });
  for (const ending of ['', '-wal']) writeFileSync(left.file + ending, readFileSync(store.file + ending));
  const { head } = outbox;
  await outbox.close();
  store.remove();
  return { left, head };
}

test('numbers that were left out after a crash are not given by the runs that follow either, and count for nothing', async () => {
  for (const records of [samplesOf('7', 0, 100), [alertOf('7', 'raised')]]) {
    const { left, head } = await crashed(records);
    const first = left.open();
    const leftOut = first.head;
    assert.ok(leftOut >= head + 10_000, `${leftOut} after ${head}`);
    assert.equal(inspect(left.file).head, leftOut, 'the file knows');
    const backlog = first.backlog(UPLINK);
    await first.close();
    const second = left.open();
    assert.equal(second.head, leftOut, 'of a run that stored nothing');
    assert.deepEqual(second.backlog(UPLINK), backlog);
    await second.append(samplesOf('7', 100, 103));
    assert.deepEqual(
      (await readAll(second, 'samples')).slice(-3).map(({ seq }) => seq),
      [leftOut + 1, leftOut + 2, leftOut + 3],
    );
    await second.close();
    // Who asks for the first time now has none of it acknowledged.
    const third = left.openHere();
    const samples = records.filter(({ kind }) => kind === 'sample').length + 3;
    assert.equal(third.backlog(OTHER).samples, samples);
    third.acknowledge(OTHER, { ...(await readFrom(third, 'samples', 0, samples)), range: { after: 0, through: head } });
    await third.sync();
    assert.equal(third.backlog(OTHER).samples, 3);
    await third.close();
    left.remove();
  }
});

test('an alert of which nobody knows the time has no bounds from numbers that were left out', async () => {
  const { left, head } = await crashed([...samplesOf('7', 0, 10), { ...alertOf('7', 'raised'), offsetMs: 0 }]);
  const outbox = left.openWith({ bootId: 'boot-2' });
  await outbox.append(samplesOf('7', 500, 501));
  const { unsynchronised } = await readFrom(outbox, 'alerts', head - 1, 1);
  const [before, after] = [9, 500].map((second) => sampleOf('7', second).timeMs);
  assert.deepEqual(unsynchronised, { notBeforeMs: before, notAfterMs: after });
  await outbox.close();
  left.remove();
});
