import assert from 'node:assert/strict';
import test from 'node:test';
import { decodeHeartRate } from '../../device/profiles/heart-rate.ts';
import { SimulatedClock } from '../../simulator/clock.ts';
import type { SimulatedStrap } from '../../simulator/strap.ts';
import { createWorld, demoTeam, type World } from '../../simulator/world.ts';
import type { Recording } from '../../src/domain/recording/recording.ts';

const START_WALL_MS = 1_700_000_000_000;

interface Heard {
  readonly strap: string;
  readonly atMs: number;
  readonly hex: string;
}

function listen(strap: SimulatedStrap, clock: SimulatedClock, heard: Heard[], lost: number[] = []): void {
  strap.link({
    notification: (value) => heard.push({ strap: strap.id, atMs: clock.monotonicMs(), hex: value.toString('hex') }),
    lost: (reason) => lost.push(reason),
  });
  strap.subscribe();
}

async function hear(seed: number, { count = 5, faults = true, seconds = 900 } = {}): Promise<Heard[]> {
  const clock = new SimulatedClock({ startWallMs: START_WALL_MS });
  const world = createWorld({ seed, clock, athletes: demoTeam(count), faults });
  const heard: Heard[] = [];
  for (const strap of world.straps.values()) listen(strap, clock, heard);
  await clock.advanceBy(1000 * seconds);
  return heard;
}

const strapOf = (world: World, athlete: string): SimulatedStrap => {
  const strap = world.straps.get(athlete);
  assert.ok(strap !== undefined);
  return strap;
};

test('the same seed gives the same notifications, byte for byte and instant for instant', async () => {
  const heard = await hear(42);
  assert.ok(heard.length > 1000);
  assert.deepEqual(await hear(42), heard);
  assert.notDeepEqual(await hear(43), heard);
});

test('another athlete changes nothing for the others', async () => {
  const ofFirst = (heard: readonly Heard[]) => heard.filter(({ strap }) => strap === 'a09e1a000001');
  assert.deepEqual(ofFirst(await hear(42, { count: 9 })), ofFirst(await hear(42, { count: 1 })));
});

test('without faults every strap notifies once a second for as long as it is listened to', async () => {
  const heard = await hear(1, { faults: false, seconds: 100 });
  for (let athlete = 1; athlete <= 5; athlete++) {
    const own = heard.filter(({ strap }) => strap === `a09e1a00000${athlete}`);
    assert.ok(own.length >= 97 && own.length <= 100, `${own.length} notifications`);
    for (const [index, { atMs }] of own.entries()) assert.equal(atMs - (own[0]?.atMs ?? 0), index * 1000);
    for (const { hex } of own) assert.equal(decodeHeartRate(Buffer.from(hex, 'hex')).contact, 'detected');
  }
});

test('with faults there are silences, lost links and readings without contact', async () => {
  const clock = new SimulatedClock({ startWallMs: START_WALL_MS });
  const world = createWorld({ seed: 5, clock, athletes: demoTeam(10), faults: true });
  const heard: Heard[] = [];
  const lost: number[] = [];
  for (const strap of world.straps.values()) listen(strap, clock, heard, lost);
  await clock.advanceBy(1_800_000);
  assert.ok(lost.length > 0 && lost.every((reason) => reason === 0x08));
  const withoutContact = heard
    .map(({ hex }) => decodeHeartRate(Buffer.from(hex, 'hex')))
    .filter(({ bpm }) => bpm === 0);
  assert.ok(withoutContact.length > 0 && withoutContact.every(({ contact }) => contact === 'lost'));
});

const recording: Recording = {
  measurements: [
    { timeMs: START_WALL_MS - 5_000, bpm: 60, rrMs: [] },
    { timeMs: START_WALL_MS + 1_500, bpm: 61, rrMs: [1000] },
    { timeMs: START_WALL_MS + 2_500, bpm: 62, rrMs: [] },
    { timeMs: START_WALL_MS + 2_500, bpm: 300, rrMs: [500, 750] },
    { timeMs: START_WALL_MS + 9_000.25, bpm: 0, rrMs: [] },
  ],
};

