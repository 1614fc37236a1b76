import assert from 'node:assert/strict';
import test from 'node:test';
import { FIT_BYTES_MAX, parseFit } from '../../src/cli/fit-recording.ts';
import { type FitMessage, fileId, fitFile, fitTime, hrvOf, littleEndian, recordAt } from '../fixtures/fit-file.ts';

const T0 = Date.UTC(2026, 0, 31, 15, 4, 5);

const parsed = (...messages: FitMessage[]) => parseFit(fitFile([fileId(T0), ...messages]), 'a.fit').measurements;

test('a FIT activity is read record by record, with the beats that came before each', () => {
  const measurements = parsed(
    hrvOf([812, 805]),
    recordAt(T0, 74),
    recordAt(T0 + 1_000, 75),
    hrvOf([790]),
    hrvOf([701, 702, 703, 704, 705]),
    recordAt(T0 + 2_000, 76),
    hrvOf([789]),
  );
  assert.deepEqual(measurements, [
    { timeMs: T0, bpm: 74, rrMs: [812, 805] },
    { timeMs: T0 + 1_000, bpm: 75, rrMs: [] },
    { timeMs: T0 + 2_000, bpm: 76, rrMs: [790, 701, 702, 703, 704, 705, 789] },
  ]);
});

test('a record without a heart rate is no reading, and its beats keep their place in time', () => {
  const measurements = parsed(
    recordAt(T0, 74),
    recordAt(T0 + 1_000),
    recordAt(T0 + 2_000, 255),
    hrvOf([790]),
    recordAt(T0 + 3_000),
    recordAt(T0 + 4_000, 0),
  );
  assert.deepEqual(measurements, [
    { timeMs: T0, bpm: 74, rrMs: [] },
    { timeMs: T0 + 3_000, bpm: 0, rrMs: [790] },
    { timeMs: T0 + 4_000, bpm: 0, rrMs: [] },
  ]);
});

test('numbers of the other byte order are read too', () => {
  const bigEndian: FitMessage = {
    global: 20,
    isBigEndian: true,
    fields: [
      [253, 0x86, littleEndian(fitTime(T0), 4).reverse()],
      [3, 0x02, [99]],
    ],
  };
  assert.deepEqual(parsed(bigEndian), [{ timeMs: T0, bpm: 99, rrMs: [] }]);
});

test('no interval is taken that a strap could not send', () => {
  assert.deepEqual(parsed(hrvOf([63_999, 64_000, 65_534, 700]), recordAt(T0, 74))[0]?.rrMs, [63_999, 700]);
});

test('a FIT file that is wrong says what is wrong and what to do', () => {
  const good = fitFile([fileId(T0), recordAt(T0, 74)]);
  const spoilt = Uint8Array.from(good);
  spoilt[30] = (spoilt[30] ?? 0) ^ 1;
  const undated: FitMessage = {
    global: 20,
    fields: [
      [253, 0x86, littleEndian(77, 4)],
      [3, 0x02, [99]],
    ],
  };
  const timeless: FitMessage = { global: 20, fields: [[3, 0x02, [99]]] };
  const wide: FitMessage = {
    global: 20,
    fields: [
      [253, 0x86, littleEndian(fitTime(T0), 4)],
      [3, 0x84, [99, 0]],
    ],
  };
  const again = 'export or copy it again';
  const set = 'choose an activity recorded with the watch set';
  const wrong: [bytes: Uint8Array, message: string, remedy: string][] = [
    [
      Buffer.from('time,bpm,rr_ms\n2026-01-31T15:04:05Z,70,\n'),
      'a.fit: not a FIT file by what is in it',
      'export the activity as FIT, or name the file as what it is',
    ],
    [
      new Uint8Array(),
      'a.fit: not a FIT file by what is in it',
      'export the activity as FIT, or name the file as what it is',
    ],
    [good.subarray(0, -10), 'a.fit: cut short, or more than one activity in it', `${again}, one activity`],
    [
      Uint8Array.from([...good, ...good]),
      'a.fit: cut short, or more than one activity in it',
      `${again}, one activity`,
    ],
    [spoilt, 'a.fit: damaged: its checksum is not that of its content', again],
    [
      fitFile([fileId(T0), recordAt(T0), recordAt(T0 + 1_000, 255)]),
      'a.fit: no heart rates (records: 2)',
      'choose an activity recorded with a strap or sensor',
    ],
    [
      fitFile([hrvOf([700])]),
      'a.fit: no heart rates (records: 0)',
      'choose an activity recorded with a strap or sensor',
    ],
    [
      fitFile([recordAt(T0, 74), recordAt(T0 - 1_000, 74)]),
      'a.fit, record 2: its time is before that of the one above',
      'the watch was set while recording: use CSV',
    ],
    [fitFile([recordAt(T0, 74), undated]), 'a.fit, record 2: it has no time of day', set],
    [fitFile([timeless]), 'a.fit, record 1: it has no time of day', set],
    [fitFile([wide]), 'a.fit, record 1: its heart rate has not the type that the format gives it', again],
  ];
  for (const [bytes, message, remedy] of wrong) {
    assert.throws(() => parseFit(bytes, 'a.fit'), { code: 'recording-invalid', message, remedy });
  }
});

test('a FIT file that would not fit into memory is refused', () => {
  const large = new Uint8Array(FIT_BYTES_MAX + 1);
  large.set(Buffer.from('.FIT'), 8);
  assert.throws(() => parseFit(large, 'a.fit'), { message: 'a.fit: larger than 2 MB' });
});

test('whatever the bytes of a FIT file are, it is read or refused in words', () => {
  const good = fitFile([fileId(T0), hrvOf([700]), recordAt(T0, 74), recordAt(T0 + 1_000, 75)]);
  for (let at = 0; at < good.length; at++) {
    for (const flipped of [0x01, 0x80, 0xff]) {
      const bytes = Uint8Array.from(good);
      bytes[at] = (bytes[at] ?? 0) ^ flipped;
      assert.throws(() => parseFit(bytes, 'a.fit'), { code: 'recording-invalid' }, `byte ${at}`);
    }
  }
});
