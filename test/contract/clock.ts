/** What every clock must do. `pass` lets its time go by: on the machine's clock by waiting. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Clock } from '../../src/ports.ts';

export function clockContract(name: string, setup: () => { clock: Clock; pass(ms: number): Promise<void> }): void {
  test(`${name}: monotonic time never goes back`, async () => {
    const { clock, pass } = setup();
    let last = clock.monotonicMs();
    for (let i = 0; i < 20; i++) {
      await pass(1);
      const now = clock.monotonicMs();
      assert.ok(now > last, `${now} after ${last}`);
      last = now;
    }
  });

  test(`${name}: a sleep lasts no less than it was asked to`, async () => {
    const { clock, pass } = setup();
    const beginMs = clock.monotonicMs();
    const slept = clock.sleep(20);
    await pass(60);
    await slept;
    // Timers of the machine count in whole milliseconds.
    assert.ok(clock.monotonicMs() - beginMs >= 19);
  });

  test(`${name}: a sleep ends at once when its signal aborts, and does not reject`, async () => {
    const { clock, pass } = setup();
    const end = new AbortController();
    const slept = clock.sleep(3_600_000, end.signal);
    await pass(1);
    end.abort();
    assert.equal(await slept, undefined);
    assert.equal(await clock.sleep(3_600_000, end.signal), undefined, 'nor does one that begins after it');
  });

  test(`${name}: sleeps end in the order of their instants`, async () => {
    const { clock, pass } = setup();
    const ended: number[] = [];
    const sleeps = [60, 20, 40].map((ms) => clock.sleep(ms).then(() => ended.push(ms)));
    await pass(200);
    await Promise.all(sleeps);
    assert.deepEqual(ended, [20, 40, 60]);
  });

  test(`${name}: a hundred sleeps on one signal leave no listener behind`, async () => {
    const { clock, pass } = setup();
    const end = new AbortController();
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => warnings.push(warning);
    process.on('warning', onWarning);
    for (let i = 0; i < 100; i++) {
      const slept = clock.sleep(1, end.signal);
      await pass(2);
      await slept;
    }
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', onWarning);
    assert.deepEqual(warnings, []);
  });
}
