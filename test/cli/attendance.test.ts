import assert from 'node:assert/strict';
import test from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { areAllThere, attendeesOfGateway, attendeesOfScan } from '../../src/cli/attendance-list.ts';
import { type AthletesOnDisk, RunningGateway } from '../../src/cli/attendance-source.ts';
import { attendanceJson, attendeeLine, drawAttendance, summary } from '../../src/cli/attendance-text.ts';
import type { ScannedStrap } from '../../src/cli/scan-list.ts';
import type { GatewayAnswer } from '../../src/doctor/finding.ts';
import type { Team } from '../../src/domain/athlete.ts';
import type { StatusDocument } from '../../src/system/status-document.ts';
import { statusDocument } from '../fixtures/status-document.ts';

type Told = StatusDocument['athletes'][number];

const told = (more: Partial<Told>) =>
  attendeesOfGateway({ athletes: [{ id: '7', signal: 'live', openAlerts: [], ...more }] })[0];

test('a gateway’s word: whose heart rates come is there, and every other signal is missing with its reason', () => {
  assert.deepEqual(told({}), { athlete: '7', there: true, state: 'live', notes: [] });
  const reasons = {
    searching: 'searching',
    connecting: 'connecting',
    subscribed: 'linked, no reading yet',
    'contact-lost': 'no skin contact',
    frozen: 'frozen value',
    'no-signal': 'silent',
    'out-of-range': 'out of range',
    'link-lost': 'link lost',
    'adapter-lost': 'adapter lost',
    'no-reading': 'no heart rate',
  } as const;
  for (const [signal, state] of Object.entries(reasons)) {
    const found = told({ signal: signal as Told['signal'] });
    assert.deepEqual([found?.there, found?.state], [false, state]);
  }
});

test('a low battery and doubtful readings are told beside it, of whoever is missing too', () => {
  assert.deepEqual(told({ battery: { percent: 9, low: true } })?.notes, ['battery low, 9 %']);
  assert.deepEqual(told({ signal: 'searching', battery: { low: true } })?.notes, ['battery low']);
  assert.deepEqual(told({ battery: { percent: 80, low: false } })?.notes, []);
  assert.match(told({ contested: ['second-advertiser'] })?.notes[0] ?? '', /^doubtful: another sender/);
});

test('a weak signal is told of whoever is linked, as long as what was heard of the strap is not old', () => {
  const weak = { rssi: -91, sinceRssiMs: 30_000 };
  assert.deepEqual([told(weak)?.notes, told(weak)?.rssi], [['weak signal, -91 dBm'], -91]);
  const good = { rssi: -70, sinceRssiMs: 30_000 };
  assert.deepEqual([told(good)?.notes, told(good)?.rssi], [[], -70]);
  assert.deepEqual(told({ ...weak, sinceRssiMs: 3_600_000 }), { athlete: '7', there: true, state: 'live', notes: [] });
});

const TEAM: Team = [
  { id: '7', name: 'J. Smith', strap: { address: 'c09e1a000007' }, rules: [] },
  { id: '8', strap: { name: 'HRM-8' }, rules: [] },
  { id: '9', strap: { serial: '0009' }, rules: [] },
];

const NOW_MS = 100_000;

const strap = (athlete: string, more: Partial<ScannedStrap> = {}): ScannedStrap => ({
  strap: `c09e1a00000${athlete}`,
  adapter: 'hci0',
  heardMs: NOW_MS,
  rssi: -60,
  heartRate: true,
  broadcasts: false,
  linked: false,
  athletes: [athlete],
  ...more,
});

test('a scan’s word: whose strap is heard is there, and a serial number is not to be heard', () => {
  const found = attendeesOfScan(TEAM, [strap('7'), strap('1', { athletes: [] })], NOW_MS);
  assert.deepEqual(
    found.map(({ athlete, there, state }) => [athlete, there, state]),
    [
      ['7', true, 'heard'],
      ['8', false, 'not heard yet'],
      ['9', false, 'known by serial number, which only a running gateway reads'],
    ],
  );
  assert.ok(!areAllThere(found));
  assert.ok(
    areAllThere(
      attendeesOfScan(
        TEAM,
        ['7', '8', '9'].map((id) => strap(id)),
        NOW_MS,
      ),
    ),
  );
  assert.ok(!areAllThere([]), 'of nobody it cannot be said that all are there');
});

test('one that has fallen silent is missing again, and a weak signal is told', () => {
  const seen = (more: Partial<ScannedStrap>) => attendeesOfScan(TEAM, [strap('7', more)], NOW_MS)[0];
  assert.equal(seen({ heardMs: NOW_MS - 10_000 })?.there, true);
  assert.deepEqual(
    [seen({ heardMs: NOW_MS - 11_000 })?.there, seen({ heardMs: NOW_MS - 11_000 })?.state],
    [false, 'not heard for 11 s'],
  );
  assert.equal(seen({ heardMs: NOW_MS - 11_000, linked: true })?.there, true);
  assert.deepEqual(seen({ rssi: -85 })?.notes, []);
  assert.deepEqual(seen({ rssi: -86 })?.notes, ['weak signal, -86 dBm']);
  const twice = attendeesOfScan(TEAM, [strap('7'), strap('7', { strap: 'c09e1a0000ff' })], NOW_MS)[0];
  assert.match(twice?.notes[0] ?? '', /several straps fit/);
});

const SMITH = new Map([['7', 'J. Smith']]);

