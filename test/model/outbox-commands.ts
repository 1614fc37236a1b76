/** What may happen to an outbox, as commands that drive the real one and the model in lockstep. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { type NewRecord, RECORD_KINDS, type RecordKind } from '../../src/domain/record.ts';
import { Sqlite } from '../../src/outbox/sqlite.ts';
import { SqliteOutbox } from '../../src/outbox/sqlite-outbox.ts';
import { copyStore, inspect } from './inspection.ts';
import { type OutboxModel, UPLINKS } from './outbox-model.ts';

/** The log and the ballast, and room for some chunks. */
const MAX_BYTES = 4 * 1024 * 1024 + 150_000;

const ATHLETES = ['7', '8', '9'];
const T0 = 1_700_000_000_000;

/** The real outbox, whose process may crash, and time that goes on for it. */
export class RealOutbox {
  readonly folder = mkdtempSync(join(tmpdir(), 'sideline-model-'));
  path = join(this.folder, 'store-0.db');
  outbox = this.open();
  #stores = 0;
  #monotonicMs = 1_000;
  /** What a clock that is not trusted says too much; undefined while it is right. */
  wrongByMs: number | undefined;

  open(): SqliteOutbox {
    return SqliteOutbox.openHere({ path: this.path, maxBytes: MAX_BYTES, bootId: 'boot', uplinks: UPLINKS });
  }

  /** The process ends without a word; what it had open is left behind. */
  async crash(): Promise<void> {
    const next = join(this.folder, `store-${++this.#stores}.db`);
    copyStore(this.path, next);
    await this.outbox.close();
    this.path = next;
    this.outbox = this.open();
  }

  samples(count: number): NewRecord[] {
    return Array.from({ length: count }, (_, i) => {
      const athlete = ATHLETES[i % ATHLETES.length] ?? '7';
      const monotonicMs = this.#tick();
      const sample = { athlete, strap: 'a09e1a000007', timeMs: this.#timeOf(monotonicMs), monotonicMs, bpm: 142 };
      return { kind: 'sample', sample: { ...sample, rrMs: [], contact: 'detected' }, ...this.#offset() };
    });
  }

  alert(athlete: string, event: 'raised' | 'cleared'): NewRecord {
    // Its time is right: alerts of a wrong clock are for a test of their own, since they are read both ways.
    const timeMs = T0 + this.#tick();
    return { kind: 'alert', alert: { athlete, rule: 'high', event, timeMs, value: 150.5, above: 120 } };
  }

  async remove(): Promise<void> {
    await this.outbox.close();
    rmSync(this.folder, { recursive: true });
  }

  /** No two samples have the same. */
  #tick(): number {
    this.#monotonicMs += 250;
    return this.#monotonicMs;
  }

  #timeOf(monotonicMs: number): number {
    return T0 + monotonicMs + (this.wrongByMs ?? 0);
  }

  #offset(): { offsetMs?: number } {
    return this.wrongByMs === undefined ? {} : { offsetMs: T0 + this.wrongByMs };
  }

  async learnTime(): Promise<void> {
    await this.outbox.learnTime(T0);
  }
}

type Command = fc.AsyncCommand<OutboxModel, RealOutbox>;

function command(name: string, run: (model: OutboxModel, real: RealOutbox) => Promise<void>): Command {
  return { check: () => true, run, toString: () => name };
}

/** Delivery reads what is open of a kind, from some gap, and the receiver acknowledges some of that. */
function deliver(uplink: string, kind: RecordKind, limit: number, skips: number, arrives: boolean): Command {
  return command(`deliver(${uplink}, ${kind}, ${limit}, ${skips}, ${arrives})`, async (model, { outbox }) => {
    const gaps = outbox.acknowledged(uplink, kind).gaps(outbox.head);
    const range = gaps[skips % Math.max(1, gaps.length)];
    if (range === undefined) return;
    const after = range.after + Math.floor(((range.through - range.after) * (skips % 3)) / 3);
    const batch = await outbox.read(kind, { after, through: range.through }, limit);
    if (batch === undefined) return;
    assert.ok(batch.records.length <= limit && batch.records.every(({ seq }) => seq > after && seq <= range.through));
    model.read(batch);
    if (!arrives) return;
    outbox.acknowledge(uplink, batch);
    model.acknowledge(uplink, batch);
  });
}

