/** Whatever the medium does to the bytes of a store, the gateway goes on, and no sample is missing without a word. */
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import test from 'node:test';
import fc from 'fast-check';
import { isOperatingError } from '../../src/domain/errors.ts';
import type { Gap } from '../../src/domain/gap.ts';
import type { Stored } from '../../src/domain/record.ts';
import type { Sample } from '../../src/domain/sample.ts';
import { Sqlite } from '../../src/outbox/sqlite.ts';
import type { SqliteOutbox } from '../../src/outbox/sqlite-outbox.ts';
import { alertOf, readAll, readFrom, sampleOf, samplesOf, UPLINK } from '../contract/outbox.ts';
import { StoreFolder } from './store-folder.ts';

const RUNS = Number(process.env['DAMAGE_RUNS'] ?? 120);
const ATHLETES = ['7', '8', '9'];

/** What was stored, and what of it was acknowledged. */
interface Made {
  readonly epoch: string;
  readonly samples: ReadonlyMap<number, Sample>;
  readonly db: Buffer;
  readonly log: Buffer;
}

/** A store as a crash leaves it: most of it in the database, the rest in the log. */
async function make(store: StoreFolder): Promise<Made> {
  const samples = new Map<number, Sample>();
  const append = async (second: number) => {
    const records = ATHLETES.flatMap((athlete) => samplesOf(athlete, second * 4, second * 4 + 4));
    let seq = outbox.head;
    for (const record of records) if (record.kind === 'sample') samples.set(++seq, record.sample);
    await outbox.append(records);
  };
  let outbox = store.open();
  for (let i = 0; i < 60; i++) {
    await append(i);
    if (i % 20 === 9) await outbox.append([alertOf('7', 'raised'), { kind: 'gap', gap: GAP }]);
  }
  outbox.acknowledge(UPLINK, await readFrom(outbox, 'samples', 0, 100));
  await outbox.close();
  outbox = store.open();
  for (let i = 60; i < 90; i++) await append(i);
  const delivered = await readFrom(outbox, 'samples', 500, 100);
  outbox.acknowledge(UPLINK, delivered);
  await append(90);
  const [db, log] = [readFileSync(store.file), readFileSync(`${store.file}-wal`)];
  for (const { after, through } of outbox.acknowledged(UPLINK, 'samples').ranges) {
    for (let seq = after + 1; seq <= through; seq++) samples.delete(seq);
  }
  await outbox.close();
  return { epoch: outbox.epoch, samples, db, log };
}

const LOG_HEADER = 32;
const FRAME = 1_048;

/** How many frames are in the log, and in its last commit. */
function framesOf(log: Buffer): { readonly count: number; readonly last: number } {
  const count = (log.length - LOG_HEADER) / FRAME;
  let last = 1;
  while (last < count && log.readUInt32BE(LOG_HEADER + (count - last - 1) * FRAME + 4) === 0) last++;
  return { count, last };
}

const GAP: Gap = { athlete: '8', fromMs: 1_700_000_000_000, toMs: 1_700_000_009_000, cause: 'link-lost' };

interface Flip {
  readonly file: 'db' | 'log';
  readonly at: number;
  readonly bits: number;
}

/** Somewhere in a file, as a part of its length; of a `double` most would be next to 0. */
const PARTS = 1_000_000;
const place = fc.integer({ min: 0, max: PARTS - 1 }).map((part) => part / PARTS);

const flip = fc.record<Flip>({
  file: fc.constantFrom('db', 'log'),
  at: place,
  bits: fc.integer({ min: 1, max: 255 }),
});

/** These bytes say whose the file is and of which format: then it is refused, and nothing of it is touched. */
const MARKS = [60, 61, 62, 63] as const;

function flipped(made: Made, flips: readonly Flip[]): { db: Buffer; log: Buffer; isMarkHit: boolean } {
  const files = { db: Buffer.from(made.db), log: Buffer.from(made.log) };
  let isMarkHit = false;
  for (const { file, at, bits } of flips) {
    const bytes = files[file];
    const offset = Math.floor(at * bytes.length);
    bytes.writeUInt8(bytes.readUInt8(offset) ^ bits, offset);
    const inPage = file === 'db' ? offset : ((offset - 32) % 1048) - 24;
    isMarkHit ||= MARKS.some((mark) => mark === inPage);
  }
  return { ...files, isMarkHit };
}

