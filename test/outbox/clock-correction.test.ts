import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import test from 'node:test';
import type { Gap } from '../../src/domain/gap.ts';
import type { NewRecord, Stored } from '../../src/domain/record.ts';
import { Sqlite } from '../../src/outbox/sqlite.ts';
import type { SqliteOutbox } from '../../src/outbox/sqlite-outbox.ts';
import { alertOf, readAll, readFrom, sampleOf, samplesOf } from '../contract/outbox.ts';
import { outboxTimeContract } from '../contract/outbox-time.ts';
import { MB, StoreFolder } from './store-folder.ts';

outboxTimeContract('SQLite', () => {
  const store = new StoreFolder();
  let boot = 1;
  let outbox: SqliteOutbox | undefined;
  return {
    started: async () => {
      await outbox?.close();
      outbox = store.openWith({ bootId: `boot-${boot}` });
      return outbox;
    },
    reboot: () => {
      boot++;
    },
    remove: async () => {
      await outbox?.close();
      store.remove();
    },
  };
});

/** The samples of these seconds as a gateway stamps them whose clock is wrong by so much. */
function stampedWrongly(fromS: number, toS: number, wrongByMs: number): NewRecord[] {
  return Array.from({ length: toS - fromS }, (_, i) => {
    const right = sampleOf('7', fromS + i);
    const sample = { ...right, timeMs: right.timeMs + wrongByMs };
    return { kind: 'sample', sample, offsetMs: sample.timeMs - sample.monotonicMs };
  });
}

const OFFSET_MS = sampleOf('7', 0).timeMs - sampleOf('7', 0).monotonicMs;
const YEARS_MS = 50 * 365 * 86_400_000;

const timesOf = (batch: Awaited<ReturnType<typeof readFrom>>) =>
  batch.kind === 'samples' ? batch.records.map(({ timeMs }) => timeMs) : [];
const rightTimes = (fromS: number, toS: number) =>
  Array.from({ length: toS - fromS }, (_, i) => sampleOf('7', fromS + i).timeMs);

test('what was taken over of a damaged store hides no newer time of this one', async () => {
  const store = new StoreFolder();
  const outbox = store.open();
  await outbox.append(stampedWrongly(60, 61, -YEARS_MS));
  await outbox.learnTime(OFFSET_MS);
  await outbox.close();
  const db = new Sqlite(store.file);
  const origin = JSON.stringify({ epoch: '0123456789abcdef0123', firstSeq: 1 });
  db.prepare(
    `INSERT INTO chunk (first_seq, last_seq, total, from_ms, to_ms, boot, counts, samples, origin)
     SELECT last_seq + 1, last_seq + 1, total + 1, ?, ?, boot, counts, samples, ? FROM chunk`,
  ).run(sampleOf('7', 0).timeMs, sampleOf('7', 0).timeMs, origin);
  db.close();
  const again = store.open();
  assert.equal(again.head, 2);
  assert.equal((await again.recall(0)).newestTrustedMs, sampleOf('7', 60).timeMs);
  await again.close();
  store.remove();
});

test('records without a right time wait until the time of their boot is known, and are read with it', async () => {
  const store = new StoreFolder();
  const outbox = store.open();
  await outbox.append(stampedWrongly(0, 10, -YEARS_MS));
  await outbox.append(stampedWrongly(10, 20, YEARS_MS));
  await outbox.append([{ kind: 'gap', gap: { athlete: '7', fromMs: 5, toMs: 6, cause: 'no-signal' }, offsetMs: 0 }]);
  for (const kind of ['samples', 'gaps'] as const) {
    assert.equal(await outbox.read(kind, { after: 0, through: outbox.head }, 100), undefined, 'it waits');
  }
  assert.equal(outbox.oldestWaitingMs('primary'), undefined, 'of a wrong time no age is made');
  await outbox.learnTime(OFFSET_MS);
  await outbox.append([{ kind: 'sample', sample: sampleOf('7', 20) }]);
  assert.equal(outbox.oldestWaitingMs('primary'), sampleOf('7', 0).timeMs);
  const batch = await readFrom(outbox, 'samples', 0, 100);
  assert.deepEqual(timesOf(batch), rightTimes(0, 21));
  assert.equal(batch.unsynchronised, undefined);
  const gaps = await readFrom(outbox, 'gaps', 0, 10);
  assert.deepEqual(gaps.records[0], {
    athlete: '7',
    fromMs: OFFSET_MS + 5,
    toMs: OFFSET_MS + 6,
    cause: 'no-signal',
    seq: 21,
  });
  await outbox.close();
  // After the restart within the boot as well.
  const again = store.open();
  assert.deepEqual(timesOf(await readFrom(again, 'samples', 0, 100)), rightTimes(0, 21));
  await again.close();
  store.remove();
});

