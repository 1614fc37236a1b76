import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { requires } from '../../requirements.ts';
import type { VirtualStrap } from '../../virtual-radio/virtual-strap.ts';
import { Field, strapId } from './field.ts';
import { strapsOf } from './straps.ts';

const options = { timeout: 240_000, concurrency: 4, ...requires('btvirt', 'cc') };

describe('a team that changes while it is read', options, () => {
  test('who stays keeps the link and every reading, who leaves is let go, and who comes is read', async () => {
    await Field.with({}, async (field) => {
      const [stays, leaves, comes] = await field.radio.addStraps(strapsOf(3, { hz: 10 }));
      assert.ok(stays !== undefined && leaves !== undefined && comes !== undefined);
      await field.start([stays, leaves]);
      await field.untilSubscribed(stays, leaves);
      await field.untilReadings(5, stays, leaves);
      field.wish([comes, stays]);
      const told = field.events.filter((event) => 'athlete' in event && event.athlete === leaves.name).length;
      await leaves.until(({ isAdvertising }) => isAdvertising, 'is let go');
      await field.untilSubscribed(comes);
      await field.untilReadings(10, stays, comes);
      assert.equal(
        field.events.filter((event) => 'athlete' in event && event.athlete === leaves.name).length,
        told,
        'nothing is told of who has left',
      );
      await field.assertUntouched(stays, comes);
    });
  });

  test('two athletes who exchange their straps are read on over the links that there are', async () => {
    await Field.with({}, async (field) => {
      const [first, second] = await field.radio.addStraps(strapsOf(2, { hz: 10 }));
      assert.ok(first !== undefined && second !== undefined);
      await field.start([first, second]);
      await field.untilSubscribed(first, second);
      await field.untilReadings(5, first, second);
      field.wish([
        { athlete: first.name, match: { address: strapId(second) } },
        { athlete: second.name, match: { address: strapId(first) } },
      ]);
      const from = field.events.length;
      await field.untilReadings(10, first, second);
      for (const event of field.events.slice(from)) {
        if (event.type !== 'measurement') continue;
        const worn: VirtualStrap = event.athlete === first.name ? second : first;
        assert.equal(event.strap, strapId(worn));
      }
      for (const strap of [first, second]) assert.deepEqual(field.fates(strap), ['subscribed', 'other', 'subscribed']);
      assert.deepEqual([first.link === undefined, second.link === undefined], [false, false]);
    });
  });
});
