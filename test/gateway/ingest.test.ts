import assert from 'node:assert/strict';
import test from 'node:test';
import { measurement, running, T0 } from './ingest-rig.ts';

test('a reading is stored with its wall time, and 0 bpm as no heart rate', async () => {
  const t = running();
  t.beat('7', 0);
  await t.clock.advanceBy(1500);
  t.beat('7', 72);
  await t.end();
  assert.deepEqual(t.store.samples, [
    { athlete: '7', strap: 'a09e1a000007', timeMs: T0, monotonicMs: 0, rrMs: [500], contact: 'detected' },
    {
      athlete: '7',
      strap: 'a09e1a000007',
      timeMs: T0 + 1500,
      monotonicMs: 1500,
      bpm: 72,
      rrMs: [500],
      contact: 'detected',
    },
  ]);
});

test('the first reading is committed at once, the ones after it in groups', async () => {
  const t = running();
  t.beat('7', 70);
  await t.clock.advanceBy(10);
  assert.equal(t.store.counts.samples, 1);
  for (let i = 0; i < 9; i++) {
    t.beat('7', 70);
    await t.clock.advanceBy(100);
  }
  assert.equal(t.store.counts.samples, 1);
  await t.clock.advanceBy(100);
  assert.equal(t.store.counts.samples, 10);
  assert.equal(t.stored(), 2);
  await t.end();
});

test('an alert is committed at once, with the readings before it, and the local alarm follows', async () => {
  const t = running({ groupCommitMs: 10_000 });
  await t.play('7', 130, 60);
  await t.clock.advanceBy(500);
  assert.deepEqual(
    t.alarms.map(({ event, timeMs }) => [event, timeMs]),
    [['raised', T0 + 60_000]],
  );
  assert.deepEqual(t.store.counts, { alerts: 1, gaps: 0, samples: 60 });
  await t.end();
});

test('a window’s end is noticed within half a second when the strap has gone silent, and not before all can be there', async () => {
  const t = running();
  await t.play('7', 130, 40);
  await t.clock.advanceTo(60_249);
  assert.equal(t.alarms.length, 0);
  await t.clock.advanceTo(60_500);
  assert.deepEqual(
    t.alarms.map(({ timeMs }) => timeMs),
    [T0 + 60_000],
    'the alert’s time is the window’s end',
  );
  await t.end();
});

test('a full queue drops the newest readings and enters their count in the ledger', async () => {
  const t = running({ ingestQueue: 10 });
  for (let i = 0; i < 25; i++) t.beat('7', 70);
  for (let i = 0; i < 5; i++) t.beat('8', 70);
  await t.clock.advanceBy(1000);
  await t.end();
  assert.equal(t.store.samples.length, 10);
  assert.deepEqual(t.store.gaps, [
    { athlete: '7', fromMs: T0, toMs: T0, cause: 'queue-overflow', count: 15 },
    { athlete: '8', fromMs: T0, toMs: T0, cause: 'queue-overflow', count: 5 },
  ]);
  assert.equal(t.telemetry.named('gap.recorded').length, 2);
});

test('a malformed notification is an entry in the ledger', async () => {
  const t = running();
  t.ingest.offer({ type: 'malformed', athlete: '7', strap: 'a09e1a000007', monotonicMs: 0, reason: 'an odd byte' });
  await t.end();
  assert.deepEqual(t.store.gaps, [{ athlete: '7', fromMs: T0, toMs: T0, cause: 'malformed', count: 1 }]);
});

test('a lost link is logged, shown, and the cause of the gap that follows', async () => {
  const t = running();
  const link = (state: 'subscribed' | 'lost') =>
    t.ingest.offer({
      type: 'link',
      athlete: '7',
      strap: 'a09e1a000007',
      monotonicMs: t.clock.monotonicMs(),
      adapter: 'hci0',
      state,
      reason: 'timeout',
    });
  link('subscribed');
  await t.play('7', 70, 3);
  assert.equal(t.roster.status()[0]?.signal, 'live');
  link('lost');
  await t.clock.advanceBy(20_000);
  assert.equal(t.roster.status()[0]?.signal, 'link-lost');
  link('subscribed');
  await t.play('7', 70, 1);
  await t.end();
  assert.deepEqual(t.store.gaps, [
    { athlete: '7', fromMs: T0 + 2_000, cause: 'link-lost' },
    { athlete: '7', fromMs: T0 + 2_000, toMs: T0 + 23_000, cause: 'link-lost' },
  ]);
  assert.equal(t.telemetry.named('gap.begun').length, 1);
  assert.equal(t.telemetry.named('strap.lost').length, 1);
});

