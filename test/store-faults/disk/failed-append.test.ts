/** An append that failed and is on the disk all the same: its records are stored once, whoever appends next. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { NewRecord } from '../../../src/domain/record.ts';
import type { SqliteOutbox } from '../../../src/outbox/sqlite-outbox.ts';
import { alertOf, readAll, readFrom, samplesOf, UPLINK } from '../../contract/outbox.ts';
import { StoreFolder } from '../../outbox/store-folder.ts';
import { requires } from '../../requirements.ts';
import { FailingCalls, storeFiles } from './failing-calls.ts';

const entry = (athlete: string): NewRecord => ({
  kind: 'gap',
  gap: { athlete, fromMs: 1_000, toMs: 1_000, cause: 'undeliverable', count: 1 },
});

/** Appends while no sync succeeds: the records are in the log then, and nobody knows. */
async function appendUnsynced(store: StoreFolder, outbox: SqliteOutbox, ...appends: NewRecord[][]): Promise<void> {
  const failing = await FailingCalls.of(process.pid, ['fsync', 'fdatasync'], 'EIO', storeFiles(store.file));
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
      const failing = await FailingCalls.of(process.pid, ['fsync', 'fdatasync'], 'EIO', storeFiles(store.file));
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
