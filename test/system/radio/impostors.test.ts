import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { IdentityConflict } from '../../../src/ports.ts';
import { requires } from '../../requirements.ts';
import type { Crowd, Passer } from '../../virtual-radio/crowd.ts';
import { Field, strapId } from './field.ts';
import { strapOf } from './straps.ts';

const options = { timeout: 240_000, concurrency: 4, ...requires('btvirt', 'cc') };

/** With somebody missing the adapters go on listening, and hear impostors. */
const MISSING = { athlete: 'missing', match: { address: 'c09e1a0000ff' } };

const ADVERTISING_MS = 300;

describe('straps that are not who they say they are', options, () => {
  test('one with the name of another is told of, and not read while the other is there', async () => {
    await Field.with({}, async (field) => {
      const [strap] = await field.radio.addStraps([strapOf(1, { hz: 5 })]);
      const { name } = strap;
      await field.start([{ athlete: name, match: { name } }, MISSING]);
      await field.untilSubscribed(strap);
      const [impostor] = await field.radio.addStraps([{ name, address: 'c0:9e:1a:00:00:66', hz: 5 }]);
      await untilConflict(field, 'second-advertiser');
      assert.deepEqual(
        field.of('conflict').map(({ athlete, strap: id, other }) => ({ athlete, id, other })),
        [{ athlete: name, id: strapId(strap), other: strapId(impostor) }],
      );
      assert.equal(impostor.isSubscribed, false);
      await field.assertUntouched(strap);
    });
  });

  test('one with a name that all of its kind have is told of as a wish that says too little', async () => {
    await Field.with({}, async (field) => {
      const name = 'HRM-Dual';
      const [first] = await field.radio.addStraps([{ name, address: 'c0:9e:1a:00:00:01' }]);
      await field.start([{ athlete: name, match: { name } }, MISSING]);
      await field.untilSubscribed(first);
      await field.radio.addStraps([{ name, address: 'c0:9e:1a:00:00:02' }]);
      await untilConflict(field, 'two-straps-one-athlete');
      assert.deepEqual([...new Set(field.readings({ name }).map(({ strap }) => strap))], [strapId(first)]);
    });
  });

  test('one that two athletes wish for is read for the one who names its address, and told of', async () => {
    await Field.with({}, async (field) => {
      const [strap] = await field.radio.addStraps([strapOf(1)]);
      await field.start([strap, { athlete: 'other', match: { name: strap.name } }]);
      await field.untilSubscribed(strap);
      await untilConflict(field, 'one-strap-two-athletes');
      await field.untilReadings(3, strap);
      assert.deepEqual(field.readings({ name: 'other' }), []);
      assert.deepEqual(
        field.of('conflict').map(({ athlete, other }) => [athlete, other]),
        [[strap.name, 'other']],
      );
    });
  });

  test('a random address that is the public one of a strap is told of', async () => {
    await Field.with({}, async (field) => {
      const [strap] = await field.radio.addStraps([{ name: 'TICKR 0001' }]);
      assert.equal(strap.addressType, 'public');
      const crowd = await field.radio.addCrowd();
      await field.start([strap, MISSING]);
      await field.untilSubscribed(strap);
      const impostor = { address: strap.address, name: strap.name, connectable: true };
      await whilePassing(crowd, impostor, () => untilConflict(field, 'second-advertiser'));
      await field.assertUntouched(strap);
    });
  });

  test('strangers with a heart rate are told of, and left alone', async () => {
    await Field.with({}, async (field) => {
      const [strap, stranger] = await field.radio.addStraps([strapOf(1), strapOf(2)]);
      await field.start([strap, MISSING]);
      await field.untilSubscribed(strap);
      await field.until(() => field.of('stranger').length > 0, 'the stranger is told of');
      await field.untilReadings(3, strap);
      assert.deepEqual(
        field.of('stranger').map((event) => event.strap),
        [strapId(stranger)],
      );
      assert.equal(stranger.link, undefined);
      assert.deepEqual(field.of('conflict'), []);
    });
  });
});

async function untilConflict(field: Field, conflict: IdentityConflict): Promise<void> {
  await field.until(() => field.of('conflict').some((event) => event.conflict === conflict), `there is ${conflict}`);
}

/** It goes on advertising for as long as the body lasts. */
async function whilePassing(crowd: Crowd, passer: Passer, body: () => Promise<void>): Promise<void> {
  let isOver = false;
  const pass = async () => {
    while (!isOver) {
      await crowd.pass(passer);
      await sleep(ADVERTISING_MS);
    }
  };
  const passing = pass();
  try {
    await body();
  } finally {
    isOver = true;
    await passing;
  }
}
