/**
 * Which straps the team's adapters link, and when: the part of the radio that decides. Pure: what happens comes in
 * with its time, what is to be done goes out as data, and whoever drives it gives a `tick` at `dueMs`.
 *
 * Invariants: never two connects at a time on one adapter; never more links on one than it is known to hold; an
 * athlete has one link at most and a strap one athlete; every wait has a deadline; all that is remembered is bounded.
 *
 * Once faults stop, every strap that is heard and has a place is subscribed within 40 s (the longest back-off, and what
 * was under way) and 2 s a strap; a minute instead of 40 s where it has a new address and is known by its serial number
 * only. Quarantined straps, and places that a controller has refused, come back more slowly.
 */
import type { AthleteId, StrapId } from '../../../src/domain/sample.ts';
import type { Reception } from '../../../src/ports.ts';
import { type AdapterPlaces, PLACES } from './adapter-places.ts';
import { Adapters } from './adapters.ts';
import type { HeardStrap } from './heard-strap.ts';
import { HeardStraps } from './heard-straps.ts';
import { Identity } from './identity.ts';
import { IdentityWatch } from './identity-watch.ts';
import { Links } from './links.ts';
import { listeningFor } from './listening.ts';
import { givingWayTo } from './making-room.ts';
import { Matchmaking } from './matchmaking.ts';
import { Recognition } from './recognition.ts';
import {
  type Emit,
  SCHEDULER_TIMING,
  type SchedulerEffect,
  type SchedulerInput,
  type SchedulerOptions,
  type SchedulerTiming,
} from './scheduling.ts';
import { inTurn } from './turns.ts';
import type { Wanted } from './wanted.ts';

export class Scheduler {
  readonly #timing: SchedulerTiming;
  readonly #identity: Identity;
  readonly #straps = new HeardStraps();
  readonly #links: Links;
  readonly #recognition: Recognition;
  readonly #adapters: Adapters;
  #preferred: ReadonlySet<AthleteId> = new Set();
  #effects: SchedulerEffect[] = [];
  #dueMs = Number.POSITIVE_INFINITY;

  constructor({ wishes, random, timing: changes, placesOf = () => PLACES }: SchedulerOptions) {
    const timing = { ...SCHEDULER_TIMING, ...changes };
    const emit: Emit = (effect) => this.#effects.push(effect);
    const identity = new Identity(wishes);
    const straps = this.#straps;
    const links = new Links({ timing, random, emit });
    const watch = new IdentityWatch({ timing, emit });
    const recognition = new Recognition({ timing, identity, straps, links, watch });
    this.#timing = timing;
    this.#identity = identity;
    this.#links = links;
    this.#recognition = recognition;
    this.#adapters = new Adapters({ timing, placesOf, straps, links, recognition, emit });
  }

  /** @returns what is to be done, in this order */
  handle(input: SchedulerInput, nowMs: number): SchedulerEffect[] {
    this.#effects = [];
    if (this.#take(input, nowMs)) {
      this.#adapters.expire(nowMs);
      this.#plan(nowMs);
      if (input.type !== 'sighting') this.#listen();
    }
    return this.#effects;
  }

  /** When a `tick` is next of use, ms on the clock of the inputs; infinity for never. Changes with every input. */
  dueMs(): number {
    return this.#dueMs;
  }

  /**
   * Whose readings those of this strap are now; undefined for a stranger, and for a strap that gave way to another.
   *
   * @param adapter that a link's readings came by: of a strap with two links, one of them left behind, one counts
   */
  athleteOf(strap: StrapId, adapter?: string): AthleteId | undefined {
    const link = this.#links.of(strap);
    const linked = link?.wanted;
    if (linked !== undefined && adapter !== undefined && link?.adapter !== adapter) return undefined;
    if (linked !== undefined) return linked.wish.athlete;
    const owner = this.#straps.ownerOf(strap);
    return owner?.current?.id === strap ? owner.wish.athlete : undefined;
  }

