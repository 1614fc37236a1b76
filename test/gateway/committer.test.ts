import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { SimulatedClock } from '../../simulator/clock.ts';
import type { AlertEvent } from '../../src/domain/alert.ts';
import { Ledger } from '../../src/domain/ledger.ts';
import type { NewRecord } from '../../src/domain/record.ts';
import { Committer } from '../../src/gateway/committer.ts';
import { sampleOf } from '../contract/outbox.ts';
import { CollectedTelemetry } from '../fakes/collected-telemetry.ts';
import { ScriptedStore } from '../fakes/scripted-store.ts';
import { measurement, running, T0 } from './ingest-rig.ts';

const alert: AlertEvent = { athlete: '7', rule: 'high', event: 'raised', timeMs: T0, value: 130, above: 120 };

/** A committer whose rounds a test makes by hand. */
function committing() {
  const clock = new SimulatedClock({ startWallMs: T0 });
  const store = new ScriptedStore();
  const ledger = new Ledger();
  const telemetry = new CollectedTelemetry();
  const alarms: { alert: AlertEvent; atMs: number }[] = [];
  const parts = {
    clock,
    ledger,
    outbox: store,
    telemetry,
    timekeeper: { mark: {} },
    onStored: () => {},
    onEntry: () => {},
  };
  const responder = { respond: (each: AlertEvent) => alarms.push({ alert: each, atMs: clock.monotonicMs() }) };
  const committer = new Committer({ ...parts, responder }, { groupCommitMs: 1_000 });
  return {
    clock,
    store,
    ledger,
    telemetry,
    alarms,
    committer,
    /** Lets the loop go round, every 250 ms. */
    rounds: async (count: number) => {
      for (let i = 0; i < count; i++) {
        committer.commitDue();
        await clock.advanceBy(250);
      }
    },
  };
}

const seconds = (records: readonly NewRecord[]) =>
  records.flatMap((record) => (record.kind === 'sample' ? [record.sample.monotonicMs / 1000 - 5] : []));

test('an alarm is raised once its alert is stored, and 250 ms after it was due where the store hangs', async () => {
  const t = committing();
  t.committer.alert(alert);
  t.committer.commitDue();
  await t.clock.advanceBy(1);
  assert.deepEqual(t.alarms, [{ alert, atMs: 0 }]);
  assert.equal(t.store.alerts.length, 1);

  t.store.hold();
  t.committer.alert(alert);
  t.committer.commitDue();
  await t.clock.advanceBy(249);
  assert.equal(t.alarms.length, 1);
  await t.clock.advanceBy(1_000);
  assert.equal(t.alarms[1]?.atMs, 251);
  t.store.release();
  await t.clock.advanceBy(1_000);
  assert.equal(t.alarms.length, 2, 'it is not raised again when its alert is stored');
  assert.equal(t.store.alerts.length, 2);
});

test('an alert of a rule on trial is stored as any other, and no alarm', async () => {
  const t = committing();
  t.committer.alert({ ...alert, shadow: true });
  await t.rounds(8);
  assert.deepEqual(t.alarms, []);
  assert.deepEqual(t.store.alerts, [{ ...alert, shadow: true }]);
});

test('an alarm whose alert has to wait behind another write is as early', async () => {
  const t = committing();
  t.store.hold();
  t.committer.keep(sampleOf('7', 0));
  await t.rounds(8);
  t.committer.alert(alert);
  const dueMs = t.clock.monotonicMs();
  await t.rounds(120);
  assert.deepEqual(
    t.alarms.map(({ atMs }) => atMs - dueMs),
    [250],
  );
  t.store.release();
  await t.rounds(2);
  assert.deepEqual(t.store.counts, { alerts: 1, gaps: 0, samples: 1 });
});

test('an alert that cannot be stored raises its alarm as soon as that is known, and is stored when it can be', async () => {
  const t = committing();
  t.store.fails = true;
  t.committer.alert(alert);
  await t.rounds(40);
  assert.deepEqual(t.alarms, [{ alert, atMs: 0 }]);
  assert.equal(t.telemetry.named('store.write-failed').length, 1);
  t.store.fails = false;
  await t.rounds(6);
  assert.equal(t.store.alerts.length, 1);
  assert.equal(t.alarms.length, 1);
});

