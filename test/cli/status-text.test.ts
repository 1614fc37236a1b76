import assert from 'node:assert/strict';
import test from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { ago, amount, duration } from '../../src/cli/quantity-text.ts';
import { statusText } from '../../src/cli/status-text.ts';
import type { StatusDocument } from '../../src/system/status-document.ts';
import { statusDocument } from '../fixtures/status-document.ts';

const text = (more: Partial<StatusDocument> = {}, columns = 80) =>
  statusText(statusDocument(more), columns)
    .map(stripVTControlCharacters)
    .map((line) => line.trimEnd());

test('whoever needs looking after stands first, and what carries the readings below', () => {
  assert.deepEqual(text(), [
    'pitch-3: 3 open alerts, no heart rate of 3 of 6 athletes',
    'sideline 0.1.0, running for 3 h 12 min, since 2026-01-31 15:00:00 UTC',
    '',
    '  ATHLETE  SIGNAL                HEARD     BATTERY  OPEN ALERTS',
    '  9        silent                2 min ago –        high-average, low-average',
    '  7        live                  now       –        high-average',
    '  3        out of range          42 s ago  –',
    '  4        searching             never     –',
    '  2        live, battery low     1 s ago   9 %',
    '  1        live                  now       80 %',
    '',
    '  adapters  hci1 lost (sideline doctor says more); hci0 ready',
    '  uplink    down, storing  mqtt://127.0.0.1:1883',
    '            last acknowledgement 2 min ago',
    '  backlog   1 alert, 2 ledger entries, 5000 samples',
    '  store     /var/lib/sideline/outbox.db',
    '            12 MB of 2 GB, up to record 81723 of epoch k3f9',
    '  gaps      9  no signal         1 ×, going on',
    '            3  out of range      4 ×, 5 min 12 s in all',
    '            1  queue overflow    1 ×, 12 readings lost',
  ]);
});

test('how well straps are heard has a column where it is known, with its age where that is not now', () => {
  const [athlete] = statusDocument().athletes;
  assert.ok(athlete);
  const heard = (id: string, adapter: string, rssi?: number, sinceRssiMs?: number) => ({
    ...{ ...athlete, id, adapter },
    ...(rssi === undefined ? {} : { rssi, sinceRssiMs }),
  });
  const one = text({
    athletes: [heard('1', 'hci0', -67, 500), heard('2', 'hci0', -82, 7_300_000), heard('3', 'hci0')],
  });
  assert.deepEqual(one.slice(3, 7), [
    '  ATHLETE  SIGNAL                STRENGTH           HEARD     BATTERY  OPEN ALERTS',
    '  1        live                  −67 dBm            now       80 %',
    '  2        live                  −82 dBm (2 h ago)  now       80 %',
    '  3        live                                     now       80 %',
  ]);
  const several = text({ athletes: [heard('1', 'hci0', -67, 500), heard('2', 'hci1')] });
  assert.deepEqual(several.slice(4, 6), [
    '  1        live                  hci0 −67 dBm  now       80 %',
    '  2        live                  hci1          now       80 %',
  ]);
});

test('of a backlog it is told how old its oldest sample is, once that is no matter of this second', () => {
  const [uplink] = statusDocument().uplinks;
  assert.ok(uplink);
  const backlogOf = (oldestMs: number) =>
    text({ uplinks: [{ ...uplink, oldestMs }] }).find((line) => line.startsWith('  backlog'));
  const counts = '  backlog   1 alert, 2 ledger entries, 5000 samples';
  assert.equal(backlogOf(2_530_000), `${counts}, the oldest from 42 min ago`);
  assert.equal(backlogOf(900), counts);
});

test('a backlog is told by its lanes, and where nothing waits there is none', () => {
  const [uplink] = statusDocument().uplinks;
  assert.ok(uplink);
  const byLane = (lanes: { urgent: number; live: number; backfill: number }) =>
    text({ uplinks: [{ ...uplink, lanes }] }).filter((line) => line.includes('lane'));
  assert.deepEqual(byLane({ urgent: 3, live: 12, backfill: 4_988 }), [
    '            by lane: 3 urgent, 12 live, 4988 backfill',
  ]);
  assert.deepEqual(byLane({ urgent: 0, live: 0, backfill: 0 }), []);
});

test('where all is well it says so in few words', () => {
  const [athlete] = statusDocument().athletes;
  assert.ok(athlete);
  const lines = text({ athletes: [athlete], adapters: [], gaps: [] });
  assert.equal(lines[0], 'pitch-3: no open alerts, heart rates of all 1 athlete');
  assert.ok(lines.includes('  adapters  none heard of yet'));
  assert.equal(lines.at(-1), '  gaps      none since the start');
});

