import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import test from 'node:test';
import type { NewRecord } from '../../src/domain/record.ts';
import type { SqliteOutbox } from '../../src/outbox/sqlite-outbox.ts';
import { type Period, samplesOfPeriod } from '../../src/outbox/tools/period.ts';
import { sampleOf, samplesOf } from '../contract/outbox.ts';
import { StoreFolder } from './store-folder.ts';

const at = (second: number) => sampleOf('7', second).timeMs;
const OFFSET_MS = sampleOf('7', 0).timeMs - sampleOf('7', 0).monotonicMs;
const YEARS_MS = 50 * 365 * 86_400_000;
const ALWAYS: Period = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY };

async function withStore(body: (store: StoreFolder) => Promise<void>): Promise<void> {
  const store = new StoreFolder();
  try {
    await body(store);
  } finally {
    store.remove();
  }
}

async function filled(store: StoreFolder, body: (outbox: SqliteOutbox) => Promise<unknown>, bootId = 'boot-1') {
  const outbox = store.openWith({ bootId });
  await body(outbox);
  await outbox.close();
}

/** As a gateway stamps them whose clock is fifty years behind. */
function stampedWrongly(fromS: number, toS: number): NewRecord[] {
  return Array.from({ length: toS - fromS }, (_, i) => {
    const right = sampleOf('7', fromS + i);
    return { kind: 'sample', sample: { ...right, timeMs: right.timeMs - YEARS_MS }, offsetMs: OFFSET_MS - YEARS_MS };
  });
}

/** Whose samples of which second are read, and what was passed over. */
function read(store: StoreFolder, period: Period) {
  let [damaged, untimed] = [0, 0];
  const passedOver = {
    damaged: () => {
      damaged++;
    },
    untimed: (count: number) => {
      untimed += count;
    },
  };
  const found = [...samplesOfPeriod(store.file, period, passedOver)];
  const seconds = (athlete: string) =>
    found.filter((sample) => sample.athlete === athlete).map(({ timeMs }) => (timeMs - at(0)) / 1_000);
  return { seconds, found, damaged, untimed };
}

const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);

test('a period is its first instant and what comes after it, without its end', () =>
  withStore(async (store) => {
    await filled(store, async (outbox) => {
      for (const s of range(0, 60)) await outbox.append([...samplesOf('7', s, s + 1), ...samplesOf('8', s, s + 1)]);
    });
    const some = read(store, { fromMs: at(10), toMs: at(20) });
    assert.deepEqual([some.seconds('7'), some.seconds('8')], [range(10, 20), range(10, 20)]);
    const one = read(store, { ...ALWAYS, athlete: '8' });
    assert.deepEqual([one.seconds('7'), one.seconds('8')], [[], range(0, 60)]);
  }));

test('times that were put right are those that count', () =>
  withStore(async (store) => {
    await filled(store, async (outbox) => {
      await outbox.append(samplesOf('7', -600, -590));
      await outbox.append(stampedWrongly(0, 30));
      await outbox.learnTime(OFFSET_MS);
      await outbox.append(samplesOf('7', 30, 40));
    });
    assert.deepEqual(read(store, { fromMs: at(20), toMs: at(35) }).seconds('7'), range(20, 35));
    assert.throws(() => read(store, { fromMs: at(0) - YEARS_MS, toMs: at(100) - YEARS_MS }), {
      message: /no readings from 1973-/,
    });
  }));

test('readings whose time was never known are left out and counted where they may be of the period', () =>
  withStore(async (store) => {
    await filled(store, (outbox) => outbox.append(samplesOf('7', 0, 10)));
    await filled(store, (outbox) => outbox.append(stampedWrongly(500, 530)), 'boot-2');
    await filled(store, (outbox) => outbox.append(samplesOf('7', 1_000, 1_010)), 'boot-3');
    const all = read(store, ALWAYS);
    assert.deepEqual([all.seconds('7'), all.untimed], [[...range(0, 10), ...range(1_000, 1_010)], 30]);
    assert.equal(read(store, { fromMs: at(5), toMs: at(600) }).untimed, 30);
    assert.equal(read(store, { fromMs: at(1_005), toMs: at(2_000) }).untimed, 0, 'they were before those');
  }));

test('what was saved from a damaged store comes before what was stored after the damage', () =>
  withStore(async (store) => {
    await filled(store, async (outbox) => {
      for (const s of range(0, 20)) await outbox.append(samplesOf('7', s, s + 1));
    });
    const file = openSync(store.file, 'r+');
    writeSync(file, Buffer.alloc(1_024, 0xff), 0, 1_024, 0);
    closeSync(file);
    await filled(store, async (outbox) => {
      await outbox.append(samplesOf('7', 100, 110));
      const isOver = () => store.notices.some(({ event }) => event === 'store.salvaged');
      for (let i = 0; i < 10_000 && !isOver(); i++) await outbox.read('alerts', { after: 0, through: 0 }, 1);
      assert.ok(isOver(), 'the salvage does not end');
      await outbox.append(samplesOf('7', 110, 120));
    });
    assert.deepEqual(read(store, ALWAYS).seconds('7'), [...range(0, 20), ...range(100, 120)]);
  }));

test('a damaged row is passed over once, and the rest is read', () =>
  withStore(async (store) => {
    await filled(store, async (outbox) => {
      for (const s of range(0, 20)) await outbox.append(samplesOf('7', s, s + 1));
    });
    const text = readFileSync(store.file, 'latin1');
    const stamp = `"a09e1a000007",${at(5)}`;
    assert.ok(text.includes(stamp));
    // Where a page was rewritten, an old copy may be left in it.
    writeFileSync(store.file, text.replaceAll(stamp, stamp.replace('a09e', 'XXXX')), 'latin1');
    const { seconds, damaged } = read(store, ALWAYS);
    assert.deepEqual([seconds('7'), damaged], [range(0, 20).filter((s) => s !== 5), 1]);
  }));

test('a period without readings says which there are', () =>
  withStore(async (store) => {
    await filled(store, (outbox) => outbox.append(samplesOf('7', 0, 60)));
    const cases: [Period, string][] = [
      [{ fromMs: at(100), toMs: at(200) }, 'from 2023-11-14T22:15:00.000Z to 2023-11-14T22:16:40.000Z'],
      [{ ...ALWAYS, fromMs: at(100) }, 'from 2023-11-14T22:15:00.000Z'],
      [{ ...ALWAYS, toMs: at(-100) }, 'to 2023-11-14T22:11:40.000Z'],
    ];
    for (const [period, text] of cases) {
      assert.throws(() => read(store, period), {
        code: 'store-unusable',
        message: `${store.file}: no readings ${text}`,
        remedy: 'its readings are from 2023-11-14T22:13:20.000Z to 2023-11-14T22:14:19.000Z',
      });
    }
    assert.throws(() => read(store, { ...ALWAYS, athlete: '99' }), {
      message: `${store.file}: no readings of athlete 99`,
    });
  }));

test('a store without readings says so', () =>
  withStore(async (store) => {
    await filled(store, async () => {});
    assert.throws(() => read(store, ALWAYS), {
      message: `${store.file}: no readings`,
      remedy: 'name the store of a gateway that has heard somebody',
    });
  }));

test('reading a period changes nothing in the file', () =>
  withStore(async (store) => {
    await filled(store, (outbox) => outbox.append(samplesOf('7', 0, 60)));
    const [before, names] = [readFileSync(store.file), store.names];
    read(store, ALWAYS);
    assert.ok(readFileSync(store.file).equals(before));
    assert.deepEqual(store.names, names);
  }));