function put(store: StoreFolder, db: Buffer, log: Buffer): void {
  mkdirSync(dirname(store.file), { recursive: true });
  writeFileSync(store.file, db);
  if (log.length > 0) writeFileSync(`${store.file}-wal`, log);
}

async function idle(outbox: SqliteOutbox): Promise<void> {
  for (let i = 0; i < 40; i++) await outbox.read('alerts', { after: 0, through: 0 }, 1);
}

async function samplesIn(outbox: SqliteOutbox): Promise<{ epoch: string; sample: Stored<Sample> }[]> {
  const found = [];
  for (let again = true; again; ) {
    again = false;
    for (const range of outbox.acknowledged(UPLINK, 'samples').gaps(outbox.head)) {
      const batch = await outbox.read('samples', range, 500);
      if (batch?.kind !== 'samples') continue;
      for (const sample of batch.records) found.push({ epoch: batch.epoch, sample });
      outbox.acknowledge(UPLINK, batch);
      again = true;
      break;
    }
  }
  return found;
}

/** Opens what is left, lets it come to rest, and looks for every sample. */
async function examine(store: StoreFolder, made: Made): Promise<void> {
  const outbox = store.open();
  const fresh = sampleOf('77', 5);
  await outbox.append([{ kind: 'sample', sample: fresh }]);
  await idle(outbox);
  const { epoch } = outbox;
  const found = await samplesIn(outbox);
  assert.equal(outbox.epoch, epoch, 'it has come to rest');
  assert.equal(
    found.filter(({ sample }) => sample.athlete === '77').length,
    1,
    'what was appended afterwards is there',
  );
  const left = new Map(made.samples);
  const seqs = new Set<string>();
  for (const { epoch: of, sample } of found) {
    const { seq, ...rest } = sample;
    assert.ok(!seqs.has(`${of} ${seq}`), `${of} ${seq} comes twice`);
    seqs.add(`${of} ${seq}`);
    if (of !== made.epoch || !left.has(seq)) continue;
    assert.deepEqual(rest, left.get(seq), `sample ${seq} is what was stored`);
    left.delete(seq);
  }
  const gaps = (await readAll(outbox, 'gaps')) as Stored<Gap>[];
  await outbox.close();
  if (existsSync(`${store.file}.damaged-1`)) return;
  for (const athlete of ATHLETES) {
    const missing = [...left.values()].filter((sample) => sample.athlete === athlete).length;
    const told = gaps.filter((gap) => gap.cause === 'corrupted' && gap.athlete === athlete);
    const isTold = told.some(({ count }) => count === undefined);
    const counted = told.reduce((sum, { count = 0 }) => sum + count, 0);
    assert.ok(missing === 0 || isTold || counted >= missing, `${missing} samples of ${athlete} are missing silently`);
  }
}

async function withMade(body: (made: Made) => Promise<void>): Promise<void> {
  const store = new StoreFolder();
  try {
    await body(await make(store));
  } finally {
    store.remove();
  }
}

async function inFolder(body: (store: StoreFolder) => Promise<void>): Promise<void> {
  const store = new StoreFolder();
  try {
    await body(store);
  } finally {
    store.remove();
  }
}

test('where it is the name that has changed, whose samples there were, the loss is entered for whoever it may have been', () =>
  inFolder(async (store) => {
    for (const changed of ['6', '8']) {
      const before = store.open();
      for (let i = 0; i < 3; i++) {
        await before.append(ATHLETES.flatMap((athlete) => samplesOf(athlete, i * 10, i * 10 + 3 + i)));
      }
      await before.close();
      const bytes = readFileSync(store.file);
      const counts = '[["7",4],["8",4],["9",4]]';
      for (let at = bytes.indexOf(counts); at !== -1; at = bytes.indexOf(counts, at)) bytes.write(changed, at + 3);
      writeFileSync(store.file, bytes);
      const outbox = store.open();
      await idle(outbox);
      const gaps = (await readAll(outbox, 'gaps')) as Stored<Gap>[];
      for (const athlete of ATHLETES) {
        assert.ok(
          gaps.some((gap) => gap.athlete === athlete && gap.cause === 'corrupted'),
          `${athlete} for ${changed}`,
        );
      }
      await outbox.close();
      rmSync(store.file);
    }
  }));

