import assert from 'node:assert/strict';
import test from 'node:test';
import { SimulatedClock } from '../../simulator/clock.ts';
import type { EncodedBatch } from '../../src/domain/record.ts';
import { Gateway } from '../../src/gateway/gateway.ts';
import type { MessageForm, PreparedMessage, Uplink } from '../../src/ports.ts';
import { CollectedSupervisor } from '../fakes/collected-supervisor.ts';
import { CollectedTelemetry } from '../fakes/collected-telemetry.ts';
import { MemoryOutbox } from '../fakes/memory-outbox.ts';
import { MemoryUplink } from '../fakes/memory-uplink.ts';
import { ScriptedSource } from '../fakes/scripted-source.ts';
import { alwaysRight, measurement, T0, TEAM } from './ingest-rig.ts';

/** Takes what is to be sent and never gets it ready. */
class HangingUplink extends MemoryUplink {
  hangs = false;

  override async prepare(batch: EncodedBatch, form: MessageForm): Promise<PreparedMessage> {
    if (this.hangs) await new Promise(() => {});
    return await super.prepare(batch, form);
  }
}

/** Whose loops go by clocks that a test can stop each for itself. */
async function running(uplink: Uplink = new MemoryUplink()) {
  const clock = new SimulatedClock({ startWallMs: T0 });
  const realClock = new SimulatedClock({ startWallMs: T0 });
  const source = new ScriptedSource();
  const supervisor = new CollectedSupervisor();
  const telemetry = new CollectedTelemetry();
  const gateway = new Gateway({
    name: 'pitch-3',
    run: 'run',
    team: TEAM,
    clock,
    realClock,
    timekeeper: alwaysRight(T0),
    source,
    outbox: new MemoryOutbox(),
    uplinks: [{ role: 'primary', uplink, backfillForm: 'plain', rate: {} }],
    responder: { respond: () => {} },
    supervisor,
    telemetry,
    limits: { ingestQueue: 1000, groupCommitMs: 1000, inFlight: 8, timeWaitMs: 0 },
  });
  await gateway.start();
  return {
    ...{ gateway, supervisor, telemetry, uplink },
    /** A second each, with a reading of one athlete. */
    pass: async (seconds: number, { isIngestStuck = false } = {}) => {
      for (let i = 0; i < seconds; i++) {
        if (!isIngestStuck) {
          source.emit(measurement('7', clock.monotonicMs(), 70));
          await clock.advanceBy(1_000);
        }
        await realClock.advanceBy(1_000);
      }
    },
  };
}

test('a gateway at work feeds its watchdog each second', async () => {
  const t = await running();
  await t.pass(30);
  assert.ok(t.supervisor.fed >= 29, `fed ${t.supervisor.fed} times`);
  assert.deepEqual(t.gateway.progress(), { ok: true, stuck: [] });
});

test('a gateway without a broker feeds its watchdog too', async () => {
  const t = await running(new MemoryUplink({ reachable: false }));
  await t.pass(300);
  assert.ok(t.supervisor.fed >= 299, `fed ${t.supervisor.fed} times`);
});

test('an ingest loop that waits for what never comes starves the watchdog, though delivery turns', async () => {
  const t = await running();
  await t.pass(5);
  await t.pass(11, { isIngestStuck: true });
  const { fed } = t.supervisor;
  await t.pass(60, { isIngestStuck: true });
  assert.equal(t.supervisor.fed, fed);
  assert.deepEqual(
    t.gateway.progress().stuck.map(({ part }) => part),
    ['ingest'],
  );
  assert.equal(t.telemetry.named('gateway.stuck').length, 1);
});

test('a delivery that waits for what never comes starves the watchdog, though its loop turns', async () => {
  const uplink = new HangingUplink();
  const t = await running(uplink);
  await t.pass(5);
  uplink.hangs = true;
  await t.pass(63);
  const { fed } = t.supervisor;
  await t.pass(60);
  assert.equal(t.supervisor.fed, fed);
  assert.deepEqual(
    t.gateway.progress().stuck.map(({ part, uplink }) => [part, uplink]),
    [['delivery', 'primary']],
  );
});
