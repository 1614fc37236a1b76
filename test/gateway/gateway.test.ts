import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import test from 'node:test';
import { SimulatedClock } from '../../simulator/clock.ts';
import type { AlertEvent } from '../../src/domain/alert.ts';
import type { Team } from '../../src/domain/athlete.ts';
import { OperatingError } from '../../src/domain/errors.ts';
import { Gateway } from '../../src/gateway/gateway.ts';
import type { Outbox } from '../../src/ports.ts';
import { runName } from '../../src/system/run-name.ts';
import { readAll } from '../contract/outbox.ts';
import { CollectedSupervisor } from '../fakes/collected-supervisor.ts';
import { CollectedTelemetry } from '../fakes/collected-telemetry.ts';
import { FaultyOutbox } from '../fakes/faulty-outbox.ts';
import { MemoryDisk, MemoryOutbox } from '../fakes/memory-outbox.ts';
import { MemoryUplink } from '../fakes/memory-uplink.ts';
import { ScriptedSource } from '../fakes/scripted-source.ts';
import { TemporaryStore } from '../fixtures/temporary-store.ts';
import { alwaysRight } from './ingest-rig.ts';

const T0 = 1_699_999_980_000;

const TEAM: Team = [
  {
    id: '7',
    strap: { address: 'a09e1a000007' },
    rules: [{ name: 'high', kind: 'average', parameters: { window: 60_000, above: 120, coverage: 0.5 } }],
  },
];

/** A gateway of one athlete with everything about it in the test's hand. */
function gatewayOn(outbox: Outbox, startMs = T0, mirror?: MemoryUplink, team = TEAM, athletesVersion?: string) {
  const clock = new SimulatedClock({ startWallMs: startMs });
  const source = new ScriptedSource();
  const uplink = new MemoryUplink();
  const telemetry = new CollectedTelemetry();
  const supervisor = new CollectedSupervisor();
  const alarms: AlertEvent[] = [];
  const gateway = new Gateway({
    name: 'pitch-3',
    run: runName(),
    team,
    athletesVersion,
    clock,
    realClock: clock,
    timekeeper: alwaysRight(startMs),
    source,
    outbox,
    uplinks: [
      { role: 'primary', uplink, backfillForm: 'plain', rate: {} },
      ...(mirror === undefined ? [] : [{ role: 'mirror', uplink: mirror, backfillForm: 'plain' as const, rate: {} }]),
    ],
    responder: { respond: (alert) => alarms.push(alert) },
    supervisor,
    telemetry,
    limits: { ingestQueue: 1000, groupCommitMs: 1000, inFlight: 8, timeWaitMs: 0 },
  });
  const beat = (bpm: number) =>
    source.emit({
      type: 'measurement',
      athlete: '7',
      strap: 'a09e1a000007',
      monotonicMs: clock.monotonicMs(),
      measurement: { bpm, contact: 'detected', energyKj: null, rrMs: [] },
      way: 'link',
    });
  return {
    gateway,
    clock,
    source,
    uplink,
    telemetry,
    supervisor,
    alarms,
    beat,
    play: async (bpm: number, seconds: number) => {
      for (let i = 0; i < seconds; i++) {
        beat(bpm);
        await clock.advanceBy(1000);
      }
    },
    /** Lets the time go by in which something is to happen. */
    during: async <T>(something: Promise<T>): Promise<T> => {
      let isDone = false;
      const done = something.finally(() => {
        isDone = true;
      });
      // Somebody else reports what it rejects with.
      done.catch(() => {});
      for (let i = 0; i < 10_000 && !isDone; i++) await clock.advanceBy(10);
      return await done;
    },
  };
}

test('a gateway that has started has told its supervisor, and what it reads is delivered', async () => {
  const store = new TemporaryStore();
  const t = gatewayOn(store.open());
  await t.gateway.start();
  assert.deepEqual(
    t.supervisor.told.filter((text) => text === 'ready'),
    ['ready'],
  );
  await t.play(70, 5);
  await t.during(t.gateway.stop('test'));
  assert.equal(
    t.uplink.arrived.reduce((sum, { batch }) => sum + batch.records.length, 0),
    5,
  );
  assert.equal(t.supervisor.told.at(-1), 'stopping');
  assert.deepEqual(t.telemetry.named('gateway.stopped'), [{ event: 'gateway.stopped', backlog: 0 }]);
  store.remove();
});

