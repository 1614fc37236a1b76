import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { parseCsv } from '../../../src/domain/recording/csv.ts';
import { parseHrm } from '../../../src/domain/recording/hrm.ts';
import { measurementsFromBeats } from '../../../src/domain/recording/recording.ts';
import { rehearse } from '../../../src/domain/recording/rehearse.ts';

const hrm = (params: string, data: string) => `[Params]\n${params}\n\n[Note]\n\n[HRData]\n${data}\n`;
const PARAMS = 'Version=106\nDate=20080208\nStartTime=08:50:31.0\nInterval=238';

test('beats become one notification a second with the beats that ended in it', () => {
  assert.deepEqual(
    [...measurementsFromBeats(0, [600, 400, 500, 700])],
    [
      { timeMs: 1000, bpm: 120, rrMs: [600, 400] },
      { timeMs: 2000, bpm: 120, rrMs: [500] },
      { timeMs: 3000, bpm: 86, rrMs: [700] },
    ],
  );
});

test('a second without a beat sends the last rate again, and nothing is sent before the first beat', () => {
  assert.deepEqual(
    [...measurementsFromBeats(0, [1500, 600, 2000])],
    [
      { timeMs: 2000, bpm: 40, rrMs: [1500] },
      { timeMs: 3000, bpm: 100, rrMs: [600] },
      { timeMs: 4000, bpm: 100, rrMs: [] },
      { timeMs: 5000, bpm: 30, rrMs: [2000] },
    ],
  );
});

test('no beat is lost or moved: the RR of all notifications are the beats', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 250, max: 2400 }), { minLength: 1, maxLength: 400 }), (rrMs) => {
      const measurements = [...measurementsFromBeats(0, rrMs)];
      assert.deepEqual(
        measurements.flatMap((m) => m.rrMs),
        rrMs,
      );
      const stamps = measurements.map((m) => m.timeMs);
      assert.deepEqual(
        stamps.map((t) => t - (stamps[0] ?? 0)),
        stamps.map((_, i) => i * 1000),
      );
    }),
  );
});

test('an HRM file begins at its Date and StartTime, taken as UTC', () => {
  const { measurements } = parseHrm(hrm(PARAMS, '600\r\n400\n500'), 'a.hrm');
  assert.deepEqual(measurements[0], { timeMs: Date.UTC(2008, 1, 8, 8, 50, 32), bpm: 120, rrMs: [600, 400] });
});

test('an HRM file that is none says which line is wrong and what to do', () => {
  const wrong: [text: string, message: string, remedy: string][] = [
    [
      hrm(PARAMS.replace('238', '5'), '72'),
      'a.hrm:5:1: not a recording of RR intervals (Interval=5)',
      'export it with RR intervals, which gives Interval=238',
    ],
    [
      '',
      'a.hrm:1:1: not a recording of RR intervals (Interval=missing)',
      'export it with RR intervals, which gives Interval=238',
    ],
    [
      hrm(PARAMS, '600\nabc'),
      'a.hrm:11:1: "abc" is no RR interval',
      'one interval in milliseconds is expected on each line',
    ],
    [hrm(PARAMS, '-5'), 'a.hrm:10:1: "-5" is no RR interval', 'one interval in milliseconds is expected on each line'],
    [
      hrm(PARAMS, '0x258'),
      'a.hrm:10:1: "0x258" is no RR interval',
      'one interval in milliseconds is expected on each line',
    ],
    [hrm(PARAMS, ''), 'a.hrm:1:1: no data under [HRData]', 'choose another file'],
    [
      hrm(PARAMS.replace('20080208', 'today'), '600'),
      'a.hrm:3:1: no Date=yyyymmdd under [Params]',
      'add the day of the recording',
    ],
    [
      hrm(PARAMS.replace('StartTime', 'X'), '600'),
      'a.hrm:1:1: no StartTime=hh:mm:ss under [Params]',
      'add the time of its start',
    ],
  ];
  for (const [text, message, remedy] of wrong) {
    assert.throws(() => parseHrm(text, 'a.hrm'), { code: 'recording-invalid', message, remedy });
  }
});

test('a CSV recording is read row by row, with and without RR and heart rate', () => {
  const { measurements } = parseCsv(
    'time,bpm,rr_ms\n2026-01-31T15:04:05.250Z,142,422.85 430.66\r\n2026-01-31T15:04:06Z,141,\n2026-01-31T15:04:07Z,,\n\n',
    'a.csv',
  );
  const t = Date.UTC(2026, 0, 31, 15, 4, 5, 250);
  assert.deepEqual(measurements, [
    { timeMs: t, bpm: 142, rrMs: [422.85, 430.66] },
    { timeMs: t + 750, bpm: 141, rrMs: [] },
    { timeMs: t + 1750, bpm: 0, rrMs: [] },
  ]);
});

