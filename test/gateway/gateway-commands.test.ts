import assert from 'node:assert/strict';
import test from 'node:test';
import { SimulatedClock } from '../../simulator/clock.ts';
import type { AlertEvent } from '../../src/domain/alert.ts';
import type { Team } from '../../src/domain/athlete.ts';
import { Gateway } from '../../src/gateway/gateway.ts';
import { CollectedSupervisor } from '../fakes/collected-supervisor.ts';
import { CollectedTelemetry } from '../fakes/collected-telemetry.ts';
import { MemoryUplink } from '../fakes/memory-uplink.ts';
import { ScriptedSource } from '../fakes/scripted-source.ts';
import { TemporaryStore } from '../fixtures/temporary-store.ts';
import { alwaysRight, measurement, T0 } from './ingest-rig.ts';

const TEAM: Team = [
  {
    id: '7',
    name: 'J. Smith',
    strap: { address: 'a09e1a000007' },
    rules: [
      { name: 'high', kind: 'sustained', parameters: { above: 120, for: 5_000, clear_below: 120, clear_for: 5_000 } },
    ],
  },
];

const NOTE = 'Smith sits down';

/** A gateway over a real store, with its straps, its clock and its uplink in the test's hand. */
async function started(store: TemporaryStore, { startMs = T0, sendNotes = false } = {}) {
  const clock = new SimulatedClock({ startWallMs: startMs });
  const source = new ScriptedSource();
  const uplink = new MemoryUplink();
  const alarms: AlertEvent[] = [];
  const gateway = new Gateway({
    name: 'pitch-3',
    run: `run-${startMs}`,
    team: TEAM,
    clock,
    realClock: clock,
    timekeeper: alwaysRight(startMs),
    source,
    outbox: store.open(),
    uplinks: [{ role: 'primary', uplink, backfillForm: 'plain', rate: {} }],
    responder: { respond: (alert) => alarms.push(alert) },
    supervisor: new CollectedSupervisor(),
    telemetry: new CollectedTelemetry(),
    sendNotes,
    limits: { ingestQueue: 1000, groupCommitMs: 1000, inFlight: 8, timeWaitMs: 0 },
  });
  await gateway.start();
  const during = async <T>(something: Promise<T>): Promise<T> => {
    let isDone = false;
    const done = something.finally(() => {
      isDone = true;
    });
    for (let i = 0; i < 10_000 && !isDone; i++) await clock.advanceBy(10);
    return await done;
  };
  return {
    gateway,
    clock,
    alarms,
    during,
    /** As it went over the wire. */
    sent: () => uplink.arrived.map(({ payload }) => Buffer.from(payload).toString()).join('\n'),
    play: async (bpm: number, seconds: number) => {
      for (let i = 0; i < seconds; i++) {
        source.emit(measurement('7', clock.monotonicMs(), bpm));
        await clock.advanceBy(1000);
      }
    },
    alert: () => gateway.status().athletes[0]?.alerts?.[0],
    end: () => during(gateway.stop('test')),
  };
}

test('an alert that was taken notice of and made quiet is so after a restart, and alarms when its quiet ends', async () => {
  const store = new TemporaryStore();
  const first = await started(store);
  await first.play(130, 7);
  await first.during(first.gateway.command({ athlete: '7', by: 'AT', action: 'acknowledge', note: NOTE }));
  await first.during(first.gateway.command({ athlete: '7', by: 'PT', action: 'snooze', forMs: 120_000 }));
  const before = first.alert();
  assert.deepEqual(
    { ...before, snoozedForMs: undefined },
    {
      ...{ rule: 'high', severity: 'warning', acknowledged: true, acknowledgedBy: 'AT', note: NOTE },
      ...{ snoozedBy: 'PT', snoozedForMs: undefined },
    },
  );
  await first.end();

  const second = await started(store, { startMs: T0 + 60_000 });
  const after = second.alert();
  assert.deepEqual({ ...after, snoozedForMs: 0 }, { ...before, snoozedForMs: 0 });
  assert.ok((after?.snoozedForMs ?? 0) < (before?.snoozedForMs ?? 0) - 40_000, 'the time between counts');
  assert.deepEqual(
    second.alarms.map(({ event }) => event),
    ['snoozed'],
    'whoever responds is told how it stands, and not that it has just been raised',
  );
  await second.play(130, 90);
  assert.deepEqual(
    second.alarms.map(({ event }) => event),
    ['snoozed', 'resumed'],
  );
  assert.deepEqual([second.alert()?.acknowledgedBy, second.alert()?.snoozedForMs], ['AT', undefined]);
  assert.match(second.sent(), /"event":"resumed","t":\d+,"above":120,"alert":"[^"]+","severity":"warning","by":"AT"}/);
  await second.end();
  store.remove();
});

test('events of what people do go out like all others, without a name or what was written', async () => {
  const store = new TemporaryStore();
  const t = await started(store);
  await t.play(130, 7);
  const answer = await t.during(t.gateway.command({ athlete: '7', by: 'AT', action: 'acknowledge', note: NOTE }));
  assert.ok(answer.outcome === 'done' && answer.stored === 'on-disk');
  assert.equal(answer.alerts[0]?.note, NOTE);
  await t.during(t.gateway.command({ athlete: '7', by: 'PT', action: 'snooze', forMs: 60_000 }));
  await t.play(80, 10);
  await t.end();
  const sent = t.sent();
  assert.match(sent, /"event":"acknowledged",[^}]*"by":"AT"}/);
  assert.match(sent, /"event":"snoozed",[^}]*"by":"AT","until":\d+,"snoozedBy":"PT"}/);
  assert.match(sent, /"event":"cleared"/);
  assert.ok(!/Smith|note/i.test(sent), sent);
  store.remove();
});

test('where the settings say so what was written goes out too, and only what was written since', async () => {
  const store = new TemporaryStore();
  const t = await started(store);
  await t.play(130, 7);
  await t.during(t.gateway.command({ athlete: '7', by: 'AT', action: 'acknowledge', note: 'of before' }));
  await t.end();
  const allowed = await started(store, { startMs: T0 + 20_000, sendNotes: true });
  await allowed.play(130, 3);
  await allowed.during(allowed.gateway.command({ athlete: '7', by: 'PT', action: 'snooze', forMs: 60_000 }));
  await allowed.during(allowed.gateway.command({ athlete: '7', by: 'AT', action: 'acknowledge', note: NOTE }));
  await allowed.play(130, 3);
  await allowed.end();
  assert.match(allowed.sent(), /"event":"snoozed"/);
  assert.ok(!/of before/.test(t.sent() + allowed.sent()));
  assert.match(allowed.sent(), new RegExp(`"event":"acknowledged",[^}]*"by":"AT","note":"${NOTE}"`));
  store.remove();
});
