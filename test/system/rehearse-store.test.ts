import assert from 'node:assert/strict';
import { join } from 'node:path';
import test from 'node:test';
import type { Sample } from '../../src/domain/sample.ts';
import { SqliteOutbox } from '../../src/outbox/sqlite-outbox.ts';
import { fileId, fitFile, recordAt } from '../fixtures/fit-file.ts';
import { type Ended, sideline } from '../fixtures/sideline-process.ts';
import { TemporaryFolder } from '../fixtures/temporary-folder.ts';

const START = Date.UTC(2026, 0, 31, 15, 0, 0);

const athletes = (above: number, trial = '') => `defaults:
  rules:
    high-average: { kind: average, window: 60s, above: ${above}${trial} }
athletes:
  - { id: "7", strap: { name: A } }
  - { id: "8", strap: { name: B } }
  - { id: "9", strap: { name: C } }
`;

interface Made {
  readonly folder: TemporaryFolder;
  readonly store: string;
  readonly open: () => SqliteOutbox;
  /** A rehearsal over the store, with folder names out of its messages. */
  readonly rehearsed: (...args: string[]) => Promise<Ended>;
}

/** Six minutes: athlete 7 at 130 in the second and at 150 in the fourth one, athlete 8 never above 100; and a stranger. */
async function withStore(body: (made: Made) => Promise<void>): Promise<void> {
  await TemporaryFolder.with(async (folder) => {
    const store = join(folder.path, 'outbox.db');
    const open = () =>
      SqliteOutbox.openHere({ path: store, maxBytes: 100_000_000, bootId: 'boot-1', uplinks: ['primary'] });
    const outbox = open();
    for (let s = 0; s < 360; s++) {
      const minute = Math.floor(s / 60);
      const rate = { 1: 129, 3: 149 }[minute] ?? 90;
      const samples = [sample('7', s, rate), sample('8', s, 90), ...(s < 5 ? [sample('12', s, 200)] : [])];
      await outbox.append(samples.map((each) => ({ kind: 'sample', sample: each })));
    }
    await outbox.close();
    const current = await folder.file('athletes.yaml', athletes(120));
    const rehearsed = async (...args: string[]) => {
      const ended = await sideline('rehearse', '--athletes', current, ...args);
      const short = (text: string) => text.replaceAll(`${folder.path}/`, '');
      return { ...ended, stdout: short(ended.stdout), stderr: short(ended.stderr) };
    };
    await body({ folder, store, open, rehearsed });
  });
}

function sample(athlete: string, second: number, bpm: number): Sample {
  const timeMs = START + second * 1_000;
  return {
    athlete,
    strap: `a09e1a0000${athlete.padStart(2, '0')}`,
    timeMs,
    monotonicMs: second * 1_000,
    bpm: bpm + (second % 3),
    rrMs: [],
    contact: 'detected',
  };
}

const briefly = (stdout: string) =>
  stdout
    .trim()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .map(({ at, athlete, event }) => [String(at).slice(11, 19), athlete, event]);

test('a team is rehearsed over what the gateway stored', () =>
  withStore(async ({ store, rehearsed }) => {
    const { code, stdout, stderr } = await rehearsed('--store', store);
    assert.equal(code, 0, stderr);
    assert.deepEqual(briefly(stdout), [
      ['15:02:00', '7', 'raised'],
      ['15:03:00', '7', 'cleared'],
      ['15:04:00', '7', 'raised'],
      ['15:05:00', '7', 'cleared'],
    ]);
    assert.deepEqual(stderr.trim().split('\n'), [
      'outbox.db, athlete 7: high-average judged 6 of 6 windows; 4 alert events',
      'outbox.db, athlete 8: high-average judged 6 of 6 windows; 0 alert events',
      'outbox.db, athlete 9: no readings',
      'outbox.db: not in athletes.yaml, so held against no rules: 12',
    ]);
    const again = await rehearsed('--store', store);
    assert.equal(again.stdout, stdout, 'and again the same');
  }));

const OF_ALL_SORTS = `defaults:
  rules:
    high-average: { kind: average, window: 60s, above: 130 }
    sliding: { kind: average, window: 30s, slide: 5s, above: 150, shadow: true }
    lost: { kind: signal, for: 10s }
    hard: { kind: sustained, above: 150, for: 20s, clear_below: 140, clear_for: 10s }
athletes:
  - { id: "7", strap: { name: A } }
  - { id: "8", strap: { name: B } }
`;

