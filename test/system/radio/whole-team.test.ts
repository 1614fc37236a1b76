import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { requires } from '../../requirements.ts';
import { Field } from './field.ts';
import { connectionsAsked, scansAsked } from './hci-commands.ts';
import { strapOf, strapsOf } from './straps.ts';

const options = { timeout: 240_000, concurrency: 4, ...requires('btvirt', 'cc') };

const LINK = { minIntervalMs: 100, maxIntervalMs: 200, latency: 0, supervisionTimeoutMs: 6_000, whileScanning: false };
const SCAN_INTERVAL_MS = 160;
/** Of each interval: half while there is no link, and less than a third beside links. */
const WINDOW_ALONE_MS = 80;
const WINDOW_BESIDE_LINKS_MS = 50;
/** What is made of 0x0D. */
const REFUSAL = 'the adapter holds no further link';

describe('a team of real straps', options, () => {
  test('seven on one adapter are read without a loss, at one and at twenty readings a second', async () => {
    await Field.with({}, async (field) => {
      const straps = await field.radio.addStraps(strapsOf(7));
      await field.start(straps);
      await field.untilSubscribed(...straps);
      await field.untilReadings(2, ...straps);
      for (const strap of straps) strap.notifyAt(20);
      await field.untilReadings(100, ...straps);

      await field.assertUntouched(...straps);
      assert.equal(field.radio.dropped, 0, 'the fixture itself has lost nothing');
    });
  });

  test('their links get 100 to 200 ms and 6 s at the HCI, one after the other and never during a scan', async () => {
    await Field.with({}, async (field) => {
      const straps = await field.radio.addStraps(strapsOf(7));
      await field.start(straps);
      await field.untilSubscribed(...straps);

      // An adapter that is asked while it scans, or while another attempt is pending, refuses: there would be an eighth.
      assert.deepEqual(connectionsAsked(field.adapter), new Array(7).fill(LINK));
      for (const strap of straps)
        assert.deepEqual([strap.link?.intervalMs, strap.link?.supervisionTimeoutMs], [200, 6_000]);
      const [first, ...others] = scansAsked(field.adapter);
      assert.ok(first !== undefined && others.length > 0);
      assert.deepEqual(first, { intervalMs: SCAN_INTERVAL_MS, windowMs: WINDOW_ALONE_MS });
      for (const { intervalMs } of others) assert.equal(intervalMs, SCAN_INTERVAL_MS);
      const { windowMs } = others.at(-1) ?? { windowMs: 0 };
      assert.ok(windowMs > 0 && windowMs < WINDOW_BESIDE_LINKS_MS, `${windowMs} ms of a scan beside links`);
      await field.adapter.until(
        ({ isScanning }) => !isScanning,
        'leaves the air to the links, with every strap linked',
      );
    });
  });

  test('fourteen are spread over two adapters of seven places each', async () => {
    await Field.with({ adapters: [{}, {}] }, async (field) => {
      const straps = await field.radio.addStraps(strapsOf(14));
      await field.start(straps);
      await field.untilSubscribed(...straps);
      await field.untilReadings(3, ...straps);
      assert.deepEqual(
        field.adapters.map(({ links }) => links.length),
        [7, 7],
      );
      await field.assertUntouched(...straps);
    });
  });

  test('an adapter that refuses the sixth link is asked for no more than five, and keeps those', async () => {
    await Field.with({ adapters: [{ maximumLinks: 5 }] }, async (field) => {
      const straps = await field.radio.addStraps(strapsOf(7));
      await field.start(straps);
      await field.until(
        () => straps.filter((strap) => field.isSubscribed(strap)).length === 5 && wasRefused(field),
        'five are subscribed, and the adapter has refused a sixth',
      );
      const linked = straps.filter((strap) => field.isSubscribed(strap));
      await field.untilReadings(8, ...linked);
      assert.equal(connectionsAsked(field.adapter).length, 6);

      const [leaving, ...staying] = linked;
      assert.ok(leaving !== undefined);
      await field.drain(leaving);
      await field.until(
        () => straps.some((strap) => !linked.includes(strap) && field.isSubscribed(strap)),
        'the place that is free again is taken',
      );
      await field.assertUntouched(...staying);
    });
  });

  test('an athlete with an open alert gets the place of another, where there are too few', async () => {
    await Field.with({ linksPerAdapter: 1 }, async (field) => {
      const straps = await field.radio.addStraps(strapsOf(2));
      await field.start(straps);
      await field.until(() => straps.some((strap) => field.isSubscribed(strap)), 'one of them is linked');
      const [waiting] = straps.filter((strap) => !field.isSubscribed(strap));
      assert.ok(waiting !== undefined);
      field.prefer(waiting);
      await field.untilSubscribed(waiting);
      await field.untilReadings(3, waiting);
      await field.assertUntouched(waiting);
    });
  });

  test('a strap is handed over to the adapter that still hears it', async () => {
    await Field.with({ adapters: [{}, {}] }, async (field) => {
      const [strap] = await field.radio.addStraps([strapOf(1)]);
      await field.start([strap]);
      await field.untilSubscribed(strap);
      const near = field.adapterOf(strap);
      near?.hear(strap.address, undefined);
      strap.disconnect();
      await field.until(() => field.isSubscribed(strap) && field.adapterOf(strap) !== near, 'the other one has it');
      await field.untilReadings(2, strap);
    });
  });
});

function wasRefused(field: Field): boolean {
  return field.of('link').some(({ state, reason }) => state === 'failed' && reason === REFUSAL);
}