test('what was read in the last moment is stored by the stop, also without an uplink', async () => {
  const store = new TemporaryStore();
  const t = gatewayOn(store.open());
  t.uplink.cut();
  await t.gateway.start();
  await t.play(70, 3);
  for (let i = 0; i < 4; i++) t.beat(71);
  await t.during(t.gateway.stop('test'));
  const again = store.open();
  assert.equal((await readAll(again, 'samples')).length, 7);
  await again.close();
  store.remove();
});

test('after a restart an alert is open still, the window goes on, and the time between is in the ledger', async () => {
  const store = new TemporaryStore();
  const first = gatewayOn(store.open());
  await first.gateway.start();
  await first.play(130, 100);
  assert.deepEqual(
    first.alarms.map(({ event }) => event),
    ['raised'],
  );
  await first.during(first.gateway.stop('test'));

  const second = gatewayOn(store.open(), T0 + 110_000);
  await second.gateway.start();
  assert.deepEqual(second.gateway.status().athletes[0]?.openAlerts, ['high']);
  await second.play(130, 20);
  assert.deepEqual(
    second.alarms.map(({ event, timeMs }) => [event, timeMs]),
    [['raised', T0 + 60_000]],
    'the local alarm is raised again, for the same event',
  );
  assert.deepEqual(second.alarms, first.alarms, 'under the same name');
  const [{ alert: name } = {}] = first.alarms;
  assert.match(name ?? '', /^[0-9a-f]{20}-1$/);
  second.alarms.length = 0;
  await second.play(80, 60);
  assert.deepEqual(
    second.alarms.map(({ event, timeMs }) => [event, timeMs]),
    [['cleared', T0 + 180_000]],
  );
  assert.equal(second.alarms[0]?.alert, name);
  await second.play(130, 61);
  assert.equal(second.alarms[1]?.event, 'raised');
  assert.notEqual(second.alarms[1]?.alert, name);
  await second.during(second.gateway.stop('test'));

  const outbox = store.open();
  const gaps = await outbox.read('gaps', { after: 0, through: outbox.head }, 10);
  const records = gaps?.kind === 'gaps' ? gaps.records : [];
  assert.deepEqual(
    records.map(({ seq: _, ...gap }) => gap),
    [{ athlete: '7', fromMs: T0 + 99_000, toMs: T0 + 110_000, cause: 'gateway-stopped' }],
  );
  await outbox.close();
  store.remove();
});

test('the source is told who has an open alert: at the start, and whenever that is somebody else', async () => {
  const store = new TemporaryStore();
  const first = gatewayOn(store.open());
  await first.gateway.start();
  const told = ({ preferred }: ScriptedSource) => preferred.map((athletes) => [...athletes].join());
  assert.deepEqual(told(first.source), ['']);
  await first.play(130, 121);
  assert.deepEqual(told(first.source), ['', '7'], 'and once only, however long it is open');
  await first.during(first.gateway.stop('test'));

  const second = gatewayOn(store.open(), T0 + 125_000);
  await second.gateway.start();
  assert.deepEqual(told(second.source), ['7']);
  await second.play(80, 120);
  assert.deepEqual(told(second.source), ['7', '']);
  await second.during(second.gateway.stop('test'));
  store.remove();
});

