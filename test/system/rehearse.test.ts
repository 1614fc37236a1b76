import assert from 'node:assert/strict';
import { chmod, mkdir } from 'node:fs/promises';
import test from 'node:test';
import { type Ended, sideline } from '../fixtures/sideline-process.ts';
import { TemporaryFolder } from '../fixtures/temporary-folder.ts';

const ATHLETES = `defaults:
  rules:
    high-average: { kind: average, window: 60s, above: 120 }
    low-average: { kind: average, window: 30s, below: 40 }
athletes:
  - { id: "7", strap: { name: A } }
  - { id: "8", strap: { name: B }, rules: { high-average: { coverage: 0 } } }
`;

/** Three minutes with readings: one seen whole, one with a single reading, and one of which no reading is usable. */
const ROWS = [
  ...Array.from({ length: 60 }, (_, second) => `2026-01-31T15:00:${String(second).padStart(2, '0')}Z,130,`),
  '2026-01-31T15:01:10Z,130,',
  '2026-01-31T15:02:10Z,0,',
];

async function rehearsed(folder: TemporaryFolder, recording: string, athlete = '7'): Promise<Ended> {
  const athletes = await folder.file('athletes.yaml', ATHLETES);
  const ended = await sideline('rehearse', '--athletes', athletes, '--recording', recording, '--athlete', athlete);
  return { ...ended, stderr: ended.stderr.replaceAll(`${folder.path}/`, '') };
}

test('a rehearsal says how much each rule could judge, beside the alerts', () =>
  TemporaryFolder.with(async (folder) => {
    const recording = await folder.file('a.csv', `time,bpm,rr_ms\n${ROWS.join('\n')}\n`);
    const { code, stdout, stderr } = await rehearsed(folder, recording);
    assert.equal(code, 0);
    assert.deepEqual(
      stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
      [
        {
          at: '2026-01-31T15:01:00.000Z',
          athlete: '7',
          rule: 'high-average',
          event: 'raised',
          value: 130,
          above: 120,
          severity: 'warning',
        },
      ],
    );
    assert.equal(
      stderr,
      'a.csv, athlete 7: high-average judged 1 of 2 windows (too little was seen of 1), low-average judged 2 of 3 windows (too little was seen of 1); 1 alert event\n',
    );
    const other = await rehearsed(folder, recording, '8');
    assert.match(other.stderr, /^a\.csv, athlete 8: high-average judged 2 of 2 windows, low-average/);
  }));

test('a recording that could not be judged does not look like one without alerts', () =>
  TemporaryFolder.with(async (folder) => {
    const recording = await folder.file('a.csv', `time,bpm,rr_ms\n${ROWS.slice(0, 5).join('\n')}\n`);
    const { code, stdout, stderr } = await rehearsed(folder, recording);
    assert.deepEqual([code, stdout], [0, '']);
    assert.equal(
      stderr,
      'a.csv, athlete 7: high-average judged 0 of 1 window (too little was seen of 1), low-average judged 0 of 1 window (too little was seen of 1); 0 alert events\n',
    );
  }));

test('a recording that cannot be read says why in words and what to do', () =>
  TemporaryFolder.with(async (folder) => {
    await mkdir(`${folder.path}/folder.csv`);
    const cases: [name: string, message: string][] = [
      ['none.csv', 'no such file); correct the path, or put the file there'],
      ['folder.csv', 'it is a directory); name the file in it'],
    ];
    // Root may read everything, so the third case exists for others only.
    if (process.getuid?.() !== 0) {
      await chmod(await folder.file('locked.csv', 'x'), 0o000);
      cases.push(['locked.csv', 'permission denied); let this user read it']);
    }
    for (const [name, message] of cases) {
      const { code, stdout, stderr } = await rehearsed(folder, `${folder.path}/${name}`);
      assert.deepEqual([code, stdout, stderr], [1, '', `sideline: ${name}: cannot be read (${message}\n`]);
    }
  }));