  /** How this adapter last heard the strap, where that is known. */
  receptionOf(strap: StrapId, adapter: string): Reception | undefined {
    return this.#straps.get(strap)?.receptionOn(adapter);
  }

  /** @returns whether anything may be to do now */
  #take(input: SchedulerInput, nowMs: number): boolean {
    switch (input.type) {
      case 'sighting':
        // Who was heard by a worker that is gone is heard again.
        return this.#adapters.isReady(input.adapter) && this.#recognition.heard(input, nowMs);
      case 'adapter-ready':
        this.#adapters.ready(input.adapter, input.links, nowMs);
        return true;
      case 'adapter-lost':
        this.#adapters.lost(input.adapter, input.reason, nowMs);
        return true;
      case 'link':
        this.#adapters.moved(input, nowMs);
        return true;
      case 'device':
        this.#recognition.read(input, nowMs);
        return true;
      case 'fault':
        if (input.strap !== undefined) this.#recognition.faulted(input.strap, nowMs);
        return true;
      case 'prefer':
        this.#preferred = new Set(input.athletes);
        return true;
      case 'wish':
        this.#recognition.wish(input.wishes, nowMs);
        return true;
      case 'tick':
        return true;
    }
  }

  #plan(nowMs: number): void {
    const adapters = this.#adapters.all;
    const matchmaking = new Matchmaking({ timing: this.#timing, adapters });
    this.#dueMs = Number.POSITIVE_INFINITY;
    for (const wanted of inTurn(this.#identity.wanted, this.#preferred, nowMs)) {
      const strap = matchmaking.strapFor(wanted, nowMs);
      const route = strap && matchmaking.routeFor(strap, wanted, nowMs);
      if (strap === undefined || route === undefined) continue;
      if (route === 'crowded') {
        this.#makeRoom(wanted, strap, nowMs);
      } else {
        wanted.crampedSinceMs = undefined;
        this.#connect(route.adapter, strap, wanted, nowMs);
      }
    }
    if (this.#recognition.isAsking(nowMs)) {
      for (const strap of matchmaking.strangersToAsk(this.#straps.strangers, nowMs)) {
        const route = matchmaking.routeFor(strap, undefined, nowMs);
        if (typeof route === 'object') this.#links.connect(route.adapter, strap, undefined, nowMs);
      }
    }
    this.#due(matchmaking.dueMs);
    this.#due(this.#adapters.dueMs());
  }

  #connect(adapter: AdapterPlaces, strap: HeardStrap, wanted: Wanted, nowMs: number): void {
    for (const other of this.#adapters.all.values()) if (other.isReservedFor(wanted)) other.vacate();
    this.#links.connect(adapter, strap, wanted, nowMs);
  }

  #makeRoom(wanted: Wanted, strap: HeardStrap, nowMs: number): void {
    wanted.crampedSinceMs ??= nowMs;
    const fromMs = wanted.crampedSinceMs + this.#timing.crampedMs;
    if (fromMs > nowMs) {
      this.#due(fromMs);
      return;
    }
    const parts = { timing: this.#timing, adapters: this.#adapters.all, preferred: this.#preferred };
    const giving = givingWayTo(wanted, strap, parts, nowMs);
    if (giving === undefined) return;
    giving.link.spared = true;
    giving.adapter.roomFromMs = nowMs + this.#timing.roomEveryMs;
    giving.adapter.reserve(wanted, nowMs + this.#timing.reservedMs);
    this.#links.release(giving.link, giving.reason, nowMs);
  }

  #listen(): void {
    const listening = listeningFor(this.#identity.wanted);
    const text = JSON.stringify(listening);
    for (const adapter of this.#adapters.all.values()) {
      if (!adapter.isReady || adapter.listening === text) continue;
      adapter.listening = text;
      this.#effects.push({ type: 'listen', adapter: adapter.name, ...listening });
    }
  }

  #due(atMs: number): void {
    this.#dueMs = Math.min(this.#dueMs, atMs);
  }
}
