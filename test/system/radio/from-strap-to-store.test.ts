import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SidelineProcess } from '../../fixtures/sideline-process.ts';
import { requires } from '../../requirements.ts';
import type { VirtualStrap } from '../../virtual-radio/virtual-strap.ts';
import { connectionsAsked } from './hci-commands.ts';
import { assertAllOf, assertExactly, assertNoneInvented, numbersOf } from './readings.ts';
import { strapOf, strapsOf } from './straps.ts';
import { athleteOf, type Stored, samplesOf, Touchline, untilSubscribed } from './touchline.ts';

const options = { timeout: 240_000, concurrency: 7, ...requires('btvirt', 'cc') };

/** Longer than a worker may be silent before it is taken to hang. */
const HELD_UP_MS = 6_000;

describe('between straps and store', options, () => {
  test('nothing is lost of seven straps that send twenty times a second', async () => {
    await Touchline.with(1, async (touchline) => {
      const straps = await touchline.radio.addStraps(strapsOf(7, { hz: 20 }));
      const gateway = await touchline.run(straps);
      await untilSubscribed(gateway, straps);
      await untilSent(straps, 100);
      const stored = await touchline.finish(gateway, straps);
      for (const strap of straps) assertExactly(numbersIn(stored, strap), strap);
      for (const strap of straps) assert.equal(strap.link, undefined);
      assert.deepEqual(stored.gaps, []);
      assert.equal(touchline.radio.dropped, 0);
    });
  });

  test('nothing is lost, and no link, while the gateway is held up', async () => {
    await Touchline.with(1, async (touchline) => {
      const straps = await touchline.radio.addStraps(strapsOf(4, { hz: 20 }));
      const gateway = await touchline.run(straps);
      await untilSubscribed(gateway, straps);
      await untilSent(straps, 20);
      gateway.kill('SIGSTOP');
      await sleep(HELD_UP_MS);
      gateway.kill('SIGCONT');
      await untilSent(straps, 20);
      const stored = await touchline.finish(gateway, straps);
      for (const strap of straps) assertExactly(numbersIn(stored, strap), strap);
      assert.equal(connectionsAsked(touchline.adapters[0] ?? assert.fail()).length, straps.length);
      assert.equal(touchline.adapters[0]?.hosts, 1);
    });
  });

  test('a gateway that is killed and started again has its links still, and what they brought meanwhile', async () => {
    await Touchline.with(2, async (touchline) => {
      const straps = await touchline.radio.addStraps(strapsOf(6, { hz: 10 }));
      const first = await touchline.run(straps);
      await untilSubscribed(first, straps);
      await untilSent(straps, 20);
      await killed(first);
      const before = straps.map(({ numbers }) => numbers.confirmed.length);
      await untilSent(straps, 20);
      const meanwhile = straps.map(({ numbers }, index) => numbers.confirmed.slice(before[index]));
      const second = await touchline.run(straps);
      await untilSubscribed(second, straps);
      await untilSent(straps, 20);
      const stored = await touchline.finish(second, straps);

      for (const [index, strap] of straps.entries()) {
        const numbers = numbersIn(stored, strap);
        assertNoneInvented(numbers, strap);
        assertAllOf(meanwhile[index] ?? [], numbers, `${strap.name}: the readings of the time between`);
        const gaps = stored.gaps.filter(({ athlete }) => athlete === athleteOf(strap));
        assert.ok(
          gaps.some(({ cause }) => cause === 'gateway-stopped'),
          'what the kill has cost is in the ledger',
        );
      }
      for (const adapter of touchline.adapters) assert.equal(adapter.hosts, 1);
      const asked = touchline.adapters.flatMap((adapter) => connectionsAsked(adapter));
      assert.equal(asked.length, straps.length, 'every strap was connected to once');
    });
  });

  test('a gateway that finds a worker that hangs, from before it was killed, is served by another', async () => {
    await Touchline.with(1, async (touchline) => {
      const straps = await touchline.radio.addStraps(strapsOf(2));
      const first = await touchline.run(straps);
      await untilSubscribed(first, straps);
      const [worker] = touchline.workers;
      assert.ok(worker !== undefined);
      process.kill(worker, 'SIGSTOP');
      await killed(first);
      const second = await touchline.run(straps);
      await untilSubscribed(second, straps);
      await untilSent(straps, 3);
      assert.ok(!touchline.workers.includes(worker), 'the one that hung is gone');
      const stored = await touchline.finish(second, straps);
      for (const strap of straps) assertNoneInvented(numbersIn(stored, strap), strap);
    });
  });

  test('a gateway that is killed for good leaves no worker behind, and straps that can be read by others', async () => {
    await Touchline.with(1, async (touchline) => {
      const straps = await touchline.radio.addStraps(strapsOf(2));
      const gateway = await touchline.run(straps);
      await untilSubscribed(gateway, straps);
      await killed(gateway);
      assert.equal(touchline.workers.length, 1);
      for (const strap of straps) await strap.until(({ isSubscribed }) => isSubscribed, 'is still linked');
      await touchline.untilNoWorkers();
      for (const strap of straps) await strap.until(({ isAdvertising }) => isAdvertising, 'is let go');
    });
  });

  test('a gateway that is told to stop while it connects ends in time, and leaves no worker and no link', async () => {
    await Touchline.with(2, async (touchline) => {
      const straps = await touchline.radio.addStraps(strapsOf(6));
      for (const strap of straps.slice(0, 3)) strap.ignoreFrom('discovering');
      const gateway = await touchline.run(straps);
      await untilSubscribed(gateway, straps.slice(3, 4));
      gateway.kill('SIGTERM');
      const { code, stderr } = await gateway.ended();
      assert.equal(code, 0, stderr);
      assert.deepEqual(touchline.workers, []);
      for (const strap of straps) await strap.until(({ link }) => link === undefined, 'has no link');
    });
  });

  test('the readings of a strap are marked contested while another has its name', async () => {
    await Touchline.with(1, async (touchline) => {
      const straps = await touchline.radio.addStraps([strapOf(1, { hz: 2 }), strapOf(2)]);
      const [strap, missing] = straps;
      missing.vanish();
      const gateway = await touchline.run(straps);
      await untilSubscribed(gateway, [strap]);
      await untilSent([strap], 4);
      await touchline.radio.addStraps([{ name: strap.name, address: 'c0:9e:1a:00:00:66' }]);
      await gateway.loggedEvent('strap.contested');
      await untilSent([strap], 4);
      const stored = await touchline.finish(gateway, [strap]);
      assertExactly(numbersIn(stored, strap), strap);
      const marks = samplesOf(stored, strap).map(({ contested = [] }) => contested.join());
      assert.equal(marks[0], '');
      assert.equal(marks.at(-1), 'second-advertiser');
    });
  });
});

function numbersIn(stored: Stored, strap: VirtualStrap): number[] {
  return numbersOf(samplesOf(stored, strap));
}

async function untilSent(straps: readonly VirtualStrap[], more: number): Promise<void> {
  const waiting = straps.map((strap) => {
    const wanted = strap.counts.confirmed + more;
    return strap.until(({ counts }) => counts.confirmed >= wanted, `has sent ${more} more`);
  });
  await Promise.all(waiting);
}

async function killed(gateway: SidelineProcess): Promise<void> {
  gateway.kill('SIGKILL');
  assert.equal((await gateway.ended()).signal, 'SIGKILL');
}
