/** What every outbox must do. Register it with a way to open, and to open again, a store of its own. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { AlertEvent } from '../../src/domain/alert.ts';
import { encodedBatch } from '../../src/domain/entries.ts';
import type { Gap } from '../../src/domain/gap.ts';
import { type NewRecord, RECORD_KINDS, type RecordKind } from '../../src/domain/record.ts';
import type { Sample } from '../../src/domain/sample.ts';
import type { Outbox } from '../../src/ports.ts';

const T0 = 1_700_000_000_000;

export const sampleOf = (athlete: string, second: number, more: Partial<Sample> = {}): Sample => ({
  athlete,
  strap: 'a09e1a000007',
  timeMs: T0 + second * 1000,
  monotonicMs: 5_000 + second * 1000,
  bpm: 142,
  rrMs: [422.8515625, 430.6640625],
  contact: 'detected',
  ...more,
});

export const samplesOf = (athlete: string, fromS: number, toS: number): NewRecord[] =>
  Array.from({ length: toS - fromS }, (_, i) => ({ kind: 'sample', sample: sampleOf(athlete, fromS + i) }));

export const alertOf = (athlete: string, event: AlertEvent['event']): NewRecord => ({
  kind: 'alert',
  alert: { athlete, rule: 'high-average', event, timeMs: T0, value: 171.5, above: 165 },
});

const gap: Gap = { athlete: '7', fromMs: T0, toMs: T0 + 9_000, cause: 'link-lost' };

/** Under which name an uplink acknowledges here. */
export const UPLINK = 'primary';
/** Another one. */
export const OTHER = 'mirror';

/** Everything that the uplink has not acknowledged; for another name than any uplink’s, everything. */
export async function readAll(outbox: Outbox, kind: RecordKind, limit = 100, uplink = UPLINK) {
  const records = [];
  for (const { after: from, through } of outbox.acknowledged(uplink, kind).gaps(outbox.head)) {
    for (let after = from; after < through; ) {
      const batch = await outbox.read(kind, { after, through }, limit);
      if (batch === undefined) break;
      assert.ok(batch.records.length > 0 && batch.records.length <= limit);
      assert.equal(batch.kind, kind);
      assert.equal(batch.range.after, after);
      assert.ok(batch.range.through <= through);
      records.push(...batch.records);
      after = batch.range.through;
    }
  }
  return records;
}

/** The first records after a number. */
export async function readFrom(outbox: Outbox, kind: RecordKind, after: number, limit: number) {
  const batch = await outbox.read(kind, { after, through: outbox.head }, limit);
  assert.ok(batch, `${kind} after ${after}`);
  return batch;
}

export interface StoreSetup {
  open(): Outbox | Promise<Outbox>;
  remove(): void;
}

