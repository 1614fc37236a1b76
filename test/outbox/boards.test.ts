import assert from 'node:assert/strict';
import { closeSync, cpSync, openSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import test from 'node:test';
import { ENDLESS } from '../../src/domain/seq-ranges.ts';
import { boardsOf, boardsPath } from '../../src/outbox/boards.ts';
import type { SqliteOutbox } from '../../src/outbox/sqlite-outbox.ts';
import { restored } from '../../src/outbox/tools/restored.ts';
import { alertOf, readAll, samplesOf, UPLINK } from '../contract/outbox.ts';
import { StoreFolder } from './store-folder.ts';

async function withStores(count: number, body: (stores: readonly StoreFolder[]) => Promise<void>): Promise<void> {
  const stores = Array.from({ length: count }, () => new StoreFolder());
  try {
    await body(stores);
  } finally {
    for (const store of stores) store.remove();
  }
}

/** As a card is copied whole. */
function copy(from: StoreFolder, to: StoreFolder): void {
  rmSync(dirname(to.file), { recursive: true, force: true });
  cpSync(dirname(from.file), dirname(to.file), { recursive: true });
}

async function takeAndClose(
  store: StoreFolder,
  board: string,
  fromS: number,
): Promise<{ epoch: string; head: number }> {
  const outbox = store.openWith({ board });
  await outbox.append(samplesOf('7', fromS, fromS + 10));
  const { epoch, head } = outbox;
  await outbox.close();
  return { epoch, head };
}

async function seqsOf(outbox: SqliteOutbox): Promise<number[]> {
  return (await readAll(outbox, 'samples')).map(({ seq }) => seq);
}

const boardNotices = ({ notices }: StoreFolder) => notices.filter(({ event }) => event === 'store.other-board');

test('two gateways from one copied card never give the same number to records of their own', () =>
  withStores(3, async ([first, second, third]) => {
    assert.ok(first !== undefined && second !== undefined && third !== undefined);
    const { epoch } = await takeAndClose(first, 'board-a', 0);
    copy(first, second);
    copy(first, third);
    const ownNumbers = new Map<StoreFolder, number[]>();
    for (const [store, board] of [
      [first, 'board-a'],
      [second, 'board-b'],
      [third, 'board-c'],
    ] as const) {
      assert.equal((await takeAndClose(store, board, 10)).epoch, epoch);
      const outbox = store.openWith({ board });
      const seqs = await seqsOf(outbox);
      assert.deepEqual(seqs.slice(0, 10), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 'what they had in common keeps its numbers');
      assert.equal(seqs.length, 20);
      ownNumbers.set(store, seqs.slice(10));
      assert.equal(outbox.backlog(UPLINK).samples, 20, 'numbers that are left out are no records');
      await outbox.close();
    }
    const all = [...ownNumbers.values()].flat();
    assert.equal(new Set(all).size, all.length);
    assert.ok(all.every(Number.isSafeInteger));
    assert.deepEqual(boardNotices(first), []);
    assert.deepEqual(
      boardNotices(second).map((notice) => ({ ...notice })),
      [{ event: 'store.other-board', path: second.file, board: 'board-b', before: 'board-a' }],
      'told once',
    );
    assert.deepEqual(boardsOf(second.file), ['board-a', 'board-b']);
  }));

test('numbers stay left out though the first run on another board is killed before it has stored anything', () =>
  withStores(2, async ([first, second]) => {
    assert.ok(first !== undefined && second !== undefined);
    await takeAndClose(first, 'board-a', 0);
    const outbox = first.openWith({ board: 'board-b' });
    // The file as it is while the process still runs, which is what a power cut leaves.
    copy(first, second);
    await outbox.close();
    const { head } = await takeAndClose(second, 'board-b', 10);
    assert.ok(head > 2 ** 32, `${head}`);
    assert.equal(boardNotices(second).length, 0);
  }));

test('a card that goes from board to board is used up by none of it, and messages carry its numbers', () =>
  withStores(1, async ([store]) => {
    assert.ok(store !== undefined);
    for (let i = 0; i < 12; i++) await takeAndClose(store, `board-${i}`, i * 10);
    const outbox = store.openWith({ board: 'board-11' });
    const seqs = await seqsOf(outbox);
    assert.equal(seqs.length, 120);
    assert.ok(seqs.every((seq, i) => Number.isSafeInteger(seq) && (i === 0 || seq > (seqs[i - 1] ?? 0))));
    const encoded = await outbox.readEncoded('samples', { after: (seqs[99] ?? 0) - 1, through: outbox.head }, 100);
    const entries = JSON.parse(Buffer.from(encoded?.entries ?? []).toString()) as { seq: number }[];
    assert.deepEqual(
      entries.map(({ seq }) => seq),
      seqs.slice(99),
    );
    for (const range of outbox.acknowledged(UPLINK, 'samples').gaps(outbox.head)) {
      outbox.acknowledge(UPLINK, { kind: 'samples', range, epoch: outbox.epoch, records: { length: 120 } });
    }
    await outbox.append([alertOf('7', 'raised')]);
    assert.equal(outbox.backlog(UPLINK).samples, 0);
    await outbox.close();
    assert.equal(boardsOf(store.file).length, 8, 'the newest few are kept');
    assert.equal(boardsOf(store.file).at(-1), 'board-11');
  }));

test('what such a store holds is found again when it is damaged', () =>
  withStores(1, async ([store]) => {
    assert.ok(store !== undefined);
    for (const [i, board] of ['board-a', 'board-b'].entries()) await takeAndClose(store, board, i * 10);
    const file = openSync(store.file, 'r+');
    writeSync(file, Buffer.alloc(100, 0xff), 0, 100, 0);
    closeSync(file);
    assert.ok(statSync(store.file).size > 1024);
    const outbox = store.openWith({ board: 'board-b' });
    for (let i = 0; i < 10_000 && !store.notices.some(({ event }) => event === 'store.salvaged'); i++) {
      await outbox.read('alerts', { after: 0, through: 0 }, 1);
    }
    assert.equal((await readAll(outbox, 'samples')).length, 20);
    await outbox.close();
  }));

test('of two cards copied before there was a record, the one that changed its board has an epoch of its own', () =>
  withStores(2, async ([first, second]) => {
    assert.ok(first !== undefined && second !== undefined);
    const desk = first.openWith({ board: 'board-a' });
    const { epoch } = desk;
    desk.acknowledge(UPLINK, { kind: 'samples', range: ENDLESS, epoch, records: { length: 0 } });
    await desk.close();
    copy(first, second);
    assert.equal((await takeAndClose(first, 'board-a', 0)).epoch, epoch);
    const other = await takeAndClose(second, 'board-b', 0);
    assert.notEqual(other.epoch, epoch);
    assert.equal(other.head, 10);
    assert.deepEqual(
      boardNotices(second).map((notice) => ({ ...notice })),
      [{ event: 'store.other-board', path: second.file, board: 'board-b', before: 'board-a' }],
    );
    const again = second.openWith({ board: 'board-b' });
    assert.equal(again.epoch, other.epoch, 'from then on it is that one');
    assert.equal(
      again.acknowledged(UPLINK, 'samples').last,
      ENDLESS.through,
      'who wants nothing goes on wanting nothing',
    );
    await again.close();
  }));

test('a gateway killed at its first start on another board comes up with the same epoch, or with one that nobody has', () =>
  withStores(3, async ([first, second, third]) => {
    assert.ok(first !== undefined && second !== undefined && third !== undefined);
    const desk = first.openWith({ board: 'board-a' });
    await desk.close();
    copy(first, second);
    const outbox = second.openWith({ board: 'board-b' });
    copy(second, third);
    const { epoch } = outbox;
    await outbox.close();
    assert.equal((await takeAndClose(third, 'board-b', 0)).epoch, epoch);
    rmSync(boardsPath(second.file));
    writeFileSync(boardsPath(second.file), 'board-a\n');
    const repeated = (await takeAndClose(second, 'board-b', 0)).epoch;
    assert.equal(new Set([desk.epoch, epoch, repeated]).size, 3);
  }));

test('a store that was brought back from a copy on the same board gives no number again, once that is said', () =>
  withStores(2, async ([card, image]) => {
    assert.ok(card !== undefined && image !== undefined);
    for (const board of ['board-a', undefined]) {
      await takeAndClose(card, 'board-a', 0);
      copy(card, image);
      const { epoch, head } = await takeAndClose(card, 'board-a', 10);
      restored(image.file);
      const outbox = image.openWith(board === undefined ? {} : { board });
      await outbox.append(samplesOf('7', 20, 30));
      const seqs = await seqsOf(outbox);
      assert.equal(outbox.epoch, epoch);
      assert.ok(
        seqs.slice(-10).every((seq) => Number.isSafeInteger(seq) && seq > head),
        `${seqs}`,
      );
      await outbox.close();
      const again = image.openWith(board === undefined ? {} : { board });
      assert.equal(again.head, seqs.at(-1), 'once');
      await again.close();
    }
    assert.deepEqual(
      image.notices.map(({ event }) => event),
      ['store.restored', 'store.restored'],
    );
    assert.deepEqual(boardsOf(image.file), ['board-a']);
  }));

test('what was said of a restored store is not forgotten by a power cut at its first start', () =>
  withStores(2, async ([store, cut]) => {
    assert.ok(store !== undefined && cut !== undefined);
    await takeAndClose(store, 'board-a', 0);
    restored(store.file);
    const outbox = store.openWith({ board: 'board-a' });
    copy(store, cut);
    await outbox.close();
    assert.ok((await takeAndClose(cut, 'board-a', 10)).head > 2 ** 32);
  }));

test('an empty store that was brought back from a copy has an epoch of its own', () =>
  withStores(1, async ([store]) => {
    assert.ok(store !== undefined);
    const before = store.openWith({});
    await before.close();
    restored(store.file);
    const { epoch, head } = await takeAndClose(store, 'board-a', 0);
    assert.notEqual(epoch, before.epoch);
    assert.equal(head, 10);
  }));

test('a board that is not known, and what else may stand in the file, change nothing', () =>
  withStores(1, async ([store]) => {
    assert.ok(store !== undefined);
    const unknown = store.openWith({});
    await unknown.append(samplesOf('7', 0, 10));
    await unknown.close();
    assert.deepEqual(boardsOf(store.file), []);
    assert.equal((await takeAndClose(store, 'board-a', 10)).head, 20, 'one of before this was noted');
    writeFileSync(boardsPath(store.file), `\0\0 \n${'x'.repeat(10_000)}\n`);
    assert.equal((await takeAndClose(store, 'board-b', 20)).head, 30);
    assert.equal(readFileSync(boardsPath(store.file), 'utf8'), 'board-b\n');
    const later = store.openWith({});
    await later.append(samplesOf('7', 30, 40));
    assert.equal(later.head, 40);
    await later.close();
  }));