test('records before those that wait are read, and those behind them wait as well', async () => {
  const store = new StoreFolder();
  const outbox = store.open();
  await outbox.append([{ kind: 'sample', sample: sampleOf('7', 0) }]);
  await outbox.append(stampedWrongly(1, 5, -YEARS_MS));
  const batch = await readFrom(outbox, 'samples', 0, 100);
  assert.deepEqual(timesOf(batch), rightTimes(0, 1));
  assert.deepEqual(batch.range, { after: 0, through: 1 });
  assert.equal(await outbox.read('samples', { after: 1, through: outbox.head }, 100), undefined);
  await outbox.close();
  store.remove();
});

test('records of a boot that never learned the time are marked, with the times between which they lie', async () => {
  const store = new StoreFolder();
  const first = store.openWith({ bootId: 'boot-1' });
  await first.append([{ kind: 'sample', sample: sampleOf('7', 0) }]);
  await first.close();
  const second = store.openWith({ bootId: 'boot-2' });
  await second.append(stampedWrongly(100, 110, -YEARS_MS));
  await second.close();
  const third = store.openWith({ bootId: 'boot-3' });
  const open = await readFrom(third, 'samples', 1, 100);
  assert.deepEqual(open.unsynchronised, { notBeforeMs: sampleOf('7', 0).timeMs });
  await third.append([{ kind: 'sample', sample: sampleOf('7', 500) }]);
  const marked = await readFrom(third, 'samples', 1, 100);
  assert.equal(marked.records.length, 10);
  await third.close();
  const fourth = store.openWith({ bootId: 'boot-4' });
  assert.deepEqual((await readFrom(fourth, 'samples', 1, 100)).unsynchronised, {
    notBeforeMs: sampleOf('7', 0).timeMs,
    notAfterMs: sampleOf('7', 500).timeMs,
  });
  const right = await readFrom(fourth, 'samples', 11, 100);
  assert.deepEqual([timesOf(right), right.unsynchronised], [rightTimes(500, 501), undefined]);
  await fourth.close();
  store.remove();
});

test('an alert waits for no clock: it is read at once, and marked', async () => {
  const store = new StoreFolder();
  const outbox = store.open();
  await outbox.append([{ ...alertOf('7', 'raised'), offsetMs: 0 }]);
  const batch = await readFrom(outbox, 'alerts', 0, 10);
  assert.deepEqual(batch.unsynchronised, {});
  await outbox.learnTime(OFFSET_MS);
  assert.equal((await readFrom(outbox, 'alerts', 0, 10)).unsynchronised, undefined);
  await outbox.close();
  store.remove();
});

/** Stamped by a wrong clock, far more than there is room for, among samples of right times. */
async function overfilled(store: StoreFolder, boots: readonly { bootId: string; wrongByMs: number; count: number }[]) {
  for (const [index, { bootId, wrongByMs, count }] of boots.entries()) {
    const outbox = store.openWith({ bootId, maxBytes: 6 * MB });
    for (let i = 0; i < count; i += 500) {
      const from = index * 1_000_000 + i;
      await outbox.append(
        wrongByMs === 0 ? samplesOf('7', from, from + 500) : stampedWrongly(from, from + 500, wrongByMs),
      );
    }
    if (index === boots.length - 1) return outbox;
    await outbox.close();
  }
  throw new Error('there is no boot');
}