test('another version of the athletes file is put in force without a stop, and said wherever it counts', async () => {
  const store = new TemporaryStore();
  const t = gatewayOn(store.open(), T0, undefined, TEAM, 'v1');
  await t.gateway.start();
  const [started] = t.telemetry.named('gateway.started');
  assert.ok(started?.event === 'gateway.started' && started.athletesVersion === 'v1');
  await t.play(130, 61);
  assert.deepEqual(t.source.preferred.at(-1), new Set(['7']));
  const [athlete] = TEAM;
  assert.ok(athlete !== undefined);
  const moved = { ...athlete, strap: { address: 'a09e1a000009' } };
  t.gateway.reload({ team: [{ ...athlete, id: '8' }, moved], version: 'v2' });
  assert.deepEqual(t.source.wishes, [
    { athlete: '8', match: { address: 'a09e1a000007' } },
    { athlete: '7', match: { address: 'a09e1a000009' } },
  ]);
  await t.clock.advanceBy(1_000);
  assert.deepEqual(t.source.preferred.at(-1), new Set(['7']), 'the alert is open still');
  t.gateway.reload({ team: [{ ...athlete, id: '8' }], version: 'v3' });
  await t.clock.advanceBy(1_000);
  assert.deepEqual(t.source.preferred.at(-1), new Set());
  assert.equal(t.gateway.status().athletesVersion, 'v3');
  await t.during(t.gateway.stop('test'));
  assert.deepEqual(
    t.alarms.map(({ event, athletesVersion }) => [event, athletesVersion]),
    [
      ['raised', 'v1'],
      ['cleared', 'v3'],
    ],
  );
});

test('a stop waits a moment for what is on its way', async () => {
  const store = new TemporaryStore();
  const t = gatewayOn(store.open());
  await t.gateway.start();
  await t.play(70, 2);
  t.uplink.hold('acknowledgements');
  await t.play(70, 2);
  const stopped = t.gateway.stop('test');
  for (let i = 0; i < 30; i++) await t.clock.advanceBy(10);
  t.uplink.release();
  await t.during(stopped);
  assert.deepEqual(t.telemetry.named('gateway.stopped'), [{ event: 'gateway.stopped', backlog: 0 }]);
  store.remove();
});

test('an open alert of a rule on trial is open after a restart as well, and alarms nobody then either', async () => {
  const store = new TemporaryStore();
  const trial = TEAM.map((each) => ({
    ...each,
    rules: each.rules.map((rule) => ({ ...rule, shadow: true as const })),
  }));
  const first = gatewayOn(store.open(), T0, undefined, trial);
  await first.gateway.start();
  await first.play(130, 70);
  await first.during(first.gateway.stop('test'));
  const second = gatewayOn(store.open(), T0 + 80_000, undefined, trial);
  await second.gateway.start();
  await second.play(130, 100);
  await second.play(80, 70);
  assert.deepEqual(second.gateway.status().athletes[0]?.openAlerts, []);
  await second.during(second.gateway.stop('test'));
  assert.deepEqual([...first.alarms, ...second.alarms], []);
  const outbox = store.open();
  const alerts = (await outbox.read('alerts', { after: 0, through: outbox.head }, 10))?.records ?? [];
  assert.deepEqual(
    alerts.map((each) => 'event' in each && [each.event, each.shadow]),
    [
      ['raised', true],
      ['cleared', true],
    ],
  );
  await outbox.close();
  store.remove();
});

test('alerts of two runs have different names, though the disk was dead in the first and it has stored nothing', async () => {
  const disk = new MemoryDisk();
  const names: (string | undefined)[] = [];
  for (const fails of [true, true, false]) {
    const outbox = new MemoryOutbox(disk);
    outbox.fails = fails;
    const t = gatewayOn(outbox);
    await t.gateway.start();
    await t.play(130, 70);
    names.push(...t.alarms.map(({ alert }) => alert));
    await t.during(t.gateway.stop('test'));
  }
  assert.equal(names.length, 3);
  assert.equal(new Set(names).size, 3, names.join());
});

test('an alert whose rule is gone after a restart is cleared, without a value', async () => {
  const store = new TemporaryStore();
  const outbox = store.open();
  const raised = { athlete: '7', rule: 'old', event: 'raised', timeMs: T0, value: 130, above: 120 } as const;
  await outbox.append([{ kind: 'alert', alert: raised }]);
  const t = gatewayOn(outbox, T0 + 60_000);
  await t.gateway.start();
  await t.clock.advanceBy(1_000);
  assert.deepEqual(t.alarms, [
    { athlete: '7', rule: 'old', event: 'cleared', timeMs: T0 + 60_000, above: 120, reason: 'rule-gone' },
  ]);
  await t.during(t.gateway.stop('test'));
  const again = store.open();
  assert.deepEqual((await again.recall(1_000)).openAlerts, []);
  await again.close();
  store.remove();
});