test('where the store carries on in memory, nothing says that it can be written again', async () => {
  for (const isInMemory of [true, false]) {
    const t = committing();
    t.store.fails = true;
    t.committer.alert(alert);
    await t.rounds(12);
    assert.equal(t.telemetry.named('store.write-failed').length, 1);
    t.store.fails = false;
    t.store.isInMemory = isInMemory;
    await t.rounds(6);
    assert.equal(t.store.alerts.length, 1);
    assert.equal(t.telemetry.named('store.recovered').length, isInMemory ? 0 : 1);
  }
});

test('alerts and silences are committed at once, samples and what was lost in groups', async () => {
  const t = committing();
  t.committer.keep(sampleOf('7', 0));
  await t.rounds(1);
  t.committer.keep(sampleOf('7', 1));
  t.ledger.lost({ athlete: '7', cause: 'malformed', fromMs: T0 });
  t.committer.commitDue();
  await t.clock.advanceBy(1);
  assert.equal(t.store.appends.length, 1);
  t.committer.enter({ athlete: '8', fromMs: T0, cause: 'link-lost' });
  t.committer.commitDue();
  await t.clock.advanceBy(1);
  assert.deepEqual(
    t.store.appends[1]?.map(({ kind }) => kind),
    ['sample', 'gap', 'gap'],
    'what waited goes with it',
  );
  t.ledger.lost({ athlete: '7', cause: 'malformed', fromMs: T0 });
  await t.rounds(3);
  assert.equal(t.store.appends.length, 2);
  await t.rounds(2);
  assert.equal(t.store.appends.length, 3);
});

test('one append is under way at a time, whatever comes meanwhile, and what came is stored next, in order', async () => {
  const t = committing();
  t.store.hold();
  for (let s = 0; s < 3_500; s++) {
    t.committer.keep(sampleOf('7', s));
    if (s % 100 === 0) t.committer.commitDue();
    if (s % 1_000 === 0) t.committer.alert(alert);
  }
  await t.rounds(20);
  assert.equal(t.store.appends.length, 1);
  t.store.release();
  await t.rounds(5);
  assert.ok(
    t.store.appends.every((records) => seconds(records).length <= 1_000),
    'none is larger than a commit is worth',
  );
  assert.deepEqual(
    seconds(t.store.records),
    Array.from({ length: 3_500 }, (_, s) => s),
  );
  assert.equal(t.store.alerts.length, 4);
});

test('a failed append is tried again as it was, once a second, before anything else', async () => {
  const t = committing();
  t.store.fails = true;
  t.committer.keep(sampleOf('7', 0));
  await t.rounds(2);
  t.committer.keep(sampleOf('7', 1));
  t.committer.alert(alert);
  await t.rounds(16);
  assert.ok(t.store.appends.length >= 4 && t.store.appends.length <= 6, `${t.store.appends.length} in 4.5 s`);
  for (const records of t.store.appends) assert.equal(records, t.store.appends[0]);
  t.store.fails = false;
  await t.rounds(5);
  assert.deepEqual(seconds(t.store.records), [0, 1]);
});

test('a store that hangs holds 10,000 samples in memory and every alert and silence; the rest is in the ledger', async () => {
  const t = committing();
  t.store.hold();
  for (let s = 0; s < 12_000; s++) {
    t.committer.keep(sampleOf('7', s));
    if (s % 100 === 0) t.committer.enter({ athlete: '8', fromMs: s, cause: 'link-lost' });
    if (s % 1_000 === 0) t.committer.alert(alert);
    if (s === 0) await t.rounds(1);
  }
  assert.equal(t.committer.pending, 10_000 + 120 + 12);
  t.store.release();
  await t.rounds(8);
  assert.equal(t.store.samples.length, 10_000);
  assert.equal(t.store.alerts.length, 12);
  assert.equal(t.store.gaps.filter(({ cause }) => cause === 'link-lost').length, 120);
  const lost = t.store.gaps.filter(({ cause }) => cause === 'store-unwritable');
  assert.deepEqual(
    lost.map(({ count }) => count),
    [2_000],
  );
});