test('a CSV recording takes the largest values that a strap can send', () => {
  const { measurements } = parseCsv('time,bpm,rr_ms\n2026-01-31T15:04:05Z,65535,63999.0234375 0\n', 'a.csv');
  assert.deepEqual([measurements[0]?.bpm, measurements[0]?.rrMs], [65_535, [63_999.0234375, 0]]);
});

test('a CSV recording that is wrong says in which line and what to do', () => {
  const row = (text: string) => `time,bpm,rr_ms\n2026-01-31T15:04:05Z,70,\n${text}\n`;
  const wrong: [text: string, message: string][] = [
    ['t,bpm\n', 'a.csv:1:1: the first line must be "time,bpm,rr_ms"'],
    ['time,bpm,rr_ms\n', 'a.csv:1:1: the recording has no rows'],
    [row('yesterday,70,'), 'a.csv:3:1: "yesterday" is no time'],
    [row('2026-01-31T15:04:06,70,'), 'a.csv:3:1: "2026-01-31T15:04:06" is no time'],
    [row('2026-13-31T15:04:06Z,70,'), 'a.csv:3:1: "2026-13-31T15:04:06Z" is no time'],
    [row('2026-01-31T15:04:06Z,fast,'), 'a.csv:3:1: "fast" is no heart rate'],
    [row('2026-01-31T15:04:06Z,-1,'), 'a.csv:3:1: "-1" is no heart rate'],
    [row('2026-01-31T15:04:06Z,70.5,'), 'a.csv:3:1: "70.5" is no heart rate'],
    ...['0x46', '1e2', '+70', '7_0', '65536'].map((bpm): [string, string] => {
      return [row(`2026-01-31T15:04:06Z,${bpm},`), `a.csv:3:1: "${bpm}" is no heart rate`];
    }),
    ...['0x10', '8e2', '+800', '-800', '.5', '800 Infinity', '64000'].map((rr): [string, string] => {
      return [row(`2026-01-31T15:04:06Z,70,${rr}`), `a.csv:3:1: "${rr}" are no RR intervals`];
    }),
    [row('2026-01-31T15:04:06Z,70,800;810'), 'a.csv:3:1: "800;810" are no RR intervals'],
    [row('2026-01-31T15:04:06Z,70,800,810'), 'a.csv:3:1: 4 columns where "time,bpm,rr_ms" has 3'],
    [row('2026-01-31T15:04:04Z,70,'), 'a.csv:3:1: this time is before that of the row above'],
  ];
  for (const [text, message] of wrong) {
    assert.throws(() => parseCsv(text, 'a.csv'), { code: 'recording-invalid', message });
  }
});

test('a rehearsal judges the window in which the recording ends', () => {
  const start = Date.UTC(2026, 0, 31, 15, 0, 0);
  const measurements = Array.from({ length: 90 }, (_, i) => ({
    timeMs: start + i * 1000,
    bpm: i < 60 ? 130 : 90,
    rrMs: [],
  }));
  const events = rehearse(
    {
      id: '7',
      strap: { name: 'x' },
      rules: [{ name: 'high', kind: 'average', parameters: { window: 60_000, above: 120, coverage: 0.5 } }],
    },
    { measurements },
  );
  const usual = { athlete: '7', rule: 'high', above: 120, severity: 'warning' };
  assert.deepEqual(events, [
    { ...usual, event: 'raised', timeMs: start + 60_000, value: 130 },
    { ...usual, event: 'cleared', timeMs: start + 120_000, value: 90, reason: 'within-limits' },
  ]);
});

test('a signal that is lost over a limit is as grave in a rehearsal as it would have been, however long the silence', () => {
  const rules = [
    { name: 'average', kind: 'average', parameters: { window: 60_000, above: 120, coverage: 0.5 } },
    { name: 'lost', kind: 'signal', parameters: { for: 30_000, clear_for: 5_000 } },
  ] as const;
  const second = (n: number) => ({ timeMs: n * 1_000, bpm: 150 + (n % 3), rrMs: [] });
  for (const back of [130, 100_000]) {
    const measurements = [...Array.from({ length: 58 }, (_, n) => second(n)), second(back)];
    const events = rehearse({ id: '7', strap: { name: 'X' }, rules }, { measurements });
    assert.deepEqual(
      events.map(({ rule, event, timeMs, severity }) => `${timeMs / 1_000} s: ${rule} ${event}, ${severity}`),
      ['60 s: average raised, warning', '87 s: lost raised, critical'],
    );
  }
});