test('the silence of an athlete who has left the team is closed', async () => {
  const store = new TemporaryStore();
  const outbox = store.open();
  const begun = { athlete: 'gone', fromMs: T0, cause: 'link-lost' } as const;
  await outbox.append([{ kind: 'gap', gap: begun }]);
  const t = gatewayOn(outbox, T0 + 60_000);
  await t.gateway.start();
  await t.clock.advanceBy(10_000);
  await t.during(t.gateway.stop('test'));
  const again = store.open();
  assert.deepEqual((await again.recall(1)).openGaps, []);
  const gaps = await again.read('gaps', { after: 1, through: again.head }, 10);
  assert.deepEqual(gaps?.records, [{ ...begun, toMs: T0 + 60_000, seq: 2 }]);
  await again.close();
  store.remove();
});

test('a store that cannot be read any more is shown as such, and the gateway stops in order', async () => {
  const store = new TemporaryStore();
  const outbox = new FaultyOutbox(store.open());
  const t = gatewayOn(outbox);
  await t.gateway.start();
  await t.play(70, 2);
  outbox.backlog = () => {
    throw new OperatingError('store-unusable', 'outbox.db: database disk image is malformed');
  };
  assert.equal(t.gateway.status().uplinks[0]?.backlog, undefined);
  await t.during(t.gateway.stop('test'));
  assert.deepEqual(t.telemetry.named('gateway.stopped'), [{ event: 'gateway.stopped', backlog: undefined }]);
  store.remove();
});

test('what cannot be stored by the end is counted, and stops nothing', async () => {
  const store = new TemporaryStore();
  const outbox = new FaultyOutbox(store.open());
  const t = gatewayOn(outbox);
  await t.gateway.start();
  await t.play(70, 3);
  outbox.fails = true;
  for (let i = 0; i < 4; i++) t.beat(70);
  await t.during(t.gateway.stop('test'));
  const [unsaved] = t.telemetry.named('store.unsaved');
  assert.ok(unsaved?.event === 'store.unsaved' && unsaved.records >= 4, JSON.stringify(unsaved));
  assert.equal(t.telemetry.named('gateway.stopped').length, 1);
  store.remove();
});

test('a fault in a loop is told to whoever runs the gateway, and is not swallowed', async () => {
  const broken = Object.assign(new MemoryOutbox(), {
    append: async () => {
      throw new TypeError('an invariant is broken');
    },
  });
  const t = gatewayOn(broken);
  await t.gateway.start();
  t.beat(70);
  await assert.rejects(t.during(t.gateway.failure()), /an invariant is broken/);
  await t.uplink.stop();
});

test('a part that does not stop in time is named, and the rest stops all the same', async () => {
  const store = new TemporaryStore();
  const t = gatewayOn(store.open());
  await t.gateway.start();
  t.source.stop = () => new Promise(() => {});
  t.beat(70);
  await t.during(t.gateway.stop('test'));
  assert.deepEqual(t.telemetry.named('gateway.stop-overdue'), [{ event: 'gateway.stop-overdue', part: 'the radio' }]);
  const again = store.open();
  assert.equal((await readAll(again, 'samples')).length + again.acknowledged('primary', 'samples').first, 1);
  await again.close();
  store.remove();
});

test('the status says who is live, who is silent, what is open and what waits', async () => {
  const store = new TemporaryStore();
  const t = gatewayOn(store.open());
  t.uplink.cut();
  await t.gateway.start();
  assert.equal(t.gateway.status().athletes[0]?.signal, 'searching');
  const link = { type: 'link', athlete: '7', strap: 'a09e1a000007', adapter: 'hci0', state: 'subscribed' } as const;
  t.source.emit({ ...link, monotonicMs: t.clock.monotonicMs() });
  await t.play(130, 60);
  await t.clock.advanceBy(300);
  const { athletes, uplinks } = t.gateway.status();
  const { backlog, connected } = uplinks[0] ?? {};
  assert.deepEqual(
    athletes.map(({ signal, bpm, openAlerts }) => ({ signal, bpm, openAlerts })),
    [{ signal: 'live', bpm: 130, openAlerts: ['high'] }],
  );
  assert.deepEqual([backlog?.alerts, connected], [1, false]);
  assert.ok((backlog?.samples ?? 0) >= 59);
  await t.clock.advanceBy(6_000);
  assert.deepEqual(
    t.gateway.status().athletes.map(({ signal, bpm, openAlerts }) => ({ signal, bpm, openAlerts })),
    [{ signal: 'no-signal', bpm: undefined, openAlerts: ['high'] }],
  );
  await t.during(t.gateway.stop('test'));
  store.remove();
});

