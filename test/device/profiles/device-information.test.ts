import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import {
  cleanText,
  decodeDeviceText,
  decodeSensorLocation,
  TEXT_MAX,
} from '../../../device/profiles/device-information.ts';

const utf8 = (text: string) => Uint8Array.from(Buffer.from(text));

test('a text is read as UTF-8, without the zeros and blanks that pad it', () => {
  assert.equal(decodeDeviceText(utf8('Polar Electro Oy')), 'Polar Electro Oy');
  assert.equal(decodeDeviceText(utf8('H10\0\0\0\0')), 'H10');
  assert.equal(decodeDeviceText(utf8('  Größe 7 ♥ ')), 'Größe 7 ♥');
  assert.equal(decodeDeviceText(utf8('3.1.1\0left over')), '3.1.1');
});

test('nothing readable is no text', () => {
  for (const text of ['', '\0\0', '  ', '\u001b\u0007\n']) assert.equal(decodeDeviceText(utf8(text)), undefined);
});

test('what would do something to a terminal or a log is taken out', () => {
  assert.equal(decodeDeviceText(utf8('H\u001b[2J1\r\n0\u0085\u202e\u2028x')), 'H[2J10x');
});

test('bytes that are no UTF-8 show as such', () => {
  assert.equal(decodeDeviceText(Uint8Array.of(0x48, 0xff, 0x31)), 'H\ufffd1');
});

test('a name is cleaned and keeps its blanks, since it is compared exactly', () => {
  assert.equal(cleanText('Polar H10 1234ABCD '), 'Polar H10 1234ABCD ');
  assert.equal(cleanText('\u0000\u0007'), '');
});

test('whatever a strap sends, its text is short, printable and whole', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 600 }),
    fc.string({ unit: 'binary', maxLength: 600 }).map(utf8),
    fc.nat({ max: 3 }).map((shift) => utf8(`${'x'.repeat(shift)}${'𝄞'.repeat(200)}`)),
  );
  fc.assert(
    fc.property(bytes, (value) => {
      const text = decodeDeviceText(value);
      if (text === undefined) return;
      assert.ok(text.length > 0 && text.length <= TEXT_MAX);
      assert.equal(text.trim(), text);
      assert.ok(!/[\p{C}\p{Zl}\p{Zp}]/u.test(text), JSON.stringify(text));
    }),
    { numRuns: 2_000 },
  );
});

test('a sensor location is one of the seven that are assigned', () => {
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5, 6, 7, 255].map((value) => decodeSensorLocation(Uint8Array.of(value))),
    ['other', 'chest', 'wrist', 'finger', 'hand', 'ear lobe', 'foot', undefined, undefined],
  );
  for (const bytes of [[], [1, 0]]) assert.equal(decodeSensorLocation(Uint8Array.from(bytes)), undefined);
});
