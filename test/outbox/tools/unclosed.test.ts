import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import test from 'node:test';
import { isOperatingError } from '../../../src/domain/errors.ts';
import type { SqliteOutbox } from '../../../src/outbox/sqlite-outbox.ts';
import { compact } from '../../../src/outbox/tools/compaction.ts';
import { inspect } from '../../../src/outbox/tools/inspection.ts';
import { samplesOfPeriod } from '../../../src/outbox/tools/period.ts';
import { storedBatches } from '../../../src/outbox/tools/records.ts';
import { restored } from '../../../src/outbox/tools/restored.ts';
import { salvageInto } from '../../../src/outbox/tools/salvage-into.ts';
import { alertOf, readAll, samplesOf, UPLINK } from '../../contract/outbox.ts';
import { StoreFolder } from '../store-folder.ts';

const HEADER_BYTES = 32;
const FRAME_BYTES = 1048;
/** In the first commits. */
const EARLY = HEADER_BYTES + FRAME_BYTES * 6 + 500;

type Spoil = (log: Buffer) => Buffer;

const flipped = (log: Buffer, at: number) => {
  log.writeUInt8(log.readUInt8(at) ^ 0xff, at);
  return log;
};

/** What a power cut may leave. */
const LEFT: Readonly<Record<string, Spoil>> = {
  'a whole log': (log) => log,
  'a torn log': (log) => flipped(log, log.length - 1),
  'a damaged log': (log) => flipped(log, EARLY),
};

async function withLeft(spoil: Spoil, body: (store: StoreFolder) => Promise<void> | void): Promise<void> {
  const store = new StoreFolder();
  try {
    const outbox = store.open();
    for (let i = 0; i < 6; i++) await outbox.append(samplesOf('7', i * 5, i * 5 + 5));
    // What is stored around it goes on to be marked when the store is opened to be written.
    await outbox.append([alertOf('7', 'raised')]);
    const [db, log] = [readFileSync(store.file), readFileSync(`${store.file}-wal`)];
    await outbox.close();
    writeFileSync(store.file, db);
    writeFileSync(`${store.file}-wal`, spoil(log));
    await body(store);
  } finally {
    store.remove();
  }
}

const PERIOD = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY };
const NOTHING_PASSED = { damaged: () => {}, untimed: () => {} };

/** Each as its command has it; that it refuses is for other tests. */
const TOOLS: Readonly<Record<string, (path: string) => void>> = {
  check: (path) => void inspect(path),
  export: (path) => void [...storedBatches(path, 'samples', () => {})],
  rehearse: (path) => void [...samplesOfPeriod(path, PERIOD, NOTHING_PASSED)],
  salvage: (path) => void salvageInto({ from: path, into: `${path}.saved`, isAll: true }),
  compact: (path) => void compact(path, undefined, [UPLINK]),
};

function tried(tool: (path: string) => void, path: string): void {
  try {
    tool(path);
  } catch (error) {
    assert.ok(isOperatingError(error), String(error));
  }
}

const contents = ({ file, names }: StoreFolder) =>
  names
    .filter((name) => name.startsWith('outbox.db') && !name.includes('.saved'))
    .map((name) => [name, readFileSync(`${dirname(file)}/${name}`).toString('base64')]);

/** What the gateway makes of it, once everything that it saves is in. */
async function gateways(store: StoreFolder): Promise<unknown> {
  const outbox = store.open();
  const isDone = () => store.notices.some(({ event }) => /salvage/.test(event));
  const isAside = store.notices.some(({ event }) => event === 'store.quarantined');
  for (let i = 0; i < 10_000 && isAside && !isDone(); i++) await outbox.read('alerts', { after: 0, through: 0 }, 1);
  const found = {
    head: outbox.head,
    samples: (await readAll(outbox, 'samples')).length,
    gaps: (await readAll(outbox, 'gaps')).length,
    events: store.notices.map(({ event }) => event),
  };
  await outbox.close();
  return found;
}

for (const [what, spoil] of Object.entries(LEFT)) {
  for (const [name, tool] of Object.entries(TOOLS)) {
    test(`${name} leaves ${what} to the gateway, which finds what it would have found without`, () =>
      withLeft(spoil, async (store) => {
        let alone: unknown;
        await withLeft(spoil, async (other) => {
          alone = await gateways(other);
        });
        const before = contents(store);
        assert.equal(
          before.some(([file]) => file === 'outbox.db-wal'),
          true,
        );
        tried(tool, store.file);
        assert.deepEqual(contents(store), before);
        assert.deepEqual(await gateways(store), alone);
      }));
  }
}

