import assert from 'node:assert/strict';
import { closeSync, openSync, readFileSync, statSync, writeSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import test from 'node:test';
import { parquetReadObjects } from 'hyparquet';
import { SqliteOutbox } from '../../src/outbox/sqlite-outbox.ts';
import { alertOf, readFrom, samplesOf, UPLINK } from '../contract/outbox.ts';
import { sideline } from '../fixtures/sideline-process.ts';
import { TemporaryFolder } from '../fixtures/temporary-folder.ts';

const MB = 1_000_000;
const ATHLETES = `athletes:
  - id: "7"
    strap: { address: "a0:9e:1a:00:00:07" }
    rules: { high-average: { kind: average, window: 60s, above: 120 } }
`;
const T0 = 1_700_000_000_000;

interface Made {
  readonly folder: TemporaryFolder;
  readonly store: string;
  readonly epoch: string;
}

function open(store: string): SqliteOutbox {
  return SqliteOutbox.openHere({ path: store, maxBytes: 100 * MB, bootId: 'boot-1', uplinks: [UPLINK] });
}

/** 1,200 samples of two athletes, of which 100 are acknowledged, an alert and a ledger entry. */
async function withStore(body: (made: Made) => Promise<void>): Promise<void> {
  await TemporaryFolder.with(async (folder) => {
    const store = join(folder.path, 'outbox.db');
    const outbox = open(store);
    for (let i = 0; i < 60; i++) {
      await outbox.append([...samplesOf('7', i * 10, i * 10 + 10), ...samplesOf('8', i * 10, i * 10 + 10)]);
    }
    outbox.acknowledge(UPLINK, await readFrom(outbox, 'samples', 0, 100));
    await outbox.append([
      alertOf('7', 'raised'),
      { kind: 'gap', gap: { athlete: '8', fromMs: T0, toMs: T0 + 9_000, cause: 'link-lost' } },
    ]);
    await outbox.close();
    await body({ folder, store, epoch: outbox.epoch });
  });
}

function change(path: string, at: number, bytes: Buffer): void {
  const file = openSync(path, 'r+');
  writeSync(file, bytes, 0, bytes.length, at);
  closeSync(file);
}

/** Somewhere in the text of samples. */
function spoilSample(store: string): void {
  const at = readFileSync(store).indexOf('"a09e1a000007",1700000200000');
  assert.ok(at > 0);
  change(store, at + 5, Buffer.from('XX'));
}

test('a good store is said to be good, with what is in it', () =>
  withStore(async ({ store }) => {
    const { code, stdout, stderr } = await sideline('store', 'check', '--store', store);
    assert.deepEqual([code, stderr], [0, '']);
    assert.equal(stdout, `${store}: good: 1200 samples, 1 alert, ledger entries: 1\n`);
    const json = await sideline('store', 'check', '--store', store, '--json');
    const { ok, samples, findings } = JSON.parse(json.stdout);
    assert.deepEqual([json.code, ok, samples, findings], [0, true, 1200, []]);
  }));

test('every finding in a damaged store is told, with exit code 1 and what to do', () =>
  withStore(async ({ store }) => {
    spoilSample(store);
    const { code, stdout, stderr } = await sideline('store', 'check', '--store', store);
    assert.equal(code, 1);
    assert.match(stdout, /samples \d+ to \d+ are not what was written\n/);
    assert.match(stderr, /store salvage/);
    change(store, 0, Buffer.alloc(1024));
    const json = await sideline('store', 'check', '--store', store, '--json');
    assert.equal(json.code, 1);
    assert.match(JSON.parse(json.stdout).findings[0], /no database any more/);
  }));

test('a store in use, one that is not there and another program’s file are refused with a remedy', () =>
  withStore(async ({ folder, store }) => {
    const outbox = open(store);
    for (const command of [
      ['check'],
      ['compact'],
      ['export', '--out', '-'],
      ['salvage', '--into', `${store}.new`],
      ['restored'],
    ]) {
      const { code, stdout, stderr } = await sideline('store', ...command, '--store', store);
      assert.deepEqual([code, stdout], [1, ''], command[0]);
      assert.match(stderr, /is in use by another process; stop the other gateway/);
    }
    await outbox.close();
    const missing = await sideline('store', 'check', '--store', join(folder.path, 'nope.db'));
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /there is no store; name the file/);
  }));

