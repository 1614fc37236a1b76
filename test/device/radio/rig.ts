/** A team's source with one adapter over simulated straps, on a clock that the test moves. */
import assert from 'node:assert/strict';
import { LocalLine } from '../../../device/radio/local-line.ts';
import { type NobleInstance, nobleOver } from '../../../device/radio/noble.ts';
import type { Retry } from '../../../device/radio/team/retry.ts';
import type { SchedulerTiming } from '../../../device/radio/team/scheduling.ts';
import { TeamSource } from '../../../device/radio/team/team-source.ts';
import type { WorkerTiming } from '../../../device/radio/worker/timing.ts';
import { SimulatedClock } from '../../../simulator/clock.ts';
import type { SimulatedStrap } from '../../../simulator/strap.ts';
import { createWorld, demoTeam, type SimulatedAthlete } from '../../../simulator/world.ts';
import type { SourceEvent, StrapWish } from '../../../src/ports.ts';

export type LinkEvent = SourceEvent & { readonly type: 'link' };
export type AdapterEvent = SourceEvent & { readonly type: 'adapter' };
export type MeasurementEvent = SourceEvent & { readonly type: 'measurement' };

/** One simulated adapter holds any team. */
const PLACES = 1_000;

export interface RigOptions {
  readonly seed?: number;
  readonly athletes?: readonly SimulatedAthlete[];
  readonly faults?: boolean;
  readonly timing?: Partial<WorkerTiming>;
  readonly scheduling?: Partial<SchedulerTiming>;
  readonly adapterRetry?: Retry;
  /** Called for each instance in place of noble over the simulated bindings, with the way to that. */
  readonly createNoble?: (real: () => NobleInstance) => NobleInstance;
}

export class Rig {
  readonly clock = new SimulatedClock({ startWallMs: 1_700_000_000_000 });
  readonly world;
  readonly source: TeamSource;
  readonly events: SourceEvent[] = [];
  /** How many noble instances there have been. */
  instances = 0;

  constructor({
    seed = 1,
    athletes = demoTeam(3),
    faults = false,
    timing,
    scheduling,
    adapterRetry,
    createNoble,
  }: RigOptions = {}) {
    this.world = createWorld({ seed, clock: this.clock, athletes, faults });
    const random = this.world.random.stream('source');
    const real = () => nobleOver(this.world.bindings);
    const parts = { clock: this.clock, random: () => random.uniform() };
    const line = new LocalLine({
      ...parts,
      adapter: 'simulated',
      createNoble: () => {
        this.instances++;
        return createNoble === undefined ? real() : createNoble(real);
      },
      ...(timing === undefined ? {} : { timing }),
      ...(adapterRetry === undefined ? {} : { retry: adapterRetry }),
    });
    this.source = new TeamSource({
      ...parts,
      lines: [line],
      placesOf: () => PLACES,
      ...(scheduling === undefined ? {} : { timing: scheduling }),
    });
  }

  async start(wishes: readonly StrapWish[] = this.world.wishes): Promise<void> {
    await this.source.start(wishes, (event) => this.events.push(event));
  }

  /** Stops the source while time goes on, and gives how long that took, ms. */
  async stop(): Promise<number> {
    const startMs = this.clock.monotonicMs();
    let tookMs: number | undefined;
    const stopping = this.source.stop().then(() => {
      tookMs = this.clock.monotonicMs() - startMs;
    });
    for (let i = 0; i < 1000 && tookMs === undefined; i++) await this.clock.advanceBy(10);
    await stopping;
    assert.ok(tookMs !== undefined);
    return tookMs;
  }

  strap(athlete: string): SimulatedStrap {
    const strap = this.world.straps.get(athlete);
    assert.ok(strap !== undefined, `there is no athlete ${athlete}`);
    return strap;
  }

  links(athlete: string): LinkEvent[] {
    return this.events.filter((event) => event.type === 'link').filter((event) => event.athlete === athlete);
  }

  states(athlete: string): string[] {
    return this.links(athlete).map(({ state }) => state);
  }

  adapters(): AdapterEvent[] {
    return this.events.filter((event) => event.type === 'adapter');
  }

  measurements(athlete?: string): MeasurementEvent[] {
    const all = this.events.filter((event) => event.type === 'measurement');
    return athlete === undefined ? all : all.filter((event) => event.athlete === athlete);
  }
}

/** Runs the body with a started rig, stops it, and holds that nothing of it is left. */
export async function withRig(options: RigOptions, body: (rig: Rig) => Promise<void>): Promise<void> {
  const rig = new Rig(options);
  await rig.start();
  try {
    await body(rig);
  } finally {
    await rig.stop();
  }
  assert.deepEqual(rig.world.bindings.eventNames(), [], 'noble listens no more');
  for (const strap of rig.world.straps.values()) strap.comeBack();
  // The radio may have an answer on the way that nobody waits for any more.
  await rig.clock.advanceBy(250);
  if (options.faults !== true) assert.equal(rig.clock.timers, 0, 'no timer is left');
}
