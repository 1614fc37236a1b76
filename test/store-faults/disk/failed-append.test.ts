/** An append that failed and is on the disk all the same: its records are stored once, whoever appends next. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Gap } from '../../../src/domain/gap.ts';
import { GapTotals } from '../../../src/domain/gap-totals.ts';
import type { NewRecord, Stored } from '../../../src/domain/record.ts';
import type { SqliteOutbox } from '../../../src/outbox/sqlite-outbox.ts';
import { alertOf, readAll, readFrom, samplesOf, UPLINK } from '../../contract/outbox.ts';
import { MB, StoreFolder } from '../../outbox/store-folder.ts';
import { requires } from '../../requirements.ts';
import { FailingCalls, storeFiles } from './failing-calls.ts';

const entry = (athlete: string): NewRecord => ({
  kind: 'gap',
  gap: { athlete, fromMs: 1_000, toMs: 1_000, cause: 'undeliverable', count: 1 },
});

const UNSYNCED = ['fsync', 'fdatasync'];

/** Appends while no sync succeeds: the records are in the log then, and nobody knows. */
async function appendUnsynced(store: StoreFolder, outbox: SqliteOutbox, ...appends: NewRecord[][]): Promise<void> {
  const failing = await FailingCalls.of(process.pid, UNSYNCED, 'EIO', storeFiles(store.file));
  try {
    for (const records of appends) await assert.rejects(outbox.append(records), { code: 'store-write-failed' });
  } finally {
    await failing.end();
  }
}

async function timesAndCauses(outbox: SqliteOutbox) {
  const samples = (await readAll(outbox, 'samples')).map((sample) => ('timeMs' in sample ? sample.timeMs : 0));
  const gaps = (await readAll(outbox, 'gaps')).map((gap) => gap.athlete);
  return { times: samples.length, different: new Set(samples).size, gaps };
}

async function withStore(body: (store: StoreFolder, outbox: SqliteOutbox) => Promise<void>): Promise<void> {
  const store = new StoreFolder();
  const outbox = await store.openInThread();
  try {
    await outbox.append(samplesOf('7', 0, 5));
    await body(store, outbox);
  } finally {
    await outbox.close();
    const again = store.openHere();
    const found = await timesAndCauses(again);
    await again.close();
    store.remove();
    assert.equal(found.times, found.different, 'each sample is stored once, also after a restart');
  }
}

test('what failed is stored once when somebody else appends before it is tried again', requires('strace'), async () => {
  await withStore(async (store, outbox) => {
    const records = [...samplesOf('7', 5, 12), entry('7')];
    // Twice, since SQLite takes a commit out of its log again where it can close the file.
    await appendUnsynced(store, outbox, records, records);
    await outbox.append([entry('8')]);
    assert.deepEqual(await timesAndCauses(outbox), { times: 5, different: 5, gaps: ['8'] });
    await outbox.append(records);
    assert.deepEqual(await timesAndCauses(outbox), { times: 12, different: 12, gaps: ['8', '7'] });
    assert.equal(outbox.backlog('primary').samples, 12);
  });
});

test(
  'somebody else’s append that fails as well takes nothing of the first for its own',
  requires('strace'),
  async () => {
    await withStore(async (store, outbox) => {
      const records = samplesOf('7', 5, 12);
      await appendUnsynced(store, outbox, records, [entry('8')]);
      assert.equal(outbox.head, 5);
      assert.equal((await readAll(outbox, 'samples')).length, 5, 'nothing is read of which nobody knows');
      const others = [entry('8')];
      await outbox.append(others);
      await outbox.append(records);
      assert.deepEqual(await timesAndCauses(outbox), { times: 12, different: 12, gaps: ['8'] });
    });
  },
);

test(
  'what waits is never told too small, also where an acknowledgement was not written',
  requires('strace'),
  async () => {
    await withStore(async (store, outbox) => {
      await outbox.append(Array.from({ length: 6 }, () => alertOf('7', 'raised')));
      outbox.acknowledge(UPLINK, await readFrom(outbox, 'alerts', 0, 4));
      const failing = await FailingCalls.of(process.pid, UNSYNCED, 'EIO', storeFiles(store.file));
      try {
        await assert.rejects(outbox.sync(), { code: 'store-write-failed' });
      } finally {
        await failing.end();
      }
      await outbox.recall(1);
      assert.ok(outbox.backlog(UPLINK).alerts >= 2, JSON.stringify(outbox.backlog(UPLINK)));
      await outbox.sync();
      assert.equal(outbox.backlog(UPLINK).alerts, 2);
    });
  },
);

test(
  'what failed alone and is tried again is the same records under the same numbers',
  requires('strace'),
  async () => {
    await withStore(async (store, outbox) => {
      const records = samplesOf('7', 5, 12);
      await appendUnsynced(store, outbox, records, records);
      await outbox.append(records);
      assert.deepEqual(await timesAndCauses(outbox), { times: 12, different: 12, gaps: [] });
      assert.equal(outbox.head, 12);
    });
  },
);

for (const [what, calls, isTriedAgain] of [
  ['is on the disk all the same, when it is tried again', UNSYNCED, true],
  ['is on the disk all the same, when another one takes its place', UNSYNCED, false],
  ['is not on the disk, once it is tried again', ['pwrite64'], true],
] as const) {
  test(`what a write that failed has evicted is told, each once: it ${what}`, requires('strace'), async () => {
    const store = new StoreFolder();
    const outbox = store.openWith({ maxBytes: 6 * MB });
    const totals = new GapTotals();
    outbox.onEntered(({ gap, before }) => totals.add(gap, before));
    for (let i = 0; i < 70; i++) await outbox.append(samplesOf('7', i * 500, i * 500 + 500));
    // Something has to be in the log, or SQLite takes what failed out of it again.
    await outbox.append([entry('7')]);
    const before = told(totals);
    const records = samplesOf('7', 35_000, 38_000);
    const failing = await FailingCalls.of(process.pid, calls, 'EIO', storeFiles(store.file));
    try {
      for (let times = 0; times < 2; times++) {
        await assert.rejects(outbox.append(records), { code: 'store-write-failed' });
      }
    } finally {
      await failing.end();
    }
    assert.equal(told(totals), before, 'nobody knows yet');
    await outbox.append(isTriedAgain ? records : [alertOf('7', 'raised')]);
    const afterwards = told(totals);
    assert.ok(afterwards > before, 'it was large enough to evict');
    const evicted = ((await readAll(outbox, 'gaps')) as Stored<Gap>[]).filter(({ cause }) => cause === 'evicted');
    assert.equal(
      afterwards,
      evicted.reduce((sum, { count = 0 }) => sum + count, 0),
    );
    const { first } = outbox.acknowledged(UPLINK, 'samples');
    await outbox.close();
    const again = store.open(6 * MB);
    assert.equal(again.acknowledged(UPLINK, 'samples').first, first, 'what is gone is known to be gone');
    await again.close();
    store.remove();
  });
}

function told(totals: GapTotals): number {
  return totals.totals().reduce((sum, { readings }) => sum + readings, 0);
}