test('a write that hangs for ten seconds is an error that is told once, and so is its end', async () => {
  const t = committing();
  t.store.hold();
  t.committer.keep(sampleOf('7', 0));
  await t.rounds(39);
  assert.equal(t.telemetry.named('store.stalled').length, 0);
  await t.rounds(40);
  assert.deepEqual(t.telemetry.named('store.stalled'), [{ event: 'store.stalled', seconds: 10, waiting: 1 }]);
  t.store.release();
  await t.rounds(2);
  assert.equal(t.telemetry.named('store.recovered').length, 1);
  t.committer.keep(sampleOf('7', 1));
  await t.rounds(8);
  assert.equal(t.telemetry.named('store.recovered').length, 1);
});

test('what is no operating failure ends the loop, after its alarms were raised', async () => {
  const t = committing();
  t.store.fault = new TypeError('an invariant is broken');
  t.committer.alert(alert);
  t.committer.commitDue();
  await t.clock.advanceBy(1);
  assert.equal(t.alarms.length, 1);
  assert.throws(() => t.committer.commitDue(), /an invariant is broken/);
  await assert.rejects(t.committer.finish(), /an invariant is broken/);
});

test('whatever the store does, each alarm is raised once and at most 250 ms after it was due', async () => {
  const step = fc.constantFrom('alert', 'sample', 'fail', 'work', 'hold', 'release', 'wait', 'wait', 'wait');
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const t = committing();
      const dueMs: number[] = [];
      for (const each of steps) {
        if (each === 'alert') {
          t.committer.alert({ ...alert, timeMs: dueMs.length });
          dueMs.push(t.clock.monotonicMs());
        } else if (each === 'sample') t.committer.keep(sampleOf('7', 0));
        else if (each === 'fail' || each === 'work') t.store.fails = each === 'fail';
        else if (each === 'hold') t.store.hold();
        else if (each === 'release') t.store.release();
        else await t.clock.advanceBy(100);
        t.committer.commitDue();
      }
      t.store.fails = false;
      t.store.release();
      await t.rounds(12);
      assert.deepEqual(
        t.alarms.map(({ alert: { timeMs } }) => timeMs).toSorted((a, b) => a - b),
        [...dueMs.keys()],
      );
      for (const { alert: each, atMs } of t.alarms) assert.ok(atMs - (dueMs[each.timeMs] ?? 0) <= 250);
      assert.deepEqual(
        t.store.alerts.map(({ timeMs }) => timeMs),
        [...dueMs.keys()],
        'and every alert is stored once',
      );
      assert.equal(t.committer.pending, 0);
    }),
    { numRuns: 300 },
  );
});

test('rounds go on while a write hangs: windows are judged, silences entered, alarms raised', async () => {
  const t = running();
  t.store.hold();
  await t.play('7', 130, 40);
  await t.clock.advanceTo(60_600);
  assert.deepEqual(
    t.alarms.map(({ timeMs }) => timeMs),
    [T0 + 60_000],
  );
  assert.equal(t.roster.status()[0]?.signal, 'no-signal');
  assert.equal(t.store.records.length, 0);
  assert.equal(t.telemetry.named('store.stalled').length, 1);
  t.store.release();
  await t.end();
  assert.deepEqual(t.store.counts, { alerts: 1, gaps: 1, samples: 40 });
});

test('the end waits for the write under way, and for what came after it', async () => {
  const t = running();
  t.store.hold();
  t.beat('7', 70);
  await t.clock.advanceBy(500);
  t.ingest.offer(measurement('7', 400, 71));
  const ended = t.end();
  await t.clock.advanceBy(100);
  t.store.release();
  await ended;
  assert.equal(t.store.samples.length, 2);
});

test('the end gives up on a store that fails, and what could not be stored is counted', async () => {
  const t = running();
  t.store.fails = true;
  await t.play('7', 70, 3);
  await t.end();
  assert.equal(t.ingest.pending, 3);
  assert.equal(t.store.samples.length, 0);
});