test('a recording is played at its own times, those of one instant together, and what was before is gone', async () => {
  const clock = new SimulatedClock({ startWallMs: START_WALL_MS });
  const athletes = [{ id: '7', strap: { name: 'Chest' }, recording }];
  const world = createWorld({ seed: 1, clock, athletes, faults: false });
  const heard: Heard[] = [];
  const together: number[] = [];
  const strap = strapOf(world, '7');
  listen(strap, clock, heard);
  const send = strap.send.bind(strap);
  strap.send = (value) => {
    send(value);
    if (clock.monotonicMs() === 2_500) queueMicrotask(() => together.push(heard.length));
  };
  await clock.advanceBy(60_000);
  assert.deepEqual(together, [3, 3], 'nothing can come between the two of one instant');
  const played = heard.map(({ atMs, hex }) => ({ atMs, ...decodeHeartRate(Buffer.from(hex, 'hex')) }));
  assert.deepEqual(
    played.map(({ atMs, bpm, rrMs }) => ({ atMs, bpm, rrMs })),
    [
      { atMs: 1_500, bpm: 61, rrMs: [1000] },
      { atMs: 2_500, bpm: 62, rrMs: [] },
      { atMs: 2_500, bpm: 300, rrMs: [500, 750] },
      { atMs: 9_000.25, bpm: 0, rrMs: [] },
    ],
  );
  assert.equal(clock.timers, 0, 'a recording that is over leaves nothing');
});

test('a strap with nothing to send sleeps, and wakes ten seconds before it sends', async () => {
  const clock = new SimulatedClock({ startWallMs: START_WALL_MS });
  const rows = [30_000, 31_000, 60_000].map((atMs) => ({ timeMs: START_WALL_MS + atMs, bpm: 60, rrMs: [] }));
  const athletes = [{ id: '7', strap: { name: 'Chest' }, recording: { measurements: rows } }];
  const strap = strapOf(createWorld({ seed: 1, clock, athletes, faults: false }), '7');
  const awake: number[] = [];
  for (let second = 0; second < 100; second++) {
    await clock.advanceTo(1_000 * second);
    if (strap.connectable) awake.push(second);
  }
  const between = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
  assert.deepEqual(awake, [...between(20, 31), ...between(50, 60)]);
});

test('a strap that walks away is silent at once, and its link is lost 6 s later unless it is back by then', async () => {
  const clock = new SimulatedClock();
  const world = createWorld({ seed: 1, clock, athletes: demoTeam(1), faults: false });
  const strap = strapOf(world, '1');
  const heard: Heard[] = [];
  const lost: number[] = [];
  listen(strap, clock, heard, lost);
  await clock.advanceTo(10_000);
  strap.leave();
  const before = heard.length;
  await clock.advanceTo(15_900);
  strap.comeBack();
  assert.equal(heard.length, before);
  await clock.advanceTo(20_000);
  assert.ok(heard.length > before && lost.length === 0 && strap.linked);

  strap.leave();
  await clock.advanceTo(25_999);
  assert.ok(strap.linked);
  await clock.advanceTo(26_000);
  assert.deepEqual([lost, strap.linked, strap.connectable], [[0x08], false, false]);
  strap.comeBack();
  assert.ok(strap.connectable);
});

test('a demonstration team has numbers for ids, straps by address and rules that a heart can break', () => {
  const team = demoTeam(30);
  assert.deepEqual(
    team.map(({ id }) => id),
    Array.from({ length: 30 }, (_, index) => String(index + 1)),
  );
  assert.deepEqual(team[6]?.strap, { address: 'a09e1a000007' });
  assert.equal(new Set(team.map(({ name }) => name)).size, 30);
  for (const { rules } of team) {
    const [high, low] = rules;
    assert.ok(high?.kind === 'average' && low?.kind === 'average');
    const { above = 0 } = high.parameters;
    assert.ok(high.name === 'high-average' && above >= 160 && above <= 170);
    assert.ok(low.name === 'low-average' && low.parameters.below === 40 && low.parameters.window === 60_000);
  }
  assert.deepEqual(demoTeam(30), team);
});
