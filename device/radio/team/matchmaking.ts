/**
 * Which strap may be connected now, and over which adapter: by signal and free places, and by how it fared there. It
 * looks and decides; it changes nothing.
 */
import type { AdapterPlaces } from './adapter-places.ts';
import type { HeardStrap } from './heard-strap.ts';
import type { SchedulerTiming } from './scheduling.ts';
import { FAILURES_MAX } from './turns.ts';
import type { Wanted } from './wanted.ts';

/** A free place more is worth as much as so much signal, dB: seven of them as a body between. */
const PLACE_DB = 2;

/** An adapter that hears a strap that much better is worth waiting for, dB. */
const BETTER_DB = 10;

/** `crowded`: adapters hear it, and none of them has a place. */
export type Route = { readonly adapter: AdapterPlaces } | 'crowded' | undefined;

export interface MatchmakingParts {
  readonly timing: SchedulerTiming;
  readonly adapters: ReadonlyMap<string, AdapterPlaces>;
}

export class Matchmaking {
  readonly #parts: MatchmakingParts;
  /** When the earliest of those that were turned away for reasons of time alone may be looked at again. */
  dueMs = Number.POSITIVE_INFINITY;

  constructor(parts: MatchmakingParts) {
    this.#parts = parts;
  }

  /** The strap to connect for this wish now, if any. */
  strapFor({ candidates, current }: Wanted, nowMs: number): HeardStrap | undefined {
    const { changeoverMs } = this.#parts.timing;
    if (current !== undefined) {
      if (this.#mayConnect(current, nowMs)) return current;
      if (candidates.length === 1) return undefined;
      const goneMs = current.lastSignMs + changeoverMs;
      if (goneMs > nowMs) this.#due(goneMs);
      if (goneMs > nowMs && current.failures < FAILURES_MAX && !current.isQuarantined(nowMs)) return undefined;
    }
    return candidates.find((strap) => strap !== current && this.#mayConnect(strap, nowMs));
  }

  /** The strangers that may be asked for their serial number, first the one that has waited longest. */
  strangersToAsk(strangers: Iterable<HeardStrap>, nowMs: number): HeardStrap[] {
    if (!this.#mayAsk(nowMs)) return [];
    const askable = [...strangers].filter((strap) => strap.heartRate && this.#mayConnect(strap, nowMs));
    return askable.sort((a, b) => waitingSinceMs(a) - waitingSinceMs(b));
  }

  /** The adapter to connect this strap over now; undefined while it is better to wait. */
  routeFor(strap: HeardStrap, wanted: Wanted | undefined, nowMs: number): Route {
    const inRange = this.#inRange(strap, nowMs);
    const withPlace = inRange.filter((adapter) => adapter.freeFor(wanted) > 0);
    if (withPlace.length === 0) return inRange.length === 0 ? undefined : 'crowded';
    const trusted = mostTrusted(strap, withPlace).sort((a, b) => score(strap, b, wanted) - score(strap, a, wanted));
    const [best] = trusted;
    const bestIdle = trusted.find((adapter) => !adapter.isConnecting && idleMs(adapter, wanted) <= nowMs);
    if (best === undefined || bestIdle === undefined) {
      for (const adapter of trusted) if (!adapter.isConnecting) this.#due(idleMs(adapter, wanted));
      return undefined;
    }
    const worse = score(strap, best, wanted) - score(strap, bestIdle, wanted);
    const patientUntilMs = Math.max(strap.presentSinceMs, strap.restsUntilMs) + this.#parts.timing.betterMs;
    if (worse <= BETTER_DB || patientUntilMs <= nowMs) return { adapter: bestIdle };
    this.#due(patientUntilMs);
    return undefined;
  }

  /** Whether any adapter is free to ask; there may be a thousand strangers to look through. */
  #mayAsk(nowMs: number): boolean {
    let mayAsk = false;
    for (const adapter of this.#parts.adapters.values()) {
      if (!adapter.isReady || adapter.isConnecting || adapter.freeFor(undefined) < 1) continue;
      const fromMs = idleMs(adapter, undefined);
      if (fromMs <= nowMs) mayAsk = true;
      else this.#due(fromMs);
    }
    return mayAsk;
  }

  #inRange(strap: HeardStrap, nowMs: number): AdapterPlaces[] {
    const { adapters, timing } = this.#parts;
    return [...adapters.values()].filter((adapter) => adapter.hears(strap, nowMs, timing));
  }

  #mayConnect(strap: HeardStrap, nowMs: number): boolean {
    const { freshMs } = this.#parts.timing;
    if (strap.linked || !strap.connectable || nowMs - strap.heardMs > freshMs) return false;
    const fromMs = Math.max(strap.restsUntilMs, this.#settledMs(strap, nowMs));
    if (fromMs > nowMs && fromMs <= strap.heardMs + freshMs) this.#due(fromMs);
    return fromMs <= nowMs;
  }

  /** When every adapter that could take the strap has had the time to hear it. */
  #settledMs(strap: HeardStrap, nowMs: number): number {
    const { adapters, timing } = this.#parts;
    const deaf = [...adapters.values()].some((adapter) => {
      const couldHear = adapter.isReady && !adapter.isConnecting && adapter.links.size < adapter.places;
      return couldHear && !adapter.hears(strap, nowMs, timing);
    });
    return deaf ? strap.presentSinceMs + timing.settleMs : strap.presentSinceMs;
  }

  #due(atMs: number): void {
    this.dueMs = Math.min(this.dueMs, atMs);
  }
}

/** Of those that have not failed this strap again and again, all; of the others, those that failed it least. */
function mostTrusted(strap: HeardStrap, adapters: readonly AdapterPlaces[]): AdapterPlaces[] {
  const failuresOn = ({ name }: AdapterPlaces) => strap.failuresOn.get(name) ?? 0;
  const least = Math.min(...adapters.map(failuresOn));
  return adapters.filter((adapter) => failuresOn(adapter) <= Math.max(least, FAILURES_MAX - 1));
}

function score({ hearings }: HeardStrap, adapter: AdapterPlaces, wanted: Wanted | undefined): number {
  return (hearings.get(adapter.name)?.rssi ?? Number.NEGATIVE_INFINITY) + PLACE_DB * adapter.freeFor(wanted);
}

/** When an adapter that connects nobody is free to connect for this wish, or to ask. */
function idleMs(adapter: AdapterPlaces, wanted: Wanted | undefined): number {
  const { listensUntilMs, hearsOutUntilMs, asksFromMs, failuresInRow } = adapter;
  if (wanted === undefined) return Math.max(listensUntilMs, hearsOutUntilMs, asksFromMs);
  // One strap that hangs costs the good ones nothing but its own timer. Where several do, whose turn it is counts.
  if (failuresInRow <= 1 && wanted.failures === 0) return listensUntilMs;
  return Math.max(listensUntilMs, hearsOutUntilMs);
}

function waitingSinceMs({ lastAttemptMs, presentSinceMs }: HeardStrap): number {
  return Math.max(lastAttemptMs, presentSinceMs);
}