export const commands: fc.Arbitrary<Command>[] = [
  fc.integer({ min: 1, max: 60 }).map((count) =>
    command(`append(${count})`, async (model, real) => {
      const records = real.samples(count);
      await real.outbox.append(records);
      model.stored(records);
    }),
  ),
  fc.integer({ min: 1, max: 4 }).map((times) =>
    command(`fill(${times})`, async (model, real) => {
      for (let i = 0; i < times; i++) {
        const records = real.samples(500);
        await real.outbox.append(records);
        model.stored(records);
      }
    }),
  ),
  fc.tuple(fc.constantFrom(...ATHLETES), fc.boolean(), fc.nat(5)).map(([athlete, raised, count]) =>
    command(`alert(${athlete}, ${raised}, ${count})`, async (model, real) => {
      const records = [...real.samples(count), real.alert(athlete, raised ? 'raised' : 'cleared')];
      await real.outbox.append(records);
      model.stored(records);
    }),
  ),
  fc
    .tuple(
      fc.constantFrom(...UPLINKS),
      fc.constantFrom(...RECORD_KINDS, 'samples' as const, 'samples' as const),
      fc.integer({ min: 1, max: 700 }),
      fc.nat(20),
      fc.integer({ min: 0, max: 3 }).map((n) => n > 0),
    )
    .map((how) => deliver(...how)),
  fc.constant(
    command('sync', async (model, { outbox }) => {
      await outbox.sync();
      model.written();
    }),
  ),
  fc.constant(
    command('crash', async (model, real) => {
      await real.crash();
      model.reopened((uplink, kind) => real.outbox.acknowledged(uplink, kind));
    }),
  ),
  fc.constant(
    command('reopen', async (model, real) => {
      await real.outbox.close();
      model.written();
      real.outbox = real.open();
      model.reopened((uplink, kind) => real.outbox.acknowledged(uplink, kind));
    }),
  ),
  fc.nat(1_000).map((which) =>
    command(`corrupt(${which})`, async (model, real) => {
      await real.outbox.close();
      corruptChunk(real.path, which);
      real.outbox = real.open();
      model.reopened((uplink, kind) => real.outbox.acknowledged(uplink, kind));
      await readThrough(real.outbox);
    }),
  ),
  fc.constantFrom(undefined, -1_600_000_000_000, 86_400_000, 3_000).map((wrongByMs) =>
    command(`clock(${wrongByMs})`, async (_, real) => {
      real.wrongByMs = wrongByMs;
      // A clock that was wrong and is right from now on has told the store so.
      await real.learnTime();
    }),
  ),
  fc.constant(
    command('look', async (model, real) => {
      model.check(inspect(real.path));
      for (const uplink of UPLINKS) await checkBacklog(real.outbox, uplink);
    }),
  ),
];

/** A letter of the text of a chunk is another. */
function corruptChunk(path: string, which: number): void {
  const db = new Sqlite(path);
  try {
    const seqs = db.prepare<[], number>('SELECT first_seq FROM chunk ORDER BY first_seq').pluck().all();
    const seq = seqs[which % Math.max(1, seqs.length)];
    if (seq === undefined) return;
    db.prepare(`UPDATE chunk SET samples = replace(samples, '142', '143') WHERE first_seq = ?`).run(seq);
  } finally {
    db.close();
  }
}

/** As a delivery would come by everything some time. */
async function readThrough(outbox: SqliteOutbox): Promise<void> {
  for (let after = 0; after < outbox.head; ) {
    const batch = await outbox.read('samples', { after, through: outbox.head }, 500);
    if (batch === undefined) return;
    after = batch.range.through;
  }
}

async function checkBacklog(outbox: SqliteOutbox, uplink: string): Promise<void> {
  let count = 0;
  for (const { after: from, through } of outbox.acknowledged(uplink, 'samples').gaps(outbox.head)) {
    for (let after = from; after < through; ) {
      const batch = await outbox.read('samples', { after, through }, 500);
      if (batch === undefined) break;
      count += batch.records.length;
      after = batch.range.through;
    }
  }
  assert.equal(outbox.backlog(uplink).samples, count, `backlog of ${uplink}`);
}
