import assert from 'node:assert/strict';
import test from 'node:test';
import type { Team } from '../../src/domain/athlete.ts';
import type { Rule } from '../../src/domain/rules/kinds.ts';
import { measurement, running, T0 } from './ingest-rig.ts';

const high = (above: number): Rule => ({
  name: 'high',
  kind: 'sustained',
  parameters: { above, for: 3_000, clear_for: 3_000 },
});

const teamOf = (...athletes: [string, Rule][]): Team =>
  athletes.map(([id, rule]) => ({ id, strap: { address: `a09e1a00000${id}` }, rules: [rule] }));

const begun = () => running({}, { team: teamOf(['7', high(150)], ['8', high(150)]), athletesVersion: 'old' });

test('a change takes its turn: what came before it counts for the rules before, and what comes after for those now', async () => {
  const t = begun();
  for (let second = 0; second < 4; second++) t.ingest.offer(measurement('7', second * 1_000, 160));
  t.ingest.reload({ team: teamOf(['7', high(155)], ['8', high(150)]), version: 'new' });
  for (let second = 4; second < 9; second++) t.ingest.offer(measurement('7', second * 1_000, 152));
  await t.clock.advanceBy(10_000);
  assert.deepEqual(
    t.store.alerts.map(({ event, above, timeMs, athletesVersion }) => [event, above, timeMs - T0, athletesVersion]),
    [
      ['raised', 150, 3_000, 'old'],
      ['cleared', 155, 7_000, 'new'],
    ],
  );
  assert.equal(t.store.samples.length, 9, 'every reading is stored');
  await t.end();
});

test('who leaves has no open alert and no open silence any more, and who comes is watched', async () => {
  const t = begun();
  await t.play('7', 160, 5);
  await t.clock.advanceBy(10_000);
  t.ingest.reload({ team: teamOf(['8', high(150)], ['9', high(150)]), version: 'new' });
  await t.clock.advanceBy(100);
  await t.play('9', 160, 5);
  await t.clock.advanceBy(20_000);
  assert.deepEqual(
    t.store.alerts.map(({ athlete, event, reason, athletesVersion }) => [athlete, event, reason, athletesVersion]),
    [
      ['7', 'raised', undefined, 'old'],
      ['7', 'cleared', 'rule-gone', 'new'],
      ['9', 'raised', undefined, 'new'],
    ],
  );
  const silences = t.store.gaps.filter(({ athlete }) => athlete === '7');
  assert.deepEqual(
    silences.map(({ fromMs, toMs }) => [fromMs - T0, toMs === undefined ? undefined : toMs - T0]),
    [
      [4_000, undefined],
      [4_000, 15_000],
    ],
  );
  assert.deepEqual(
    t.roster.status().map(({ athlete }) => athlete.id),
    ['8', '9'],
  );
  assert.equal(t.ingest.athletesVersion, 'new');
  assert.deepEqual(t.telemetry.named('athletes.reloaded'), [
    { event: 'athletes.reloaded', athletesVersion: 'new', athletes: 2, came: 1, left: 1 },
  ]);
  await t.end();
});

test('who leaves right after a restart, before anything was heard, leaves an entry for the time without the gateway', async () => {
  const t = begun();
  t.ingest.resume({ openAlerts: [], openGaps: [], samples: [sampleAt(T0 - 60_000)] }, 'run');
  t.ingest.reload({ team: teamOf(['8', high(150)]), version: 'new' });
  await t.clock.advanceBy(30_000);
  assert.deepEqual(t.store.gaps, [{ athlete: '7', fromMs: T0 - 60_000, toMs: T0, cause: 'gateway-stopped' }]);
  await t.end();
});

test('who stays keeps what is known of them', async () => {
  const t = begun();
  await t.play('7', 100, 3);
  const before = t.roster.status();
  t.ingest.reload({ team: teamOf(['8', high(150)], ['7', high(140)]), version: 'new' });
  await t.clock.advanceBy(10);
  assert.deepEqual(
    t.roster.status().map(({ athlete, signal, lastReadingMs }) => ({ id: athlete.id, signal, lastReadingMs })),
    [...before].reverse().map(({ athlete, signal, lastReadingMs }) => ({ id: athlete.id, signal, lastReadingMs })),
  );
  await t.end();
});

test('a file that changes a hundred times in a second under a full queue loses nothing', async () => {
  const t = running({ ingestQueue: 50 }, { team: teamOf(['7', high(150)], ['8', high(150)]), athletesVersion: 'old' });
  for (let n = 0; n < 100; n++) {
    t.ingest.offer(measurement('7', n * 10, 100));
    t.ingest.reload({ team: teamOf(['7', high(150 + (n % 2))]), version: `${n}` });
  }
  await t.clock.advanceBy(5_000);
  const lost = t.store.gaps.filter(({ cause }) => cause === 'queue-overflow');
  const counted = lost.reduce((sum, { count = 0 }) => sum + count, 0);
  assert.equal(t.store.samples.length + counted, 100);
  assert.equal(t.ingest.athletesVersion, '99');
  await t.end();
});

function sampleAt(timeMs: number) {
  return {
    athlete: '7',
    strap: 'a09e1a000007',
    timeMs,
    monotonicMs: 0,
    bpm: 100,
    rrMs: [],
    contact: 'detected' as const,
  };
}
