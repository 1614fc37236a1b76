import assert from 'node:assert/strict';
import test from 'node:test';
import { decodeBatteryLevel } from '../../../device/profiles/battery.ts';

test('one byte is the charge in percent, from empty to full', () => {
  assert.deepEqual(
    [0, 1, 87, 100].map((percent) => decodeBatteryLevel(Uint8Array.of(percent))),
    [0, 1, 87, 100],
  );
});

test('no bytes, as after an ATT error, more than 100 and several bytes are an unknown charge and not an empty one', () => {
  for (const bytes of [[], [101], [255], [50, 0]])
    assert.equal(decodeBatteryLevel(Uint8Array.from(bytes)), undefined, `${bytes}`);
});
