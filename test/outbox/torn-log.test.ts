/** What a write that fails half-way leaves in the log, and who stores it in the end. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import test from 'node:test';
import { isOperatingError } from '../../src/domain/errors.ts';
import type { Stored } from '../../src/domain/record.ts';
import type { Sample } from '../../src/domain/sample.ts';
import { readLog } from '../../src/outbox/salvage/log-frames.ts';
import { checkedOpening } from '../../src/outbox/sound-opening.ts';
import { readAll, samplesOf, UPLINK } from '../contract/outbox.ts';
import { requires } from '../requirements.ts';
import { MB, StoreFolder } from './store-folder.ts';

const FRAME = 1_048;

/** A file of this process that would become longer than that cannot be written; Node ignores the signal for it. */
function limitFiles(bytes: number | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:`]);
}

const isRefused = (error: unknown) => isOperatingError(error, 'store-write-failed');

test(
  'an append that failed half-way is stored by who has its records, whole and once, and not from the log',
  requires('prlimit'),
  async () => {
    const store = new StoreFolder();
    const before = store.open();
    for (let i = 0; i < 20; i++) await before.append(samplesOf('7', i * 500, i * 500 + 500));
    await before.close();

    const outbox = store.open();
    await outbox.append(samplesOf('7', 10_000, 10_001));
    const records = samplesOf('7', 10_001, 11_001);
    try {
      // The first of its two chunks is in the log, and a part of the second.
      limitFiles(statSync(`${store.file}-wal`).size + 40 * FRAME + 100);
      await assert.rejects(outbox.append(records), isRefused);
      const torn = readLog(`${store.file}-wal`);
      assert.equal(torn.state, 'torn');
      assert.ok(torn.frames.length - torn.committed >= 39, `${torn.frames.length - torn.committed} frames`);

      // The log can be written again, and the file not yet, so that closing it leaves the log as it is.
      limitFiles(Math.floor(statSync(store.file).size / 2));
      await assert.rejects(outbox.append(records), isRefused);
    } finally {
      limitFiles('unlimited');
    }
    await outbox.append(records);
    const samples = (await readAll(outbox, 'samples', 500)) as Stored<Sample>[];
    assert.deepEqual(
      samples.map(({ monotonicMs }) => monotonicMs / 1_000 - 5),
      Array.from({ length: 11_001 }, (_, second) => second),
    );
    assert.deepEqual(await readAll(outbox, 'gaps'), []);
    await outbox.close();
    store.remove();
  },
);

test(
  'numbers that are left out after a crash stay so when the disk takes nothing at the start and the run stores nothing',
  requires('prlimit'),
  async () => {
    const store = new StoreFolder();
    const before = store.open();
    await before.append(samplesOf('7', 0, 100));
    const [db, log] = [readFileSync(store.file), readFileSync(`${store.file}-wal`)];
    await before.close();
    for (const isTried of [false, true]) {
      writeFileSync(store.file, db);
      writeFileSync(`${store.file}-wal`, log);
      let leftOut = 0;
      try {
        limitFiles(1);
        const outbox = store.open();
        leftOut = outbox.head;
        assert.ok(leftOut >= 10_100, `${leftOut}`);
        if (isTried) await assert.rejects(outbox.append(samplesOf('7', 0, 1)), isRefused);
        limitFiles('unlimited');
        assert.equal(outbox.head, leftOut);
        await outbox.close();
      } finally {
        limitFiles('unlimited');
      }
      const after = store.open();
      assert.equal(after.head, leftOut);
      await after.close();
    }
    store.remove();
  },
);

test('a commit that cannot be read is a loss at the start, and none to whoever opens the file anew and has its records', async () => {
  for (const [isAnew, entries] of [
    // One with the count that the chunk tells, and one for what else there may have been.
    [false, 2],
    [true, 0],
  ] as const) {
    const store = new StoreFolder();
    const before = store.open();
    for (let i = 0; i < 3; i++) await before.append(samplesOf('7', i * 5, i * 5 + 5));
    const [db, log] = [readFileSync(store.file), readFileSync(`${store.file}-wal`)];
    await before.close();
    log.writeUInt8(log.readUInt8(log.length - 1) ^ 0xff, log.length - 1);
    writeFileSync(store.file, db);
    writeFileSync(`${store.file}-wal`, log);
    const options = { path: store.file, limitBytes: MB, bootId: 'boot-1', uplinks: [UPLINK] };
    const opening = checkedOpening({ ...options, ...(isAnew ? { restoreThrough: 10 } : {}) }, (reason) =>
      assert.fail(String(reason)),
    );
    assert.equal(opening?.recoveredHead, 10);
    assert.equal(opening?.open.backlog(UPLINK).gaps, entries);
    opening?.open.close();
    store.remove();
  }
});
