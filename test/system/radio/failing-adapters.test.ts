import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { requires } from '../../requirements.ts';
import type { VirtualAdapter } from '../../virtual-radio/virtual-adapter.ts';
import type { VirtualStrap } from '../../virtual-radio/virtual-strap.ts';
import { Field } from './field.ts';
import { assertNoneInvented } from './readings.ts';
import { strapOf, strapsOf } from './straps.ts';

const options = { timeout: 240_000, concurrency: 6, ...requires('btvirt', 'cc') };

describe('an adapter that fails', options, () => {
  test('comes back with its straps when its controller, that of every adapter, was killed and started again', async () => {
    await Field.with({ adapters: [{}, {}] }, async (field) => {
      const straps = await field.radio.addStraps(strapsOf(4, { hz: 5 }));
      await field.start(straps);
      await field.untilSubscribed(...straps);
      await field.untilReadings(5, ...straps);
      await field.radio.killController();
      for (const strap of straps) await field.until(() => !field.isSubscribed(strap), `${strap.name} is lost`);
      for (const strap of straps) assert.equal(field.fates(strap)[1], 'adapter-lost');
      await field.radio.restart();
      await field.untilSubscribed(...straps);
      await field.untilReadings(5, ...straps);
      for (const strap of straps) assertNoneInvented(field.numbers(strap), strap);
    });
  });

  test('gives its straps to another one when it is unplugged, which costs those of the other nothing', async () => {
    await withTwo({}, async ({ field, failing, theirs, others }) => {
      await failing.unplug();
      await field.until(() => field.of('adapter').at(-1)?.state === 'lost', 'the adapter is missed');
      await field.untilSubscribed(...theirs);
      for (const strap of theirs) {
        assert.notEqual(field.adapterOf(strap)?.address, failing.address);
        assert.deepEqual(field.fates(strap).slice(0, 2), ['subscribed', 'adapter-lost']);
      }
      await field.untilReadings(5, ...theirs);
      for (const strap of theirs) assertNoneInvented(field.numbers(strap), strap);

      await failing.plugIn();
      await field.until(() => field.of('adapter').at(-1)?.state === 'ready', 'the adapter is there again');
      await field.assertUntouched(...others);
    });
  });

  for (const keepsLinks of [false, true]) {
    const kind = keepsLinks ? 'keeps its links without a host' : 'ends its links with its host';
    test(`is served again after its worker was killed, where it ${kind}, and the other notices nothing`, async () => {
      await withTwo({ keepsLinks }, async ({ field, failing, theirs, others }) => {
        const { pid } = field.line(failing);
        process.kill(pid, 'SIGKILL');
        await field.until(
          () => field.line(failing).hellos.some((hello) => hello.pid !== pid),
          'there is another worker',
        );
        await field.untilSubscribed(...theirs);
        await field.untilReadings(5, ...theirs);
        for (const strap of theirs) assertNoneInvented(field.numbers(strap), strap);
        await field.assertUntouched(...others);
      });
    });
  }

  test('is served again after its worker has hung, which is found out, and the other notices nothing', async () => {
    await withTwo({}, async ({ field, failing, theirs, others }) => {
      const { pid } = field.line(failing);
      process.kill(pid, 'SIGSTOP');
      await field.until(() => field.line(failing).hellos.some((hello) => hello.pid !== pid), 'there is another worker');
      await field.untilSubscribed(...theirs);
      await field.untilReadings(5, ...theirs);
      for (const strap of theirs) assertNoneInvented(field.numbers(strap), strap);
      await field.assertUntouched(...others);
    });
  });

  test('that is not there at first is waited for', async () => {
    await Field.with({}, async (field) => {
      await field.adapter.unplug();
      const straps = await field.radio.addStraps([strapOf(1)]);
      await field.start(straps);
      await field.until(() => field.of('adapter').some(({ state }) => state === 'lost'), 'it is missed');
      await field.adapter.plugIn();
      await field.untilSubscribed(...straps);
      await field.untilReadings(1, ...straps);
    });
  });
});

interface Two {
  readonly field: Field;
  readonly failing: VirtualAdapter;
  /** Straps of the adapter that is to fail. */
  readonly theirs: readonly VirtualStrap[];
  readonly others: readonly VirtualStrap[];
}

/** Two adapters that hear, and so link, two straps each; after which both hear all. */
async function withTwo(options: { keepsLinks?: boolean }, body: (two: Two) => Promise<void>): Promise<void> {
  await Field.with({ adapters: [options, options] }, async (field) => {
    const [failing, other] = field.adapters;
    assert.ok(failing !== undefined && other !== undefined);
    const theirs = await field.radio.addStraps(strapsOf(2, { hz: 5 }));
    const others = await field.radio.addStraps(strapsOf(2, { hz: 5 }, 3));
    for (const { address } of theirs) other.hear(address, undefined);
    for (const { address } of others) failing.hear(address, undefined);
    await field.start([...theirs, ...others]);
    await field.untilSubscribed(...theirs, ...others);
    await field.untilReadings(5, ...theirs, ...others);
    for (const { address } of theirs) other.hear(address, -60);
    await body({ field, failing, theirs, others });
  });
}
