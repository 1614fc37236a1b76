import assert from 'node:assert/strict';
import test from 'node:test';
import { SCHEDULER_TIMING } from '../../../device/radio/team/scheduling.ts';
import { WORKER_TIMING } from '../../../device/radio/worker/timing.ts';
import { demoTeam } from '../../../simulator/world.ts';
import type { RecordedMeasurement } from '../../../src/domain/recording/recording.ts';
import { type Rig, withRig } from './rig.ts';

const START_WALL_MS = 1_700_000_000_000;

/** How long after this instant the athlete's strap was subscribed again, ms. */
function backAfterMs(rig: Rig, athlete: string, sinceMs: number): number {
  const back = rig.links(athlete).find(({ state, monotonicMs }) => state === 'subscribed' && monotonicMs >= sinceMs);
  return (back?.monotonicMs ?? Number.POSITIVE_INFINITY) - sinceMs;
}

for (const announced of [true, false]) {
  test(`a strap is found again after others have ended the scan, ${announced ? 'which noble tells' : 'of which nothing is heard'}`, async () => {
    await withRig({}, async (rig) => {
      rig.strap('1').leave();
      await rig.clock.advanceTo(30_000);
      assert.ok(rig.world.bindings.scanning);
      rig.world.bindings.interruptScan({ announced });
      assert.equal(rig.world.bindings.scanning, false);
      rig.strap('1').comeBack();
      await rig.clock.advanceTo(120_000);
      assert.equal(rig.states('1').at(-1), 'subscribed');
      const withinMs = announced ? WORKER_TIMING.scanPauseMs + 2_000 : WORKER_TIMING.scanRoundMs;
      assert.ok(backAfterMs(rig, '1', 30_000) <= withinMs);
      assert.equal(rig.instances, 1);
    });
  });
}

test('a strap that is absent for an hour is scanned for all the time, in scans of a minute', async () => {
  await withRig({ athletes: demoTeam(2) }, async (rig) => {
    rig.strap('1').leave();
    await rig.clock.advanceTo(3_600_000);
    const { scans } = rig.world.bindings;
    assert.ok(scans >= 55 && scans <= 65, `${scans} scans`);
    rig.strap('1').comeBack();
    await rig.clock.advanceBy(2_000);
    assert.equal(rig.states('1').at(-1), 'subscribed');
  });
});

test('a strap that sends nothing any more is let go after half a minute, and connected anew at once', async () => {
  await withRig({ athletes: demoTeam(2) }, async (rig) => {
    await rig.clock.advanceTo(20_000);
    const lastMs = rig.measurements('1').at(-1)?.monotonicMs ?? Number.NaN;
    // Its firmware has forgotten the subscription, which it does not say.
    rig.strap('1').unsubscribe();
    await rig.clock.advanceTo(60_000);
    assert.deepEqual(rig.states('1'), ['connecting', 'subscribed', 'lost', 'connecting', 'subscribed']);
    const lost = rig.links('1')[2];
    assert.equal(lost?.reason, 'the strap sends nothing');
    const silentMs = (lost?.monotonicMs ?? Number.NaN) - lastMs;
    assert.ok(silentMs >= WORKER_TIMING.silentMs && silentMs <= WORKER_TIMING.silentMs + 200, `${silentMs} ms`);
    assert.ok(backAfterMs(rig, '1', lastMs + WORKER_TIMING.silentMs) <= 2_000);
    assert.ok((rig.measurements('1').at(-1)?.monotonicMs ?? 0) >= 59_000);
    assert.deepEqual(rig.states('2'), ['connecting', 'subscribed'], 'the other noticed nothing');
  });
});

test('a strap that never sends after it was subscribed is let go as well', async () => {
  await withRig({ athletes: demoTeam(1) }, async (rig) => {
    rig.strap('1').subscribe = () => {};
    await rig.clock.advanceTo(300_000);
    const lost = rig.links('1').filter(({ state }) => state === 'lost');
    assert.ok(lost.length >= 4 && lost.length <= 10, `${lost.length} times`);
    assert.ok(lost.every(({ reason }) => reason === 'the strap sends nothing'));
  });
});

