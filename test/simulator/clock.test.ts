import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { SimulatedClock } from '../../simulator/clock.ts';

test('timers run in the order in which they are due, each at exactly its time', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { maxLength: 60 }), async (dues) => {
      const clock = new SimulatedClock({ startWallMs: 1000 });
      const fired: { index: number; atMs: number; wallMs: number }[] = [];
      for (const [index, due] of dues.entries()) {
        clock.at(due, () => fired.push({ index, atMs: clock.monotonicMs(), wallMs: clock.wallMs() }));
      }
      await clock.advanceTo(2e6);
      const expected = dues
        .map((atMs, index) => ({ index, atMs, wallMs: 1000 + atMs }))
        .sort((a, b) => a.atMs - b.atMs || a.index - b.index);
      assert.deepEqual(fired, expected);
      assert.equal(clock.monotonicMs(), 2e6);
    }),
    { numRuns: 30 },
  );
});

test('cancelled timers do not run, however many there are and whenever they are cancelled', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.nat(500), fc.boolean()), { maxLength: 300 }), async (timers) => {
      const clock = new SimulatedClock();
      const fired: number[] = [];
      const cancels = timers.map(([due], index) => clock.at(due, () => fired.push(index)));
      for (const [index, [, cancelled]] of timers.entries()) if (cancelled) cancels[index]?.();
      const kept = timers.filter(([, cancelled]) => !cancelled).length;
      assert.equal(clock.timers, kept);
      await clock.advanceTo(1000);
      for (const cancel of cancels) cancel();
      assert.deepEqual(fired.toSorted(), timers.flatMap(([, cancelled], index) => (cancelled ? [] : index)).toSorted());
      assert.equal(clock.timers, 0);
    }),
    { numRuns: 30 },
  );
});

test('a timer may cancel another one that is due at the same instant', async () => {
  const clock = new SimulatedClock();
  let fired = false;
  clock.at(5, () => cancel());
  const cancel = clock.at(5, () => {
    fired = true;
  });
  await clock.advanceBy(10);
  assert.equal(fired, false);
});

test('time stands still until the promises that followed from a timer have settled', async () => {
  const clock = new SimulatedClock();
  const seen: number[] = [];
  const walk = async () => {
    for (let i = 0; i < 3; i++) {
      await clock.sleep(10);
      for (let hop = 0; hop < 20; hop++) await Promise.resolve();
      await new Promise<void>((resolve) => process.nextTick(resolve));
      seen.push(clock.monotonicMs());
    }
  };
  const walked = walk();
  clock.at(11, () => {});
  await clock.advanceBy(100);
  await walked;
  assert.deepEqual(seen, [10, 20, 30]);
});

test('a sleep ends at once when its signal aborts, before or during it, and leaves no timer and no listener', async () => {
  const clock = new SimulatedClock();
  const stop = new AbortController();
  const { signal } = stop;
  const listeners = { added: 0, removed: 0 };
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...args: Parameters<typeof add>) => {
    listeners.added++;
    add(...args);
  };
  signal.removeEventListener = (...args: Parameters<typeof remove>) => {
    listeners.removed++;
    remove(...args);
  };

  const finished = clock.sleep(10, signal);
  await clock.advanceBy(10);
  await finished;
  assert.deepEqual(listeners, { added: 1, removed: 1 });

  const interrupted = clock.sleep(1_000_000, signal);
  stop.abort();
  await interrupted;
  assert.equal(clock.timers, 0);
  await clock.sleep(1_000_000, signal);
  assert.equal(clock.timers, 0);
});

test('a loop that sleeps for nothing still lets time pass', async () => {
  const clock = new SimulatedClock();
  let rounds = 0;
  const stop = new AbortController();
  const loop = async () => {
    for (; !stop.signal.aborted; rounds++) await clock.sleep(0, stop.signal);
  };
  const done = loop();
  await clock.advanceBy(50);
  stop.abort();
  await done;
  assert.ok(rounds <= 51);
});

/** Walkers that sleep for their own pseudo-random times: what they see, in order. */
async function journal(
  advance: (clock: SimulatedClock, finished: AbortController) => Promise<void>,
): Promise<string[]> {
  const clock = new SimulatedClock();
  const seen: string[] = [];
  const finished = new AbortController();
  const walk = async (name: string, step: number) => {
    for (let i = 0; i < 40; i++) {
      await clock.sleep(((i * step) % 17) + 0.25 * step);
      seen.push(`${name} ${clock.monotonicMs()}`);
    }
  };
  const all = Promise.all([walk('a', 3), walk('b', 5), walk('c', 7), walk('d', 3)]).then(() => finished.abort());
  await advance(clock, finished);
  await all;
  return seen;
}

test('what happens is the same at every pace', async () => {
  const atOnce = await journal((clock) => clock.advanceBy(2000));
  assert.equal(atOnce.length, 160);
  for (const speed of [20, 333.3, 10_000]) {
    const paced = await journal((clock, finished) => clock.run({ speed, signal: finished.signal }));
    assert.deepEqual(paced, atOnce, `at ${speed}`);
  }
  const inSteps = await journal(async (clock) => {
    for (let i = 0; i < 400; i++) await clock.advanceBy(5);
  });
  assert.deepEqual(inSteps, atOnce);
});

test('a run ends when its signal aborts, and the clock cannot be advanced by two at a time', async () => {
  const clock = new SimulatedClock();
  const stop = new AbortController();
  const running = clock.run({ speed: 1000, signal: stop.signal });
  await assert.rejects(clock.advanceBy(1), /already/);
  clock.at(50, () => stop.abort());
  await running;
  assert.equal(clock.monotonicMs(), 50);
  await clock.advanceBy(5);
  assert.equal(clock.monotonicMs(), 55);
});

test('time stands still while something real is held, and while what follows from it is', async () => {
  const clock = new SimulatedClock();
  const seen: string[] = [];
  const write = async (name: string, turns: number) => {
    for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
    seen.push(`${name} at ${clock.monotonicMs()}`);
    if (name === 'first') clock.hold(write('second', 3));
    if (name === 'failing') throw new Error('the disk is full');
  };
  clock.at(10, () => clock.hold(write('first', 5)));
  clock.at(11, () => clock.hold(write('failing', 5)));
  clock.at(12, () => seen.push(`timer at ${clock.monotonicMs()}`));
  await clock.advanceBy(100);
  assert.deepEqual(seen, ['first at 10', 'second at 10', 'failing at 11', 'timer at 12']);
});

test('what is held before time moves holds it too', async () => {
  const clock = new SimulatedClock();
  let isHeld = true;
  const held = new Promise<void>((resolve) => setTimeout(resolve, 20)).then(() => {
    isHeld = false;
  });
  clock.hold(held);
  clock.at(0, () => assert.ok(!isHeld));
  await clock.advanceBy(5);
  assert.ok(!isHeld);
});
