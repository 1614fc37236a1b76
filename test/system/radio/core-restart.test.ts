import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { requires } from '../../requirements.ts';
import type { VirtualStrap } from '../../virtual-radio/virtual-strap.ts';
import { Field } from './field.ts';
import { connectionsAsked } from './hci-commands.ts';
import { assertAllOf, assertExactly, assertNoneInvented } from './readings.ts';
import { strapOf, strapsOf } from './straps.ts';

const options = { timeout: 240_000, concurrency: 7, ...requires('btvirt', 'cc') };

/** How many readings a worker keeps at most. */
const KEPT_MAX = 6_000;

describe('a core that goes while its workers stay', options, () => {
  test('finds its links when it is back, and what they brought meanwhile, once', async () => {
    await Field.with({ workersAreServices: true }, async (field) => {
      const straps = await field.radio.addStraps(strapsOf(5, { hz: 10 }));
      await field.start(straps);
      await field.untilSubscribed(...straps);
      await field.untilReadings(5, ...straps);
      for (let time = 0; time < 3; time++) {
        await field.stop();
        const before = straps.map(({ numbers }) => numbers.confirmed.length);
        await Promise.all(straps.map((strap) => untilSent(strap, 20)));
        const meanwhile = straps.map(({ numbers }, index) => numbers.confirmed.slice(before[index]));
        await field.start(straps);
        for (const [index, strap] of straps.entries()) await untilAllOf(field, strap, meanwhile[index] ?? []);
      }
      for (const strap of straps) await field.drain(strap);
      for (const strap of straps) assertNoneInvented(field.numbers(strap), strap);
      assert.equal(connectionsAsked(field.adapter).length, straps.length, 'every strap was connected to once');
      assert.equal(field.adapter.hosts, 1);
    });
  });

  test('knows straps by name that it has not heard since it is back', async () => {
    await Field.with({ workersAreServices: true }, async (field) => {
      const straps = await field.radio.addStraps(strapsOf(2, { hz: 5 }));
      const wishes = straps.map(({ name }) => ({ athlete: name, match: { name } }));
      await field.start(wishes);
      await field.untilSubscribed(...straps);
      await field.untilReadings(5, ...straps);
      await field.stop();
      await field.start(wishes);
      await field.untilReadings(10, ...straps);
      for (const strap of straps) await field.drain(strap);
      for (const strap of straps) assertNoneInvented(field.numbers(strap), strap);
      assert.equal(connectionsAsked(field.adapter).length, straps.length);
    });
  });

  for (const by of ['address', 'name'] as const) {
    test(`gets the readings of a strap, known by its ${by}, whose link ended meanwhile`, async () => {
      await Field.with({ workersAreServices: true }, async (field) => {
        const [strap] = await field.radio.addStraps([strapOf(1, { hz: 5 })]);
        const { name } = strap;
        const wish = by === 'name' ? { athlete: name, match: { name } } : strap;
        await field.start([wish]);
        await field.untilSubscribed(strap);
        await field.untilReadings(5, strap);
        await field.stop();
        const before = strap.numbers.confirmed.length;
        await untilSent(strap, 20);
        strap.stopAdvertising();
        strap.disconnect();
        await strap.until(({ link }) => link === undefined, 'has no link');
        const meanwhile = strap.numbers.confirmed.slice(before);
        await field.start([wish]);
        await field.until(
          () => field.of('adapter').filter(({ state }) => state === 'ready').length === 2,
          'it is back',
        );
        strap.startAdvertising();
        await field.until(() => field.fates(strap).length === 2, 'it is linked again');
        await field.untilReadings(5, strap);
        await field.drain(strap);
        assertNoneInvented(field.numbers(strap), strap);
        assertAllOf(meanwhile, field.numbers(strap), 'the readings of the time between');
      });
    });
  }

  test('is told how many readings found no room meanwhile, of each strap, so that none is lost in silence', async () => {
    await Field.with({ workersAreServices: true }, async (field) => {
      const straps = await field.radio.addStraps(strapsOf(4, { hz: 0 }));
      await field.start(straps);
      await field.untilSubscribed(...straps);
      await field.stop();
      for (const strap of straps) strap.notifyAt(200);
      await Promise.all(straps.map((strap) => untilSent(strap, KEPT_MAX / 3)));
      for (const strap of straps) strap.notifyAt(2);
      await field.start(straps);
      await field.untilReadings(1, ...straps);
      for (const strap of straps) await field.drain(strap);
      const dropped = field.of('dropped');
      assert.ok(dropped.length > 0);
      for (const strap of straps) {
        const received = field.numbers(strap);
        assertNoneInvented(received, strap);
        const lost = dropped.filter(({ athlete }) => athlete === strap.name).reduce((sum, { count }) => sum + count, 0);
        assert.equal(received.length + lost, strap.counts.confirmed, strap.name);
      }
    });
  });

  test('finds its straps again when the worker of a service was stopped in order and started anew', async () => {
    await Field.with({ workersAreServices: true, adapters: [{}, {}] }, async (field) => {
      const straps = await field.radio.addStraps(strapsOf(2, { hz: 5 }));
      await field.start(straps);
      await field.untilSubscribed(...straps);
      await field.untilReadings(5, ...straps);
      for (const service of field.services) await service.stop();
      // In order: no strap waits for its supervision timeout to be free.
      for (const strap of straps) assert.equal(strap.link, undefined);
      for (const strap of straps) await field.until(() => !field.isSubscribed(strap), `${strap.name} is missed`);
      for (const service of field.services) service.start();
      await field.untilSubscribed(...straps);
      await field.untilReadings(5, ...straps);
      for (const strap of straps) await field.drain(strap);
      for (const strap of straps) assertExactly(field.numbers(strap), strap);
    });
  });

  test('lets a worker go on when it wishes for other straps than before', async () => {
    await Field.with({ workersAreServices: true }, async (field) => {
      const [former, later] = await field.radio.addStraps([strapOf(1, { hz: 5 }), strapOf(2, { hz: 5 })]);
      await field.start([former]);
      await field.untilSubscribed(former);
      await field.stop();
      await field.start([later]);
      await field.untilSubscribed(later);
      await former.until(({ link }) => link === undefined, 'is let go');
      await field.untilReadings(5, later);
      assert.equal(field.adapter.hosts, 1);
    });
  });
});

async function untilSent(strap: VirtualStrap, more: number): Promise<void> {
  const wanted = strap.counts.confirmed + more;
  await strap.until(({ counts }) => counts.confirmed >= wanted, `has sent ${more} more`);
}

/** Resolves when the last of the readings of the time between has come, and holds that none of them is missing. */
async function untilAllOf(field: Field, strap: VirtualStrap, meanwhile: readonly number[]): Promise<void> {
  const last = meanwhile.at(-1);
  assert.ok(last !== undefined);
  await field.until(() => field.numbers(strap).some((number) => number >= last), `${strap.name} is read again`);
  assertAllOf(meanwhile, field.numbers(strap), `${strap.name}: the readings of the time between`);
}