test('no line is wider than 80 columns, and no alert is left out for it', () => {
  const openAlerts = Array.from({ length: 9 }, (_, i) => `high-average-${i}`);
  const lines = text({ athletes: [{ id: 'x'.repeat(16), signal: 'subscribed', openAlerts }] });
  for (const line of lines) assert.ok(line.length <= 80, `${line.length}: ${line}`);
  for (const alert of openAlerts) assert.ok(lines.some((line) => line.includes(alert)));
});

test('of an alert it is said how grave it is, where that is not usual, and whether somebody has taken notice', () => {
  const [athlete] = statusDocument().athletes;
  assert.ok(athlete);
  const lines = text({
    athletes: [
      {
        ...athlete,
        openAlerts: ['a', 'b', 'c'],
        alerts: [
          { rule: 'a', severity: 'critical', acknowledged: true },
          { rule: 'b', severity: 'warning', acknowledged: false, snoozedForMs: 600_000 },
          { rule: 'c', severity: 'notice', acknowledged: false },
        ],
      },
    ],
  });
  assert.ok(lines.some((line) => line.endsWith('  a (critical, seen)')));
  assert.ok(lines.some((line) => line.endsWith('  b (quiet for 10 min)')));
  assert.ok(lines.some((line) => line.endsWith('  c (notice)')));
});

test('of many gaps the worst are shown, and how many are not', () => {
  const gaps = Array.from({ length: 25 }, (_, i) => ({
    athlete: String(i),
    cause: 'link-lost' as const,
    gaps: 1,
    seconds: i,
    readings: 0,
    open: i === 0,
  }));
  const lines = text({ gaps }).slice(-11);
  assert.equal(lines[0], '  gaps      0   link lost         1 ×, going on');
  assert.equal(lines[1], '            24  link lost         1 ×, 24 s in all');
  assert.equal(lines[10], '            and 15 more: see --json');
});

test('a store in trouble and a clock that nobody trusts are said, and what is not known is not', () => {
  const { store } = statusDocument();
  const has = (more: Partial<StatusDocument>, part: string) => text(more).some((line) => line.includes(part));
  assert.ok(!has({}, 'clock'));
  assert.ok(!has({}, 'cannot be written'));
  assert.ok(has({ store: { ...store, inMemory: true } }, 'what is not delivered is in memory only'));
  assert.ok(has({ store: { ...store, failing: true } }, 'it cannot be written: 12 records in memory'));
  assert.ok(has({ store: { ...store, damaged: true } }, 'damage was found in it'));
  assert.ok(has({ clock: { trusted: false } }, 'not known to be right'));
  assert.ok(has({ clock: { trusted: true, correctionMs: -90_000 } }, 'earlier times were put back by 1 min 30 s'));
  const uplink = { name: 'aws', connected: true, unacknowledgedBytes: 14_250 };
  assert.ok(has({ uplinks: [uplink] }, 'last acknowledgement none yet, 14 kB under way'));
  assert.ok(has({ uplinks: [uplink] }, 'unknown: the store cannot be read'));
});

test('what is measured is said, and what is not known is left out', () => {
  const { store, uplinks } = statusDocument();
  const [uplink] = uplinks;
  assert.ok(uplink);
  const lines = text({
    readingsPerSecond: 13.9,
    uplinks: [{ ...uplink, connected: true, drainMs: 754_000 }],
    store: { ...store, writtenBytesPerDay: 310_000_000, roomMs: 86_400_000 * 12.5 },
    gapsToday: { gaps: 5, seconds: 312, readings: 12 },
  });
  for (const line of lines) assert.ok(line.length <= 80, `${line.length}: ${line}`);
  for (const line of [
    '  readings  13.9 a second',
    '            through in about 12 min 34 s, if it goes on like this',
    '            room for an outage of 12 d 12 h, at this rate',
    '            about 310 MB are written a day, at this rate',
    '  gaps      today: 5 gaps, 5 min 12 s in all, 12 readings lost; since the start:',
  ]) {
    assert.ok(lines.includes(line), `${line} is not in\n${lines.join('\n')}`);
  }
  const without = text().join('\n');
  for (const word of ['a second', 'through in', 'room for', 'a day', 'today']) assert.ok(!without.includes(word), word);
  const passing = text({ uplinks: [{ ...uplink, drainMs: 800 }] }).join('\n');
  assert.ok(!passing.includes('through in'), 'what waits for a second is no backlog');
});

test('times and sizes have two figures at most, and never more than there is', () => {
  assert.deepEqual([0, 59_999, 60_000, 3_599_000, 86_400_000 * 3.5].map(duration), [
    '0 s',
    '59 s',
    '1 min',
    '59 min 59 s',
    '3 d 12 h',
  ]);
  assert.deepEqual([0, 999, 1_000, 3_700_000].map(ago), ['now', 'now', '1 s ago', '1 h ago']);
  assert.deepEqual([0, 999, 1_999, 14_250, 999_999_999, 1_250_000_000].map(amount), [
    '0 B',
    '999 B',
    '1.9 kB',
    '14 kB',
    '999 MB',
    '1.2 GB',
  ]);
});