test('bytes that have changed anywhere in a store cost no sample silently, and the next ones are taken', () =>
  withMade((made) =>
    fc.assert(
      fc.asyncProperty(fc.array(flip, { minLength: 1, maxLength: 4 }), (flips) =>
        inFolder(async (store) => {
          const { db, log, isMarkHit } = flipped(made, flips);
          put(store, db, log);
          try {
            await examine(store, made);
          } catch (error) {
            if (!isMarkHit || !isOperatingError(error, 'store-unusable')) throw error;
          }
        }),
      ),
      { numRuns: RUNS },
    ),
  ));

test('a store that has alerts and no samples is none the worse for crashes', () =>
  inFolder(async (store) => {
    const epochs = new Set<string>();
    for (const event of ['raised', 'escalated', 'acknowledged', 'cleared'] as const) {
      const outbox = store.open();
      epochs.add(outbox.epoch);
      await outbox.append([alertOf('7', event)]);
      const [db, log] = [readFileSync(store.file), readFileSync(`${store.file}-wal`)];
      await outbox.close();
      put(store, db, log);
    }
    assert.equal(epochs.size, 1);
    assert.deepEqual(store.notices, []);
  }));

test('what is empty and not absent, which is one byte of a row, is damage like any other', () =>
  withMade((made) =>
    inFolder(async (store) => {
      put(store, made.db, Buffer.alloc(0));
      const db = new Sqlite(store.file);
      db.exec(`UPDATE chunk SET origin = '' WHERE first_seq = (SELECT first_seq FROM chunk LIMIT 1 OFFSET 45)`);
      db.exec(`UPDATE alert SET origin = '' WHERE seq = (SELECT max(seq) FROM alert)`);
      db.close();
      const inDatabase = [...made.samples].filter(([seq]) => seq <= 60 * 12);
      await examine(store, { ...made, samples: new Map(inDatabase) });
    }),
  ));

test('whatever byte of the last commit has changed in the log, nothing of it is missing without a word', () =>
  withMade(async (made) => {
    const { count, last } = framesOf(made.log);
    assert.ok(count > 50 && last > 1, `${last} of ${count} frames`);
    for (let frame = count - last; frame < count; frame++) {
      const start = LOG_HEADER + frame * FRAME;
      // What says what the frame and its page are, and some of the rest.
      const bytes = Array.from({ length: FRAME }, (_, at) => at).filter((at) => at < 40 || at % 53 === 0);
      for (const at of bytes) {
        for (const bits of [0x01, made.log.readUInt8(start + at)]) {
          if (bits === 0) continue;
          const log = Buffer.from(made.log);
          log.writeUInt8(log.readUInt8(start + at) ^ bits, start + at);
          await inFolder(async (store) => {
            put(store, made.db, log);
            await examine(store, made);
          });
        }
      }
    }
  }));

test('a database that was cut short anywhere costs no sample silently, and the next ones are taken', () =>
  withMade((made) =>
    fc.assert(
      fc.asyncProperty(place, fc.boolean(), (at, hasLog) =>
        inFolder(async (store) => {
          const db = made.db.subarray(0, Math.floor(at * made.db.length));
          put(store, db, hasLog ? made.log : Buffer.alloc(0));
          await examine(store, hasLog ? made : { ...made, samples: new Map() });
        }),
      ),
      { numRuns: Math.ceil(RUNS / 4) },
    ),
  ));

test('a log that was cut short anywhere is taken for what a power cut left, and the next samples are taken', () =>
  withMade((made) =>
    fc.assert(
      fc.asyncProperty(place, (at) =>
        inFolder(async (store) => {
          put(store, made.db, made.log.subarray(0, Math.floor(at * made.log.length)));
          await examine(store, { ...made, samples: new Map() });
          assert.ok(!store.names.some((name) => name.includes('damaged')));
        }),
      ),
      { numRuns: Math.ceil(RUNS / 4) },
    ),
  ));
