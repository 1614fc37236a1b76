import assert from 'node:assert/strict';
import test from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { draw, type Picture } from '../../src/cli/live-table.ts';

const athlete = (id: string, name: string) => ({ id, name, strap: { name: 'x' }, rules: [] });

const UPLINK = {
  role: 'primary',
  name: 'mqtt://127.0.0.1:1883',
  backlog: { alerts: 1, gaps: 2, samples: 30 },
  connected: false,
  lastAcknowledgedMs: 8_500,
  unacknowledgedBytes: 0,
};

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
    uplinks: [UPLINK],
    adapters: [],
    store: { epoch: 'k3f9', head: 0, pending: 0, failing: false, inMemory: false, damaged: false },
    clock: { trusted: true },
    gapsToday: { gaps: 0, seconds: 0, readings: 0 },
    gaps: [],
  },
  keys: ['u  restore the uplink', 'q  stop'],
  log: ['first line', 'second line', 'third line'],
  ...more,
});

const text = (lines: readonly string[]) => lines.map(stripVTControlCharacters).map((line) => line.trimEnd());

test('of an alert the table says how grave it is, where that is not usual, whether somebody has taken notice, and its quiet', () => {
  const alerts = [
    { rule: 'signal', severity: 'critical', acknowledged: false },
    { rule: 'high', severity: 'warning', acknowledged: true, snoozedForMs: 570_000 },
  ] as const;
  const openAlerts = alerts.map(({ rule }) => rule);
  const one = { athlete: athlete('7', 'J. Smith'), signal: 'out-of-range', openAlerts, alerts } as const;
  const lines = text(draw(picture({ status: { ...picture().status, athletes: [one] } }), 110, 40));
  assert.ok(
    lines.some((line) => line.endsWith('out of range            signal (critical), high (seen, quiet for 9 min 30 s)')),
    lines.join('|'),
  );
});

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
    '  backlog   30 samples, 1 alert, 2 ledger entries',
    '  last ack  1.5 s ago',
    '',
    'u  restore the uplink   q  stop',
    '',
    'first line',
    'second line',
    'third line',
  ]);
});

test('a live signal says what speaks against it, the gravest first', () => {
  const { status } = picture();
  const live = { athlete: athlete('7', 'J. Smith'), signal: 'live', bpm: 142, openAlerts: [] } as const;
  const battery = { percent: 9, low: true };
  const stateOf = (more: object, columns: number) => {
    const [, , , line = ''] = text(
      draw(picture({ status: { ...status, athletes: [{ ...live, ...more }] } }), columns, 40),
    );
    return line.split('142   ')[1];
  };
  assert.deepEqual(
    [{}, { way: 'broadcast' }, { battery }, { battery, contested: ['replayed'] }].map((more) => stateOf(more, 100)),
    ['live', 'live, broadcast', 'live, battery low', 'live, contested'],
  );
  assert.deepEqual(
    [{}, { way: 'broadcast' }, { battery }, { battery, contested: ['replayed'] }].map((more) => stateOf(more, 40)),
    ['live', 'live', 'battery', 'doubted'],
  );
});

test('on a small terminal the log gives way first, and nothing is wider than the screen', () => {
  const low = text(draw(picture(), 40, 14));
  assert.equal(low.length, 14);
  assert.deepEqual(low.slice(-2), ['', 'third line']);
  const lower = text(draw(picture(), 40, 12));
  assert.equal(lower.length, 12);
  assert.ok(!lower.includes('third line'));
  assert.ok(lower.every((line) => line.length <= 40));
});

/** Twelve athletes, of whom the sixth has lost the signal and the last two have an alert. */
const team = (): Picture => {
  const { status } = picture();
  const athletes = Array.from({ length: 12 }, (_, i) => ({
    athlete: athlete(String(i + 1), `Player ${i + 1}`),
    signal: i === 5 ? ('no-signal' as const) : ('live' as const),
    ...(i === 5 ? {} : { bpm: 100 + i }),
    openAlerts: i >= 10 ? ['high-average'] : [],
  }));
  return picture({ status: { ...status, athletes }, received: { messages: 1, bytes: 2 } });
};

const players = (lines: readonly string[]) => lines.flatMap((line) => /Player (\d+)/.exec(line)?.[1] ?? []);

