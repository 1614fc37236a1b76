/** A disk that is dead for a while: alerts and samples go on from memory, and are on the disk once it is back. */
import assert from 'node:assert/strict';
import test from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { Batch, NewRecord, RecordKind } from '../../../src/domain/record.ts';
import { RECORD_KINDS } from '../../../src/domain/record.ts';
import { Delivery } from '../../../src/gateway/delivery.ts';
import type { SqliteOutbox } from '../../../src/outbox/sqlite-outbox.ts';
import { SystemClock } from '../../../src/system/clock.ts';
import { alertOf, OTHER, readFrom, samplesOf, UPLINK } from '../../contract/outbox.ts';
import { CollectedTelemetry } from '../../fakes/collected-telemetry.ts';
import { MemoryUplink, type SentBatch } from '../../fakes/memory-uplink.ts';
import { StoreFolder } from '../../outbox/store-folder.ts';
import { requires } from '../../requirements.ts';
import { FailingCalls, storeFiles } from './failing-calls.ts';

const UNWRITABLE = ['pwrite64', 'ftruncate', 'fallocate', 'fsync', 'fdatasync'];
const UNSYNCED = ['fsync', 'fdatasync'];

const silence = (athlete: string, end: { toMs?: number } = {}): NewRecord => ({
  kind: 'gap',
  gap: { athlete, fromMs: 1_000, cause: 'link-lost', ...end },
});

const FILE_RETRY_MS = 20;

class DyingDisk {
  readonly store = new StoreFolder();
  #failing: FailingCalls | undefined;

  static async with(body: (disk: DyingDisk, outbox: SqliteOutbox) => Promise<void>): Promise<void> {
    const disk = new DyingDisk();
    const outbox = await disk.store.openInThread({ fileRetryMs: FILE_RETRY_MS });
    try {
      await body(disk, outbox);
    } finally {
      await disk.recover();
      await outbox.close();
      disk.store.remove();
    }
  }

  async fail(calls: readonly string[] = UNWRITABLE): Promise<void> {
    this.#failing = await FailingCalls.of(process.pid, calls, 'EIO', storeFiles(this.store.file));
  }

  async recover(): Promise<void> {
    await this.#failing?.end();
    this.#failing = undefined;
  }

  /** Tries again and again, as the gateway does. @returns how often it was refused */
  async append(outbox: SqliteOutbox, records: NewRecord[]): Promise<number> {
    for (let refused = 0; ; refused++) {
      try {
        await outbox.append(records);
        return refused;
      } catch (error) {
        assert.ok(refused < 10, String(error));
      }
    }
  }

  async isBack(outbox: SqliteOutbox): Promise<void> {
    while (outbox.isInMemory) await setTimeout(5);
  }

  names(event: `store.${string}`): number {
    return this.store.notices.filter((notice) => notice.event === event).length;
  }
}

/** Everything that an uplink has not acknowledged, batch by batch, each acknowledged where it is wanted. */
async function unsent(outbox: SqliteOutbox, { uplink = UPLINK, isAcknowledged = false } = {}) {
  const found: { kind: RecordKind; id: string; about: string }[] = [];
  for (const kind of RECORD_KINDS) {
    for (const range of outbox.acknowledged(uplink, kind).gaps(outbox.head)) {
      for (let { after } = range; after < range.through; ) {
        const batch = await outbox.read(kind, { after, through: range.through }, 100);
        if (batch === undefined) break;
        found.push(...identified(batch));
        after = batch.range.through;
        if (isAcknowledged) outbox.acknowledge(uplink, batch);
      }
    }
  }
  return found;
}

function identified({ kind, epoch, records }: Batch | SentBatch) {
  return records.map((record) => ({
    kind,
    id: `${epoch}/${record.seq}`,
    about: JSON.stringify({ ...record, seq: 0 }),
  }));
}

/** Each content once, and each identity. */
function assertOnce(found: readonly { id: string; about: string }[], count: number): void {
  assert.equal(found.length, count);
  assert.equal(new Set(found.map(({ id }) => id)).size, count, 'an identity stands for two');
  assert.equal(new Set(found.map(({ about }) => about)).size, count, 'something is there twice');
}

