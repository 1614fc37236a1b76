import assert from 'node:assert/strict';
import test from 'node:test';
import { SimulatedClock } from '../../simulator/clock.ts';
import type { ProgressReport } from '../../src/gateway/progress.ts';
import { Supervision } from '../../src/gateway/supervision.ts';
import { CollectedSupervisor } from '../fakes/collected-supervisor.ts';
import { CollectedTelemetry } from '../fakes/collected-telemetry.ts';

const STUCK: ProgressReport = { ok: false, stuck: [{ part: 'store', forMs: 31_400 }] };

function supervised() {
  const clock = new SimulatedClock();
  const supervisor = new CollectedSupervisor();
  const telemetry = new CollectedTelemetry();
  const state = { report: { ok: true, stuck: [] } as ProgressReport, looks: 0 };
  const supervision = new Supervision({
    clock,
    supervisor,
    telemetry,
    report: () => {
      state.looks++;
      return state.report;
    },
    onLook: () => {},
    line: () => '1 of 1 athlete live',
  });
  return { clock, supervisor, telemetry, state, supervision };
}

test('the watchdog is fed by rounds while all goes on, and by none while something does not', async () => {
  const { clock, state, supervision, supervisor } = supervised();
  supervision.begin();
  supervision.round();
  assert.equal(supervisor.fed, 1);
  state.report = STUCK;
  for (let i = 0; i < 60; i++) {
    await clock.advanceBy(1_000);
    supervision.round();
  }
  assert.equal(supervisor.fed, 1);
  state.report = { ok: true, stuck: [] };
  await clock.advanceBy(1_000);
  supervision.round();
  assert.equal(supervisor.fed, 2);
});

test('time alone feeds nothing: without rounds there is nobody to do it', async () => {
  const { clock, supervision, supervisor } = supervised();
  supervision.begin();
  await clock.advanceBy(600_000);
  assert.equal(supervisor.fed, 0);
  assert.equal(clock.timers, 0);
});

test('rounds are looked at once a second, however many there are', async () => {
  const { clock, state, supervision } = supervised();
  supervision.begin();
  for (let i = 0; i < 1_000; i++) {
    await clock.advanceBy(4);
    supervision.round();
  }
  assert.ok(state.looks <= 5, `looked ${state.looks} times in four seconds`);
});

test('what is stuck is told once, and again when it gets stuck again', async () => {
  const { clock, state, supervision, telemetry } = supervised();
  supervision.begin();
  const round = async () => {
    await clock.advanceBy(1_000);
    supervision.round();
  };
  for (const report of [STUCK, STUCK, { ok: true, stuck: [] }, STUCK] as const) {
    state.report = report;
    await round();
  }
  const event = { event: 'gateway.stuck', part: 'store', seconds: 31 };
  assert.deepEqual(telemetry.named('gateway.stuck'), [event, event]);
});

test('nothing but the stop is told before the start is over and after the stop has begun', async () => {
  const { clock, supervision, supervisor } = supervised();
  supervision.round();
  await supervision.reloading(async () => {});
  assert.deepEqual(supervisor.told, []);
  supervision.begin();
  supervision.end();
  await clock.advanceBy(10_000);
  supervision.round();
  await supervision.reloading(async () => {});
  assert.deepEqual([supervisor.told, supervisor.fed], [['ready', 'stopping'], 0]);
});

test('a reload is told for as long as it takes, and ends though it fails', async () => {
  const { supervision, supervisor } = supervised();
  supervision.begin();
  const told: string[][] = [];
  await supervision.reloading(async () => void told.push([...supervisor.told]));
  assert.deepEqual(told, [['ready', 'reloading']]);
  await assert.rejects(
    supervision.reloading(async () => {
      throw new Error('no');
    }),
    /no/,
  );
  assert.deepEqual(supervisor.told, ['ready', 'reloading', 'ready', 'reloading', 'ready']);
});
