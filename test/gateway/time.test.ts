import assert from 'node:assert/strict';
import test from 'node:test';
import { BOOTED, HOUR, started, YEAR } from './time-rig.ts';

type Started = Awaited<ReturnType<typeof started>>;

/** Every sample has the time at which it really was, by the monotonic clock that no step moves. */
function assertRight(t: Started, bootedMs = BOOTED): void {
  for (const { timeMs, monotonicMs } of t.store.samples) assert.equal(timeMs, bootedMs + monotonicMs);
}

const told = (t: Started) => t.telemetry.events.map(({ event }) => event).filter((event) => event.startsWith('clock.'));

const offsetsOf = (t: Started) => [...new Set(t.store.records.map(({ offsetMs }) => offsetMs))];

test('a Pi that boots in 1970 stamps by that until NTP has set its clock, and everything is right then', async () => {
  const t = await started({ wallMs: 0, synchronised: false });
  await t.play(130, 90);
  assert.deepEqual(told(t), ['clock.untrusted']);
  assert.deepEqual(t.alarms.length, 1, 'an alarm needs no time');
  assert.deepEqual(offsetsOf(t), [0], 'what is stored says by which offset');
  t.clock.set(BOOTED + t.sinceMs());
  await t.play(130, 20);
  assert.equal(t.store.learnedMs, undefined, 'a clock that was set is not right yet');
  t.ntp.synchronised = true;
  await t.play(130, 60);
  assert.equal(t.store.learnedMs, BOOTED);
  assert.deepEqual(told(t), ['clock.untrusted', 'clock.trusted']);
  const [news] = t.telemetry.named('clock.trusted');
  assert.deepEqual(news, { event: 'clock.trusted', correctionSeconds: BOOTED / 1000 });
  assert.deepEqual(offsetsOf(t), [0, undefined]);
  assert.ok(t.released() > 0, 'delivery is told');
  assertRight(t);
  await t.end();
});

test('the time that NTP brings after an hour corrects the hour before, its alerts and its gaps', async () => {
  const t = await started({ wallMs: BOOTED - 9 * 24 * HOUR - 17_000, synchronised: false });
  await t.play(70, 1_800);
  await t.clock.advanceBy(60_000);
  await t.play(130, 1_740);
  assert.deepEqual(t.store.gaps.length, 2);
  t.clock.set(BOOTED + t.sinceMs());
  t.ntp.synchronised = true;
  await t.play(130, 60);
  await t.end();
  assert.ok(t.store.samples.length > 3_500);
  assertRight(t);
  assert.deepEqual(t.store.gaps, [
    { athlete: '7', fromMs: BOOTED + 1_799_000, cause: 'no-signal' },
    { athlete: '7', fromMs: BOOTED + 1_799_000, toMs: BOOTED + 1_860_000, cause: 'no-signal' },
  ]);
  assert.equal(t.store.alerts.length, 1);
  const raisedMs = (t.store.alerts[0]?.timeMs ?? 0) - BOOTED;
  assert.ok(raisedMs >= 1_860_000 && raisedMs <= 1_980_000, `${raisedMs}`);
});

test('steps of years in the middle move no stamp, end no window, repeat and clear no alert', async () => {
  for (const synchronised of [false, true]) {
    const t = await started({ synchronised });
    await t.play(130, 100);
    assert.equal(t.alarms.length, 1);
    for (const stepMs of [3 * YEAR, -20 * YEAR, -(BOOTED + 100_000), 5_000, -5_000]) {
      const { synchronised: before } = t.ntp;
      t.ntp.synchronised = false;
      t.clock.set(BOOTED + t.sinceMs() + stepMs);
      await t.play(130, 100);
      t.clock.set(BOOTED + t.sinceMs());
      t.ntp.synchronised = before;
      await t.play(130, 30);
    }
    assert.equal(t.alarms.length, 1);
    assert.deepEqual(t.store.gaps, []);
    assertRight(t);
    if (synchronised) assert.equal(t.telemetry.named('clock.step-ignored').length, 5);
    await t.play(70, 130);
    assert.deepEqual(
      t.alarms.map(({ event }) => event),
      ['raised', 'cleared'],
    );
    await t.end();
  }
});

