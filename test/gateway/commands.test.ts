import assert from 'node:assert/strict';
import test from 'node:test';
import type { AlertCommand } from '../../src/domain/alert-command.ts';
import type { CommandAnswer } from '../../src/gateway/commands.ts';
import { ScriptedStore } from '../fakes/scripted-store.ts';
import { running } from './ingest-rig.ts';

const SEEN: AlertCommand = { athlete: '7', by: 'AT', action: 'acknowledge', note: 'sits down' };
const QUIET: AlertCommand = { athlete: '7', by: 'PT', action: 'snooze', forMs: 60_000 };

function done(answer: CommandAnswer | undefined) {
  assert.ok(answer?.outcome === 'done', JSON.stringify(answer));
  return answer;
}

/** A loop in which athlete 7 has an open alert. */
async function alerting(store = new ScriptedStore()) {
  const t = running({}, { store });
  await t.play('7', 130, 61);
  assert.deepEqual(t.engine.openAlerts('7'), ['high']);
  /** What a command has been answered by now, where it has. */
  const given = (command: AlertCommand) => {
    let told: CommandAnswer | undefined;
    void t.ingest.command(command).then((answer) => {
      told = answer;
    });
    return () => told;
  };
  return { ...t, given };
}

test('a command is answered when its event is stored, and not before', async () => {
  const t = await alerting();
  t.store.hold();
  const told = t.given(SEEN);
  await t.clock.advanceBy(1_000);
  assert.equal(told(), undefined);
  t.store.release();
  await t.clock.advanceBy(10);
  assert.equal(done(told()).stored, 'on-disk');
  assert.deepEqual(
    t.store.alerts.map(({ event }) => event),
    ['raised', 'acknowledged'],
  );
  assert.deepEqual(done(told()).alerts, t.store.alerts.slice(1));
  assert.deepEqual(
    t.alarms.map(({ event }) => event),
    ['raised', 'acknowledged'],
  );
  await t.end();
});

test('commands have their turn among the readings and each other', async () => {
  const t = await alerting();
  const first = t.given(SEEN);
  const second = t.given(QUIET);
  await t.clock.advanceBy(10);
  for (const told of [first, second]) done(told());
  await t.play('7', 130, 70);
  // A value that never changes would clear nothing.
  for (let i = 0; i < 125; i++) await t.play('7', 117 + (i % 2), 1);
  assert.deepEqual(
    t.store.alerts.map(({ event, acknowledgedBy, snoozedBy }) => [event, acknowledgedBy, snoozedBy]),
    [
      ['raised', undefined, undefined],
      ['acknowledged', 'AT', undefined],
      ['snoozed', 'AT', 'PT'],
      ['resumed', 'AT', undefined],
      ['cleared', 'AT', undefined],
    ],
  );
  await t.end();
});

test('where a disk fails, the answer says that it is done and not stored, and it is stored once', async () => {
  const t = await alerting();
  t.store.fails = true;
  const told = t.given(SEEN);
  await t.clock.advanceBy(4_900);
  assert.equal(told(), undefined);
  await t.clock.advanceBy(200);
  assert.equal(done(told()).stored, 'waiting');
  assert.equal(t.engine.openAlertsOf('7')[0]?.acknowledgedBy, 'AT');
  t.store.fails = false;
  await t.clock.advanceBy(2_000);
  assert.deepEqual(
    t.store.alerts.map(({ event }) => event),
    ['raised', 'acknowledged'],
  );
  await t.end();
});

test('a store that carries on in memory is said to', async () => {
  const t = await alerting();
  t.store.isInMemory = true;
  const told = t.given(QUIET);
  await t.clock.advanceBy(10);
  assert.equal(done(told()).stored, 'in-memory');
  await t.end();
});

test('what nothing comes of is answered at once, and nothing is stored', async () => {
  const t = await alerting();
  const appends = t.store.appends.length;
  const told = [
    { ...SEEN, athlete: '8' },
    { ...SEEN, athlete: '9' },
    { ...SEEN, rule: 'low' },
  ].map(t.given);
  await t.clock.advanceBy(1);
  assert.deepEqual(
    told.map((answer) => answer()?.outcome),
    ['nothing-open', 'unknown-athlete', 'unknown-rule'],
  );
  assert.equal(t.store.appends.length, appends);
  await t.end();
});

test('so many are taken that are not stored, and others refused until they are', async () => {
  const t = await alerting();
  t.store.hold();
  const taken = Array.from({ length: 64 }, () => t.given(SEEN));
  const refused = t.given(SEEN);
  await t.clock.advanceBy(6_000);
  assert.equal(refused()?.outcome, 'busy');
  assert.ok(taken.every((answer) => done(answer()).stored === 'waiting'));
  const late = t.given(SEEN);
  await t.clock.advanceBy(1);
  assert.equal(late()?.outcome, 'busy', 'nobody waits for them any more, and they take room still');
  t.store.release();
  await t.clock.advanceBy(2_000);
  const next = t.given(SEEN);
  await t.clock.advanceBy(10);
  assert.equal(done(next()).stored, 'on-disk');
  await t.end();
});

test('a stop carries out and stores what was given before, and refuses what comes after', async () => {
  const t = await alerting();
  const before = t.given(SEEN);
  const ended = t.end();
  await t.clock.advanceBy(100);
  await ended;
  assert.equal(done(before()).stored, 'on-disk');
  const after = t.given(SEEN);
  await t.clock.advanceBy(1);
  assert.deepEqual(after(), { outcome: 'stopping' });
  assert.equal(t.store.alerts.length, 2);
});

test('a stop waits for nobody’s answer', async () => {
  const t = await alerting();
  t.store.fails = true;
  const told = t.given(SEEN);
  await t.clock.advanceBy(100);
  await t.end();
  await t.clock.advanceBy(0);
  assert.equal(done(told()).stored, 'waiting');
});
