import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { requires } from '../../requirements.ts';
import { polarData } from '../../virtual-radio/advertisement.ts';
import type { Crowd } from '../../virtual-radio/crowd.ts';
import type { VirtualStrap } from '../../virtual-radio/virtual-strap.ts';
import { Field } from './field.ts';
import { assertExactly } from './readings.ts';
import { strapOf, strapsOf } from './straps.ts';

const options = { timeout: 240_000, concurrency: 2, ...requires('btvirt', 'cc') };

/** Straps measure once a second. */
const MEASURING_MS = 1_000;
/** More than a worker waits before it tells of an advertisement again. */
const ON_ITS_WAY_MS = 1_500;

describe('straps that broadcast their heart rate', options, () => {
  test('are read without a link while the frame counter goes on, and a linked one is not read twice', async () => {
    await Field.with({ linksPerAdapter: 1 }, async (field) => {
      const crowd = await field.radio.addCrowd();
      const straps = await field.radio.addStraps(strapsOf(2));
      await Measuring.with(straps, crowd, async (measuring) => {
        await field.start(straps);
        await field.until(() => straps.some((strap) => field.isSubscribed(strap)), 'one of them is linked');
        const linked = straps.find((strap) => field.isSubscribed(strap));
        const unlinked = straps.find((strap) => strap !== linked);
        assert.ok(linked !== undefined && unlinked !== undefined);

        await field.untilReadings(5, unlinked);
        measuring.stop();
        await sleep(ON_ITS_WAY_MS);
        const before = field.readings(unlinked).length;
        await field.untilReadings(5, linked);
        assert.equal(field.readings(unlinked).length, before, 'a value that stands still is no reading');
        measuring.start();
        await field.untilReadings(3, unlinked);

        for (const { way, measurement } of field.readings(unlinked)) {
          assert.equal(way, 'broadcast');
          assert.deepEqual(measurement, { bpm: measuring.bpm, contact: 'detected', energyKj: null, rrMs: [] });
        }
        assert.equal(field.isSubscribed(unlinked), false);
        await field.drain(linked);
        assertExactly(field.numbers(linked), linked);
        const subscribedMs = field.links(linked).find(({ state }) => state === 'subscribed')?.monotonicMs ?? 0;
        const twice = field.readings(linked).filter(({ way, monotonicMs }) => {
          return way === 'broadcast' && monotonicMs >= subscribedMs;
        });
        assert.deepEqual(twice, [], 'the linked one is read over its link only');
      });
    });
  });

  test('are read by broadcast when their link is lost and there is no place for another', async () => {
    await Field.with({ linksPerAdapter: 1 }, async (field) => {
      const crowd = await field.radio.addCrowd();
      const [leaving] = await field.radio.addStraps([strapOf(1)]);
      await Measuring.with([leaving], crowd, async () => {
        const [waiting] = await field.radio.addStraps([strapOf(2)]);
        waiting.stopAdvertising();
        await field.start([leaving, waiting]);
        await field.untilSubscribed(leaving);
        waiting.startAdvertising();
        await field.untilReadings(2, leaving);
        leaving.disconnect();
        await field.untilSubscribed(waiting);
        await field.until(
          () => field.readings(leaving).filter(({ way }) => way === 'broadcast').length >= 3,
          'the one without a place is read by its broadcasts',
        );
      });
    });
  });
});

/** The straps go on measuring, and what they measure is in their advertisements: linked or not, as with many models. */
class Measuring {
  readonly bpm = 97;
  readonly #straps: readonly VirtualStrap[];
  readonly #crowd: Crowd;
  #timer: NodeJS.Timeout | undefined;
  #frameCounter = 0;
  #passing: Promise<void> = Promise.resolve();

  static async with(
    straps: readonly VirtualStrap[],
    crowd: Crowd,
    body: (measuring: Measuring) => Promise<void>,
  ): Promise<void> {
    const measuring = new Measuring(straps, crowd);
    measuring.start();
    try {
      await body(measuring);
    } finally {
      measuring.stop();
      await measuring.#passing;
    }
  }

  private constructor(straps: readonly VirtualStrap[], crowd: Crowd) {
    this.#straps = straps;
    this.#crowd = crowd;
  }

  start(): void {
    this.#measure();
    this.#timer = setInterval(() => this.#measure(), MEASURING_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #measure(): void {
    const manufacturerData = polarData({ bpm: this.bpm, frameCounter: this.#frameCounter++ });
    for (const strap of this.#straps) strap.advertise({ manufacturerData });
    // A strap of the virtual radio does not advertise while it is linked, so that somebody else does it in its name.
    const linked = this.#straps.filter(({ link }) => link !== undefined);
    const passers = linked.map(({ address, name }) => ({ address, name, manufacturerData }));
    this.#passing = this.#passing.then(() => this.#crowd.pass(...passers));
  }
}