test('a strap that sends what is no measurement is not silent', async () => {
  await withRig({ athletes: demoTeam(1) }, async (rig) => {
    const strap = rig.strap('1');
    const send = strap.send.bind(strap);
    strap.send = () => send(Buffer.of(0x06));
    await rig.clock.advanceTo(120_000);
    assert.deepEqual(rig.states('1'), ['connecting', 'subscribed']);
    assert.ok(rig.events.filter(({ type }) => type === 'malformed').length > 110);
  });
});

test('what notifications cost does not grow: they set no timers', async () => {
  await withRig({ athletes: demoTeam(1) }, async (rig) => {
    await rig.clock.advanceTo(10_000);
    const sleep = rig.clock.sleep.bind(rig.clock);
    let sleeps = 0;
    rig.clock.sleep = (durationMs, signal) => {
      sleeps++;
      return sleep(durationMs, signal);
    };
    await rig.clock.advanceTo(310_000);
    assert.equal(rig.measurements('1').filter(({ monotonicMs }) => monotonicMs > 10_000).length, 300);
    // Signs of life, and looking for them, are once a second each.
    assert.ok(sleeps <= 2 * 300 + 20, `${sleeps} in five minutes`);
  });
});

for (const silenceSeconds of [20, 30, 60, 120, 3_600]) {
  test(`a recording with a silence of ${silenceSeconds} s in it is read to its last row`, async () => {
    const rows = (fromSecond: number): RecordedMeasurement[] =>
      Array.from({ length: 60 }, (_, row) => ({
        timeMs: START_WALL_MS + 1_000 * (fromSecond + row),
        bpm: 60 + row,
        rrMs: [],
      }));
    // The first row of the second part comes that long after the last one of the first part.
    const recording = { measurements: [...rows(10), ...rows(69 + silenceSeconds)] };
    await withRig({ athletes: [{ id: '7', strap: { name: 'Chest' }, recording }] }, async (rig) => {
      await rig.clock.advanceTo(1_000 * (200 + silenceSeconds));
      assert.deepEqual(
        rig.measurements('7').map(({ monotonicMs, measurement }) => ({ monotonicMs, bpm: measurement.bpm })),
        recording.measurements.map(({ timeMs, bpm }) => ({ monotonicMs: timeMs - START_WALL_MS, bpm })),
      );
      const lost = rig.states('7').filter((state) => state === 'lost').length;
      assert.equal(lost, silenceSeconds > 30 ? 2 : 1, 'once in the silence, and once after the end');
    });
  });
}

test('a link that held for long enough is made anew at once, however often it is lost', async () => {
  await withRig({ athletes: demoTeam(1) }, async (rig) => {
    for (let atMs = 20_000; atMs <= 300_000; atMs += 20_000) {
      await rig.clock.advanceTo(atMs);
      rig.strap('1').drop(0x13);
      await rig.clock.advanceBy(10_000);
      const tookMs = backAfterMs(rig, '1', atMs);
      assert.ok(tookMs < SCHEDULER_TIMING.strapRetry.minMs, `${tookMs} ms at ${atMs} ms`);
    }
  });
});

test('a link is asked for with 100 to 200 ms between exchanges and a supervision timeout of 6 s', async () => {
  await withRig({}, async (rig) => {
    await rig.clock.advanceTo(10_000);
    for (const { id } of rig.world.straps.values()) {
      const asked = { minInterval: 80, maxInterval: 160, timeout: 600 };
      assert.deepEqual(rig.world.bindings.askedOf(id), asked);
    }
  });
});

test('a connection that was made just before it was cancelled is ended, and made anew', async () => {
  await withRig({}, async (rig) => {
    const { bindings } = rig.world;
    const strap = rig.strap('1');
    strap.ignores.add('connect');
    const cancelConnect = bindings.cancelConnect.bind(bindings);
    bindings.cancelConnect = () => {
      bindings.cancelConnect = cancelConnect;
      strap.ignores.delete('connect');
    };
    await rig.clock.advanceTo(30_000);
    assert.deepEqual(rig.states('1'), ['connecting', 'failed', 'connecting', 'subscribed']);
    assert.equal(strap.links, 2);
    assert.equal(rig.instances, 1);
  });
});
