/**
 * A program with one store, whose disk and whose life others make fail: it opens the store, tells all that is in it,
 * and then appends and delivers at once until it is told to end (SIGTERM) or has stored what it should. A group that
 * was refused is appended again until it is taken, as the gateway does.
 *
 * Everything is told by a blocking write, after it is true: what a line says was so before the process could be ended.
 */
import { writeSync } from 'node:fs';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Random } from '../../simulator/random.ts';
import { isOperatingError, messageOf } from '../../src/domain/errors.ts';
import { RECORD_KINDS, type RecordKind } from '../../src/domain/record.ts';
import type { SeqRange } from '../../src/domain/seq-ranges.ts';
import { SqliteOutbox } from '../../src/outbox/sqlite-outbox.ts';
import { recognise, recordOf } from './records.ts';
import type { Told } from './told.ts';

const { values } = parseArgs({
  options: {
    store: { type: 'string', default: '' },
    'max-bytes': { type: 'string', default: '5000000' },
    seed: { type: 'string', default: '1' },
    /** The first running number; a store that has higher ones goes on after those. */
    from: { type: 'string', default: '0' },
    /** How many groups to store before ending; without it, until the end comes from outside. */
    groups: { type: 'string', default: 'Infinity' },
  },
});

const UPLINK = 'primary';
const GROUP_AT_MOST = 80;
const BATCH_AT_MOST = 120;
/** Deliveries that are done in one go before the uplink may have gone, and how often it has gone then or all along. */
const DELIVERIES = { atMost: 60, unconnected: 0.4 };
/** How far back from the newest record live delivery reaches, sequence numbers. */
const LIVE_AT_MOST = 100;
const TICK_MS = 5;
const RETRY_MS = 10;
const FILE_RETRY_MS = 50;
const READ_AT_ONCE = 2000;

const random = new Random(values.seed);
let isEnding = false;
process.once('SIGTERM', () => {
  isEnding = true;
});

let ticks = 0;
setInterval(() => ticks++, TICK_MS).unref();

tell({ event: 'opening', pid: process.pid });
const outbox = await opened();
if (outbox !== undefined) await live(outbox);

async function opened(): Promise<SqliteOutbox | undefined> {
  try {
    return await SqliteOutbox.open({
      path: values.store,
      maxBytes: Number(values['max-bytes']),
      bootId: 'boot-1',
      uplinks: [UPLINK],
      fileRetryMs: FILE_RETRY_MS,
      onNotice: (notice) => {
        if (notice.event === 'store.in-memory') tell({ event: 'in-memory' });
        if (notice.event === 'store.on-disk-again') tell({ event: 'on-disk-again', records: notice.records });
      },
    });
  } catch (error) {
    tell({ event: 'unopened', ...reasonOf(error) });
    return undefined;
  }
}

async function live(store: SqliteOutbox): Promise<void> {
  tell({ event: 'opened', epoch: store.epoch });
  const next = Math.max(Number(values.from), (await inspect(store)) + 1);
  const delivering = deliver(store);
  await append(store, next);
  isEnding = true;
  await delivering;
  try {
    await store.close();
    tell({ event: 'closed' });
  } catch (error) {
    tell({ event: 'unclosed', ...reasonOf(error) });
  }
}

/**
 * Tells everything that can be read, acknowledged or not: the ledger last, since reading may find damage that is
 * entered there. Returns the highest running number.
 */
async function inspect(store: SqliteOutbox): Promise<number> {
  let highest = -1;
  for (const kind of ['samples', 'alerts', 'gaps'] as const) {
    for (let after = 0; ; ) {
      const batch = await store.read(kind, { after, through: store.head }, READ_AT_ONCE);
      if (batch === undefined) break;
      const found = recognise(batch);
      tell({ event: 'found', ...found });
      highest = found.records.reduce((high, [, number]) => Math.max(high, number), highest);
      after = batch.range.through;
    }
  }
  tell({ event: 'inspected' });
  return highest;
}

async function append(store: SqliteOutbox, first: number): Promise<void> {
  const sizes = random.stream('groups');
  let from = first;
  for (let group = 0; group < Number(values.groups) && !isEnding; group++) {
    const through = from + Math.floor(sizes.uniform() * GROUP_AT_MOST);
    const records = Array.from({ length: through - from + 1 }, (_, i) => recordOf(from + i));
    while (!(await isAppended(store, records, { from, through }))) {
      if (isEnding) return;
      await sleep(RETRY_MS);
    }
    from = through + 1;
    await setImmediate();
  }
}

async function isAppended(
  store: SqliteOutbox,
  records: ReturnType<typeof recordOf>[],
  group: { from: number; through: number },
): Promise<boolean> {
  tell({ event: 'appending', ...group });
  const before = ticks;
  try {
    await store.append(records);
    tell({ event: 'stored', ...group, ticks: ticks - before });
    return true;
  } catch (error) {
    tell({ event: 'refused', ...group, ...reasonOf(error) });
    return false;
  }
}

async function deliver(store: SqliteOutbox): Promise<void> {
  const luck = random.stream('delivery');
  if (luck.uniform() < DELIVERIES.unconnected) return;
  while (!isEnding) {
    if (luck.uniform() < DELIVERIES.unconnected) await sleep(luck.between(5, 60));
    const deliveries = Math.ceil(luck.uniform() * DELIVERIES.atMost);
    for (let i = 0; i < deliveries && !isEnding; i++) await deliverOnce(store, luck);
    if (luck.uniform() < 0.1) await sync(store);
  }
}

async function deliverOnce(store: SqliteOutbox, luck: Random): Promise<void> {
  await setImmediate();
  for (const kind of RECORD_KINDS) {
    try {
      const range = wanted(store, kind, luck);
      const batch = range && (await store.read(kind, range, Math.ceil(luck.uniform() * BATCH_AT_MOST)));
      if (batch === undefined) continue;
      tell({ event: 'delivered', ...recognise(batch) });
      store.acknowledge(UPLINK, batch);
    } catch (error) {
      tell({ event: 'unread', ...reasonOf(error) });
      await sleep(RETRY_MS);
    }
  }
}

/** Of what is not acknowledged, the oldest or the newest: live records overtake a backlog. */
function wanted(store: SqliteOutbox, kind: RecordKind, luck: Random): SeqRange | undefined {
  const ranges = store.acknowledged(UPLINK, kind).gaps(store.head);
  if (luck.uniform() < 0.5) return ranges[0];
  const newest = ranges.at(-1);
  return newest && { after: Math.max(newest.after, newest.through - LIVE_AT_MOST), through: newest.through };
}

async function sync(store: SqliteOutbox): Promise<void> {
  tell({ event: 'syncing' });
  try {
    await store.sync();
    tell({ event: 'synced' });
  } catch (error) {
    tell({ event: 'unsynced', ...reasonOf(error) });
  }
}

function reasonOf(error: unknown): { code: string; message: string } {
  if (!isOperatingError(error)) throw error;
  return { code: error.code, message: messageOf(error) };
}

/** Returns when it is written: what is told is true whatever comes then. */
function tell(told: Told): void {
  let rest = Buffer.from(`${JSON.stringify(told)}\n`);
  while (rest.length > 0) {
    try {
      rest = rest.subarray(writeSync(1, rest));
    } catch (error) {
      // Whoever reads it is behind.
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}