test('a rehearsal over the log of a match gives the alerts that were raised in it, to the instant', () =>
  TemporaryFolder.with(async (folder) => {
    const file = await folder.file('athletes.yaml', OF_ALL_SORTS);
    const store = join(folder.path, 'match.db');
    const timing = ['--start', '2026-01-31T15:00:00Z', '--duration', '15m', '--speed', '1000', '--seed', '5'];
    const match = await sideline('simulate', '--athletes', file, '--store', store, ...timing);
    assert.equal(match.code, 0, match.stderr);
    const lines = (text: string) =>
      text
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    const what = ({ athlete, rule, event, value, severity, shadow }: Record<string, unknown>) =>
      JSON.stringify([athlete, rule, event, value, severity, shadow ?? false]);
    const stored = await sideline(
      'store',
      'export',
      '--store',
      store,
      '--what',
      'alerts',
      '--format',
      'jsonl',
      '--out',
      '-',
    );
    const rehearsed = await sideline('rehearse', '--athletes', file, '--store', store);
    const live = lines(stored.stdout).map((line) => `${line['time']} ${what(line)}`);
    const again = lines(rehearsed.stdout).map((line) => `${line['at']} ${what(line)}`);
    assert.deepEqual(again.sort(), live.sort());
    for (const rule of ['high-average', 'sliding', 'lost', 'hard']) {
      assert.ok(
        live.some((line) => line.includes(`"${rule}","cleared"`)),
        `${rule} was raised and cleared`,
      );
    }
  }));

test('a period and an athlete are taken out of the store', () =>
  withStore(async ({ store, rehearsed }) => {
    const late = await rehearsed('--store', store, '--from', '2026-01-31T15:03:00Z', '--to', '2026-01-31T15:04:00Z');
    assert.deepEqual(briefly(late.stdout), [['15:04:00', '7', 'raised']]);
    const calm = await rehearsed('--store', store, '--athlete', '8');
    assert.deepEqual([calm.code, calm.stdout], [0, '']);
    assert.equal(calm.stderr, 'outbox.db, athlete 8: high-average judged 6 of 6 windows; 0 alert events\n');
  }));

test('another athletes file is held against the one in force, for people and for machines', () =>
  withStore(async ({ folder, store, rehearsed }) => {
    const other = await folder.file('other.yaml', athletes(140));
    const text = await rehearsed('--store', store, '--against', other);
    assert.equal(text.code, 0, text.stderr);
    assert.deepEqual(text.stdout.trim().split('\n'), [
      'outbox.db, with other.yaml instead of athletes.yaml:',
      '0 alerts would appear, 1 vanish, 0 move, 1 stay as they are.',
      '',
      '  ATHLETE  RULE                    RAISED (UTC)         VALUE  CLEARED   SEVERITY',
      '  7        high-average  vanishes  2026-01-31 15:02:00  130    15:03:00  warning',
    ]);
    assert.match(
      text.stderr,
      /outbox\.db, other\.yaml, athlete 7: high-average judged 6 of 6 windows; 2 alert events\n/,
    );
    const json = await rehearsed('--store', store, '--against', other, '--json');
    assert.deepEqual(JSON.parse(json.stdout), {
      files: { source: 'outbox.db', before: 'athletes.yaml', after: 'other.yaml' },
      changes: [
        {
          change: 'vanishes',
          athlete: '7',
          rule: 'high-average',
          before: {
            raised: '2026-01-31T15:02:00.000Z',
            cleared: '2026-01-31T15:03:00.000Z',
            value: 130,
            severity: 'warning',
          },
        },
      ],
      unchanged: 1,
      flapLimit: { moreThan: 3, withinMs: 600_000 },
      flapping: [],
    });
  }));

test('a rule on trial is marked wherever it shows', () =>
  withStore(async ({ folder, store, rehearsed }) => {
    const trial = await folder.file('trial.yaml', athletes(120, ', shadow: true'));
    const alone = await sideline('rehearse', '--athletes', trial, '--store', store);
    assert.deepEqual(
      alone.stdout
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { shadow?: boolean }).shadow),
      [true, true, true, true],
    );
    const { stdout } = await rehearsed('--store', store, '--against', trial);
    const rows = stdout.split('\n').filter((line) => /^ {2}7| {4}to/.test(line));
    assert.deepEqual(
      rows.map((row) => row.replace(/ {2,}/g, ' | ')),
      [
        ' | 7 | high-average | moves from | 2026-01-31 15:02:00 | 130 | 15:03:00 | warning',
        ' | to | 2026-01-31 15:02:00 | 130 | 15:03:00 | warning, on trial',
        ' | 7 | high-average | moves from | 2026-01-31 15:04:00 | 150 | 15:05:00 | warning',
        ' | to | 2026-01-31 15:04:00 | 150 | 15:05:00 | warning, on trial',
      ],
    );
  }));