test('of a store that was brought back from a copy it is said once, and its next records have other numbers', () =>
  withStore(async ({ store }) => {
    const { code, stdout, stderr } = await sideline('store', 'restored', '--store', store);
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /from the gateway's next start on, new records have numbers that none had before/);
    const outbox = open(store);
    await outbox.append(samplesOf('7', 600, 610));
    assert.ok(outbox.head > 2 ** 32, `${outbox.head}`);
    await outbox.close();
    assert.equal((await sideline('store', 'check', '--store', store)).code, 0);
  }));

test('which store is said either way, and neither way or an unknown format is wrong usage', () =>
  withStore(async ({ folder }) => {
    assert.equal((await sideline('store', 'check')).code, 2);
    assert.equal((await sideline('store', 'export', '--store', 'x', '--format', 'xml', '--out', '-')).code, 2);
    const wrongTime = await sideline('store', 'export', '--store', 'x', '--out', '-', '--from', 'noon');
    assert.equal(wrongTime.code, 2);
    await folder.file('athletes.yaml', ATHLETES);
    const config = await folder.file(
      'gateway.yaml',
      'gateway: pitch-3\nathletes: athletes.yaml\nstore: { path: outbox.db }\nuplink: { kind: mqtt, url: "mqtt://127.0.0.1:1" }\n',
    );
    assert.equal((await sideline('store', 'check', '--config', config)).code, 0);
    const bad = await folder.file('bad.yaml', 'gateway: pitch-3\n');
    assert.equal((await sideline('store', 'check', '--config', bad)).code, 78);
  }));

test('what can be read of a damaged store comes into a new one, with its ids and without what was acknowledged', () =>
  withStore(async ({ store, epoch }) => {
    change(store, 0, Buffer.alloc(1024));
    const into = `${store}.new`;
    const { code, stdout } = await sideline('store', 'salvage', '--store', store, '--into', into);
    assert.equal(code, 0);
    assert.equal(stdout, `${into}: 1100 samples, 1 alert, ledger entries: 1 of epoch ${epoch}\n`);
    assert.equal(statSync(into).mode & 0o777, 0o600);
    const { stdout: csv } = await sideline('store', 'export', '--store', into, '--out', '-');
    assert.deepEqual(
      csv
        .trim()
        .split('\n')
        .slice(1)
        .map((line) => line.split(',').slice(0, 2).join(' ')),
      Array.from({ length: 1100 }, (_, index) => `${epoch} ${index + 101}`),
    );
    const again = await sideline('store', 'salvage', '--store', store, '--into', into);
    assert.equal(again.code, 1);
    assert.match(again.stderr, /there is a file already; name a new one/);
    const all = await sideline('store', 'salvage', '--store', store, '--into', `${store}.all`, '--all');
    assert.match(all.stdout, /1200 samples/);
  }));

test('a store is as small as its content after compacting', () =>
  withStore(async ({ folder, store }) => {
    const outbox = open(store);
    for (let i = 0; i < 400; i++) await outbox.append(samplesOf('9', i * 500, i * 500 + 500));
    await outbox.close();
    const before = statSync(store).size;
    await folder.file('athletes.yaml', ATHLETES);
    const config = await folder.file(
      'gateway.yaml',
      'gateway: pitch-3\nathletes: athletes.yaml\nstore: { path: outbox.db, max_size: 16MB }\nuplink: { kind: mqtt, url: "mqtt://127.0.0.1:1" }\n',
    );
    const { code, stdout, stderr } = await sideline('store', 'compact', '--config', config);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /bytes before/);
    assert.match(stderr, /undelivered samples went to hold the size; the ledger has them/);
    assert.ok(statSync(store).size < 12 * MB && before > 12 * MB, `${before} → ${statSync(store).size}`);
    assert.equal((await sideline('store', 'check', '--store', store)).code, 0);
    const { stdout: gaps } = await sideline('store', 'export', '--store', store, '--what', 'gaps', '--out', '-');
    assert.match(gaps, /evicted/);
  }));