test('what was evicted waits for the time as its samples would have, and is in the ledger with the right one', async () => {
  const store = new StoreFolder();
  const outbox = await overfilled(store, [{ bootId: 'boot-1', wrongByMs: -YEARS_MS, count: 40_000 }]);
  assert.equal(await outbox.read('gaps', { after: 0, through: outbox.head }, 10), undefined, 'it waits');
  await outbox.learnTime(OFFSET_MS);
  const batch = await readFrom(outbox, 'gaps', 0, 10);
  const { count = 0, ...gap } = batch.records[0] as Stored<Gap>;
  assert.deepEqual(
    [gap.cause, gap.fromMs, gap.toMs],
    ['evicted', sampleOf('7', 0).timeMs, sampleOf('7', count - 1).timeMs],
  );
  assert.equal(batch.records.length, 1, 'one entry, which has grown');
  await outbox.close();
  store.remove();
});

test('what was evicted of two clocks is two entries, each right by its own', async () => {
  const store = new StoreFolder();
  const first = store.openWith({ bootId: 'boot-1' });
  await first.append(stampedWrongly(0, 500, -YEARS_MS));
  await first.close();
  const outbox = await overfilled(store, [{ bootId: 'boot-2', wrongByMs: 0, count: 40_000 }]);
  const gaps = (await readFrom(outbox, 'gaps', 0, 10)) as Awaited<ReturnType<typeof readFrom>>;
  const [wrong] = gaps.records as Stored<Gap>[];
  assert.deepEqual([wrong?.cause, wrong?.count, wrong?.toMs], ['evicted', 500, sampleOf('7', 499).timeMs - YEARS_MS]);
  assert.ok(gaps.unsynchronised !== undefined, 'of the boot that never learned the time it is marked');
  const right = await readFrom(outbox, 'gaps', gaps.range.through, 10);
  assert.equal(right.unsynchronised, undefined);
  assert.equal((right.records[0] as Stored<Gap>).fromMs, sampleOf('7', 0).timeMs);
  await outbox.close();
  store.remove();
});

test('what was corrupted is in the ledger with right times, once they are known', async () => {
  const store = new StoreFolder();
  const before = store.open();
  await before.append(stampedWrongly(0, 10, -YEARS_MS));
  await before.append(stampedWrongly(10, 20, -YEARS_MS));
  await before.close();
  damageChunk(store.file, 0);
  const outbox = store.open();
  await outbox.learnTime(OFFSET_MS);
  await outbox.read('samples', { after: 0, through: 20 }, 100);
  const [gap] = (await readFrom(outbox, 'gaps', 0, 10)).records as Stored<Gap>[];
  assert.deepEqual(
    [gap?.cause, gap?.count, gap?.fromMs, gap?.toMs],
    ['corrupted', 10, sampleOf('7', 0).timeMs, sampleOf('7', 9).timeMs],
  );
  await outbox.close();
  store.remove();
});

test('of a damaged store what cannot be read has its right times as well', async () => {
  const store = new StoreFolder();
  const before = store.open();
  await before.append(stampedWrongly(0, 10, -YEARS_MS));
  await before.append(stampedWrongly(10, 20, -YEARS_MS));
  await before.append(stampedWrongly(20, 30, -YEARS_MS));
  await before.learnTime(OFFSET_MS);
  await before.close();
  damageChunk(store.file, 10);
  damageFront(store.file);
  const outbox = store.open();
  for (let i = 0; i < 50; i++) await outbox.read('alerts', { after: 0, through: 0 }, 1);
  const gaps = (await readFrom(outbox, 'gaps', 0, 10)).records as Stored<Gap>[];
  assert.deepEqual(
    gaps.filter(({ count }) => count !== undefined).map(({ fromMs, toMs, count }) => [fromMs, toMs, count]),
    [[sampleOf('7', 10).timeMs, sampleOf('7', 19).timeMs, 10]],
  );
  assert.ok(gaps.every(({ fromMs }) => fromMs >= sampleOf('7', 0).timeMs));
  await outbox.close();
  store.remove();
});

