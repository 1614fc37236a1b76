import assert from 'node:assert/strict';
import test from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { draw, type Picture } from '../../src/cli/live-table.ts';

const athlete = (id: string, name: string) => ({ id, name, strap: { name: 'x' }, rules: [] });

const picture = (more: Partial<Picture> = {}): Picture => ({
  title: 'sideline simulator',
  timeMs: Date.UTC(2026, 0, 31, 15, 4, 5),
  realTimeMs: 10_000,
  status: {
    athletes: [
      { athlete: athlete('7', 'J. Smith'), signal: 'live', bpm: 142, openAlerts: ['high-average'] },
      { athlete: athlete('8', 'A. Jones'), signal: 'contact-lost', openAlerts: [] },
      { athlete: athlete('9', 'B. Brown'), signal: 'searching', openAlerts: ['low-average'] },
    ],
    backlog: { urgent: 1, samples: 30 },
    connected: false,
    lastAcknowledgedMs: 8_500,
  },
  uplink: 'mqtt://127.0.0.1:1883',
  keys: ['u  restore the uplink', 'q  stop'],
  log: ['first line', 'second line', 'third line'],
  ...more,
});

const text = (lines: readonly string[]) => lines.map(stripVTControlCharacters).map((line) => line.trimEnd());

test('the table shows each athlete’s heart rate, state and alerts, and the way to the cloud', () => {
  assert.deepEqual(text(draw(picture(), 100, 40)), [
    'sideline simulator   2026-01-31 15:04:05 UTC',
    '',
    '  ATHLETE                   BPM   STATE                   ALERTS',
    '    7  J. Smith             142   live                    high-average',
    '    8  A. Jones               –   no skin contact',
    '    9  B. Brown               –   searching               low-average',
    '',
    '  uplink    down, storing  mqtt://127.0.0.1:1883',
    '  backlog   30 samples, 1 alerts and ledger entries',
    '  last ack  1.5 s ago',
    '',
    'u  restore the uplink   q  stop',
    '',
    'first line',
    'second line',
    'third line',
  ]);
});

test('on a small terminal the log gives way first, then athletes, and nothing is wider than the screen', () => {
  const low = text(draw(picture(), 40, 14));
  assert.equal(low.length, 14);
  assert.deepEqual(low.slice(-2), ['', 'third line']);
  const lower = text(draw(picture(), 40, 12));
  assert.equal(lower.length, 12);
  assert.ok(!lower.includes('third line'));
  const lowest = text(draw(picture(), 30, 11));
  assert.equal(lowest.length, 11);
  assert.deepEqual(lowest.slice(3, 5), ['    7  J. Smith             14', '  … and 2 more']);
  assert.ok(lowest.every((line) => line.length <= 30));
});

test('before the first acknowledgement there is none', () => {
  const { status } = picture();
  assert.ok(
    text(draw(picture({ status: { ...status, lastAcknowledgedMs: undefined } }), 100, 40)).includes(
      '  last ack  none yet',
    ),
  );
});
