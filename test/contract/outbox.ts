/** What every outbox must do. Register it with a way to open, and to open again, a store of its own. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { AlertEvent } from '../../src/domain/alert.ts';
import type { Gap } from '../../src/domain/gap.ts';
import type { Lane, NewRecord } from '../../src/domain/record.ts';
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

export async function readAll(outbox: Outbox, lane: Lane, limit = 100) {
  const records = [];
  for (let after = outbox.cursor(lane); ; ) {
    const batch = await outbox.read(lane, after, limit);
    if (batch === undefined) return records;
    assert.ok(batch.records.length > 0 && batch.records.length <= limit);
    records.push(...batch.records);
    after = batch.records.at(-1)?.seq ?? after;
  }
}

export function outboxContract(name: string, setup: () => { open(): Outbox; remove(): void }): void {
  const withStore = (title: string, body: (open: () => Outbox) => Promise<void>) =>
    test(`${name}: ${title}`, async () => {
      const store = setup();
      try {
        await body(() => store.open());
      } finally {
        store.remove();
      }
    });

  withStore('what is appended is read back as it was, in order, with ascending numbers', async (open) => {
    const outbox = open();
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
    const outbox = open();
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
    assert.deepEqual(await outbox.read('gaps', 0, 10), { kind: 'gaps', records: [{ ...gap, seq: 4 }] });
    assert.deepEqual(outbox.backlog(), { alerts: 2, gaps: 1, samples: 2 });
    await outbox.close();
  });

  withStore('reading in batches of any size gives every record once', async (open) => {
    const outbox = open();
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

  withStore('the cursor is where it was acknowledged to, also after opening again', async (open) => {
    const outbox = open();
    await outbox.append(samplesOf('7', 0, 10));
    const batch = await outbox.read('samples', 0, 4);
    assert.ok(batch);
    outbox.acknowledge('samples', batch);
    assert.equal(outbox.cursor('samples'), 4);
    assert.equal(outbox.cursor('alerts'), 0);
    await outbox.close();
    const again = open();
    assert.equal(again.cursor('samples'), 4);
    assert.equal((await readAll(again, 'samples')).length, 6);
    await again.close();
  });

  withStore('an acknowledgement never moves the cursor back', async (open) => {
    const outbox = open();
    await outbox.append(samplesOf('7', 0, 10));
    const [early, late] = [await outbox.read('samples', 0, 2), await outbox.read('samples', 2, 5)];
    assert.ok(early && late);
    outbox.acknowledge('samples', late);
    outbox.acknowledge('samples', early);
    assert.equal(outbox.cursor('samples'), 7);
    await outbox.close();
  });

  withStore('numbers go on and the epoch stays when the store is opened again', async (open) => {
    const outbox = open();
    await outbox.append([...samplesOf('7', 0, 3), alertOf('7', 'raised')]);
    const { epoch } = outbox;
    await outbox.close();
    const again = open();
    assert.equal(again.epoch, epoch);
    await again.append(samplesOf('7', 3, 5));
    assert.deepEqual(
      (await readAll(again, 'samples')).map(({ seq }) => seq),
      [1, 2, 3, 5, 6],
    );
    await again.close();
  });

  withStore('the backlog counts what is not acknowledged, lane by lane', async (open) => {
    let outbox = open();
    assert.deepEqual(outbox.backlog(), { alerts: 0, gaps: 0, samples: 0 });
    await outbox.append([...samplesOf('7', 0, 5), alertOf('7', 'raised')]);
    await outbox.append([...samplesOf('7', 5, 12), alertOf('7', 'cleared')]);
    assert.deepEqual(outbox.backlog(), { alerts: 2, gaps: 0, samples: 12 });
    for (let left = 12; left > 0; ) {
      const batch = await outbox.read('samples', outbox.cursor('samples'), 2);
      assert.ok(batch);
      outbox.acknowledge('samples', batch);
      left -= batch.records.length;
      assert.deepEqual(outbox.backlog(), { alerts: 2, gaps: 0, samples: left });
      if (left === 4) {
        await outbox.close();
        outbox = open();
        assert.deepEqual(outbox.backlog(), { alerts: 2, gaps: 0, samples: 4 });
      }
    }
    await outbox.close();
  });

  withStore('open alerts and the newest samples are remembered', async (open) => {
    const outbox = open();
    await outbox.append([
      ...samplesOf('7', 0, 100),
      alertOf('7', 'raised'),
      alertOf('8', 'raised'),
      alertOf('7', 'cleared'),
    ]);
    await outbox.append(samplesOf('7', 100, 110));
    await outbox.close();
    const again = open();
    const past = await again.recall(20_000);
    assert.deepEqual(
      past.openAlerts.map(({ athlete, rule }) => [athlete, rule]),
      [['8', 'high-average']],
    );
    assert.ok(past.samples.length >= 21);
    assert.equal(past.samples.at(-1)?.timeMs, T0 + 109_000);
    await again.close();
  });

  withStore('silences that go on are remembered until they are over', async (open) => {
    const outbox = open();
    const begun: Gap = { athlete: '7', fromMs: T0, cause: 'link-lost' };
    const counted: Gap = { athlete: '7', fromMs: T0, toMs: T0, cause: 'malformed', count: 1 };
    await outbox.append([
      { kind: 'gap', gap: begun },
      { kind: 'gap', gap: { ...begun, athlete: '8' } },
      { kind: 'gap', gap: { ...begun, athlete: '8', toMs: T0 + 9_000 } },
      { kind: 'gap', gap: counted },
    ]);
    await outbox.close();
    const again = open();
    assert.deepEqual((await again.recall(1_000)).openGaps, [begun]);
    await again.close();
  });

  withStore('what is recalled is bounded, and enough, also when the clock has gone back by years', async (open) => {
    const outbox = open();
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
    const outbox = open();
    await outbox.append([]);
    await outbox.sync();
    assert.equal(await outbox.read('samples', 0, 10), undefined);
    assert.equal(await outbox.read('alerts', 0, 10), undefined);
    assert.equal(await outbox.read('gaps', 0, 10), undefined);
    await outbox.close();
    await outbox.close();
  });
}
