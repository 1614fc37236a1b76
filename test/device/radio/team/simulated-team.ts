/**
 * A scheduler at work among simulated workers and straps, from one seed. Every effect is held against the invariants
 * as it comes.
 */
import assert from 'node:assert/strict';
import { Scheduler } from '../../../../device/radio/team/scheduler.ts';
import type { SchedulerEffect, SchedulerInput } from '../../../../device/radio/team/scheduling.ts';
import { Random } from '../../../../simulator/random.ts';
import type { StrapWish } from '../../../../src/ports.ts';
import { matchOf, newAddress, type SimulatedStrap, SimulatedTime, strapOf } from './simulated-air.ts';
import { type Faults, NO_FAULTS, SimulatedWorker } from './simulated-worker.ts';

export interface SimulatedTeamOptions {
  readonly seed: number;
  readonly adapters: number;
  readonly athletes: number;
  readonly strangers?: number;
  /** How many links each controller really holds. */
  readonly holds?: number;
  readonly places?: number;
  /** What wishes go by: 0 address, 1 name, 2 serial number; all of them in turn when absent. */
  readonly by?: number;
  /** Which adapters hear a strap, by its index; all of them when absent. */
  readonly hears?: (strap: number) => readonly string[];
}

export type LinkReport = SchedulerEffect & { readonly type: 'link' };

export class SimulatedTeam {
  readonly time = new SimulatedTime();
  readonly random: Random;
  readonly straps: SimulatedStrap[];
  readonly wishes: StrapWish[];
  readonly workers: ReadonlyMap<string, SimulatedWorker>;
  readonly scheduler: Scheduler;
  readonly reports: (LinkReport & { readonly atMs: number })[] = [];
  readonly others: SchedulerEffect[] = [];
  /** Who is linked, by what was reported. */
  readonly linked = new Map<string, string>();
  faults: Faults = NO_FAULTS;
  suspects = 0;
  #wake: { readonly dueMs: number; readonly cancel: () => void } | undefined;
  readonly #options: SimulatedTeamOptions;

  constructor(options: SimulatedTeamOptions) {
    const { seed, adapters, athletes, strangers = 0, holds = 7, places = 7, by, hears } = options;
    this.#options = options;
    this.random = new Random(seed);
    const names = Array.from({ length: adapters }, (_, index) => `hci${index}`);
    this.straps = Array.from({ length: athletes + strangers }, (_, index) => {
      return strapOf(this.random, `Strap ${1000 + index}`, hears?.(index) ?? names);
    });
    this.wishes = this.straps.slice(0, athletes).map((strap, index) => {
      return { athlete: `${index + 1}`, match: matchOf(strap, by ?? index) };
    });
    this.scheduler = new Scheduler({
      wishes: this.wishes,
      random: () => this.random.uniform(),
      placesOf: () => places,
    });
    const { time, random, straps } = this;
    const parts = { time, random, straps, holds, faults: () => this.faults, tell: this.tell };
    this.workers = new Map(names.map((name) => [name, new SimulatedWorker({ ...parts, name })]));
  }

  start(): void {
    for (const worker of this.workers.values()) worker.start();
    for (const strap of this.straps) this.time.after(this.random.between(0, 1_000), () => this.#advertise(strap));
  }

  readonly tell = (input: SchedulerInput): void => {
    for (const effect of this.scheduler.handle(input, this.time.nowMs)) this.#execute(effect);
    this.#arm();
  };

  /** Straps of athletes that are there. */
  get present(): SimulatedStrap[] {
    return this.straps.slice(0, this.wishes.length).filter(({ present }) => present);
  }

  get subscribed(): number {
    let count = 0;
    for (const { links } of this.workers.values()) for (const link of links.values()) if (link.subscribed) count++;
    return count;
  }

  restart(worker: SimulatedWorker): void {
    worker.crash();
    this.time.after(this.random.between(500, 3_000), () => {
      if (!worker.isUp) worker.start();
    });
  }

  changeAddress(strap: SimulatedStrap): void {
    const worker = this.workers.get(strap.linkedBy?.adapter ?? '');
    const before = strap.address;
    strap.address = newAddress();
    strap.linkedBy = undefined;
    // The link is missed only after the supervision timeout.
    this.time.after(6_000, () => worker?.loseLink(before));
  }

  #advertise(strap: SimulatedStrap): void {
    if (strap.present && strap.linkedBy === undefined) for (const worker of this.workers.values()) worker.hear(strap);
    this.time.after(strap.advertisingMs + this.random.between(0, 10), () => this.#advertise(strap));
  }

  #execute(effect: SchedulerEffect): void {
    switch (effect.type) {
      case 'connect': {
        const worker = this.workers.get(effect.adapter);
        const held = worker === undefined ? 0 : worker.links.size;
        assert.ok(
          held < (this.#options.places ?? 7),
          `${effect.adapter} holds ${held} links and was asked for one more`,
        );
        worker?.do(effect);
        return;
      }
      case 'subscribe':
      case 'release':
      case 'listen':
        this.workers.get(effect.adapter)?.do(effect);
        return;
      case 'suspect': {
        this.suspects++;
        const worker = this.workers.get(effect.adapter);
        if (worker !== undefined) this.restart(worker);
        return;
      }
      case 'link':
        this.#report(effect);
        return;
      case 'conflict':
      case 'stranger':
        this.others.push(effect);
    }
  }

  #report(report: LinkReport): void {
    const { athlete, strap, state } = report;
    this.reports.push({ ...report, atMs: this.time.nowMs });
    if (state === 'connecting') {
      assert.equal(this.linked.get(athlete), undefined, `athlete ${athlete} has two links`);
      assert.ok(![...this.linked.values()].includes(strap), `strap ${strap} is linked for two athletes`);
      this.linked.set(athlete, strap);
    } else if (state === 'subscribed') {
      const other = this.linked.get(athlete);
      assert.ok(other === undefined || other === strap, `athlete ${athlete} has two links`);
      this.linked.set(athlete, strap);
      assert.equal(this.scheduler.athleteOf(strap), athlete);
    } else {
      assert.equal(this.linked.get(athlete), strap, `athlete ${athlete} lost a link that was not there`);
      this.linked.delete(athlete);
    }
  }

  #arm(): void {
    const dueMs = this.scheduler.dueMs();
    if (this.#wake?.dueMs === dueMs) return;
    this.#wake?.cancel();
    this.#wake = undefined;
    if (dueMs === Number.POSITIVE_INFINITY) return;
    const cancel = this.time.at(dueMs, () => {
      this.#wake = undefined;
      this.tell({ type: 'tick' });
    });
    this.#wake = { dueMs, cancel };
  }
}
