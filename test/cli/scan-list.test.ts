import assert from 'node:assert/strict';
import test from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import type { Sighting } from '../../device/radio/frames/messages.ts';
import type { WorkerHello } from '../../device/radio/team/watch-line.ts';
import { ScanList } from '../../src/cli/scan-list.ts';
import { drawScan, type ScanPicture } from '../../src/cli/scan-table.ts';
import { notes, scanJson, strapLine } from '../../src/cli/scan-text.ts';
import type { Team } from '../../src/domain/athlete.ts';

const TEAM: Team = [
  { id: '7', name: 'J. Smith', strap: { address: 'a09e1a000007' }, rules: [] },
  { id: '8', name: 'A. Jones', strap: { name: 'Polar H10 00000008' }, rules: [] },
  { id: '9', strap: { serial: 'S9' }, rules: [] },
];

const heard = (strap: string, atMs: number, more: Partial<Sighting> = {}): Sighting => ({
  type: 'sighting',
  atMs,
  strap,
  addressType: 'public',
  rssi: -60,
  connectable: true,
  heartRate: true,
  ...more,
});

const hello = (links: WorkerHello['links'] = []): WorkerHello => ({
  type: 'hello',
  version: 1,
  adapter: 'hci0',
  pid: 7,
  ready: true,
  links,
});

/** @param sightings each at its own time, by `hci0` */
function listOf(...sightings: Sighting[]): ScanList {
  const list = new ScanList(TEAM);
  for (const sighting of sightings) list.take('hci0', sighting, sighting.atMs);
  return list;
}

const ids = (list: ScanList) => list.straps.map(({ strap }) => strap);

test('straps are matched by address and by name, and listed in the team’s order, strangers as they were first heard', () => {
  const list = listOf(
    heard('00000000000b', 0),
    heard('00000000000a', 1),
    heard('00000000000c', 2, { name: 'Polar H10 00000008' }),
    heard('a09e1a000007', 3),
    heard('00000000000b', 4),
  );
  assert.deepEqual(
    list.straps.map(({ strap, athletes }) => [strap, ...athletes]),
    [['a09e1a000007', '7'], ['00000000000c', '8'], ['00000000000b'], ['00000000000a']],
  );
  assert.deepEqual([list.missing, list.untold], [[], ['9']]);
});

test('the signal is smoothed, the best of the adapters that hear the strap now, and absent where none knows it', () => {
  const list = listOf(heard('a09e1a000007', 0, { rssi: -60 }), heard('a09e1a000007', 100, { rssi: -90 }));
  assert.equal(list.straps[0]?.rssi, -69);
  list.take('hci1', heard('a09e1a000007', 200, { rssi: -50 }), 200);
  assert.deepEqual([list.straps[0]?.rssi, list.straps[0]?.adapter], [-50, 'hci1']);
  for (let ms = 300; ms <= 9_000; ms += 100) list.take('hci0', heard('a09e1a000007', ms, { rssi: -80 }), ms);
  assert.deepEqual([list.straps[0]?.rssi, list.straps[0]?.adapter], [-80, 'hci0']);
  assert.equal(listOf(heard('a09e1a000007', 0, { rssi: 127 })).straps[0]?.rssi, undefined);
});

test('a link of the gateway’s makes its strap known, by serial number too, and gone with the link', () => {
  const list = listOf();
  list.take('hci0', hello([{ strap: '5a0000000001', subscribed: true, serial: 'S9', name: 'Watch' }]), 0);
  assert.deepEqual(
    list.straps.map(({ linked, athletes, rssi }) => [linked, ...athletes, rssi]),
    [[true, '9', undefined]],
  );
  assert.deepEqual([list.missing, list.untold], [['7', '8'], []]);
  list.take('hci0', hello(), 2_000);
  assert.deepEqual([list.straps, list.untold], [[], ['9']]);
});

test('one that was heard and then linked stays in the list when the worker goes, and is not linked any more', () => {
  const list = listOf(heard('a09e1a000007', 0));
  list.take('hci0', hello([{ strap: 'a09e1a000007', subscribed: true }]), 1);
  assert.equal(list.straps[0]?.linked, true);
  list.lost('hci0');
  assert.equal(list.straps[0]?.linked, false);
});

test('several straps for one athlete are told while both are there', () => {
  const twin = { name: 'Polar H10 00000008' };
  const list = listOf(heard('00000000000c', 0, twin), heard('00000000000d', 100, twin));
  assert.deepEqual([list.shared(200), list.shared(60_000)], [['8'], []]);
  assert.match(notes(list, 200).join('\n'), /several straps fit athlete 8, and only one can be read/);
});

