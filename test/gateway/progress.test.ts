import assert from 'node:assert/strict';
import test from 'node:test';
import { SimulatedClock } from '../../simulator/clock.ts';
import { Progress } from '../../src/gateway/progress.ts';
import type { Unanswered } from '../../src/ports.ts';

const MINUTE_MS = 60_000;

/** A pipeline of which each part does what a test says. */
async function pipeline() {
  const clock = new SimulatedClock({ startWallMs: 0 });
  const state = {
    ingest: { roundMs: 0, isTimeHeld: false },
    delivery: { roundMs: 0, workSinceMs: undefined as number | undefined },
    unanswered: undefined as Unanswered | undefined,
    rounds: { ingest: true, delivery: true },
  };
  const progress = new Progress({
    clock,
    ingest: state.ingest,
    deliveries: [{ role: 'primary', delivery: state.delivery }],
    outbox: { unanswered: () => state.unanswered },
  });
  return {
    clock,
    state,
    /** Each part makes its rounds, but for those that do not, and once a second somebody asks. */
    pass: async (ms: number) => {
      let report = progress.report();
      for (let passedMs = 0; passedMs < ms; passedMs += 1_000) {
        await clock.advanceBy(1_000);
        if (state.unanswered !== undefined)
          state.unanswered = { ...state.unanswered, forMs: state.unanswered.forMs + 1_000 };
        if (state.rounds.ingest) state.ingest.roundMs = clock.monotonicMs();
        if (state.rounds.delivery) state.delivery.roundMs = clock.monotonicMs();
        report = progress.report();
      }
      return report;
    },
  };
}

test('a pipeline that makes its rounds goes on, however little there is to do', async () => {
  const t = await pipeline();
  assert.deepEqual(await t.pass(10 * MINUTE_MS), { ok: true, stuck: [] });
});

test('an ingest loop that makes no round for ten seconds is stuck, and no more once it makes one', async () => {
  const t = await pipeline();
  t.state.rounds.ingest = false;
  assert.equal((await t.pass(10_000)).ok, true);
  assert.deepEqual(await t.pass(1_000), { ok: false, stuck: [{ part: 'ingest', forMs: 11_000 }] });
  t.state.rounds.ingest = true;
  assert.equal((await t.pass(1_000)).ok, true);
});

test('a delivery loop that makes no turn is stuck, and it is said which', async () => {
  const t = await pipeline();
  t.state.rounds.delivery = false;
  assert.deepEqual((await t.pass(11_000)).stuck, [{ part: 'delivery', uplink: 'primary', forMs: 11_000 }]);
});

test('a delivery loop that turns while what it has begun never ends is stuck after a minute', async () => {
  const t = await pipeline();
  t.state.delivery.workSinceMs = 0;
  assert.equal((await t.pass(MINUTE_MS)).ok, true);
  assert.deepEqual((await t.pass(1_000)).stuck, [{ part: 'delivery', uplink: 'primary', forMs: 61_000 }]);
});

test('a store that computes or hangs on one request for ever is stuck', async () => {
  const t = await pipeline();
  t.state.unanswered = { forMs: 0, isWaitingForDisk: false };
  assert.equal((await t.pass(30_000)).ok, true);
  assert.deepEqual((await t.pass(1_000)).stuck, [{ part: 'store', forMs: 31_000 }]);
});

test('a store that waits for its disk goes on for hours, and with it the delivery that waits for the store', async () => {
  const t = await pipeline();
  t.state.unanswered = { forMs: 0, isWaitingForDisk: true };
  t.state.delivery.workSinceMs = 0;
  assert.equal((await t.pass(120 * MINUTE_MS)).ok, true);
  // The disk is there again; what waited for it is not old at once.
  t.state.unanswered = { ...t.state.unanswered, isWaitingForDisk: false };
  assert.equal((await t.pass(30_000)).ok, true);
  assert.deepEqual((await t.pass(1_000)).stuck, [{ part: 'store', forMs: 31_000 }]);
});

test('a disk that is slow is no hang, though the store is not waiting for it each time that somebody looks', async () => {
  const t = await pipeline();
  for (let i = 0; i < 60; i++) {
    t.state.unanswered = { forMs: i * 25_000, isWaitingForDisk: true };
    await t.pass(1_000);
    t.state.unanswered = { forMs: i * 25_000 + 1_000, isWaitingForDisk: false };
    assert.equal((await t.pass(24_000)).ok, true);
  }
});

test('a simulation whose time stands still for the disk makes no round and goes on', async () => {
  const t = await pipeline();
  t.state.rounds.ingest = false;
  t.state.ingest.isTimeHeld = true;
  t.state.unanswered = { forMs: 0, isWaitingForDisk: true };
  assert.equal((await t.pass(MINUTE_MS)).ok, true);
});