for (const [what, calls] of [
  ['every write', UNWRITABLE],
  ['every sync', UNSYNCED],
  ['every write and opening', [...UNWRITABLE, 'openat']],
] as const) {
  test(`while ${what} fails, records are delivered from memory; then they are on the disk`, requires('strace'), () =>
    DyingDisk.with(async (disk, outbox) => {
      const { epoch } = outbox;
      await outbox.append([...samplesOf('7', 0, 50), alertOf('7', 'raised'), silence('9')]);
      outbox.acknowledge(UPLINK, await readFrom(outbox, 'samples', 0, 20));
      await disk.fail(calls);
      const first = [...samplesOf('7', 50, 60), alertOf('8', 'raised')];
      assert.equal(await disk.append(outbox, first), 2);
      assert.ok(outbox.isInMemory && outbox.epoch !== epoch);
      assert.deepEqual(outbox.backlog(UPLINK), { alerts: 1, gaps: 0, samples: 10 });
      assert.equal(disk.names('store.in-memory'), 1);

      // The file is tried again meanwhile, in vain: what could have gone there is still to be delivered from memory.
      await setTimeout(10 * FILE_RETRY_MS);
      assert.deepEqual(outbox.backlog(UPLINK), { alerts: 1, gaps: 0, samples: 10 });
      const delivered = await unsent(outbox, { isAcknowledged: true });
      assertOnce(delivered, 11);
      assert.ok(delivered.some(({ kind }) => kind === 'alerts'));
      await outbox.append([...samplesOf('7', 60, 90), alertOf('7', 'cleared'), silence('9', { toMs: 9_000 })]);
      const half = await readFrom(outbox, 'samples', outbox.acknowledged(UPLINK, 'samples').first, 15);
      outbox.acknowledge(UPLINK, half);
      await outbox.append([silence('8')]);

      await disk.recover();
      await disk.isBack(outbox);
      assert.equal(outbox.epoch, epoch);
      // 30 samples, an alert and a silence from before, then 15 samples, an alert and two entries.
      const left = await unsent(outbox);
      assertOnce(left, 30 + 2 + 15 + 3);
      const sent = [...delivered, ...identified(half)].map(({ id }) => id);
      assert.ok(!left.some(({ id }) => sent.includes(id)), 'what was delivered from memory does not come again');
      assert.equal(outbox.backlog(UPLINK).samples, 45);
      // Another uplink has acknowledged nothing, so it gets all of it.
      assertOnce(await unsent(outbox, { uplink: OTHER }), 50 + 2 + 40 + 4);
      assert.equal(disk.names('store.on-disk-again'), 1);

      await outbox.append(samplesOf('7', 90, 95));
      await outbox.close();
      const again = disk.store.openHere();
      assert.equal(again.epoch, epoch);
      assertOnce(await unsent(again), 55);
      const past = await again.recall(60_000);
      assert.deepEqual(
        past.openAlerts.map(({ athlete }) => athlete),
        ['8'],
      );
      assert.deepEqual(
        past.openGaps.map(({ athlete }) => athlete),
        ['8'],
      );
      await again.close();
    }),
  );
}

test('what is acknowledged late counts in the store where the records are now', requires('strace'), () =>
  DyingDisk.with(async (disk, outbox) => {
    await outbox.append(samplesOf('7', 0, 30));
    const ofFile = await readFrom(outbox, 'samples', 0, 20);
    await disk.fail();
    await disk.append(outbox, samplesOf('7', 30, 60));
    outbox.acknowledge(UPLINK, ofFile);
    assert.equal(outbox.backlog(UPLINK).samples, 30);
    const ofMemory = await readFrom(outbox, 'samples', 0, 20);
    await disk.recover();
    await disk.isBack(outbox);
    outbox.acknowledge(UPLINK, ofMemory);
    assertOnce(await unsent(outbox), 20);
    await outbox.close();
    const again = disk.store.openHere();
    assertOnce(await unsent(again), 20);
    assert.equal(again.backlog(UPLINK).samples, 20);
    await again.close();
  }),
);

test(
  'memory is bounded, and the ledger accounts for what goes; it comes back a little at a time',
  requires('strace'),
  () =>
    DyingDisk.with(async (disk, outbox) => {
      await disk.fail();
      await disk.append(outbox, samplesOf('7', 0, 1_000));
      const rounds = 250;
      for (let i = 1; i < rounds; i++) await outbox.append([...samplesOf('7', i * 1_000, (i + 1) * 1_000)]);
      const inMemory = outbox.backlog(UPLINK).samples;
      assert.ok(inMemory > 50_000 && inMemory < rounds * 1_000 - 10_000, `${inMemory} in memory`);
      await disk.recover();
      let alerts = 0;
      while (outbox.isInMemory) await outbox.append([alertOf(String(alerts++), 'raised')]);
      assert.equal(outbox.backlog(UPLINK).alerts, alerts);
      const kept = outbox.backlog(UPLINK).samples;
      let lost = 0;
      const { records } = await readFrom(outbox, 'gaps', 0, 500);
      for (const gap of records) if ('cause' in gap && gap.cause === 'evicted') lost += gap.count ?? 0;
      assert.equal(kept + lost, rounds * 1_000);
      assertOnce(await unsent(outbox), kept + alerts + records.length);
    }),
);

