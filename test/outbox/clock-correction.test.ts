import assert from 'node:assert/strict';
import test from 'node:test';
import type { NewRecord } from '../../src/domain/record.ts';
import type { SqliteOutbox } from '../../src/outbox/sqlite-outbox.ts';
import { alertOf, readFrom, sampleOf } from '../contract/outbox.ts';
import { outboxTimeContract } from '../contract/outbox-time.ts';
import { StoreFolder } from './store-folder.ts';

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

test('records without a right time wait until the time of their boot is known, and are read with it', async () => {
  const store = new StoreFolder();
  const outbox = store.open();
  await outbox.append(stampedWrongly(0, 10, -YEARS_MS));
  await outbox.append(stampedWrongly(10, 20, YEARS_MS));
  await outbox.append([{ kind: 'gap', gap: { athlete: '7', fromMs: 5, toMs: 6, cause: 'no-signal' }, offsetMs: 0 }]);
  for (const kind of ['samples', 'gaps'] as const) {
    assert.equal(await outbox.read(kind, { after: 0, through: outbox.head }, 100), undefined, 'it waits');
  }
  await outbox.learnTime(OFFSET_MS);
  await outbox.append([{ kind: 'sample', sample: sampleOf('7', 20) }]);
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
