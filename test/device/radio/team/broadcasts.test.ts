import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { BroadcastReadings } from '../../../../device/radio/team/broadcasts.ts';

interface Heard {
  readonly atMs: number;
  readonly bpm: number;
  readonly frameCounter?: number | undefined;
  readonly adapter?: string;
  readonly strap?: string;
  readonly batteryLow?: boolean;
}

class Listener {
  readonly readings = new BroadcastReadings();
  readonly counted: number[] = [];

  hear({ atMs, bpm, frameCounter, adapter = 'hci0', strap = '0000000000aa', batteryLow }: Heard) {
    const format = frameCounter === undefined ? 'xoss' : 'polar';
    const broadcast = { format, bpm, contact: 'detected', frameCounter, batteryLow } as const;
    const reading = this.readings.take({ adapter, strap, atMs, broadcast }, '7', atMs);
    if (reading !== undefined) this.counted.push(reading.measurement.bpm);
    return reading;
  }
}

/** A strap's measurements, one a second, each advertised several times. */
function measure(listener: Listener, from: number, to: number, adapters = ['hci0']): void {
  for (let second = from; second < to; second++) {
    for (let i = 0; i < 4; i++) {
      for (const [index, adapter] of adapters.entries()) {
        listener.hear({ atMs: second * 1_000 + i * 250 + index, bpm: 60 + second, frameCounter: second % 8, adapter });
      }
    }
  }
}

test('each measurement that is broadcast is one reading, however often and over however many adapters it is heard', () => {
  for (const adapters of [['hci0'], ['hci0', 'hci1', 'hci2']]) {
    const listener = new Listener();
    measure(listener, 0, 30, adapters);
    assert.deepEqual(
      listener.counted,
      Array.from({ length: 29 }, (_, index) => 61 + index),
    );
  }
});

test('the first that is heard is no reading: nobody knows how old it is', () => {
  const listener = new Listener();
  listener.hear({ atMs: 0, bpm: 60, frameCounter: 3 });
  assert.deepEqual(listener.counted, []);
  const reading = listener.hear({ atMs: 1_000, bpm: 61, frameCounter: 4 });
  assert.deepEqual(reading, {
    monotonicMs: 1_000,
    measurement: { bpm: 61, contact: 'detected', energyKj: null, rrMs: [] },
  });
});

test('a strap that was taken off and goes on advertising its last value gives nothing', () => {
  const listener = new Listener();
  measure(listener, 0, 10);
  const before = listener.counted.length;
  for (let atMs = 10_000; atMs < 3_600_000; atMs += 500) listener.hear({ atMs, bpm: 69, frameCounter: 1 });
  assert.equal(listener.counted.length, before);
});

test('nor does one that comes back into range with another last value', () => {
  const listener = new Listener();
  measure(listener, 0, 10);
  const before = listener.counted.length;
  for (let atMs = 60_000; atMs < 120_000; atMs += 500) listener.hear({ atMs, bpm: 90, frameCounter: 5 });
  assert.equal(listener.counted.length, before);
});

test('nor does an adapter that tells old data with a new stamp', () => {
  const listener = new Listener();
  measure(listener, 0, 5, ['hci0', 'hci1']);
  const before = listener.counted.length;
  for (let second = 5; second < 10; second++) {
    listener.hear({ atMs: second * 1_000, bpm: 64, frameCounter: 4, adapter: 'hci1' });
    listener.hear({ atMs: second * 1_000 + 100, bpm: 60 + second, frameCounter: second % 8 });
    listener.hear({ atMs: second * 1_000 + 200, bpm: 64, frameCounter: 4, adapter: 'hci1' });
  }
  assert.deepEqual(listener.counted.slice(before), [65, 66, 67, 68, 69]);
});

test('without a frame counter a value counts for ten seconds after it last changed', () => {
  const listener = new Listener();
  for (let second = 0; second < 60; second++) listener.hear({ atMs: second * 1_000, bpm: second < 20 ? 70 : 71 });
  assert.deepEqual(listener.counted, Array(11).fill(71));
});

test('no more than a reading a second, and one that comes a little early is not lost', () => {
  const early = new Listener();
  for (let i = 0; i < 100; i++) early.hear({ atMs: i * 990, bpm: 60, frameCounter: i % 8 });
  assert.ok(early.counted.length >= 97, `${early.counted.length} readings`);
  const fast = new Listener();
  for (let i = 0; i < 1_000; i++) fast.hear({ atMs: i * 100, bpm: 60, frameCounter: i % 8 });
  assert.ok(fast.counted.length >= 95 && fast.counted.length <= 101, `${fast.counted.length} readings`);
});

test('nothing counts while the athlete’s link gives readings, and for three seconds after the last', () => {
  const listener = new Listener();
  measure(listener, 0, 5);
  for (let second = 5; second < 10; second++) {
    listener.readings.linked('7', second * 1_000);
    measure(listener, second, second + 1);
  }
  measure(listener, 10, 15);
  assert.deepEqual(listener.counted, [61, 62, 63, 64, 72, 73, 74]);
});

test('another athlete’s link is no matter', () => {
  const listener = new Listener();
  listener.readings.linked('8', 0);
  measure(listener, 0, 3);
  assert.deepEqual(listener.counted, [61, 62]);
});

test('a low battery is told once, and again when it has changed', () => {
  const listener = new Listener();
  const told = [false, false, true, true, false].map((batteryLow, i) => {
    return listener.hear({ atMs: i * 1_000, bpm: 60, frameCounter: i, batteryLow })?.batteryLow;
  });
  assert.deepEqual(told, [undefined, false, true, undefined, false]);
});

test('a stamp of the future does not stop the readings that follow', () => {
  const { readings } = new Listener();
  const take = (atMs: number, frameCounter: number, nowMs: number) => {
    const broadcast = { format: 'polar', bpm: 60, contact: 'detected', frameCounter } as const;
    return readings.take({ adapter: 'hci0', strap: '0000000000aa', atMs, broadcast }, '7', nowMs);
  };
  take(0, 0, 0);
  assert.equal(take(1e12, 1, 1_000)?.monotonicMs, 1_000);
  assert.ok(take(2_000, 2, 2_000) !== undefined);
});

test('whatever is heard, readings are in order, at most one a second, and each of something that was just heard', () => {
  const heard = fc.record({
    afterMs: fc.nat(3_000),
    bpm: fc.nat(255),
    frameCounter: fc.option(fc.nat(7), { nil: undefined }),
    adapter: fc.constantFrom('hci0', 'hci1'),
  });
  fc.assert(
    fc.property(fc.array(heard, { maxLength: 200 }), (all) => {
      const listener = new Listener();
      let atMs = 0;
      const stamps: number[] = [];
      for (const one of all) {
        atMs += one.afterMs;
        const reading = listener.hear({ ...one, atMs });
        if (reading === undefined) continue;
        assert.deepEqual([reading.monotonicMs, reading.measurement.bpm], [atMs, one.bpm]);
        stamps.push(atMs);
      }
      const [first, last] = [stamps[0] ?? 0, stamps.at(-1) ?? 0];
      assert.ok(stamps.length <= (last - first + 500) / 1_000 + 1, `${stamps.length} in ${last - first} ms`);
    }),
  );
});