test('a FIT activity is rehearsed by its ending', () =>
  TemporaryFolder.with(async (folder) => {
    const file = await folder.file('athletes.yaml', athletes(120));
    const records = Array.from({ length: 60 }, (_, s) => recordAt(START + s * 1_000, 129 + (s % 3)));
    const recording = await folder.bytes('match.FIT', fitFile([fileId(START), ...records]));
    const { code, stdout, stderr } = await sideline(
      'rehearse',
      '--athletes',
      file,
      '--recording',
      recording,
      '--athlete',
      '7',
    );
    assert.equal(code, 0, stderr);
    assert.deepEqual(briefly(stdout), [['15:01:00', '7', 'raised']]);
    const broken = await folder.bytes('broken.fit', fitFile([fileId(START), ...records]).subarray(0, -1));
    const refused = await sideline('rehearse', '--athletes', file, '--recording', broken, '--athlete', '7');
    assert.deepEqual(
      [refused.code, refused.stdout, refused.stderr.replaceAll(`${folder.path}/`, '')],
      [
        1,
        '',
        'sideline: broken.fit: cut short, or more than one activity in it; export or copy it again, one activity\n',
      ],
    );
  }));

test('a FIT activity of hours with all that a watch records is read within the small heap of the program', () =>
  TemporaryFolder.with(async (folder) => {
    const file = await folder.file('athletes.yaml', athletes(120));
    const extra = Array.from({ length: 22 }, (_, i) => [100 + i, 0x84, [1, 2]] as const);
    const records = Array.from({ length: 4 * 3_600 }, (_, s) => {
      const { fields } = recordAt(START + s * 1_000, 129 + (s % 3));
      return { global: 20, fields: [...fields, ...extra] };
    });
    const recording = await folder.bytes('long.fit', fitFile(records));
    const { code, stderr } = await sideline('rehearse', '--athletes', file, '--recording', recording, '--athlete', '7');
    assert.equal(code, 0, stderr);
    assert.match(stderr, /high-average judged 240 of 240 windows/);
  }));

test('a store in use, one without readings of the period and a wrong file are refused with what to do', () =>
  withStore(async ({ folder, store, open, rehearsed }) => {
    const outbox = open();
    const used = await rehearsed('--store', store);
    assert.deepEqual([used.code, used.stdout], [1, '']);
    assert.match(used.stderr, /outbox\.db is in use by another process; stop the other gateway/);
    await outbox.close();
    const never = await rehearsed('--store', store, '--from', '2027-01-01');
    assert.deepEqual(
      [never.code, never.stdout, never.stderr],
      [
        1,
        '',
        'sideline: outbox.db: no readings from 2027-01-01T00:00:00.000Z; its readings are from 2026-01-31T15:00:00.000Z to 2026-01-31T15:05:59.000Z\n',
      ],
    );
    const missing = await rehearsed('--store', join(folder.path, 'none.db'));
    assert.match(missing.stderr, /none\.db: there is no store; name the file/);
    const wrong = await folder.file('wrong.yaml', 'athletes: 7\n');
    const invalid = await rehearsed('--store', store, '--against', wrong);
    assert.deepEqual([invalid.code, invalid.stdout], [78, '']);
    assert.match(invalid.stderr, /^wrong\.yaml:1:/);
    const nobody = await rehearsed('--store', store, '--athlete', '99');
    assert.equal(nobody.code, 1);
    assert.match(nobody.stderr, /no athlete "99" in athletes\.yaml; there are: 7, 8, 9/);
  }));

test('options that do not go together are wrong usage', async () => {
  const wrong: [args: string[], message: RegExp][] = [
    [[], /give either '--recording <file>' or '--store <file>'/],
    [['--recording', 'a.csv', '--store', 'b.db', '--athlete', '7'], /give either/],
    [['--recording', 'a.csv'], /needs '--athlete <id>'/],
    [['--recording', 'a.csv', '--athlete', '7', '--from', '2026-01-31'], /a recording is rehearsed whole/],
    [['--store', 'b.db', '--from', '2026-01-31', '--to', '2026-01-31'], /'--to <time>' has to be after/],
    [['--store', 'b.db', '--from', 'noon'], /Give a day as 2026-11-26/],
    [['--store', 'b.db', '--json'], /the output is JSON already/],
  ];
  for (const [args, message] of wrong) {
    const { code, stdout, stderr } = await sideline('rehearse', '--athletes', 'athletes.yaml', ...args);
    assert.deepEqual([code, stdout], [2, ''], args.join(' '));
    assert.match(stderr, message);
  }
});
