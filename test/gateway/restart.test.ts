/** What a restart may not hide: that somebody is heard no more, and that a value had frozen. */
import assert from 'node:assert/strict';
import test from 'node:test';
import type { Team } from '../../src/domain/athlete.ts';
import { SettableClock } from '../fakes/settable-clock.ts';
import { BOOTED, HOUR, started } from './time-rig.ts';

const TEAM: Team = [
  {
    id: '7',
    strap: { name: 'x' },
    rules: [
      { name: 'high', kind: 'sustained', parameters: { above: 150, for: 5_000, clear_for: 5_000 } },
      { name: 'fall', kind: 'change', parameters: { fall: 40, within: 20_000, clear_for: 20_000 } },
      { name: 'lost', kind: 'signal', parameters: { for: 30_000, clear_for: 5_000 } },
    ],
  },
];

const told = ({ alarms }: Awaited<ReturnType<typeof started>>) =>
  alarms.map(({ rule, event, severity }) => `${rule} ${event}, ${severity}`);

const WEEK = 7 * 24 * HOUR;

for (const [clock, wallMs] of [
  ['in 1970', 1_000],
  ['a week ago', BOOTED - WEEK],
] as const) {
  test(`whoever is heard no more after a power cut is missed, though the clock begins ${clock}`, async () => {
    const before = await started({ team: TEAM, synchronised: true });
    await before.play(140, 20);
    await before.end();
    before.store.reboot();
    const after = await started({
      team: TEAM,
      store: before.store,
      clock: new SettableClock({ startWallMs: wallMs }),
      synchronised: false,
    });
    await after.clock.advanceBy(29_000);
    assert.deepEqual(told(after), []);
    await after.clock.advanceBy(2_000);
    assert.deepEqual(told(after), ['lost raised, warning']);
    await after.end();
  });
}

test('nobody of last week is missed where the time becomes known soon after the start', async () => {
  const before = await started({ team: TEAM, synchronised: true });
  await before.play(140, 20);
  await before.end();
  before.store.reboot();
  const after = await started({
    team: TEAM,
    store: before.store,
    clock: new SettableClock({ startWallMs: 1_000 }),
    synchronised: false,
  });
  await after.clock.advanceBy(5_000);
  after.clock.set(BOOTED + WEEK);
  after.ntp.synchronised = true;
  await after.clock.advanceBy(60_000);
  assert.deepEqual(told(after), []);
  assert.equal(after.timekeeper.isTrusted, true);
  await after.end();
});

test('a value that was frozen before a restart clears nothing after it, until it changes', async () => {
  const clock = new SettableClock({ startWallMs: BOOTED });
  const before = await started({ team: TEAM, clock, synchronised: true });
  await before.play(170, 30);
  await before.freeze(120, 80);
  assert.deepEqual(told(before), [
    'high raised, warning',
    'fall raised, warning',
    'high cleared, warning',
    'lost raised, critical',
  ]);
  await before.end();
  const after = await started({ team: TEAM, store: before.store, clock, synchronised: true });
  const open = told(after);
  assert.deepEqual(open, ['fall raised, warning', 'lost raised, critical']);
  await after.freeze(120, 60);
  assert.deepEqual(told(after).slice(open.length), []);
  await after.play(120, 40);
  assert.deepEqual(told(after).slice(open.length), ['lost cleared, critical', 'fall cleared, warning']);
  await after.end();
});
