/**
 * The scheduler over simulated workers, straps and faults. The invariants themselves are asserted at every effect, in
 * `SimulatedTeam` and `SimulatedWorker`. The seeds are the same in every run of the tests, and others with
 * `SIDELINE_RUNS`, which says how many. A run that fails prints its seed: `SIDELINE_SEED` runs that one alone.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { runChaos } from './chaos.ts';
import { SimulatedTeam, type SimulatedTeamOptions } from './simulated-team.ts';

const MORE = process.env['SIDELINE_RUNS'];
const RUNS = Number(MORE ?? 300);
const SEED = process.env['SIDELINE_SEED'];

/** The longest back-off, and what was under way when the faults stopped. */
const CALM_MS = 40_000;
/** More where a strap is known by its serial number: it is missed first, and then the others are asked. */
const CALM_BY_SERIAL_MS = 60_000;
const EACH_MS = 2_000;

interface World extends SimulatedTeamOptions {
  readonly holds: number;
}

/** Everything but the seed follows from the seed, so that it says all. */
function worldOf(seed: number): World {
  const adapters = 1 + (seed % 3);
  const holds = 5 + (seed % 4);
  const by = seed % 5;
  const someHear = seed % 6 === 0;
  // Where not everybody hears everybody, a place for each on every adapter: else it is no matter of the scheduler's.
  const most = (someHear ? 1 : adapters) * Math.min(holds, 7);
  const hears = (strap: number) => {
    const all = Array.from({ length: adapters }, (_, index) => `hci${index}`);
    const some = all.filter((_, index) => ((seed >> (strap + index)) & 1) === 1);
    return some.length > 0 ? some : all;
  };
  return {
    seed,
    adapters,
    holds,
    athletes: Math.max(1, most - (seed % 7)),
    strangers: seed % 4,
    ...(by < 3 ? { by } : {}),
    ...(someHear ? { hears } : {}),
  };
}

function calmMs({ athletes, by = 2 }: SimulatedTeamOptions): number {
  return (by === 2 ? CALM_BY_SERIAL_MS : CALM_MS) + EACH_MS * athletes;
}

function isServed(team: SimulatedTeam): boolean {
  const subscribed = new Set<string>();
  for (const { links } of team.workers.values()) {
    for (const link of links.values()) if (link.subscribed) subscribed.add(link.address);
  }
  return team.present.every(
    ({ address }) => subscribed.has(address) && team.scheduler.athleteOf(address) !== undefined,
  );
}

/** How long it took until that was so, or longer than this. */
function until(team: SimulatedTeam, isSo: () => boolean, withinMs: number): number {
  const fromMs = team.time.nowMs;
  while (!isSo() && team.time.nowMs - fromMs <= withinMs) team.time.runUntil(team.time.nowMs + 100);
  return team.time.nowMs - fromMs;
}

function withSeeds(runs: number, check: (seed: number) => void): void {
  if (SEED !== undefined) {
    check(Number(SEED));
    return;
  }
  // Another seed is another world: there is nothing to shrink.
  const options = { numRuns: Math.ceil(runs), endOnFailure: true, includeErrorInReport: true };
  const seeds = fc.property(fc.noBias(fc.nat(1_000_000_000)), check);
  fc.assert(seeds, MORE === undefined ? { ...options, seed: 1 } : options);
}

test('whatever goes wrong, the invariants hold, and once it stops every strap is subscribed in time', () => {
  withSeeds(RUNS, (seed) => {
    const world = worldOf(seed);
    const team = new SimulatedTeam(world);
    team.start();
    runChaos(team, 120_000);
    const tookMs = until(team, () => isServed(team), calmMs(world));
    assert.ok(tookMs <= calmMs(world), `not served ${tookMs / 1000} s after the faults`);
    // Nothing is left over: what is held is subscribed, and nothing is waited for.
    team.time.runUntil(team.time.nowMs + 60_000);
    assert.ok(isServed(team));
    for (const { links, connecting } of team.workers.values()) {
      assert.equal(connecting, undefined);
      assert.ok([...links.values()].every(({ subscribed }) => subscribed));
    }
  });
});

test('straps that always fail push nobody out, not even when all of them have open alerts', () => {
  withSeeds(RUNS / 5, (seed) => {
    const [adapters, healthy, broken] = [1 + (seed % 2), 6 * (1 + (seed % 2)), seed % 21];
    const team = new SimulatedTeam({ seed, adapters, athletes: healthy + broken, by: 0 });
    const failing = team.straps.slice(healthy);
    for (const strap of failing) strap.broken = true;
    team.start();
    if (seed % 4 < 2) {
      const athletes = team.wishes.slice(healthy).map(({ athlete }) => athlete);
      team.tell({ type: 'prefer', athletes: new Set(athletes) });
    }
    const withinMs = 30_000 + 4_000 * (healthy + broken);
    assert.ok(until(team, () => team.subscribed === healthy, withinMs) <= withinMs);
    team.time.runUntil(team.time.nowMs + 300_000);
    const count = (address: string, what: string) => {
      return team.reports.filter(({ strap, state }) => strap === address && state === what).length;
    };
    for (const { address } of failing) assert.ok(count(address, 'connecting') >= 2, 'those are tried as well');
    for (const { address } of team.straps.slice(0, healthy))
      assert.ok(count(address, 'lost') <= 1, 'a link is passed on');
  });
});

test('with more straps than places the places are taken, and kept by those who have them', () => {
  withSeeds(RUNS / 100, (seed) => {
    const team = new SimulatedTeam({ seed, adapters: 2, athletes: 40 });
    team.start();
    const withinMs = calmMs({ seed, adapters: 2, athletes: 40 });
    assert.ok(until(team, () => team.subscribed === 14, withinMs) <= withinMs);
    const linked = new Map(team.linked);
    team.time.runUntil(team.time.nowMs + 120_000);
    assert.deepEqual(team.linked, linked);
  });
});

test('a link that is lost is back within 3 s as a rule and 10 s at most, and the other links do not notice', () => {
  const backMs: number[] = [];
  for (let seed = 0; seed < 20; seed++) {
    const team = new SimulatedTeam({ seed, adapters: 1, athletes: 7, by: 0 });
    team.start();
    team.time.runUntil(60_000);
    for (const strap of team.straps.slice(0, 5)) {
      const reports = team.reports.length;
      team.workers.get('hci0')?.loseLink(strap.address);
      backMs.push(until(team, () => isServed(team), 60_000));
      assert.ok(team.reports.slice(reports).every((report) => report.strap === strap.address));
      team.time.runUntil(team.time.nowMs + 20_000);
    }
  }
  backMs.sort((a, b) => a - b);
  const [median, worst] = [backMs[backMs.length / 2] ?? Number.NaN, backMs.at(-1) ?? Number.NaN];
  assert.ok(median <= 3_000 && worst <= 10_000, `median ${median} ms, worst ${worst} ms`);
});

test('straps of an adapter that is lost are back over another within seconds, those of the others never gone', () => {
  withSeeds(RUNS / 10, (seed) => {
    const team = new SimulatedTeam({ seed, adapters: 3, athletes: 7, by: 0 });
    team.start();
    team.time.runUntil(60_000);
    const worker = team.workers.get('hci1');
    const gone = new Set(worker?.links.keys());
    const reports = team.reports.length;
    worker?.crash();
    const tookMs = until(team, () => isServed(team), 60_000);
    // Up to six seconds until the strap itself has missed its link.
    assert.ok(tookMs <= 6_000 + 10_000, `back after ${tookMs} ms`);
    assert.ok(team.reports.slice(reports).every(({ strap }) => gone.has(strap)));
  });
});
