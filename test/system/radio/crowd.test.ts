import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { requires } from '../../requirements.ts';
import { polarData } from '../../virtual-radio/advertisement.ts';
import type { Passer } from '../../virtual-radio/crowd.ts';
import type { VirtualRadio } from '../../virtual-radio/virtual-radio.ts';
import { Field } from './field.ts';
import { strapOf, strapsOf } from './straps.ts';
import { Touchline, untilSubscribed } from './touchline.ts';

/** How many pass by. A hundred thousand take half a minute. */
const PASSERS = Number(process.env['SIDELINE_SOAK'] ?? 20_000);
const AT_A_TIME = 100;
/** Of all who pass by, that many wear a strap with a heart rate, or broadcast one. */
const STRAPS_EVERY = 10;
const BROADCASTS_EVERY = 25;

/** What noble may go on remembering when the crowd has gone: the thousand that the core was told of last, and the team. */
const PERIPHERALS_MAX = 1_100;
/** What memory may grow by, however many pass: what Node lets a heap grow before it collects. */
const GROWTH_MAX_BYTES = 100e6;
const MEASURING_MS = 500;

const options = { timeout: 240_000 + PASSERS * 20, concurrency: 2, ...requires('btvirt', 'cc') };

describe('a crowd with random addresses that passes by', options, () => {
  test('leaves nothing behind in the memory of a worker that goes on listening, and costs no reading', async (t) => {
    await Field.with({}, async (field) => {
      const straps = await field.radio.addStraps(strapsOf(3, { hz: 5 }));
      await field.start([...straps, { athlete: 'missing', match: { name: 'Polar H10 00000099' } }]);
      await field.untilSubscribed(...straps);
      const { pid, alives } = field.line();
      await field.until(() => alives.length > 0, 'the worker says that it is alive');
      await passBy(field.radio);
      await field.until(() => (alives.at(-1)?.peripherals ?? 0) <= PERIPHERALS_MAX, 'the worker has forgotten them');

      const rss = alives.map(({ rssBytes }) => rssBytes);
      const remembered = alives.map(({ peripherals }) => peripherals);
      t.diagnostic(`${PASSERS} passed: ${figuresOf('the worker', rss)}, ${Math.max(...remembered)} remembered at most`);
      assert.ok(growthOf(rss) < GROWTH_MAX_BYTES, figuresOf('the worker', rss));
      assert.equal(field.line().pid, pid, 'the worker was never started anew');
      assert.ok(field.of('stranger').length > 0, 'the crowd was heard');
      await field.assertUntouched(...straps);
    });
  });

  test('leaves nothing behind in the memory of the gateway', async (t) => {
    await Touchline.with(1, async (touchline) => {
      const straps = await touchline.radio.addStraps([strapOf(1), strapOf(2)]);
      const [strap, missing] = straps;
      missing.vanish();
      const gateway = await touchline.run(straps);
      await untilSubscribed(gateway, [strap]);
      const rss: number[] = [];
      const measuring = setInterval(() => rss.push(rssOf(gateway.pid)), MEASURING_MS);
      try {
        await passBy(touchline.radio);
      } finally {
        clearInterval(measuring);
      }
      rss.push(rssOf(gateway.pid));
      t.diagnostic(`${PASSERS} passed: ${figuresOf('the gateway', rss)}`);
      assert.ok(growthOf(rss) < GROWTH_MAX_BYTES, figuresOf('the gateway', rss));
      assert.ok(
        gateway.log.some(({ event }) => event === 'strap.stranger'),
        'the crowd was heard',
      );
      await touchline.finish(gateway, [strap]);
    });
  });
});

async function passBy(radio: VirtualRadio): Promise<void> {
  const crowd = await radio.addCrowd();
  for (let passed = 0; passed < PASSERS; passed += AT_A_TIME) {
    await crowd.pass(...Array.from({ length: AT_A_TIME }, (_, index) => passer(passed + index)));
  }
}

/** Every other one can be connected to; phones and watches have something of their own to say. */
function passer(number: number): Passer {
  const address = `d0:${(number + 1)
    .toString(16)
    .padStart(10, '0')
    .replace(/..(?!$)/g, '$&:')}`;
  const connectable = number % 2 === 0;
  if (number % STRAPS_EVERY === 0) return { address, connectable, name: `TICKR ${number % 10_000}` };
  const heartRate = { connectable, heartRate: false };
  if (number % BROADCASTS_EVERY !== 0)
    return { address, ...heartRate, manufacturerData: Buffer.from('4c0010050b18', 'hex') };
  return { address, ...heartRate, manufacturerData: polarData({ bpm: 60 + (number % 60), frameCounter: number % 8 }) };
}

/** The memory of another process, bytes. */
function rssOf(pid: number): number {
  const [kilobytes] = /(?<=VmRSS:\s*)\d+/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  assert.ok(kilobytes !== undefined);
  return Number(kilobytes) * 1024;
}

function growthOf(rss: readonly number[]): number {
  return Math.max(...rss) - (rss[0] ?? 0);
}

function figuresOf(who: string, rss: readonly number[]): string {
  const [first, most, last] = [rss[0] ?? 0, Math.max(...rss), rss.at(-1) ?? 0].map((bytes) => Math.round(bytes / 1e6));
  return `${who} grew from ${first} to ${most} MB at most, ${last} MB in the end`;
}