test('strangers are forgotten after a while and the team is not; a crowd is bounded', () => {
  const list = listOf(heard('00000000000b', 0), heard('a09e1a000007', 0));
  list.forget(60_001, 60_000);
  assert.deepEqual(ids(list), ['a09e1a000007']);
  for (let n = 0; n < 2_000; n++) list.take('hci0', heard(n.toString(16).padStart(12, '0'), 100_000 + n), 100_000 + n);
  assert.equal(ids(list).length, 500);
  assert.equal(ids(list)[0], 'a09e1a000007');
  // Nor can a crowd that goes by one of the team's names.
  const name = 'Polar H10 00000008';
  for (let n = 0; n < 2_000; n++) {
    list.take('hci0', heard((n + 2 ** 40).toString(16).padStart(12, '0'), 200_000 + n, { name }), 200_000 + n);
  }
  assert.equal(ids(list).length, 500);
});

test('neither a name of an athlete nor a heart rate is in what is shown', () => {
  const broadcast = { format: 'polar', bpm: 163, contact: 'detected', frameCounter: 1 } as const;
  const list = listOf(heard('a09e1a000007', 0, { broadcast }), heard('00000000000c', 0, { name: 'TICKR B321' }));
  const ready = [{ adapter: 'hci0', state: 'ready' }] as const;
  const json = scanJson(list, ready);
  const picture: ScanPicture = { adapters: ready, straps: list.straps, notes: [], nowMs: 0, hasTeam: true };
  const text = [
    json,
    ...list.straps.map((strap) => strapLine(strap, { nowMs: 0, severalAdapters: true })),
    ...drawScan(picture, 100, 40),
  ].join('\n');
  assert.doesNotMatch(text, /Smith|Jones|163/);
  assert.deepEqual(JSON.parse(json), {
    adapters: ready,
    straps: [
      {
        address: 'a0:9e:1a:00:00:07',
        addressType: 'public',
        adapter: 'hci0',
        rssi: -60,
        heartRate: true,
        broadcasts: true,
        linked: false,
        athletes: ['7'],
      },
      {
        address: '00:00:00:00:00:0c',
        addressType: 'public',
        name: 'TICKR B321',
        adapter: 'hci0',
        rssi: -60,
        heartRate: true,
        broadcasts: false,
        linked: false,
        athletes: [],
        line: '- { id: "…", strap: { address: "00:00:00:00:00:0c" } }',
      },
    ],
    notHeard: ['8'],
  });
});

const plain = (lines: readonly string[]) => lines.map((line) => stripVTControlCharacters(line).trimEnd());

test('the live picture has a line a strap and, below, the lines to copy', () => {
  const list = listOf(
    heard('a09e1a000007', 0, { name: 'Polar H10 00000007' }),
    heard('5a0000000001', 8_000, { addressType: 'random', name: 'Galaxy Watch', rssi: -83, heartRate: false }),
  );
  const picture: ScanPicture = {
    adapters: [
      { adapter: 'hci0', state: 'ready' },
      { adapter: 'hci1', state: 'lost', reason: 'it was unplugged' },
    ],
    straps: list.straps,
    notes: notes(list, 9_000),
    nowMs: 9_000,
    hasTeam: true,
  };
  assert.deepEqual(
    plain(drawScan(picture, 100, 40)),
    [
      'sideline scan   hci0, hci1   2 straps',
      '  hci1 lost: it was unplugged',
      '',
      '  ATHLETE  ADDRESS            NAME                    SIGNAL  STATE',
      '  7        a0:9e:1a:00:00:07  Polar H10 00000007     -60 dBm  silent for 9 s',
      '  –        5a:00:00:00:00:01  Galaxy Watch           -83 dBm  no service',
      '',
      '  for the athletes file',
      '    - { id: "…", strap: { name: "Galaxy Watch" } } # its address changes, and others may have this name',
      '',
      '  not heard: the straps of athlete 8',
      '  known by serial number, which a scan does not read: athlete 9',
      '  q  stop',
    ].map((line) => line.slice(0, 100)),
  );
});

test('the picture fits every terminal, whatever straps call themselves, and says what it leaves out', () => {
  const crowd = Array.from({ length: 40 }, (_, n) =>
    heard(n.toString(16).padStart(12, '0'), 0, { name: n % 2 === 0 ? '心率带'.repeat(9) : `TICKR ${n}` }),
  );
  const list = listOf(...crowd);
  const picture: ScanPicture = {
    adapters: [{ adapter: 'hci0', state: 'ready' }],
    straps: list.straps,
    notes: notes(list, 0),
    nowMs: 0,
    hasTeam: true,
  };
  const wide = /[\u2e80-\ud7ff]/g;
  for (const [columns, rows] of [
    [100, 24],
    [80, 60],
    [40, 12],
    [20, 4],
    [1, 1],
  ] as const) {
    const lines = plain(drawScan(picture, columns, rows));
    assert.ok(lines.length <= rows);
    for (const line of lines) assert.ok(line.length + (line.match(wide)?.length ?? 0) <= columns, line);
  }
  assert.ok(plain(drawScan(picture, 100, 24)).some((line) => /^ {2}… and \d+ more$/.test(line)));
  assert.ok(plain(drawScan(picture, 100, 60)).some((line) => /^ {4}… and \d+ more, printed at the end$/.test(line)));
});
