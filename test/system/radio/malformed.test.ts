import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { requires } from '../../requirements.ts';
import { Field } from './field.ts';
import { connectionsAsked } from './hci-commands.ts';
import { assertNoneInvented } from './readings.ts';
import { strapOf, strapsOf } from './straps.ts';

const options = { timeout: 240_000, concurrency: 4, ...requires('btvirt', 'cc') };

/** Payloads of the Attribute Protocol that no strap should send, and what of its rules each breaks. */
const MALFORMED = {
  'a notification without a handle': '1b',
  'a notification with half a handle': '1b0b',
  'an answer to nothing that was asked': '0b48',
  'an error without its code': '01',
  'services of no length': '1100',
  'characteristics cut short': '0907020002',
  'an MTU without a number': '03',
  'an indication without a handle': '1d',
} as const;

/** Values of 0x2A37 that are no heart rate. */
const NO_HEART_RATE = ['', '00', '01', '104801', '1048010203', '0848', '0848ff', '064800'];
/** 72 bpm. */
const HEART_RATE = '0648';

/** An L2CAP channel that nobody has opened, and the one of signals. */
const UNKNOWN_CHANNEL = 0x0042;
const SIGNALS = 0x0005;

describe('a strap that sends what it should not', options, () => {
  test('is let go and left alone after a notification of a single byte, and nobody else notices', async () => {
    await Field.with({}, async (field) => {
      const [bad] = await field.radio.addStraps([strapOf(1)]);
      const others = await field.radio.addStraps(strapsOf(3, { hz: 10 }, 2));
      await field.start([bad, ...others]);
      await field.untilSubscribed(bad, ...others);
      await field.untilReadings(2, bad);
      const before = connectionsAsked(field.adapter).length;
      bad.sendRaw(Buffer.from('1b', 'hex'));
      await field.until(() => field.links(bad).at(-1)?.state === 'lost', 'it is let go');
      await bad.until(({ isAdvertising }) => isAdvertising, 'can be connected to again');
      await field.untilReadings(60, ...others);

      assert.equal(connectionsAsked(field.adapter).length, before, 'it is not connected to again');
      assert.equal(field.adapter.hosts, 1, 'the worker lives');
      assertNoneInvented(field.numbers(bad), bad);
      await field.assertUntouched(...others);
    });
  });

  test('has no reading made of it, whatever it sends, and nobody else notices', async () => {
    const kinds = Object.entries(MALFORMED);
    await Field.with({ adapters: [{}, {}] }, async (field) => {
      const bad = await field.radio.addStraps(strapsOf(kinds.length));
      const others = await field.radio.addStraps(strapsOf(2, { hz: 10 }, kinds.length + 1));
      await field.start([...bad, ...others]);
      await field.untilSubscribed(...bad, ...others);
      await field.untilReadings(1, ...bad, ...others);
      kinds.forEach(([, hex], index) => void bad[index]?.sendRaw(Buffer.from(hex, 'hex')));
      await field.untilReadings(50, ...others);

      const faults = field.adapters.flatMap((adapter) => field.line(adapter).faults.map(({ strap }) => strap));
      assert.deepEqual(
        bad.flatMap(({ address }, index) => (faults.includes(address.replaceAll(':', '')) ? [] : kinds[index]?.[0])),
        [],
        'each is told of',
      );
      for (const strap of bad) assertNoneInvented(field.numbers(strap), strap);
      assert.deepEqual(
        field.adapters.map(({ hosts }) => hosts),
        [1, 1],
        'the workers live',
      );
      await field.assertUntouched(...others);
    });
  });

  test('keeps its link where it sends on channels that are of no concern', async () => {
    await Field.with({}, async (field) => {
      const [odd] = await field.radio.addStraps([strapOf(1, { hz: 5 })]);
      await field.start([odd]);
      await field.untilSubscribed(odd);
      odd.sendRaw(Buffer.from('00112233', 'hex'), UNKNOWN_CHANNEL);
      // Command Reject, in answer to nothing.
      odd.sendRaw(Buffer.from('010702000000', 'hex'), SIGNALS);
      await field.untilReadings(10, odd);
      await field.assertUntouched(odd);
    });
  });

  test('has values that are no heart rate told as such, one by one, and the others read', async () => {
    await Field.with({}, async (field) => {
      const [odd] = await field.radio.addStraps([strapOf(1, { hz: 0 })]);
      await field.start([odd]);
      await odd.until(({ isSubscribed }) => isSubscribed, 'is subscribed');
      for (const hex of NO_HEART_RATE) odd.notify(Buffer.from(hex, 'hex'));
      odd.notify(Buffer.from(HEART_RATE, 'hex'));
      await field.until(() => field.readings(odd).length > 0, 'the heart rate is read');
      assert.equal(field.of('malformed').length, NO_HEART_RATE.length);
      assert.deepEqual(
        field.readings(odd).map(({ measurement }) => measurement),
        [{ bpm: 72, contact: 'detected', energyKj: null, rrMs: [] }],
      );
      assert.ok(field.isSubscribed(odd));
    });
  });
});