test('where not all athletes fit, those with an alert come first, then lost signals, then the rest', () => {
  const lines = text(draw(team(), 100, 16));
  assert.equal(lines.length, 16);
  assert.deepEqual(players(lines), ['11', '12', '6', '1', '2']);
  assert.ok(lines.includes('  … and 7 more, none in alert'));
  const all = text(draw(team(), 100, 30));
  assert.deepEqual(
    players(all),
    Array.from({ length: 12 }, (_, i) => String(i + 1)),
  );
});

test('at any height an alert is shown before anything below the table and before its heading', () => {
  for (let rows = 4; rows <= 40; rows++) {
    const lines = text(draw(team(), 100, rows));
    assert.ok(lines.length <= rows, `${lines.length} lines on ${rows} rows`);
    assert.deepEqual(
      players(lines).filter((id) => id === '11' || id === '12'),
      ['11', '12'],
      `${rows} rows`,
    );
  }
  assert.deepEqual(text(draw(team(), 100, 8)), [
    'sideline simulator   2026-01-31 15:04:05 UTC',
    '',
    '  ATHLETE                   BPM   STATE                   ALERTS',
    '   11  Player 11            110   live                    high-average',
    '   12  Player 12            111   live                    high-average',
    '  … and 10 more, none in alert',
    '  uplink    down, storing  mqtt://127.0.0.1:1883',
    'u  restore the uplink   q  stop',
  ]);
});

test('alerts for which there is no line at all are counted', () => {
  assert.deepEqual(text(draw(team(), 100, 3)), [
    '   11  Player 11            110   live                    high-average',
    '   12  Player 12            111   live                    high-average',
    '  … and 10 more, none in alert',
  ]);
  assert.deepEqual(text(draw(team(), 100, 2)).at(-1), '  … and 11 more, 1 in alert');
});

test('a narrow terminal shortens names and states and not the alerts', () => {
  assert.deepEqual(text(draw(picture(), 40, 40)).slice(2, 6), [
    '  ATHLETE     BPM   STATE   ALERTS',
    '  7 J. Smit   142   live    high-average',
    '  8 A. Jone     –   no skin',
    '  9 B. Brow     –   search  low-average',
  ]);
  for (let columns = 34; columns <= 120; columns++) {
    const lines = text(draw(picture(), columns, 40));
    assert.ok(
      lines.some((line) => line.endsWith('high-average')),
      `${columns} columns`,
    );
    assert.ok(lines.every((line) => line.length <= columns));
  }
  assert.ok(text(draw(picture(), 28, 40)).includes('  7 J   142   live    high-…'));
});

test('an uplink that was restored is said to be reconnecting until it is there', () => {
  const uplink = (more: Partial<Picture>) => text(draw(picture(more), 100, 40)).find((line) => /uplink {2}/.test(line));
  assert.match(uplink({ reconnecting: true }) ?? '', /uplink +reconnecting, storing/);
  const status = { ...picture().status, uplinks: [{ ...UPLINK, connected: true }] };
  assert.match(uplink({ reconnecting: true, status }) ?? '', /uplink +connected/);
});

test('before the first acknowledgement there is none', () => {
  const { status } = picture();
  assert.ok(
    text(
      draw(picture({ status: { ...status, uplinks: [{ ...UPLINK, lastAcknowledgedMs: undefined }] } }), 100, 40),
    ).includes('  last ack  none yet'),
  );
});

test('a mirror is shown below the uplink, with what waits for it', () => {
  const { status } = picture();
  const mirror = {
    role: 'mirror',
    name: 'aws-iot example',
    connected: true,
    backlog: undefined,
    lastAcknowledgedMs: 9_000,
    unacknowledgedBytes: 0,
  };
  const lines = text(draw(picture({ status: { ...status, uplinks: [UPLINK, mirror] } }), 100, 40));
  assert.deepEqual(lines.slice(7, 13), [
    '  uplink    down, storing  mqtt://127.0.0.1:1883',
    '  backlog   30 samples, 1 alert, 2 ledger entries',
    '  last ack  1.5 s ago',
    '  mirror    connected  aws-iot example',
    '  backlog   unknown: the store cannot be read',
    '  last ack  1.0 s ago',
  ]);
});
