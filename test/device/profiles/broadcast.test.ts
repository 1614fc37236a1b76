import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { decodeBroadcast, MalformedBroadcast } from '../../../device/profiles/broadcast.ts';

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

test('Polar’s broadcast tells the slow rate, contact, frame counter and battery', () => {
  assert.deepEqual(decodeBroadcast(bytes('6b00 3b 16 44 46')), {
    format: 'polar',
    bpm: 70,
    contact: 'detected',
    frameCounter: 6,
    batteryLow: true,
  });
  assert.deepEqual(decodeBroadcast(bytes('6b00 2f 16 6b 68')), {
    format: 'polar',
    bpm: 104,
    contact: 'detected',
    frameCounter: 3,
    batteryLow: true,
  });
});

test('without a slow rate Polar’s fast one is told', () => {
  assert.equal(decodeBroadcast(bytes('6b00 3a 16 44'))?.bpm, 68);
});

test('each bit of Polar’s first byte says what it says', () => {
  const of = (b0: number) => decodeBroadcast(Uint8Array.of(0x6b, 0x00, b0, 0x16, 0x44, 0x46));
  assert.deepEqual([of(0x00)?.batteryLow, of(0x01)?.batteryLow], [false, true]);
  assert.deepEqual([of(0x00)?.contact, of(0x02)?.contact], ['lost', 'detected']);
  assert.deepEqual(
    [0, 1, 2, 3, 4, 5, 6, 7].map((counter) => of(counter << 2)?.frameCounter),
    [0, 1, 2, 3, 4, 5, 6, 7],
  );
  assert.deepEqual(of(0xa0), of(0x00), 'broadcast and status change nothing');
});

test('Polar’s other blocks are passed over, however many and however long', () => {
  assert.equal(decodeBroadcast(bytes('6b00 72 06 7f4437000000 33 00 3c'))?.bpm, 60);
  assert.equal(decodeBroadcast(bytes('6b00 72 00 7a 01 03 33 00 3c 3d'))?.bpm, 61);
  assert.equal(decodeBroadcast(bytes('6b00 72 06 7f4437000000')), undefined, 'there is no heart rate in it');
});

test('XOSS’s and Mi’s broadcasts tell the rate alone', () => {
  assert.deepEqual(decodeBroadcast(bytes('04ff0161063f')), { format: 'xoss', bpm: 63, contact: 'unsupported' });
  assert.deepEqual(decodeBroadcast(bytes('5701 02 0201 7d ffff')), { format: 'mi', bpm: 125, contact: 'unsupported' });
});

test('what is nobody’s heart rate is none', () => {
  const nobodys = [
    '',
    '6b',
    '6b00',
    '6b013b164446',
    '4c0010050118d3a1b2',
    '04ff016106',
    '04ff0161063f00',
    '570101a701ff',
    '5701',
    '5701 02 0203 ff ffff',
  ];
  for (const hex of nobodys) assert.equal(decodeBroadcast(bytes(hex)), undefined, hex);
});

test('a broadcast that breaks off is refused with the place', () => {
  const reasons: [hex: string, message: string][] = [
    ['6b00 3b', '3 bytes: it breaks off before byte 4'],
    ['6b00 3b16', '4 bytes: it breaks off before byte 4'],
    ['6b00 72', '3 bytes: it breaks off before byte 3'],
    ['6b00 72 06 7f44', 'the block at byte 2 ends at byte 9, the data at 5'],
    ['6b00 72 00 33 00', '6 bytes: it breaks off before byte 6'],
    ['5701 02 0201', '5 bytes: it breaks off before byte 5'],
  ];
  for (const [hex, message] of reasons) {
    assert.throws(() => decodeBroadcast(bytes(hex)), { name: 'MalformedBroadcast', message });
  }
});

test('no manufacturer data give anything but a reading within the type, nothing, or the decoder’s own error', () => {
  const company = fc.constantFrom([0x6b, 0x00], [0x57, 0x01], [0x04, 0xff], [0x4c, 0x00], []);
  const input = fc.tuple(company, fc.uint8Array({ maxLength: 64 })).map(([first, rest]) => [...first, ...rest]);
  fc.assert(
    fc.property(input, fc.uint8Array({ maxLength: 8 }), (data, behind) => {
      // A view into a larger buffer, as a packet's part is: what lies behind its end must make no difference.
      const packet = Uint8Array.from([0xaa, ...data, ...behind]);
      const decoded = decodedOrUndefined(packet.subarray(1, 1 + data.length));
      assert.deepEqual(decoded, decodedOrUndefined(Uint8Array.from(data)));
      if (decoded === undefined) return;
      assert.ok(Number.isInteger(decoded.bpm) && decoded.bpm >= 0 && decoded.bpm <= 0xff);
      assert.ok(['unsupported', 'lost', 'detected'].includes(decoded.contact));
      const { frameCounter = 0 } = decoded;
      assert.ok(Number.isInteger(frameCounter) && frameCounter >= 0 && frameCounter <= 7);
    }),
    { numRuns: 5_000 },
  );
});

function decodedOrUndefined(data: Uint8Array) {
  try {
    return decodeBroadcast(data);
  } catch (error) {
    assert.ok(error instanceof MalformedBroadcast, String(error));
    assert.ok(error.message.length > 10);
    return undefined;
  }
}
