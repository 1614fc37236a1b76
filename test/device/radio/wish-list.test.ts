import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import type { Peripheral } from '../../../device/radio/noble.ts';
import { RADIO_TIMING, retryDelayMs } from '../../../device/radio/timing.ts';
import { WishList } from '../../../device/radio/wish-list.ts';

/** As much of an advertiser as the list looks at. */
function advertiser(id: string, { localName = 'Strap', serviceUuids = ['180d'], connectable = true } = {}): Peripheral {
  const advertisement = { localName, serviceUuids };
  const seen: Pick<Peripheral, 'id' | 'connectable' | 'advertisement'> = { id, connectable, advertisement };
  return seen as Peripheral;
}

const wishOf = (list: WishList, peripheral: Peripheral, nowMs = 0) => {
  const purpose = list.purposeOf(peripheral, nowMs);
  return purpose?.kind === 'wish' ? purpose.wanted : undefined;
};

test('back-off doubles from its shortest to its longest, jittered, and never leaves them', () => {
  const { minMs, maxMs } = RADIO_TIMING.adapterRetry;
  fc.assert(
    fc.property(fc.nat(5_000), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (failures, random) => {
      const delayMs = retryDelayMs(RADIO_TIMING.adapterRetry, failures, random);
      assert.ok(delayMs >= minMs && delayMs <= maxMs);
      assert.ok(retryDelayMs(RADIO_TIMING.adapterRetry, failures + 1, random) >= delayMs);
    }),
  );
  assert.deepEqual(
    [0, 1, 2, 9].map((failures) => retryDelayMs({ minMs, maxMs }, failures, 0)),
    [1000, 2000, 4000, 30_000],
  );
});

test('of two straps that fulfil one wish only one is taken', () => {
  const list = new WishList([{ athlete: '7', match: { name: 'Strap' } }], RADIO_TIMING);
  const wanted = wishOf(list, advertiser('00000000000a'));
  assert.ok(wanted !== undefined && list.unfulfilled);
  wanted.taken = true;
  assert.equal(list.purposeOf(advertiser('00000000000b'), 0), undefined);
  assert.equal(list.unfulfilled, false);
});

test('a name is compared exactly, and what cannot be connected is left alone', () => {
  const list = new WishList([{ athlete: '7', match: { name: 'Polar H10 1234ABCD' } }], RADIO_TIMING);
  assert.equal(wishOf(list, advertiser('00000000000a', { localName: 'Polar H10 1234ABCE' })), undefined);
  assert.equal(wishOf(list, advertiser('00000000000a', { localName: 'polar h10 1234abcd' })), undefined);
  const named = { localName: 'Polar H10 1234ABCD' };
  assert.equal(wishOf(list, advertiser('00000000000a', { ...named, connectable: false })), undefined);
  assert.equal(wishOf(list, advertiser('00000000000a', named))?.wish.athlete, '7');
});

test('a strap that failed is left alone until its back-off is over, which grows until it succeeds', () => {
  const list = new WishList([{ athlete: '7', match: { address: '00000000000a' } }], RADIO_TIMING);
  const strap = advertiser('00000000000a');
  const wanted = wishOf(list, strap);
  assert.ok(wanted !== undefined);
  list.failed(wanted, 0, 0);
  assert.equal(wishOf(list, strap, 999), undefined);
  assert.equal(wishOf(list, strap, 1000), wanted);
  list.failed(wanted, 1000, 0);
  assert.deepEqual([wishOf(list, strap, 2999), wishOf(list, strap, 3000)], [undefined, wanted]);
  list.succeeded(wanted);
  list.failed(wanted, 10_000, 0);
  assert.equal(wishOf(list, strap, 11_000), wanted);
});

test('strangers are asked for their serial number only while a wish needs it, and only if they have a heart rate', () => {
  const list = new WishList([{ athlete: '9', match: { serial: 'S1' } }], RADIO_TIMING);
  const stranger = advertiser('00000000000a');
  assert.deepEqual(list.purposeOf(stranger, 0), { kind: 'identify' });
  assert.equal(list.purposeOf(advertiser('00000000000b', { serviceUuids: ['1816'] }), 0), undefined);
  assert.equal(list.identified(stranger.id, 'S2', 0), undefined);
  assert.equal(list.purposeOf(stranger, RADIO_TIMING.strangerMs - 1), undefined);
  assert.deepEqual(list.purposeOf(stranger, RADIO_TIMING.strangerMs), { kind: 'identify' });

  const wanted = list.identified('00000000000c', 'S1', 0);
  assert.equal(wanted?.wish.athlete, '9');
  assert.equal(wishOf(list, advertiser('00000000000c')), wanted);
  assert.equal(list.purposeOf(advertiser('00000000000d'), 0), undefined, 'the wish has its strap');
});

test('however many strangers pass, only so many are remembered', () => {
  const list = new WishList([{ athlete: '9', match: { serial: 'S1' } }], RADIO_TIMING);
  const id = (index: number) => index.toString(16).padStart(12, '0');
  for (let i = 0; i < 1_500; i++) list.identified(id(i), 'S2', 0);
  assert.deepEqual(list.purposeOf(advertiser(id(0)), 1), { kind: 'identify' }, 'forgotten, so asked again');
  assert.equal(list.purposeOf(advertiser(id(1_499)), 1), undefined);
});