test('samples, alerts and ledger entries are exported as CSV and as JSON lines, by time and athlete', () =>
  withStore(async ({ store, epoch }) => {
    const exported = async (...args: string[]) =>
      (await sideline('store', 'export', '--store', store, '--out', '-', ...args)).stdout.trim().split('\n');
    const [header, first, ...rest] = await exported();
    assert.equal(header, 'epoch,seq,athlete,strap,time,bpm,rr_ms,contact,energy_kj,way,contested,unsynchronised');
    assert.equal(first, `${epoch},1,7,a09e1a000007,2023-11-14T22:13:20.000Z,142,422.85 430.66,detected,,,,false`);
    assert.equal(rest.length, 1199);
    const some = await exported('--athlete', '8', '--from', '2023-11-14T22:13:30Z', '--to', '2023-11-14T22:13:33Z');
    assert.deepEqual(
      some.slice(1).map((line) => line.split(',').slice(2, 5).join(' ')),
      [30, 31, 32].map((second) => `8 a09e1a000007 2023-11-14T22:13:${second}.000Z`),
    );
    assert.deepEqual(
      (await exported('--what', 'alerts', '--format', 'jsonl')).map((line) => JSON.parse(line)),
      [
        {
          epoch,
          seq: 1201,
          athlete: '7',
          rule: 'high-average',
          event: 'raised',
          time: new Date(T0).toISOString(),
          value: 171.5,
          above: 165,
          unsynchronised: false,
        },
      ],
    );
    assert.match(
      (await exported('--what', 'gaps'))[1] ?? '',
      /,8,2023-11-14T22:13:20.000Z,2023-11-14T22:13:29.000Z,link-lost,,false$/,
    );
  }));

test('an export as Parquet is read back as what was stored', () =>
  withStore(async ({ folder, store, epoch }) => {
    const out = join(folder.path, 'samples.parquet');
    const { code } = await sideline('store', 'export', '--store', store, '--format', 'parquet', '--out', out);
    assert.equal(code, 0);
    assert.equal(statSync(out).mode & 0o777, 0o600);
    const bytes = await readFile(out);
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
    const rows = await parquetReadObjects({ file });
    assert.equal(rows.length, 1200);
    const { seq, rr_ms, ...first } = rows[0] ?? {};
    assert.deepEqual([seq, [...(rr_ms as number[])]], [1n, [422.85, 430.66]]);
    assert.deepEqual(first, {
      epoch,
      athlete: '7',
      strap: 'a09e1a000007',
      time: new Date(T0),
      bpm: 142n,
      contact: 'detected',
      energy_kj: null,
      way: null,
      contested: null,
      unsynchronised: false,
    });
  }));

test('all that is said of an alert is in its row, in every format', () =>
  withStore(async ({ folder }) => {
    const path = join(folder.path, 'alerts.db');
    const outbox = open(path);
    const told = { severity: 'critical', shadow: true, estimated: true, reason: 'signal-lost', note: 'seen' } as const;
    await outbox.append([
      {
        kind: 'alert',
        alert: {
          ...{ athlete: '7', rule: 'high', event: 'snoozed', timeMs: T0, above: 165, alert: 'k3f9-1' },
          ...told,
          ...{ acknowledgedBy: 'AT', snoozedForMs: 60_000, snoozedBy: 'PT-2' },
        },
      },
    ]);
    await outbox.close();
    const row = { ...told, alert: 'k3f9-1', by: 'AT', snoozed_by: 'PT-2' };
    const line = await sideline(
      'store',
      'export',
      '--store',
      path,
      '--what',
      'alerts',
      '--format',
      'jsonl',
      '--out',
      '-',
    );
    const { epoch: _, ...fields } = JSON.parse(line.stdout) as { epoch: string };
    assert.deepEqual(fields, {
      ...{ seq: 1, athlete: '7', rule: 'high', event: 'snoozed', time: new Date(T0).toISOString(), above: 165, ...row },
      ...{ until: new Date(T0 + 60_000).toISOString(), unsynchronised: false },
    });
    const out = join(folder.path, 'alerts.parquet');
    await sideline('store', 'export', '--store', path, '--what', 'alerts', '--format', 'parquet', '--out', out);
    const bytes = await readFile(out);
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
    const [first] = await parquetReadObjects({ file });
    const { severity, shadow, estimated, reason, note, alert, by, until, snoozed_by } = first ?? {};
    assert.deepEqual({ severity, shadow, estimated, reason, note, alert, by, snoozed_by }, row);
    assert.deepEqual(until, new Date(T0 + 60_000));
  }));

test('rows that are not what was written are passed over by an export, which says so with exit code 1', () =>
  withStore(async ({ store }) => {
    spoilSample(store);
    const { code, stdout, stderr } = await sideline('store', 'export', '--store', store, '--out', '-');
    assert.equal(code, 1);
    assert.equal(stdout.trim().split('\n').length, 1 + 1200 - 20);
    assert.match(stderr, /1 row passed over/);
  }));
