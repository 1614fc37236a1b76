import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { decodeHeartRate, encodeHeartRate, MalformedMeasurement } from '../../../device/profiles/heart-rate.ts';

const bytes = (hex: string) => Uint8Array.from(Buffer.from(hex.replaceAll(' ', ''), 'hex'));

const u16 = fc.integer({ min: 0, max: 0xffff });
const measurement = fc.record(
  {
    bpm: u16,
    contact: fc.constantFrom('unsupported', 'lost', 'detected'),
    energyKj: fc.option(u16),
    rrMs: fc.array(
      u16.map((units) => (units * 1000) / 1024),
      { maxLength: 250 },
    ),
  },
  { noNullPrototype: true },
);

test('worked examples decode to their measurements', () => {
  assert.deepEqual(decodeHeartRate(bytes('0648')), { bpm: 72, contact: 'detected', energyKj: null, rrMs: [] });
  assert.deepEqual(decodeHeartRate(bytes('16 48 5401 EC02')), {
    bpm: 72,
    contact: 'detected',
    energyKj: null,
    rrMs: [332.03125, 730.46875],
  });
  assert.deepEqual(decodeHeartRate(bytes('1F 2C01 FFFF 0004')), {
    bpm: 300,
    contact: 'detected',
    energyKj: 65535,
    rrMs: [1000],
  });
});

test('contact is unsupported, lost or detected by bits 1 and 2 of the flags', () => {
  const contacts = ['0048', '0248', '0448', '0648'].map((hex) => decodeHeartRate(bytes(hex)).contact);
  assert.deepEqual(contacts, ['unsupported', 'unsupported', 'lost', 'detected']);
});

test('reserved flag bits are ignored', () => {
  assert.deepEqual(decodeHeartRate(bytes('E648')), decodeHeartRate(bytes('0648')));
});

test('0 bpm and an impossible RR interval are reported as they were sent', () => {
  assert.equal(decodeHeartRate(bytes('0400')).bpm, 0);
  assert.deepEqual(decodeHeartRate(bytes('10 38 2d04 3500')).rrMs, [1043.9453125, 51.7578125]);
});

test('RR announced but absent is a measurement without RR', () => {
  assert.deepEqual(decodeHeartRate(bytes('1648')).rrMs, []);
});

test('bytes that disagree with their flags are refused with the reason', () => {
  const reasons: [hex: string, reason: string][] = [
    ['', 'no bytes: at least the flags and a heart rate are needed'],
    ['06', '1 byte, but the flags 0x06 promise an 8-bit heart rate: at least 2'],
    ['0148', '2 bytes, but the flags 0x01 promise a 16-bit heart rate: at least 3'],
    ['084801', '3 bytes, but the flags 0x08 promise an 8-bit heart rate and energy expended: at least 4'],
    ['16485401EC', 'an odd byte at the end, byte 4: RR intervals take two each'],
    ['0648FF', '1 byte too many from byte 2 on: the flags 0x06 promise no RR'],
  ];
  for (const [hex, message] of reasons) {
    assert.throws(() => decodeHeartRate(bytes(hex)), { name: 'MalformedMeasurement', message });
  }
});

test('what was encoded decodes to the same measurement', () => {
  fc.assert(fc.property(measurement, (m) => assert.deepEqual(decodeHeartRate(encodeHeartRate(m)), m)));
});

test('what decodes encodes to bytes that decode to the same measurement', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (input) => {
      const decoded = decodedOrUndefined(input);
      if (decoded !== undefined) assert.deepEqual(decodeHeartRate(encodeHeartRate(decoded)), decoded);
    }),
    { numRuns: 2_000 },
  );
});

test('no input of 0 to 512 bytes gives anything but a measurement within the type, or the decoder’s own error', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 512 }), (input) => {
      const decoded = decodedOrUndefined(input);
      if (decoded === undefined) return;
      assert.deepEqual(Object.keys(decoded), ['bpm', 'contact', 'energyKj', 'rrMs']);
      assert.ok(Number.isInteger(decoded.bpm) && decoded.bpm >= 0 && decoded.bpm <= 0xffff);
      assert.ok(['unsupported', 'lost', 'detected'].includes(decoded.contact));
      assert.ok(decoded.energyKj === null || (decoded.energyKj >= 0 && decoded.energyKj <= 0xffff));
      assert.ok(decoded.rrMs.every((rr) => rr >= 0 && rr < 64_000));
    }),
    { numRuns: 5_000 },
  );
});

test('values that do not fit are refused when encoding', () => {
  const good = { bpm: 72, contact: 'detected', energyKj: null, rrMs: [] } as const;
  assert.throws(() => encodeHeartRate({ ...good, bpm: 65_536 }), RangeError);
  assert.throws(() => encodeHeartRate({ ...good, energyKj: -1 }), RangeError);
  assert.throws(() => encodeHeartRate({ ...good, rrMs: [64_000] }), RangeError);
  assert.throws(() => encodeHeartRate({ ...good, bpm: Number.NaN }), RangeError);
  assert.throws(() => encodeHeartRate({ ...good, bpm: -1 }), RangeError);
});

function decodedOrUndefined(input: Uint8Array) {
  try {
    return decodeHeartRate(input);
  } catch (error) {
    assert.ok(error instanceof MalformedMeasurement, String(error));
    assert.ok(error.message.length > 10);
    return undefined;
  }
}
