import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import test from 'node:test';
import { encodeChunk } from '../../src/outbox/chunk.ts';
import { MIGRATIONS } from '../../src/outbox/migrations.ts';
import { Sqlite } from '../../src/outbox/sqlite.ts';
import { readAll, sampleOf, UPLINK } from '../contract/outbox.ts';
import { StoreFolder } from './store-folder.ts';

const EPOCH = '0123456789abcdef0123';
const APPLICATION_ID = 0x53444c4e;

/** A store as the first version left it: 300 samples in chunks of ten, 100 of them acknowledged, and an open alert. */
function makeFormat1(file: string): void {
  mkdirSync(dirname(file), { recursive: true });
  const db = new Sqlite(file);
  db.pragma('page_size = 1024');
  db.pragma('journal_mode = WAL');
  db.exec(MIGRATIONS[0] ?? '');
  db.prepare('INSERT INTO store (epoch) VALUES (?)').run(EPOCH);
  const insert = db.prepare('INSERT INTO chunk VALUES (?, ?, ?, ?, ?, ?)');
  for (let chunk = 0; chunk < 30; chunk++) {
    const samples = Array.from({ length: 10 }, (_, index) => sampleOf('7', chunk * 10 + index));
    const last = chunk * 10 + 10;
    insert.run(last - 9, last, last, samples.at(-1)?.timeMs ?? 0, 'boot-0', encodeChunk(samples));
  }
  const alert = { athlete: '7', rule: 'high-average', event: 'raised', timeMs: 1, value: 171 };
  db.prepare('INSERT INTO alert VALUES (?, ?)').run(301, JSON.stringify(alert));
  db.prepare('INSERT INTO open_alert VALUES (?, ?, ?)').run('7', 'high-average', JSON.stringify(alert));
  db.prepare('INSERT INTO cursor VALUES (?, ?, ?)').run(UPLINK, 'samples', 100);
  db.pragma(`application_id = ${APPLICATION_ID}`);
  db.pragma('user_version = 1');
  db.close();
}

async function assertWhole(store: StoreFolder): Promise<void> {
  const outbox = store.open();
  assert.equal(outbox.epoch, EPOCH);
  const { head } = outbox;
  assert.ok(head === 301 || head === 10_301, 'after a crash some numbers are left out');
  assert.deepEqual(
    await readAll(outbox, 'samples'),
    Array.from({ length: 200 }, (_, index) => ({ ...sampleOf('7', 100 + index), seq: 101 + index })),
  );
  assert.deepEqual(
    (await readAll(outbox, 'alerts')).map(({ seq }) => seq),
    [301],
  );
  assert.equal((await outbox.recall(60_000)).openAlerts.length, 1);
  assert.deepEqual(outbox.backlog(UPLINK), { alerts: 1, gaps: 0, samples: 200 });
  await outbox.append([{ kind: 'sample', sample: sampleOf('8', 0) }]);
  assert.equal(outbox.head, head + 1);
  await outbox.close();
}

async function withStore(body: (store: StoreFolder) => Promise<void>): Promise<void> {
  const store = new StoreFolder();
  try {
    await body(store);
  } finally {
    store.remove();
  }
}

test('a store of the first format is read as it was, acknowledgements and open alerts included', () =>
  withStore(async (store) => {
    makeFormat1(store.file);
    await assertWhole(store);
    assert.deepEqual(store.notices, []);
  }));

test('a migration that is interrupted anywhere is done by the next opening', () =>
  withStore(async (store) => {
    makeFormat1(store.file);
    const before = readFileSync(store.file);
    const outbox = store.open();
    const [db, log] = [readFileSync(store.file), readFileSync(`${store.file}-wal`)];
    await outbox.close();
    assert.deepEqual(db, before, 'all of the migration is in the log');
    const frame = 1024 + 24;
    const frames = (log.length - 32) / frame;
    assert.ok(frames >= 5, `${frames} frames`);
    for (let written = 0; written <= frames; written++) {
      // As far as the log had come, with the last page of it half written.
      writeFileSync(store.file, before);
      writeFileSync(`${store.file}-wal`, log.subarray(0, 32 + written * frame + (written < frames ? frame / 2 : 0)));
      await assertWhole(store);
    }
    assert.deepEqual(store.notices, []);
  }));

test('of a damaged store of the first format what can be read is taken over', () =>
  withStore(async (store) => {
    makeFormat1(store.file);
    const bytes = readFileSync(store.file);
    bytes.fill(0, 0, 100);
    writeFileSync(store.file, bytes);
    const outbox = store.open();
    for (let i = 0; i < 50; i++) await outbox.read('alerts', { after: 0, through: 0 }, 1);
    const batch = await outbox.read('samples', { after: 0, through: outbox.head }, 500);
    assert.equal(batch?.epoch, EPOCH);
    assert.deepEqual(
      batch?.records.map(({ seq }) => seq),
      Array.from({ length: 200 }, (_, index) => 101 + index),
    );
    assert.equal((await outbox.recall(60_000)).openAlerts.length, 1);
    await outbox.close();
  }));
