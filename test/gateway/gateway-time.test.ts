/** What a receiver gets of a gateway whose clock is wrong. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { RecordKind } from '../../src/domain/record.ts';
import { Timekeeper } from '../../src/domain/timekeeper.ts';
import { Gateway } from '../../src/gateway/gateway.ts';
import { CollectedSupervisor } from '../fakes/collected-supervisor.ts';
import { CollectedTelemetry } from '../fakes/collected-telemetry.ts';
import { MemoryDisk, MemoryOutbox } from '../fakes/memory-outbox.ts';
import { MemoryUplink, type SentBatch } from '../fakes/memory-uplink.ts';
import { ScriptedSource } from '../fakes/scripted-source.ts';
import { SettableClock } from '../fakes/settable-clock.ts';
import { measurement, TEAM } from './ingest-rig.ts';
import { BOOTED, HOUR, Ntp } from './time-rig.ts';

function gatewayIn1970(waitMs: number) {
  const clock = new SettableClock({ startWallMs: BOOTED });
  clock.set(0);
  const ntp = new Ntp(false);
  const source = new ScriptedSource();
  const uplink = new MemoryUplink();
  const gateway = new Gateway({
    name: 'pitch-3',
    run: 'run',
    team: TEAM,
    clock,
    realClock: clock,
    timekeeper: new Timekeeper({ trust: 'auto', first: { monotonicMs: 0, wallMs: 0 } }),
    timeAuthority: ntp,
    source,
    outbox: new MemoryOutbox(new MemoryDisk()),
    uplinks: [{ role: 'primary', uplink, backfillForm: 'plain', rate: {} }],
    responder: { respond: () => {} },
    supervisor: new CollectedSupervisor(),
    telemetry: new CollectedTelemetry(),
    limits: { ingestQueue: 1_000, groupCommitMs: 1_000, inFlight: 8, timeWaitMs: waitMs },
  });
  /** When each reading came, monotonic ms. */
  const played: number[] = [];
  return {
    gateway,
    clock,
    ntp,
    played,
    play: async (seconds: number) => {
      for (let i = 0; i < seconds; i++) {
        played.push(clock.monotonicMs());
        source.emit(measurement('7', clock.monotonicMs(), 130));
        await clock.advanceBy(1_000);
      }
    },
    arrived: <Kind extends RecordKind>(kind: Kind) =>
      uplink.arrived
        .map(({ batch }) => batch)
        .filter((batch): batch is Extract<SentBatch, { readonly kind: Kind }> => batch.kind === kind),
    stop: async () => {
      let isStopped = false;
      const stopped = gateway.stop('test').finally(() => {
        isStopped = true;
      });
      while (!isStopped) await clock.advanceBy(10);
      await stopped;
    },
  };
}

test('an alert leaves at once and marked, samples wait for the time and arrive right', async () => {
  const t = gatewayIn1970(6 * HOUR);
  await t.gateway.start();
  await t.play(90);
  assert.deepEqual(
    t.arrived('alerts').map(({ unsynchronised }) => unsynchronised),
    [{}],
  );
  assert.deepEqual(t.arrived('samples'), []);
  assert.deepEqual(t.gateway.status().clock, { trusted: false });
  t.clock.set(BOOTED + t.clock.monotonicMs());
  t.ntp.synchronised = true;
  await t.play(30);
  assert.deepEqual(t.gateway.status().clock, { trusted: true, correctionMs: BOOTED });
  const samples = t.arrived('samples').flatMap(({ records, unsynchronised }) => {
    assert.equal(unsynchronised, undefined);
    return records;
  });
  assert.ok(samples.length >= 118, `${samples.length}`);
  assert.deepEqual(
    // What is live may overtake what waited.
    samples.map(({ t }) => t).sort((a, b) => a - b),
    t.played.slice(0, samples.length).map((monotonicMs) => BOOTED + monotonicMs),
  );
  await t.stop();
});

test('where the time does not become known, samples leave after the wait, marked', async () => {
  const t = gatewayIn1970(100_000);
  await t.gateway.start();
  await t.play(99);
  assert.deepEqual(t.arrived('samples'), []);
  await t.play(10);
  const batches = t.arrived('samples');
  assert.ok(batches.flatMap(({ records }) => records).length >= 105);
  assert.ok(batches.every(({ unsynchronised }) => unsynchronised !== undefined));
  await t.stop();
});