test('a trusted clock that NTP sets is followed, the windows with it, and the store is told', async () => {
  const t = await started({ synchronised: true });
  await t.play(130, 70);
  assert.equal(t.store.learnedMs, BOOTED);
  const asked = t.ntp.asked;
  t.clock.set(BOOTED + t.sinceMs() + 13_000);
  await t.play(130, 2);
  assert.equal(t.ntp.asked, asked + 1, 'it is asked at once');
  assert.equal(t.store.learnedMs, BOOTED + 13_000);
  assert.deepEqual(t.telemetry.named('clock.stepped'), [{ event: 'clock.stepped', seconds: 13 }]);
  await t.play(70, 180);
  assert.deepEqual(
    t.alarms.map(({ event }) => event),
    ['raised', 'cleared'],
  );
  assert.equal((t.alarms[1]?.timeMs ?? 0) % 60_000, 0);
  await t.end();
});

test('what is stamped between a step and its confirmation is put right, and what was before it stays', async () => {
  const t = await started({ synchronised: true });
  await t.play(70, 10);
  t.ntp.synchronised = false;
  // As after hours in which the machine slept, while its monotonic clock stood still.
  const wokenMs = BOOTED + 8 * HOUR;
  t.clock.set(wokenMs + t.sinceMs());
  await t.clock.advanceBy(10_000);
  await t.play(70, 30);
  t.ntp.synchronised = true;
  await t.play(70, 30);
  await t.end();
  for (const { timeMs, monotonicMs } of t.store.samples) {
    assert.equal(timeMs, (monotonicMs < 10_000 ? BOOTED : wokenMs) + monotonicMs);
  }
  assert.deepEqual(t.store.gaps, [
    { athlete: '7', fromMs: BOOTED + 9_000, cause: 'no-signal' },
    { athlete: '7', fromMs: BOOTED + 9_000, toMs: wokenMs + 20_000, cause: 'no-signal' },
  ]);
});

test('a clock that slews is followed, and the store is told when it is wrong by more than a second', async () => {
  const t = await started({ synchronised: true });
  await t.play(70, 5);
  for (let i = 0; i < 30; i++) {
    t.clock.set(t.clock.wallMs() + 50);
    await t.play(70, 1);
  }
  await t.clock.advanceBy(300_000);
  assert.ok(Math.abs((t.store.learnedMs ?? 0) - BOOTED - 1_500) <= 5, `${(t.store.learnedMs ?? 0) - BOOTED}`);
  await t.end();
});

test('rules go by corrected time from when it is known, whichever way it was wrong', async () => {
  for (const errorMs of [-YEAR - 20_000, 10 * HOUR + 20_000, 620_000]) {
    const t = await started({ wallMs: BOOTED + errorMs, synchronised: false });
    await t.play(130, 15);
    t.clock.set(BOOTED + t.sinceMs());
    t.ntp.synchronised = true;
    await t.play(130, 200);
    assert.equal(t.alarms.length, 1);
    const raisedMs = (t.alarms[0]?.timeMs ?? 0) - BOOTED;
    assert.ok(
      raisedMs === 60_000 || raisedMs === 120_000,
      `raised after ${raisedMs} ms, where it was ${errorMs} wrong`,
    );
    await t.end();
  }
});

test('a silence that lasts while the time becomes known is right at both ends', async () => {
  const t = await started({ wallMs: 0, synchronised: false });
  await t.play(70, 10);
  await t.clock.advanceBy(10_000);
  t.clock.set(BOOTED + t.sinceMs());
  t.ntp.synchronised = true;
  await t.clock.advanceBy(20_000);
  await t.play(70, 3);
  await t.end();
  assert.deepEqual(t.store.gaps, [
    { athlete: '7', fromMs: BOOTED + 9_000, cause: 'no-signal' },
    { athlete: '7', fromMs: BOOTED + 9_000, toMs: BOOTED + 40_000, cause: 'no-signal' },
  ]);
});

test('a process that starts anew in an untrusted boot goes on in the same time, and all of it is corrected', async () => {
  const first = await started({ wallMs: 5_000, synchronised: false });
  await first.play(130, 100);
  first.kill();
  const { clock, store } = first;
  store.release();
  // Somebody has set the clock, wrongly, while the gateway was down.
  await clock.advanceBy(20_000);
  clock.set(10 * YEAR);
  const second = await started({ store, clock, synchronised: false });
  assert.deepEqual(second.engine.openAlerts('7'), ['high']);
  await second.play(130, 100);
  assert.equal(second.alarms.length, 1, 'the alarm that was open, once more');
  clock.set(BOOTED + second.sinceMs());
  second.ntp.synchronised = true;
  await second.play(130, 30);
  assertRight(second);
  assert.deepEqual(second.store.gaps, [
    { athlete: '7', fromMs: BOOTED + 99_000, toMs: BOOTED + 120_000, cause: 'gateway-stopped' },
  ]);
  await second.end();
});