export function outboxContract(name: string, setup: () => StoreSetup): void {
  const withStore = (title: string, body: (open: () => Promise<Outbox>) => Promise<void>) =>
    test(`${name}: ${title}`, async () => {
      const store = setup();
      try {
        await body(async () => await store.open());
      } finally {
        store.remove();
      }
    });

  withStore('what is appended is read back as it was, in order, with ascending numbers', async (open) => {
    const outbox = await open();
    const odd = sampleOf('8', 1, { contact: 'lost', rrMs: [], energyKj: 12 });
    const { bpm: _, ...unknown } = sampleOf('9', 2);
    const heard = sampleOf('9', 3, { way: 'broadcast', rrMs: [] });
    const contested = sampleOf('9', 4, { contested: ['second-advertiser', 'replayed'] });
    const all = sampleOf('9', 5, { energyKj: 0, way: 'broadcast', contested: ['rr-disagrees'] });
    const samples = [odd, unknown, heard, contested, all, sampleOf('7', 6), sampleOf('7', 7)];
    await outbox.append(samples.map((sample) => ({ kind: 'sample', sample })));
    const records = await readAll(outbox, 'samples');
    assert.deepEqual(
      records,
      samples.map((sample, i) => ({ ...sample, seq: i + 1 })),
    );
    await outbox.close();
  });

  withStore('alerts, ledger entries and samples are in lanes of their own', async (open) => {
    const outbox = await open();
    await outbox.append([
      alertOf('7', 'raised'),
      { kind: 'gap', gap },
      alertOf('7', 'cleared'),
      ...samplesOf('7', 0, 2),
    ]);
    assert.deepEqual(
      (await readAll(outbox, 'samples')).map(({ seq }) => seq),
      [1, 2],
    );
    assert.deepEqual(
      (await readAll(outbox, 'alerts')).map(({ seq }) => seq),
      [3, 5],
    );
    assert.deepEqual(await outbox.read('gaps', { after: 0, through: 5 }, 10), {
      kind: 'gaps',
      records: [{ ...gap, seq: 4 }],
      range: { after: 0, through: 5 },
      epoch: outbox.epoch,
    });
    assert.deepEqual(outbox.backlog(UPLINK), { alerts: 2, gaps: 1, samples: 2 });
    await outbox.close();
  });

  withStore('reading in batches of any size gives every record once', async (open) => {
    const outbox = await open();
    for (let i = 0; i < 20; i++) await outbox.append([...samplesOf('7', i * 7, i * 7 + 7), alertOf('7', 'raised')]);
    for (const limit of [1, 3, 7, 10, 1000]) {
      const seqs = (await readAll(outbox, 'samples', limit)).map(({ seq }) => seq);
      assert.equal(seqs.length, 140);
      assert.deepEqual(
        seqs,
        [...new Set(seqs)].sort((a, b) => a - b),
      );
    }
    await outbox.close();
  });

  withStore('a buffer that is given back changes nothing of what is read later', async (open) => {
    const outbox = await open();
    await outbox.append(samplesOf('7', 0, 900));
    const read = async (after: number, count: number) => {
      const batch = await outbox.readEncoded('samples', { after, through: outbox.head }, count);
      assert.ok(batch);
      return { text: Buffer.from(batch.entries).toString(), buffer: batch.entries.buffer };
    };
    const [large, small] = [await read(0, 900), await read(900 - 3, 3)];
    for (let i = 0; i < 3; i++) {
      const again = await read(0, 900);
      assert.equal(again.text, large.text);
      outbox.reuse(again.buffer);
      const few = await read(900 - 3, 3);
      assert.equal(few.text, small.text);
      outbox.reuse(few.buffer);
    }
    assert.deepEqual((await readAll(outbox, 'samples')).length, 900);
    await outbox.close();
  });

  withStore('what is read encoded is what is read, as the entries of a message', async (open) => {
    const outbox = await open();
    const odd = sampleOf('J. "7" Ü', 40, { rrMs: [], contact: 'lost', energyKj: 12, way: 'broadcast' });
    const { bpm: _, ...rateless } = sampleOf('8', 41);
    await outbox.append([
      ...samplesOf('7', 0, 30),
      { kind: 'sample', sample: odd },
      { kind: 'sample', sample: { ...rateless, contested: ['second-advertiser'] } },
      { kind: 'sample', sample: rateless },
      alertOf('7', 'raised'),
      { kind: 'gap', gap },
    ]);
    for (const kind of RECORD_KINDS) {
      for (const after of [0, 5, 30]) {
        const range = { after, through: outbox.head };
        for (const limit of [1, 7, 100]) {
          const batch = await outbox.read(kind, range, limit);
          const encoded = await outbox.readEncoded(kind, range, limit);
          assert.deepEqual(encoded, batch && encodedBatch(batch));
        }
      }
      assert.equal(await outbox.readEncoded(kind, { after: outbox.head, through: outbox.head + 1 }, 10), undefined);
    }
    await outbox.close();
  });

  withStore('what was acknowledged is remembered, uplink by uplink, also after opening again', async (open) => {
    const outbox = await open();
    await outbox.append(samplesOf('7', 0, 10));
    outbox.acknowledge(UPLINK, await readFrom(outbox, 'samples', 0, 4));
    assert.deepEqual(outbox.acknowledged(UPLINK, 'samples').ranges, [{ after: 0, through: 4 }]);
    assert.deepEqual(outbox.acknowledged(UPLINK, 'alerts').ranges, []);
    assert.deepEqual(outbox.acknowledged(OTHER, 'samples').ranges, []);
    await outbox.close();
    const again = await open();
    assert.deepEqual(again.acknowledged(UPLINK, 'samples').ranges, [{ after: 0, through: 4 }]);
    assert.equal((await readAll(again, 'samples')).length, 6);
    assert.equal(again.backlog(OTHER).samples, 10);
    await again.close();
  });

  withStore(
    'what is acknowledged ahead of the rest is not read or counted again, and the rest still is',
    async (open) => {
      const outbox = await open();
      for (let i = 0; i < 5; i++) await outbox.append([...samplesOf('7', i * 10, i * 10 + 10), alertOf('7', 'raised')]);
      const live = await readFrom(outbox, 'samples', 22, 20);
      assert.deepEqual([live.records[0]?.seq, live.records.at(-1)?.seq], [23, 43]);
      outbox.acknowledge(UPLINK, live);
      assert.equal(outbox.backlog(UPLINK).samples, 30);
      await outbox.close();
      const again = await open();
      assert.equal(again.backlog(UPLINK).samples, 30);
      assert.deepEqual(again.acknowledged(UPLINK, 'samples').ranges, [{ after: 22, through: 43 }]);
      const seqs = (await readAll(again, 'samples', 7)).map(({ seq }) => seq);
      assert.equal(seqs.length, 30);
      assert.ok(seqs.every((seq) => seq <= 22 || seq > 43));
      outbox.acknowledge(UPLINK, live);
      assert.equal(again.backlog(UPLINK).samples, 30, 'twice is once');
      await again.close();
    },
  );

  withStore('an acknowledgement covers its whole range, records of other kinds in it or not', async (open) => {
    const outbox = await open();
    await outbox.append([alertOf('7', 'raised'), ...samplesOf('7', 0, 3), alertOf('7', 'cleared')]);
    const batch = await readFrom(outbox, 'alerts', 0, 10);
    assert.deepEqual(batch.range, { after: 0, through: outbox.head });
    outbox.acknowledge(UPLINK, batch);
    assert.deepEqual(outbox.backlog(UPLINK), { alerts: 0, gaps: 0, samples: 3 });
    const cut = await readFrom(outbox, 'samples', 0, 2);
    assert.deepEqual(cut.range, { after: 0, through: cut.records.at(-1)?.seq });
    await outbox.close();
  });

  withStore('numbers go on and the epoch stays when the store is opened again', async (open) => {
    const outbox = await open();
    await outbox.append([...samplesOf('7', 0, 3), alertOf('7', 'raised')]);
    const { epoch } = outbox;
    await outbox.close();
    const again = await open();
    assert.equal(again.epoch, epoch);
    await again.append(samplesOf('7', 3, 5));
    assert.deepEqual(
      (await readAll(again, 'samples')).map(({ seq }) => seq),
      [1, 2, 3, 5, 6],
    );
    await again.close();
  });

  withStore('the backlog counts what is not acknowledged, lane by lane', async (open) => {
    let outbox = await open();
    assert.deepEqual(outbox.backlog(UPLINK), { alerts: 0, gaps: 0, samples: 0 });
    await outbox.append([...samplesOf('7', 0, 5), alertOf('7', 'raised')]);
    await outbox.append([...samplesOf('7', 5, 12), alertOf('7', 'cleared')]);
    assert.deepEqual(outbox.backlog(UPLINK), { alerts: 2, gaps: 0, samples: 12 });
    for (let left = 12; left > 0; ) {
      const batch = await readFrom(outbox, 'samples', outbox.acknowledged(UPLINK, 'samples').first, 2);
      outbox.acknowledge(UPLINK, batch);
      left -= batch.records.length;
      assert.deepEqual(outbox.backlog(UPLINK), { alerts: 2, gaps: 0, samples: left });
      if (left === 4) {
        await outbox.close();
        outbox = await open();
        assert.deepEqual(outbox.backlog(UPLINK), { alerts: 2, gaps: 0, samples: 4 });
      }
    }
    await outbox.close();
  });

  withStore('it knows when the oldest sample was taken that waits for each uplink', async (open) => {
    let outbox = await open();
    assert.equal(outbox.oldestWaitingMs(UPLINK), undefined);
    await outbox.append([...samplesOf('7', 0, 5), alertOf('7', 'raised')]);
    await outbox.append(samplesOf('7', 60, 65));
    const pass = async () => {
      const batch = await readFrom(outbox, 'samples', outbox.acknowledged(UPLINK, 'samples').first, 5);
      outbox.acknowledge(UPLINK, batch);
      await outbox.sync();
    };
    assert.deepEqual([outbox.oldestWaitingMs(UPLINK), outbox.oldestWaitingMs(OTHER)], [T0, T0]);
    await pass();
    assert.deepEqual([outbox.oldestWaitingMs(UPLINK), outbox.oldestWaitingMs(OTHER)], [T0 + 60_000, T0]);
    await outbox.close();
    outbox = await open();
    assert.equal(outbox.oldestWaitingMs(UPLINK), T0 + 60_000);
    await pass();
    assert.equal(outbox.oldestWaitingMs(UPLINK), undefined);
    await outbox.close();
  });

  withStore('open alerts and the newest samples are remembered', async (open) => {
    const outbox = await open();
    await outbox.append([
      ...samplesOf('7', 0, 100),
      alertOf('7', 'raised'),
      alertOf('8', 'raised'),
      alertOf('7', 'cleared'),
    ]);
    await outbox.append(samplesOf('7', 100, 110));
    await outbox.close();
    const again = await open();
    const past = await again.recall(20_000);
    assert.deepEqual(
      past.openAlerts.map(({ athlete, rule }) => [athlete, rule]),
      [['8', 'high-average']],
    );
    assert.ok(past.samples.length >= 21);
    assert.equal(past.samples.at(-1)?.timeMs, T0 + 109_000);
    await again.close();
  });

  withStore('of an open alert the last event is remembered, whatever that was, until it is cleared', async (open) => {
    const outbox = await open();
    const events = ['raised', 'escalated', 'acknowledged', 'snoozed', 'resumed'] as const;
    const told = {
      severity: 'critical',
      alert: 'k3f9-1',
      acknowledgedBy: 'AT',
      note: 'seen',
      noteLeaves: true,
      snoozedForMs: 60_000,
      snoozedBy: 'PT-2',
    } as const;
    for (const event of events) {
      const record = alertOf('7', event);
      assert.ok(record.kind === 'alert');
      await outbox.append([{ kind: 'alert', alert: { ...record.alert, ...told } }]);
      assert.deepEqual((await outbox.recall(0)).openAlerts, [{ ...record.alert, ...told }]);
    }
    await outbox.append([alertOf('7', 'cleared')]);
    assert.deepEqual((await outbox.recall(0)).openAlerts, []);
    await outbox.close();
  });

  withStore('silences that go on are remembered until they are over', async (open) => {
    const outbox = await open();
    const begun: Gap = { athlete: '7', fromMs: T0, cause: 'link-lost' };
    const counted: Gap = { athlete: '7', fromMs: T0, toMs: T0, cause: 'malformed', count: 1 };
    await outbox.append([
      { kind: 'gap', gap: begun },
      { kind: 'gap', gap: { ...begun, athlete: '8' } },
      { kind: 'gap', gap: { ...begun, athlete: '8', toMs: T0 + 9_000 } },
      { kind: 'gap', gap: counted },
    ]);
    await outbox.close();
    const again = await open();
    assert.deepEqual((await again.recall(1_000)).openGaps, [begun]);
    await again.close();
  });

  withStore('what is recalled is bounded, and enough, also when the clock has gone back by years', async (open) => {
    const outbox = await open();
    for (let i = 0; i < 10; i++) await outbox.append(samplesOf('7', i * 7_000, i * 7_000 + 7_000));
    await outbox.append([{ kind: 'sample', sample: sampleOf('8', -1_600_000_000) }]);
    const { samples } = await outbox.recall(600_000);
    assert.ok(samples.length >= 60_000 && samples.length <= 61_000, `${samples.length}`);
    await outbox.append([{ kind: 'sample', sample: sampleOf('8', 1_600_000_000) }]);
    const later = await outbox.recall(600_000);
    assert.ok(later.samples.length >= 2_000 && later.samples.length < 10_000, `${later.samples.length}`);
    assert.ok(later.samples.some(({ athlete }) => athlete === '7'));
    await outbox.close();
  });

  withStore('appending nothing, syncing nothing and closing twice are no errors', async (open) => {
    const outbox = await open();
    await outbox.append([]);
    await outbox.sync();
    assert.equal(await outbox.read('samples', { after: 0, through: 10 }, 10), undefined);
    assert.equal(await outbox.read('alerts', { after: 0, through: 10 }, 10), undefined);
    assert.equal(await outbox.read('gaps', { after: 0, through: 10 }, 10), undefined);
    await outbox.close();
    await outbox.close();
  });
}