test('while the store cannot be written alarms are raised, and what waited is stored when it can', async () => {
  const t = running();
  t.store.fails = true;
  await t.play('7', 130, 90);
  assert.equal(t.alarms.length, 1);
  assert.equal(t.store.counts.samples, 0);
  assert.equal(t.telemetry.named('store.write-failed').length, 1, 'it is said once');
  t.store.fails = false;
  await t.clock.advanceBy(1_500);
  assert.deepEqual(t.store.counts, { alerts: 1, gaps: 0, samples: 90 });
  assert.equal(t.telemetry.named('store.recovered').length, 1);
  assert.equal(t.alarms.length, 1, 'the alarm is not raised again');
  await t.end();
});

test('memory does not grow while the store cannot be written: what is too much is in the ledger', async () => {
  const t = running({ ingestQueue: 20_000 });
  t.store.fails = true;
  for (let i = 0; i < 12_500; i++) t.beat('8', 70);
  await t.clock.advanceBy(1_000);
  t.store.fails = false;
  await t.clock.advanceBy(3_000);
  await t.end();
  assert.equal(t.store.samples.length, 10_000);
  assert.deepEqual(t.store.gaps, [{ athlete: '8', fromMs: T0, toMs: T0, cause: 'store-unwritable', count: 2_500 }]);
});

test('a full queue misses no link that comes or goes', async () => {
  const t = running({ ingestQueue: 1 });
  const link = { type: 'link', athlete: '7', strap: 'a09e1a000007', adapter: 'hci0', monotonicMs: 0 } as const;
  for (let i = 0; i < 3; i++) t.beat('7', 70);
  t.ingest.offer({ ...link, state: 'subscribed' });
  t.ingest.offer({ ...link, state: 'lost', reason: 'out of range' });
  await t.end();
  assert.equal(t.telemetry.named('strap.lost').length, 1);
  assert.equal(t.roster.status()[0]?.signal, 'link-lost');
});

test('what was lost while the store failed is entered even when it recovers only with the last commit', async () => {
  const t = running();
  t.store.fails = true;
  await t.play('7', 70, 2);
  t.ingest.offer({ type: 'malformed', athlete: '7', strap: 'a09e1a000007', monotonicMs: 0, reason: 'an odd byte' });
  await t.clock.advanceBy(100);
  t.store.fails = false;
  await t.end();
  assert.equal(t.store.counts.samples, 2);
  assert.deepEqual(t.store.gaps, [{ athlete: '7', fromMs: T0, toMs: T0, cause: 'malformed', count: 1 }]);
});

test('a failing store is tried once a second and not with every reading', async () => {
  const t = running();
  let tries = 0;
  const append = t.store.append.bind(t.store);
  t.store.append = (records) => {
    tries++;
    return append(records);
  };
  t.store.fails = true;
  for (let i = 0; i < 100; i++) {
    t.beat('7', 70);
    await t.clock.advanceBy(100);
  }
  assert.ok(tries >= 9 && tries <= 12, `${tries} tries in ten seconds`);
  t.store.fails = false;
  await t.end();
});

test('however long the store fails, lost readings of an athlete are one entry', async () => {
  const t = running();
  t.store.fails = true;
  for (let i = 0; i < 30; i++) {
    const monotonicMs = t.clock.monotonicMs();
    t.ingest.offer({ type: 'malformed', athlete: '7', strap: 'a09e1a000007', monotonicMs, reason: 'an odd byte' });
    await t.play('7', 70, 1);
  }
  t.store.fails = false;
  await t.clock.advanceBy(3_000);
  await t.end();
  // The first one was taken with the commit that failed first; the others waited.
  assert.deepEqual(
    t.store.gaps.map((gap) => ('count' in gap ? gap.count : undefined)),
    [1, 29],
  );
});

test('a reading has the time at which it came, however late it is taken', async () => {
  const t = running();
  await t.clock.advanceBy(5_000);
  t.ingest.offer(measurement('7', 4_250, 70));
  await t.end();
  assert.equal(t.store.samples[0]?.timeMs, T0 + 4_250);
});

test('no window is judged before its readings can be there, also when there is other work just before', async () => {
  const t = running();
  await t.play('7', 130, 59);
  await t.clock.advanceTo(60_200);
  t.beat('8', 70);
  await t.clock.advanceTo(60_249);
  assert.equal(t.alarms.length, 0);
  await t.clock.advanceTo(60_500);
  assert.equal(t.alarms.length, 1);
  await t.end();
});

test('what is in the queue at the end is stored', async () => {
  const t = running({ groupCommitMs: 10_000 });
  await t.play('7', 70, 3);
  for (let i = 0; i < 5; i++) t.beat('8', 70);
  await t.end();
  assert.equal(t.store.counts.samples, 8);
});
