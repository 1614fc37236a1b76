import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { requires } from '../../requirements.ts';
import { Field } from './field.ts';
import { assertExactly, assertNoneInvented } from './readings.ts';
import { strapOf, strapsOf } from './straps.ts';

const options = { timeout: 240_000, concurrency: 8, ...requires('btvirt', 'cc') };

/** What straps say that dislike theirs (0x3B). */
const UNACCEPTABLE_PARAMETERS = 0x3b;

describe('straps that come and go', options, () => {
  test('one whose end the controller never tells is let go all the same, and all are read after that', async () => {
    await Field.with({}, async (field) => {
      const [gone] = await field.radio.addStraps([strapOf(1)]);
      const others = await field.radio.addStraps(strapsOf(2, {}, 2));
      await field.start([gone, ...others]);
      await field.untilSubscribed(gone, ...others);
      gone.cutPower();
      await field.until(() => field.of('adapter').some(({ state }) => state === 'lost'), 'the adapter is begun anew');
      await gone.restorePower();
      await field.untilSubscribed(gone, ...others);
      await field.untilReadings(3, gone, ...others);
      for (const strap of [gone, ...others]) assertNoneInvented(field.numbers(strap), strap);
    });
  });

  test('one that is subscribed to and never sends is let go, and read once it does', async () => {
    await Field.with({}, async (field) => {
      const [silent] = await field.radio.addStraps([strapOf(1, { hz: 0 })]);
      const others = await field.radio.addStraps(strapsOf(2, {}, 2));
      await field.start([silent, ...others]);
      await field.untilSubscribed(silent, ...others);
      await field.until(() => field.links(silent).some(({ state }) => state === 'lost'), 'it is let go');
      assert.equal(field.links(silent).at(-1)?.reason, 'the strap sends nothing');
      assert.deepEqual(field.readings(silent), []);
      silent.notifyAt(1);
      await field.untilReadings(2, silent);
      await field.assertUntouched(...others);
    });
  });

  test('one that is out of range for a while is lost for that reason, found again, and read without a loss', async () => {
    await Field.with({}, async (field) => {
      const [leaving, staying] = await field.radio.addStraps([strapOf(1), strapOf(2)]);
      await field.start([leaving, staying]);
      await field.untilSubscribed(leaving, staying);
      for (let time = 0; time < 2; time++) {
        await field.untilReadings(2, leaving);
        leaving.vanish();
        await field.until(() => !field.isSubscribed(leaving), 'its link is lost');
        leaving.comeBack();
        await field.untilSubscribed(leaving);
      }
      await field.untilReadings(2, leaving);
      await field.drain(leaving);

      assert.deepEqual(
        field
          .fates(leaving)
          .filter((fate) => fate !== 'failed')
          .slice(0, -1),
        ['subscribed', 'out-of-range', 'subscribed', 'out-of-range', 'subscribed'],
      );
      assertExactly(field.numbers(leaving), leaving);
      await field.assertUntouched(staying);
    });
  });

  test('a whole team that leaves the field at once is read again, without a loss, when it is back', async () => {
    await Field.with({}, async (field) => {
      const straps = await field.radio.addStraps(strapsOf(7, { hz: 5 }));
      await field.start(straps);
      await field.untilSubscribed(...straps);
      await field.untilReadings(5, ...straps);
      for (const strap of straps) strap.vanish();
      for (const strap of straps) await field.until(() => !field.isSubscribed(strap), `${strap.name} is lost`);
      for (const strap of straps) strap.comeBack();
      await field.untilSubscribed(...straps);
      await field.untilReadings(5, ...straps);
      for (const strap of straps) await field.drain(strap);
      for (const strap of straps) assertExactly(field.numbers(strap), strap);
    });
  });

  test('one whose battery dies is found again when it has a new one', async () => {
    await Field.with({}, async (field) => {
      const [dying] = await field.radio.addStraps([strapOf(1)]);
      const others = await field.radio.addStraps(strapsOf(2, {}, 2));
      await field.start([dying, ...others]);
      await field.untilSubscribed(dying, ...others);
      await field.untilReadings(2, dying);
      await dying.kill();
      await field.until(() => !field.isSubscribed(dying), 'its link is lost');
      await dying.start();
      await field.untilSubscribed(dying);
      await field.untilReadings(2, dying);
      await field.drain(dying);
      assertExactly(field.numbers(dying), dying);
      await field.assertUntouched(...others);
    });
  });

  for (const stage of ['connecting', 'discovering', 'subscribing', 'reading'] as const) {
    test(`one that vanishes in the middle of ${stage} costs the others nothing, and is read when it is back`, async () => {
      await Field.with({}, async (field) => {
        const [vanishing] = await field.radio.addStraps([strapOf(1)]);
        const others = await field.radio.addStraps(strapsOf(3, {}, 2));
        vanishing.vanishAt(stage);
        await field.start([vanishing, ...others]);
        await field.untilSubscribed(...others);
        await field.until(
          () =>
            field
              .fates(vanishing)
              .at(-1)
              ?.match(/failed|out-of-range/) !== null,
          'it is missed',
        );
        assert.deepEqual(field.readings(vanishing), []);
        vanishing.comeBack();
        await field.untilSubscribed(vanishing);
        await field.untilReadings(2, vanishing);
        await field.drain(vanishing);
        assertExactly(field.numbers(vanishing), vanishing);
        await field.assertUntouched(...others);
      });
    });
  }

  test('one that is gone before its connection is made holds the others up for its own timer at most', async () => {
    await Field.with({}, async (field) => {
      const [vanishing] = await field.radio.addStraps([strapOf(1)]);
      await field.start([vanishing, ...strapsOf(3, {}, 2).map(({ name }) => ({ athlete: name, match: { name } }))]);
      await field.until(() => field.links(vanishing).length > 0, 'it is about to be connected to');
      vanishing.vanish();
      await field.adapter.until(({ connectingTo }) => connectingTo === vanishing.address, 'waits for it');
      const others = await field.radio.addStraps(strapsOf(3, {}, 2));
      await field.untilSubscribed(...others);
      assert.deepEqual(field.fates(vanishing), ['failed']);
      vanishing.comeBack();
      await field.untilSubscribed(vanishing);
      await field.assertUntouched(...others);
    });
  });

  for (const stage of ['discovering', 'subscribing'] as const) {
    test(`one that answers nothing from ${stage} on costs the others nothing, and is read once it answers`, async () => {
      await Field.with({}, async (field) => {
        const [mute] = await field.radio.addStraps([strapOf(1)]);
        const others = await field.radio.addStraps(strapsOf(3, {}, 2));
        mute.ignoreFrom(stage);
        await field.start([mute, ...others]);
        await field.untilSubscribed(...others);
        await field.until(() => field.fates(mute).includes('failed'), 'it is given up');
        assert.match(field.links(mute).find(({ state }) => state === 'failed')?.reason ?? '', /no answer within/);
        mute.answerAgain();
        await field.untilSubscribed(mute);
        await field.untilReadings(2, mute);
        await field.assertUntouched(...others);
      });
    });
  }

  test('one that ends its link again and again costs the others nothing, and is read once it stays', async () => {
    await Field.with({}, async (field) => {
      const [leaving] = await field.radio.addStraps([strapOf(1)]);
      const others = await field.radio.addStraps(strapsOf(3, {}, 2));
      await field.start([leaving, ...others]);
      await field.untilSubscribed(...others);
      for (let time = 0; time < 3; time++) {
        await leaving.until(({ link }) => link !== undefined, 'is connected to');
        leaving.disconnect(UNACCEPTABLE_PARAMETERS);
        await leaving.until(({ link }) => link === undefined, 'has left');
      }
      await field.untilReadings(3, leaving);
      await field.drain(leaving);
      assertExactly(field.numbers(leaving), leaving);
      await field.assertUntouched(...others);
    });
  });

  test('one that changes its address is known by its name', async () => {
    await Field.with({}, async (field) => {
      const [changing] = await field.radio.addStraps([strapOf(1)]);
      const { name } = changing;
      await field.start([{ athlete: name, match: { name } }]);
      await field.untilSubscribed(changing);
      await field.untilReadings(2, changing);
      changing.disconnect();
      changing.changeAddress('c0:9e:1a:00:00:fe');
      await field.until(() => field.links({ name }).at(-1)?.strap === 'c09e1a0000fe', 'it is found under the new one');
      await field.untilSubscribed(changing);
      await field.untilReadings(2, changing);
      await field.drain(changing);
      assertExactly(field.numbers(changing), changing);
      assert.deepEqual(
        [...new Set(field.readings(changing).map(({ strap }) => strap))],
        ['c09e1a000001', 'c09e1a0000fe'],
      );
    });
  });

  test('one that is known by its serial number is found among strangers, who are left alone', async () => {
    await Field.with({}, async (field) => {
      const [known, stranger] = await field.radio.addStraps([
        strapOf(1, { serial: 'SERIAL-1' }),
        strapOf(2, { serial: 'SERIAL-2' }),
      ]);
      await field.start([{ athlete: known.name, match: { serial: 'SERIAL-1' } }]);
      await field.untilSubscribed(known);
      await field.untilReadings(3, known);
      assert.equal(stranger.isSubscribed, false);
      assert.deepEqual(field.readings(stranger), []);
      await field.drain(known);
      assertExactly(field.numbers(known), known);
    });
  });
});