test('an entry whose beginning is right and whose end waits for the time is right at both when others take its place', async () => {
  const store = new StoreFolder();
  const outbox = store.open(4.6 * MB);
  const end = sampleOf('7', 0).timeMs - YEARS_MS;
  const settled: Gap = { athlete: '7', fromMs: sampleOf('7', -9_000).timeMs, cause: 'link-lost', fromIsSettled: true };
  await outbox.append(stampedWrongly(0, 1, -YEARS_MS));
  const offsetMs = OFFSET_MS - YEARS_MS;
  for (let i = 0; i < 60; i++) {
    const gaps = [
      { ...settled, toMs: end + i },
      settled,
      { athlete: '7', fromMs: end + i, toMs: end + i, cause: 'link-lost' },
    ];
    await outbox.append(
      Array.from({ length: 40 }, () =>
        gaps.map((gap): NewRecord => ({ kind: 'gap', gap: gap as Gap, offsetMs })),
      ).flat(),
    );
  }
  await outbox.learnTime(OFFSET_MS);
  const gaps = (await readAll(outbox, 'gaps', 1_000)) as Stored<Gap>[];
  assert.ok(gaps.length < 60 * 120 && gaps.every(({ cause }) => cause === 'link-lost'));
  const right = sampleOf('7', 0).timeMs;
  const isRight = (ms: number) => ms >= right && ms < right + 60;
  const settledOnes = gaps.filter(({ fromMs }) => fromMs === settled.fromMs);
  const ended = settledOnes.filter(({ fromMs, toMs = fromMs }) => toMs !== fromMs);
  assert.ok(ended.length > 0 && ended.every(({ toMs = 0 }) => isRight(toMs)));
  assert.ok(
    settledOnes.some(({ fromMs, toMs }) => toMs === fromMs),
    'those without an end have one that is settled too',
  );
  const others = gaps.filter(({ fromMs }) => fromMs !== settled.fromMs);
  assert.ok(others.every(({ fromMs, toMs = 0 }) => isRight(fromMs) && isRight(toMs)));
  assert.ok(others.some(({ fromMs, toMs = 0 }) => fromMs === right && toMs > fromMs));
  await outbox.close();
  store.remove();
});

test('a hole in a damaged store between two clocks is one entry where both are known, and else each has its own end', async () => {
  for (const isKnown of [true, false]) {
    const store = new StoreFolder();
    const before = store.open();
    await before.append(stampedWrongly(0, 10, -YEARS_MS));
    for (const from of [10, 20]) await before.append(samplesOf('7', from, from + 10));
    if (isKnown) await before.learnTime(OFFSET_MS);
    await before.close();
    blotOut(store.file, String(sampleOf('7', 10).timeMs));
    damageFront(store.file);
    const outbox = store.open();
    for (let i = 0; i < 50; i++) await outbox.read('alerts', { after: 0, through: 0 }, 1);
    await outbox.learnTime(OFFSET_MS);
    const gaps = (await readFrom(outbox, 'gaps', 0, 10)).records as Stored<Gap>[];
    const [first, end, last] = [9, 20, 29].map((second) => sampleOf('7', second).timeMs);
    assert.deepEqual(
      gaps.map(({ fromMs, toMs }) => [fromMs, toMs]).sort(),
      // Whether the newest chunk that was found was the last one nobody can tell.
      isKnown
        ? [[first, last]]
        : [
            [first, first],
            [end, last],
          ],
    );
    await outbox.close();
    store.remove();
  }
});

/** Nothing is left of the pages that hold the text, not even that there was something. */
function blotOut(file: string, text: string): void {
  const bytes = readFileSync(file);
  for (let at = bytes.indexOf(text); at !== -1; at = bytes.indexOf(text)) {
    const page = Math.floor(at / 1_024) * 1_024;
    bytes.fill(0xff, page, page + 1_024);
  }
  writeFileSync(file, bytes);
}

/** Changes a heart rate of the chunk in which this second is. */
function damageChunk(file: string, second: number): void {
  const bytes = readFileSync(file);
  const stamp = String(sampleOf('7', second).timeMs - YEARS_MS);
  // A page that was given up may hold it as well.
  for (let at = bytes.indexOf(stamp); at !== -1; at = bytes.indexOf(stamp, at + 1)) {
    bytes.write('9', bytes.indexOf('142', at));
  }
  writeFileSync(file, bytes);
}

/** So that the file is no database any more, and is moved aside. */
function damageFront(file: string): void {
  writeFileSync(file, readFileSync(file).fill(0xff, 0, 1_024));
}
