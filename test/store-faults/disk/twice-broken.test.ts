/** A disk that fails while something else is being put right: a store is replaced, or records go back to it. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, openSync, statSync, writeSync } from 'node:fs';
import test from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { isOperatingError } from '../../../src/domain/errors.ts';
import type { Batch, NewRecord, Stored } from '../../../src/domain/record.ts';
import type { Sample } from '../../../src/domain/sample.ts';
import { FallbackStore } from '../../../src/outbox/fallback-store.ts';
import { pack } from '../../../src/outbox/packing.ts';
import type { SqliteOutbox } from '../../../src/outbox/sqlite-outbox.ts';
import { readAll, readFrom, samplesOf, UPLINK } from '../../contract/outbox.ts';
import { MB, StoreFolder } from '../../outbox/store-folder.ts';
import { requires } from '../../requirements.ts';
import { FailingCalls, storeFiles } from './failing-calls.ts';

const PAGE = 1024;
const SYNCS = ['fsync', 'fdatasync'];

/** A new store with its tables, and not what is appended then. */
const ROOM_FOR_A_STORE = 96 * PAGE;

/** Files of this process become no longer than that; Node ignores the signal for it. */
function limitFiles(bytes: number | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:`]);
}

async function limited(bytes: number, body: () => Promise<void>): Promise<void> {
  limitFiles(bytes);
  try {
    await body();
  } finally {
    limitFiles('unlimited');
  }
}

/** Overwrites pages of a file, numbered from 1. */
function spoil(path: string, from: number, count: number): void {
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(count * PAGE, 0xff), 0, count * PAGE, (from - 1) * PAGE);
  closeSync(file);
}

const isRefused = (error: unknown) => isOperatingError(error, 'store-write-failed');

async function refused(outbox: SqliteOutbox, records: readonly NewRecord[]): Promise<void> {
  await assert.rejects(outbox.append(records), isRefused);
}

/** The file is tried again, a request's worth of it. */
async function idle(outbox: SqliteOutbox): Promise<void> {
  await setTimeout(2);
  await outbox.recall(1);
}

async function salvaged(store: StoreFolder, outbox: SqliteOutbox): Promise<void> {
  const isOver = () => store.notices.some(({ event }) => event === 'store.salvaged');
  for (let i = 0; i < 10_000 && !isOver(); i++) await outbox.read('alerts', { after: 0, through: 0 }, 1);
  assert.ok(isOver());
}

/** The seconds of an athlete's samples, in order. */
async function secondsOf(athlete: string, outbox: SqliteOutbox): Promise<number[]> {
  const samples = (await readAll(outbox, 'samples', 500)) as Stored<Sample>[];
  const own = samples.filter((sample) => sample.athlete === athlete);
  return own.map(({ monotonicMs }) => monotonicMs / 1_000 - 5).sort((a, b) => a - b);
}

const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

/** A store at its size, of which the oldest pages are not what was written: making room finds that out. */
async function filledAndSpoilt(store: StoreFolder): Promise<SqliteOutbox> {
  const outbox = store.openWith({ maxBytes: 8 * MB });
  for (let i = 0; i < 150; i++) await outbox.append(samplesOf('7', i * 500, i * 500 + 500));
  spoil(store.file, 20, Math.floor(statSync(store.file).size / PAGE / 2));
  return outbox;
}

const group = (index: number) => samplesOf('8', index * 500, index * 500 + 500);

/** How many appends it takes until room is made; the same in every such store. */
async function appendsUntilReplaced(): Promise<number> {
  const store = new StoreFolder();
  const outbox = await filledAndSpoilt(store);
  const { epoch } = outbox;
  let appends = 0;
  for (; outbox.epoch === epoch; appends++) {
    assert.ok(appends < 100, 'room is made');
    await outbox.append(group(appends));
  }
  await outbox.close();
  store.remove();
  return appends - 1;
}

test('when a damaged store cannot be replaced at once, the next append does it', requires('prlimit'), async () => {
  const appends = await appendsUntilReplaced();
  const store = new StoreFolder();
  const outbox = await filledAndSpoilt(store);
  const { epoch } = outbox;
  for (let index = 0; index < appends; index++) await outbox.append(group(index));
  await limited(1, () => refused(outbox, group(appends)));
  assert.ok(store.notices.some(({ event }) => event === 'store.quarantined'));
  await outbox.append(group(appends));
  assert.notEqual(outbox.epoch, epoch);
  assert.equal((await readFrom(outbox, 'samples', 0, 500)).records.length, 500);
  await outbox.close();
  store.remove();
});

test(
  'what was written into a store that was replaced just now, and failed, is stored once',
  requires('strace'),
  async () => {
    const appends = await appendsUntilReplaced();
    // A new store has a few syncs of its own; the first one behind them is that of the append.
    for (let sync = 1, isOfAppend = false; !isOfAppend; sync++) {
      const store = new StoreFolder();
      const outbox = await filledAndSpoilt(store);
      const { epoch } = outbox;
      for (let index = 0; index < appends; index++) await outbox.append(group(index));
      const failing = await FailingCalls.of(process.pid, SYNCS, `EIO:when=${sync}+`, storeFiles(store.file));
      try {
        await assert.rejects(outbox.append(group(appends)), (error) => {
          isOfAppend = String(error).includes('SQLITE_IOERR_FSYNC');
          return isRefused(error);
        });
        // Once more, since SQLite takes a commit out of its log again where it can close the file.
        await refused(outbox, group(appends));
      } finally {
        await failing.end();
      }
      await outbox.append(group(appends));
      assert.notEqual(outbox.epoch, epoch);
      assert.equal((await readFrom(outbox, 'samples', 0, 1_500)).records.length, 500, `the ${sync}th sync failed`);
      await outbox.close();
      store.remove();
    }
  },
);

/** In memory, with a few hauls of samples of which the first is on the disk. */
async function halfBack(store: StoreFolder, outbox: SqliteOutbox): Promise<Batch> {
  let first: Batch | undefined;
  // Enough for the file itself to have some of it.
  for (let i = 0; i < 36; i++) await outbox.append(samplesOf('9', i * 500, i * 500 + 500));
  await limited(1, async () => {
    const records = samplesOf('7', 0, 500);
    for (let times = 0; times < 2; times++) await refused(outbox, records);
    await outbox.append(records);
    assert.ok(outbox.isInMemory);
    first = await readFrom(outbox, 'samples', 0, 100);
    for (let i = 1; i < 45; i++) await outbox.append(samplesOf('7', i * 500, i * 500 + 500));
  });
  assert.equal(first?.range.after, 0);
  const changedMs = () => statSync(`${store.file}-wal`).mtimeMs;
  for (const before = changedMs(); changedMs() === before; ) await idle(outbox);
  assert.ok(outbox.isInMemory);
  return first;
}

test(
  'samples that are on their way back to the disk are not given from memory again',
  requires('prlimit'),
  async () => {
    const store = new StoreFolder();
    const outbox = store.openWith({ fileRetryMs: 500 });
    await halfBack(store, outbox);
    const { records } = await readFrom(outbox, 'samples', 0, 1);
    assert.ok((records[0]?.seq ?? 0) > 1_000, `${records[0]?.seq} is on the disk`);
    await outbox.close();
    store.remove();
  },
);

test(
  'what is acknowledged of records that went to a file which was replaced meanwhile is not taken for others',
  requires('prlimit'),
  async () => {
    const store = new StoreFolder();
    const outbox = store.openWith({ fileRetryMs: 500 });
    const first = await halfBack(store, outbox);
    await limited(1, () => idle(outbox));
    spoil(store.file, 300, 3);
    // The file is opened anew, found to be damaged and replaced; what comes next does not fit.
    await limited(ROOM_FOR_A_STORE, async () => {
      while (!store.notices.some(({ event }) => event === 'store.quarantined')) await idle(outbox);
      assert.ok(outbox.isInMemory);
    });
    while (outbox.isInMemory) await idle(outbox);
    outbox.acknowledge(UPLINK, first);
    await salvaged(store, outbox);
    assert.deepEqual(await secondsOf('7', outbox), numbers(0, 22_500));
    await outbox.close();
    store.remove();
  },
);

test('a card that takes long to refuse is left alone nine times as long', requires('strace', 'prlimit'), async () => {
  const folder = new StoreFolder();
  const options = { path: folder.file, maxBytes: 10 * MB, bootId: 'boot-1', uplinks: [UPLINK], fileRetryMs: 1 };
  const store = new FallbackStore(options);
  const { epoch } = store.answer().state;
  const append = (isRetry: boolean) =>
    store.handle({ type: 'append', epoch, parcel: pack(samplesOf('7', 0, 5)), acknowledged: [], isRetry });
  const failing = await FailingCalls.of(
    process.pid,
    [...SYNCS, 'pwrite64', 'ftruncate'],
    'EIO:delay_exit=50000',
    storeFiles(folder.file),
  );
  try {
    for (let times = 0; times < 2; times++) assert.throws(() => append(times > 0), isRefused);
    assert.equal(append(true).state.inMemory, true);
    await setTimeout(2);
    const { againInMs = 0 } = store.idle();
    assert.ok(againInMs >= 9 * 50, `${againInMs} ms`);
  } finally {
    await failing.end();
  }
  store.handle({ type: 'close', epoch, acknowledged: [] });
  folder.remove();
});

test(
  'records go back to the disk however much is appended meanwhile, without a pause',
  requires('prlimit'),
  async () => {
    const folder = new StoreFolder();
    const told: string[] = [];
    const options = { path: folder.file, maxBytes: 64 * MB, bootId: 'boot-1', uplinks: [UPLINK], fileRetryMs: 1 };
    const store = new FallbackStore(options, ({ event }) => told.push(event));
    let seconds = 0;
    const append = (isRetry: boolean) => {
      const { epoch } = store.answer().state;
      const parcel = pack(samplesOf('7', seconds, seconds + 1_000));
      const answer = store.handle({ type: 'append', epoch, parcel, acknowledged: [], isRetry });
      seconds += 1_000;
      return answer.state;
    };
    await limited(1, async () => {
      for (let times = 0; times < 2; times++) assert.throws(() => append(times > 0), isRefused);
      for (let times = 0; times < 40; times++) assert.equal(append(times === 0).inMemory, true);
      await setTimeout(2);
    });
    store.idle();
    assert.deepEqual(told, ['store.in-memory'], 'a part is on the disk, and not all');
    for (let times = 0; times < 200 && !told.includes('store.on-disk-again'); times++) append(false);
    assert.deepEqual(told, ['store.in-memory', 'store.on-disk-again']);
    const { backlog, epoch } = append(false);
    assert.equal(backlog[UPLINK]?.samples, seconds);
    store.handle({ type: 'close', epoch, acknowledged: [] });
    folder.remove();
  },
);