test('a mirror that cannot be reached holds up nothing, is told apart, and gets everything when it comes', async () => {
  const mirror = new MemoryUplink({ reachable: false });
  const t = gatewayOn(new MemoryOutbox(), T0, mirror);
  await t.gateway.start();
  await t.play(70, 10);
  const [first, second] = t.gateway.status().uplinks;
  assert.deepEqual([first?.role, first?.connected, first?.backlog?.samples], ['primary', true, 0]);
  assert.deepEqual([second?.role, second?.connected, second?.backlog?.samples], ['mirror', false, 10]);
  assert.deepEqual([first?.oldestMs, second?.oldestMs], [undefined, 10_000]);
  assert.ok(first?.lastAcknowledgedMs !== undefined);
  assert.equal(second?.lastAcknowledgedMs, undefined);
  assert.ok(
    t.supervisor.told.some((told) => /; uplink connected, .*; mirror down, storing, 10 records wait$/.test(told)),
  );
  mirror.restore();
  await t.play(70, 5);
  assert.match(t.supervisor.told.at(-1) ?? '', /mirror connected, /);
  assert.equal(t.gateway.status().uplinks[1]?.backlog?.samples, 0);
  await t.during(t.gateway.stop('test'));
  assert.deepEqual(t.telemetry.named('gateway.stopped'), [{ event: 'gateway.stopped', backlog: 0 }]);
});

test('what the store has evicted by itself is in the totals, each reading once, and in the log', async () => {
  const store = new TemporaryStore();
  const outbox = store.open(4_194_304 + 120_000);
  const t = gatewayOn(outbox);
  t.uplink.cut();
  await t.gateway.start();
  await t.play(70, 3_000);
  const [total] = t.gateway.status().gaps;
  const gaps = (await readAll(outbox, 'gaps')) as { cause: string; count?: number }[];
  assert.ok(gaps.length > 0 && gaps.every(({ cause }) => cause === 'evicted'));
  const lost = gaps.reduce((sum, { count = 0 }) => sum + count, 0);
  assert.ok(lost > 500, `${lost} lost`);
  assert.deepEqual([total?.cause, total?.readings, total?.gaps, total?.isOpen], ['evicted', lost, gaps.length, false]);
  const told = t.telemetry.named('gap.recorded');
  assert.equal(told.length, gaps.length, 'once for each, however it grows');
  for (const event of told) assert.ok('cause' in event && event.cause === 'evicted');
  await t.during(t.gateway.stop('test'));
  store.remove();
});

test('the status says how much is under way, whether the store fails, and whether it was damaged', async () => {
  const store = new TemporaryStore();
  writeFileSync(store.path, 'not a database\n'.repeat(100));
  const outbox = new FaultyOutbox(store.open());
  const t = gatewayOn(outbox);
  await t.gateway.start();
  await t.play(70, 3);
  const status = () => t.gateway.status();
  assert.equal(status().uplinks[0]?.unacknowledgedBytes, 0);
  assert.equal(status().store.failing, false);
  assert.equal(status().store.damaged, true);

  t.uplink.hold('acknowledgements');
  await t.play(70, 3);
  const newest = t.uplink.arrived.at(-1)?.payload.length ?? 0;
  assert.ok((status().uplinks[0]?.unacknowledgedBytes ?? 0) > newest);
  t.uplink.release();
  await t.play(70, 2);
  assert.equal(status().uplinks[0]?.unacknowledgedBytes, 0);

  outbox.fails = true;
  await t.play(70, 3);
  assert.equal(status().store.failing, true);
  outbox.fails = false;
  await t.play(70, 3);
  assert.equal(status().store.failing, false);
  await t.during(t.gateway.stop('test'));
  store.remove();
});
