import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { parseAdvertisement, structuresIn } from '../../../device/profiles/advertisement.ts';

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');

test('flags, services, a company’s data, a name and the power it sends with are told apart', () => {
  const { name, services16, manufacturer, txPower, serviceData16, truncated } = parseAdvertisement(
    hex('020106 05030d180f18 07ff6b003b164446 0a09506f6c617220483130 020aec 04160f1857'),
  );
  assert.deepEqual([name, services16, txPower, truncated], ['Polar H10', ['180d', '180f'], -20, false]);
  assert.deepEqual(
    manufacturer.map((bytes) => Buffer.from(bytes).toString('hex')),
    ['6b003b164446'],
  );
  assert.deepEqual(
    [...serviceData16].map(([uuid, data]) => [uuid, [...data]]),
    [['180f', [0x57]]],
  );
});

test('an empty advertisement says nothing', () => {
  const { services16, manufacturer, truncated, ...rest } = parseAdvertisement(Buffer.alloc(0));
  assert.deepEqual([services16, manufacturer, truncated], [[], [], false]);
  assert.ok(!('name' in rest) && !('txPower' in rest));
});

test('the complete name counts, wherever the short one stands', () => {
  for (const text of ['04084142430509 41424344', '0509414243440408414243']) {
    assert.equal(parseAdvertisement(hex(text)).name, 'ABCD');
  }
  assert.equal(parseAdvertisement(hex('0408414243')).name, 'ABC');
});

test('a structure that is longer than what is left ends the list, and what stands before it counts', () => {
  const { services16, name, truncated } = parseAdvertisement(hex('03030d18 0909 4142'));
  assert.deepEqual([services16, name, truncated], [['180d'], undefined, true]);
});

test('padding ends the list, and is nothing that is wrong', () => {
  const { services16, truncated } = parseAdvertisement(hex('03030d18 00000000 03030f18'));
  assert.deepEqual([services16, truncated], [['180d'], false]);
});

test('half a service and values that are too short are left out', () => {
  const { services16, manufacturer, serviceData16, ...rest } = parseAdvertisement(
    hex('04030d180f 02ff6b 010a 02160d 01ff'),
  );
  assert.deepEqual([services16, manufacturer, serviceData16.size], [['180d'], [], 0]);
  assert.ok(!('txPower' in rest));
});

test('no bytes whatever make it throw, and structures are as they were put together', () => {
  const structure = fc.tuple(fc.integer({ min: 0, max: 255 }), fc.uint8Array({ maxLength: 40 }));
  fc.assert(
    fc.property(fc.array(structure, { maxLength: 6 }), fc.uint8Array({ maxLength: 40 }), (structures, garbage) => {
      const bytes = Buffer.concat(structures.map(([type, value]) => Buffer.from([value.length + 1, type, ...value])));
      assert.deepEqual(
        structuresIn(bytes).structures.map(({ type, value }) => [type, [...value]]),
        structures.map(([type, value]) => [type, [...value]]),
      );
      parseAdvertisement(garbage);
      parseAdvertisement(Buffer.concat([bytes, garbage]));
    }),
  );
});