test('a process that starts anew in a boot that knows the time keeps to it, whatever the clock says by then', async () => {
  const first = await started({ synchronised: true });
  await first.play(70, 10);
  await first.end();
  const { store, clock } = first;
  clock.set(BOOTED + HOUR);
  const second = await started({ store, clock, synchronised: false });
  await second.play(70, 10);
  await second.end();
  assert.deepEqual(told(second), ['clock.step-ignored']);
  assertRight(second);
});

test('a boot that never learns the time has its records released after the wait, and alerts are never held', async () => {
  const t = await started({ wallMs: 0, synchronised: false, waitMs: 2 * HOUR });
  await t.play(130, 61);
  assert.equal(t.store.alerts.length, 1);
  await t.clock.advanceTo(2 * HOUR - 1_000);
  assert.ok(!t.store.isReleased);
  await t.clock.advanceTo(2 * HOUR + 1_000);
  assert.ok(t.store.isReleased);
  await t.clock.advanceBy(2 * HOUR);
  assert.deepEqual(t.telemetry.named('clock.wait-over'), [{ event: 'clock.wait-over', hours: 2 }]);
  assert.ok(t.released() > 0);
  await t.end();
});

test('what an unsynchronised boot left behind stays as it was, and the gap to the next boot is right at its ends', async () => {
  const first = await started({ synchronised: true });
  await first.play(70, 10);
  await first.end();
  const { store } = first;

  store.reboot();
  const unknown = await started({ store, wallMs: 0, synchronised: false });
  await unknown.play(70, 10);
  await unknown.end();
  assert.deepEqual(store.gaps, [
    { athlete: '7', fromMs: BOOTED + 9_000, toMs: 0, cause: 'gateway-stopped', fromIsSettled: true },
  ]);

  store.reboot();
  const bootedMs = BOOTED + 24 * HOUR;
  const third = await started({ store, wallMs: 0, synchronised: false });
  await third.play(70, 10);
  third.clock.set(bootedMs + third.sinceMs());
  third.ntp.synchronised = true;
  await third.play(70, 30);
  await third.end();
  assert.equal(third.store.learnedMs, bootedMs);
  // The silence began in a boot whose time nobody knows.
  assert.deepEqual(store.gaps.at(-1), { athlete: '7', fromMs: 9_000, toMs: bootedMs, cause: 'gateway-stopped' });
  assert.deepEqual(
    store.samples.slice(20).map(({ timeMs }) => timeMs),
    store.samples.slice(20).map(({ monotonicMs }) => bootedMs + monotonicMs),
  );
});

test('a gap from a known boot into one that learns its time later keeps its beginning', async () => {
  const first = await started({ synchronised: true });
  await first.play(70, 10);
  await first.end();
  const { store } = first;
  store.reboot();
  const bootedMs = BOOTED + HOUR;
  const second = await started({ store, wallMs: 0, synchronised: false });
  await second.play(70, 10);
  second.clock.set(bootedMs + second.sinceMs());
  second.ntp.synchronised = true;
  await second.play(70, 30);
  await second.end();
  assert.deepEqual(store.gaps, [{ athlete: '7', fromMs: BOOTED + 9_000, toMs: bootedMs, cause: 'gateway-stopped' }]);
});

test('where nobody can be asked a plausible clock is right from the start', async () => {
  const t = await started();
  await t.play(70, 10);
  assert.deepEqual(told(t), ['clock.trusted']);
  assert.equal(t.store.learnedMs, BOOTED);
  assertRight(t);
  await t.end();
});

test('a store that fails is told the time when it can be written again', async () => {
  const t = await started({ synchronised: false });
  t.store.fails = true;
  t.ntp.synchronised = true;
  await t.play(70, 60);
  assert.equal(t.store.learnedMs, undefined);
  t.store.fails = false;
  await t.play(70, 30);
  assert.equal(t.store.learnedMs, BOOTED);
  await t.end();
});