test('a store that was not closed is checked and read all the same, with what is in its log', () =>
  withLeft(LEFT['a whole log'] as Spoil, ({ file }) => {
    const { findings, samples } = inspect(file);
    assert.deepEqual([findings, samples], [[], 30]);
    const batches = [...storedBatches(file, 'samples', () => assert.fail('nothing is damaged'))];
    assert.equal(
      batches.reduce((sum, { records }) => sum + records.length, 0),
      30,
    );
    assert.equal([...samplesOfPeriod(file, PERIOD, NOTHING_PASSED)].length, 30);
    assert.equal(salvageInto({ from: file, into: `${file}.saved`, isAll: true }).samples, 30);
  }));

test('where commits in its log are out of reach a store is not read as though it ended there', () =>
  withLeft(LEFT['a damaged log'] as Spoil, ({ file }) => {
    assert.match(inspect(file).findings.join(), /commits in it are out of reach/);
    const remedied = (error: unknown) =>
      isOperatingError(error) &&
      error.code === 'store-unusable' &&
      /its log is not what was written/.test(error.message) &&
      /store salvage/.test(error.remedy ?? '');
    assert.throws(() => [...storedBatches(file, 'samples', () => {})], remedied);
    assert.throws(() => [...samplesOfPeriod(file, PERIOD, NOTHING_PASSED)], remedied);
    assert.equal(salvageInto({ from: file, into: `${file}.saved`, isAll: true }).samples, 30);
  }));

test('a store that was not closed is not compacted, and what to do first is said', () =>
  withLeft(LEFT['a whole log'] as Spoil, ({ file }) => {
    assert.throws(
      () => compact(file, undefined, [UPLINK]),
      (error) =>
        isOperatingError(error) && /was not closed/.test(error.message) && /start the gateway/.test(error.remedy ?? ''),
    );
  }));

test('an empty log says too that the store was not closed, and goes on saying it', () =>
  withLeft(LEFT['a whole log'] as Spoil, async (store) => {
    await store.open().close();
    writeFileSync(`${store.file}-wal`, '');
    const before = contents(store);
    assert.deepEqual(inspect(store.file).findings, []);
    for (const tool of Object.values(TOOLS)) tried(tool, store.file);
    assert.deepEqual(contents(store), before);
    const outbox = store.open();
    assert.equal(outbox.head, 20_031, 'after either kill 10,000 are left out');
    await outbox.close();
  }));

test('the log of a store whose file is cut off stays', () =>
  withLeft(LEFT['a whole log'] as Spoil, (store) => {
    writeFileSync(store.file, '');
    const before = contents(store);
    assert.match(inspect(store.file).findings.join(), /its file is cut off, and its log is not/);
    for (const tool of Object.values(TOOLS)) tried(tool, store.file);
    assert.deepEqual(contents(store), before);
  }));

test('no gateway gets a store that was not closed while it is read, and no command one that a gateway has', () =>
  withLeft(LEFT['a whole log'] as Spoil, async (store) => {
    const isLocked = (error: unknown) => isOperatingError(error) && error.code === 'store-locked';
    const batches = storedBatches(store.file, 'samples', () => {});
    batches.next();
    assert.throws(() => store.open(), isLocked);
    batches.return(undefined);
    const outbox: SqliteOutbox = store.open();
    await outbox.append(samplesOf('7', 30, 35));
    for (const [name, tool] of Object.entries({ ...TOOLS, restored })) {
      assert.throws(() => tool(store.file), isLocked, name);
    }
    assert.equal((await readAll(outbox, 'samples')).length, 35);
    await outbox.close();
  }));

test('a log without its store in the place of the new one is not taken for a part of it', () =>
  withLeft(LEFT['a whole log'] as Spoil, ({ file }) => {
    const into = `${file}.saved`;
    mkdirSync(dirname(into), { recursive: true });
    writeFileSync(`${into}-wal`, 'x');
    assert.throws(
      () => salvageInto({ from: file, into, isAll: true }),
      (error) => isOperatingError(error) && /there is a file already/.test(error.message),
    );
  }));
