import assert from 'node:assert/strict';
import test from 'node:test';
import { Quarantine, type Unanswered } from '../../src/gateway/quarantine.ts';
import { alertOf, samplesOf } from '../contract/outbox.ts';
import { MemoryDisk } from '../fakes/memory-outbox.ts';
import { ROLE, running, seqs, upTo } from './delivery-rig.ts';

const HOUR_MS = 3_600_000;

const samples = (after: number, through: number): Unanswered => ({ kind: 'samples', range: { after, through } });
const alerts = (after: number, through: number): Unanswered => ({ kind: 'alerts', range: { after, through } });

test('whatever was under way at two hang-ups in a row goes alone, and nothing else does', () => {
  const quarantine = new Quarantine();
  quarantine.hungUp([samples(0, 10), samples(10, 20), alerts(0, 5)], 0);
  assert.ok(!quarantine.isSuspect(samples(0, 10)));
  quarantine.hungUp([samples(8, 12), samples(30, 40)], 0);
  assert.ok(quarantine.isSuspect(samples(0, 9)));
  assert.ok(!quarantine.isSuspect(samples(0, 8)));
  assert.ok(!quarantine.isSuspect(samples(30, 40)));
  assert.ok(!quarantine.isSuspect(alerts(8, 12)));
});

test('what was alone at five hang-ups in a row is set aside for an hour', () => {
  const quarantine = new Quarantine();
  quarantine.hungUp([samples(0, 10), samples(10, 20)], 0);
  for (let i = 0; i < 4; i++) assert.equal(quarantine.hungUp([samples(0, 10)], 0), undefined);
  assert.deepEqual(quarantine.hungUp([samples(0, 10)], 1_000), {
    message: samples(0, 10),
    hangUps: 5,
    retryInMs: HOUR_MS,
  });
  assert.deepEqual(quarantine.aside('samples', HOUR_MS), [{ after: 0, through: 10 }]);
  assert.deepEqual(quarantine.aside('alerts', HOUR_MS), []);
  assert.deepEqual(quarantine.aside('samples', HOUR_MS + 1_000), []);
});

test('a line that breaks under ever new messages sets none aside', () => {
  const quarantine = new Quarantine();
  for (let i = 0; i < 100; i++) assert.equal(quarantine.hungUp([samples(i, i + 1)], 0), undefined);
  for (let i = 0; i < 100; i++)
    assert.equal(quarantine.hungUp([samples(i, i + 2), samples(i + 2, i + 3)], 0), undefined);
});

test('when one message after the other is set aside it is the line, and the first of them is tried again', () => {
  const quarantine = new Quarantine();
  for (let i = 0; i < 20; i++) for (let n = 0; n < 6; n++) quarantine.hungUp([samples(i, i + 1)], 0);
  assert.deepEqual(
    quarantine.aside('samples', 1).map(({ after }) => after),
    upTo(19, 4),
  );
});

/** The broker hangs up on the record and is back a second later, until nothing happens any more. */
async function reconnecting(t: Awaited<ReturnType<typeof running>>, times: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    await t.pass(1_000);
    t.line.restore();
    await t.pass(1_000);
  }
}

test('a message on which the broker hangs up each time is set aside, and the others arrive', async () => {
  const t = await running({ reachable: false });
  await t.outbox.append([...samplesOf('7', 0, 200), alertOf('7', 'raised'), ...samplesOf('7', 200, 300)]);
  t.line.hangUpOn(({ kind, records }) => kind === 'samples' && records.some(({ seq }) => seq === 100));
  await reconnecting(t, 8);
  const [poison, ...others] = t.telemetry.named('uplink.poison');
  assert.deepEqual(poison, {
    event: 'uplink.poison',
    uplink: 'memory',
    kind: 'samples',
    hangUps: 5,
    retryInMs: HOUR_MS,
  });
  assert.deepEqual(others, []);
  const left = t.outbox.backlog(ROLE);
  assert.equal(left.alerts, 0);
  assert.ok(left.samples > 0 && left.samples <= 16, `${left.samples} samples are left`);
  assert.equal(t.line.connected, true);
  await t.outbox.append(samplesOf('8', 0, 5));
  await t.pass();
  assert.equal(t.outbox.backlog(ROLE).samples, left.samples, 'and what comes now goes on');
  await t.stop();
});

test('what was set aside is tried again after an hour', async () => {
  const t = await running({ reachable: false });
  await t.outbox.append([alertOf('7', 'raised')]);
  t.line.hangUpOn(({ kind }) => kind === 'alerts');
  await reconnecting(t, 8);
  assert.equal(t.outbox.backlog(ROLE).alerts, 1);
  t.line.hangUpOn(undefined);
  await t.pass(HOUR_MS - 20_000);
  assert.deepEqual(seqs(t.line, 'alerts'), []);
  await t.pass(30_000);
  assert.deepEqual(seqs(t.line, 'alerts'), [1]);
  await t.stop();
});

test('while a suspect is under way nothing else is, and it is not forgotten either', async () => {
  const t = await running({ reachable: false });
  await t.outbox.append([...samplesOf('7', 0, 100), alertOf('7', 'raised')]);
  t.line.hold('messages');
  for (let i = 0; i < 2; i++) {
    t.line.restore();
    await t.pass();
    assert.ok(t.line.underWay > 1);
    t.line.cut();
    await t.pass();
  }
  t.line.restore();
  await t.pass();
  assert.deepEqual(
    t.uplink.underWay.map(({ batch }) => batch.kind),
    ['alerts'],
  );
  t.line.release();
  await t.pass();
  assert.deepEqual(t.outbox.backlog(ROLE), { alerts: 0, gaps: 0, samples: 0 });
  await t.stop();
});

test('another store in the place of a damaged one begins without what was set aside, suspected or refused', async () => {
  const t = await running({ reachable: false });
  await t.outbox.append([alertOf('7', 'raised'), ...samplesOf('7', 0, 200)]);
  t.line.hangUpOn(({ kind, records }) => kind === 'samples' && records.some(({ seq }) => seq === 100));
  await reconnecting(t, 8);
  assert.equal(t.telemetry.named('uplink.poison').length, 1);
  t.line.hangUpOn(undefined);
  t.outbox.replace(new MemoryDisk('another'));
  await t.outbox.append([...samplesOf('8', 0, 200)]);
  await t.pass();
  assert.deepEqual(t.outbox.backlog(ROLE), { alerts: 0, gaps: 0, samples: 0 }, 'and not after an hour');
  await t.stop();
});

test('what was under way from a store that is gone casts no suspicion on the numbers of the next', async () => {
  const t = await running();
  await t.pass();
  const records = () => [alertOf('7', 'raised'), ...samplesOf('7', 0, 10)];
  t.line.hold('messages');
  await t.outbox.append(records());
  await t.pass();
  assert.equal(t.line.underWay, 2);
  t.outbox.replace(new MemoryDisk('another'));
  await t.pass();
  for (const isFirst of [true, false]) {
    t.line.cut();
    await t.pass();
    t.line.restore();
    if (isFirst) await t.outbox.append(records());
    await t.pass();
    assert.equal(t.line.underWay, 2, 'neither goes alone');
  }
  t.line.release();
  await t.pass();
  assert.deepEqual(t.outbox.backlog(ROLE), { alerts: 0, gaps: 0, samples: 0 });
  await t.stop();
});