test('on close the disk is tried once more, and what is lost is told', requires('strace'), async () => {
  for (const isBack of [true, false]) {
    await DyingDisk.with(async (disk, outbox) => {
      await outbox.append(samplesOf('7', 0, 10));
      await disk.fail();
      await disk.append(outbox, samplesOf('7', 10, 20));
      outbox.acknowledge(UPLINK, await readFrom(outbox, 'samples', 0, 4));
      outbox.acknowledge(OTHER, await readFrom(outbox, 'samples', 0, 4));
      if (isBack) await disk.recover();
      const closed = await outbox.close().then(
        () => 'closed',
        ({ code }) => code as string,
      );
      assert.equal(closed, isBack ? 'closed' : 'store-write-failed');
      const unsaved = disk.store.notices.find(({ event }) => event === 'store.unsaved');
      assert.equal(unsaved?.event === 'store.unsaved' ? unsaved.records : 0, isBack ? 0 : 6);
      await disk.recover();
      const again = disk.store.openHere();
      assertOnce(await unsent(again), isBack ? 16 : 10);
      await again.close();
    });
  }
});

test('what was stamped before the time was learned has its right time in memory too', requires('strace'), () =>
  DyingDisk.with(async (disk, outbox) => {
    await disk.fail();
    await disk.append(outbox, samplesOf('7', 0, 5));
    await outbox.learnTime(60_000);
    await disk.recover();
    await disk.isBack(outbox);
    // The time was learned in memory, and this is another stay there.
    await disk.fail();
    await disk.append(
      outbox,
      [...samplesOf('7', 5, 8)].map((record) => ({ ...record, offsetMs: 50_000 })),
    );
    assert.ok(outbox.isInMemory);
    const { records, unsynchronised } = await readFrom(outbox, 'samples', 0, 10);
    assert.equal(unsynchronised, undefined);
    const times = samplesOf('7', 5, 8).map((record) => record.kind === 'sample' && record.sample.timeMs + 10_000);
    assert.deepEqual(
      records.map((record) => 'timeMs' in record && record.timeMs),
      times,
    );
  }),
);

test(
  'delivery goes on from memory, alerts and samples, and then with what waited on the disk',
  requires('strace'),
  () =>
    DyingDisk.with(async (disk, outbox) => {
      const uplink = new MemoryUplink();
      const delivery = new Delivery(
        { clock: new SystemClock(), outbox, uplink, telemetry: new CollectedTelemetry(), onEntry: () => {} },
        { role: UPLINK, backfillForm: 'plain', inFlight: 3, rate: {} },
      );
      const arrived = (kind: RecordKind) =>
        uplink.arrived.flatMap(({ batch }) => (batch.kind === kind ? identified(batch) : []));
      const drained = async (samples: number, alerts: number) => {
        delivery.wake();
        while (arrived('samples').length < samples || arrived('alerts').length < alerts) await setTimeout(5);
      };
      const end = new AbortController();
      await outbox.append(samplesOf('7', 0, 20));
      await uplink.start(delivery.wake);
      const loop = delivery.run(end.signal);
      try {
        await drained(20, 0);
        uplink.hold('messages');
        await outbox.append(samplesOf('7', 20, 30));
        delivery.wake();
        await disk.fail();
        await disk.append(outbox, [...samplesOf('7', 30, 40), alertOf('7', 'raised')]);
        uplink.release();
        await drained(40, 1);
        assert.ok(outbox.isInMemory, 'all of it while the disk was dead');
        uplink.cut();
        await outbox.append([...samplesOf('7', 40, 50), alertOf('7', 'cleared')]);
        await disk.recover();
        await disk.isBack(outbox);
        uplink.restore();
        await drained(50, 2);
      } finally {
        end.abort();
        await uplink.stop();
        await loop;
      }
      assertOnce(arrived('samples'), 50);
      assertOnce(arrived('alerts'), 2);
      await outbox.sync();
      assert.deepEqual(outbox.backlog(UPLINK), { alerts: 0, gaps: 0, samples: 0 });
    }),
);