test('lines and JSON go by ids alone, the picture on the terminal has names, and the missing come first', () => {
  const attendees = attendeesOfScan(TEAM, [strap('8', { rssi: -90 })], NOW_MS);
  assert.deepEqual(
    attendees.map((each) => attendeeLine(each)),
    [
      '✖ 7     not heard yet',
      '✔ 8     heard; weak signal, -90 dBm',
      '✖ 9     known by serial number, which only a running gateway reads',
    ],
  );
  assert.equal(summary(attendees, new Map()), '1 of 3 athletes are there; missing: 7, 9');
  assert.equal(summary(attendees, SMITH), '1 of 3 athletes are there; missing: 7 J. Smith, 9');
  const json: unknown = JSON.parse(attendanceJson(attendees, 'scan'));
  assert.deepEqual((json as { missing: string[] }).missing, ['7', '9']);
  assert.doesNotMatch(attendanceJson(attendees, 'scan'), /Smith/);
  const picture = { attendees, names: SMITH, leftMs: 61_500, source: 'listening' };
  const lines = drawAttendance(picture, 60, 20).map(stripVTControlCharacters);
  assert.match(lines[0] ?? '', /^1 of 3 athletes are there; missing: 7, 9 {3}listening {3}62 s$|^1 of 3/);
  assert.deepEqual(
    lines.slice(2, 5).map((line) => line.trim().slice(0, 3)),
    ['✖ 7', '✖ 9', '✔ 8'],
  );
  assert.match(lines[2] ?? '', /J\. Smith/);
});

test('the picture keeps within a small terminal, and says how many it does not show', () => {
  const team: Team = Array.from({ length: 30 }, (_, index) => ({
    id: String(index),
    strap: { name: `HRM-${index}` },
    rules: [],
  }));
  const lines = drawAttendance(
    { attendees: attendeesOfScan(team, [], 0), names: new Map(), source: 'listening' },
    40,
    10,
  );
  assert.equal(lines.length, 10);
  for (const line of lines) assert.ok(stripVTControlCharacters(line).length <= 40, line);
  assert.ok(lines.some((line) => /… and \d+ more/.test(line)));
});

test('a gateway that ends while it is asked has nobody any more, and it is said', async () => {
  const answers: GatewayAnswer[] = [
    { state: 'answered', status: statusDocument() },
    { state: 'none' },
    { state: 'silent', reason: 'it hangs' },
    { state: 'answered', status: statusDocument() },
  ];
  const gateway = new RunningGateway(
    async () => answers.shift() ?? { state: 'none' },
    () => ({ state: 'unknown' }),
  );
  const live = async () => (await gateway.look()).filter(({ there }) => there).length;
  assert.deepEqual([await live(), gateway.complaints()], [3, []]);
  assert.deepEqual([await live(), gateway.complaints()], [0, ['sideline: the gateway has ended']]);
  assert.deepEqual([await live(), gateway.complaints()], [0, ['sideline: it hangs']]);
  assert.deepEqual([await live(), gateway.complaints()], [3, []]);
});

test('who is in the file on the disk and not told by the gateway is missing', async () => {
  const status = statusDocument({ athletes: [{ id: '7', signal: 'live', openAlerts: [] }] });
  let readings = 0;
  const gateway = new RunningGateway(
    async () => ({ state: 'answered', status }),
    () => {
      readings += 1;
      return { state: 'read', ids: ['7', '9'] };
    },
  );
  const attendees = await gateway.look();
  assert.deepEqual(
    attendees.map(({ athlete, there }) => [athlete, there]),
    [
      ['7', true],
      ['9', false],
    ],
  );
  assert.ok(!areAllThere(attendees));
  await gateway.look();
  assert.equal(readings, 1, 'a good file is read once');
});

test('of a file that is not in force nobody says that all are there, until it is mended', async () => {
  const athletes: Told[] = [{ id: '7', signal: 'live', openAlerts: [] }];
  const file = { version: '0123456789ab' };
  const told: StatusDocument[] = [
    statusDocument({ athletes, athletesFile: { ...file, problems: 2 } }),
    statusDocument({ athletes, athletesFile: file }),
    statusDocument({ athletes, athletesFile: file }),
  ];
  const onDisk: AthletesOnDisk[] = [{ state: 'bad' }, { state: 'bad' }, { state: 'read', ids: ['7'] }];
  const gateway = new RunningGateway(
    async () => ({ state: 'answered', status: told.shift() ?? statusDocument() }),
    () => onDisk.shift() ?? { state: 'unknown' },
  );
  const seen = [];
  for (let look = 0; look < 3; look++) {
    const attendees = await gateway.look();
    const { flaw } = gateway;
    const { ok } = JSON.parse(attendanceJson(attendees, 'gateway', flaw)) as { ok: boolean };
    const [head = '', line = ''] = drawAttendance({ attendees, names: new Map(), source: '', flaw }, 200, 20);
    assert.equal(stripVTControlCharacters(line), flaw ?? '', head);
    seen.push([
      areAllThere(attendees),
      ok,
      flaw?.slice(0, 32),
      /is not known|the only athlete is there/.exec(head)?.[0],
    ]);
  }
  assert.deepEqual(seen, [
    [true, false, 'the athletes file has 2 problems', 'is not known'],
    [true, false, 'the athletes file has a problem,', 'is not known'],
    [true, true, undefined, 'the only athlete is there'],
  ]);
});
