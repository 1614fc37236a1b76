/**
 * Which link has to give way when an athlete's strap is heard by adapters without a free place only: one whose strap
 * another adapter can take over, and for a preferred athlete, at last, one of somebody else's.
 */
import type { AthleteId } from '../../../src/domain/sample.ts';
import type { AdapterPlaces } from './adapter-places.ts';
import type { HeardStrap } from './heard-strap.ts';
import type { SchedulerTiming } from './scheduling.ts';
import { FAILURES_MAX } from './turns.ts';
import type { Link, Wanted } from './wanted.ts';

export interface Giving {
  readonly link: Link;
  readonly adapter: AdapterPlaces;
  readonly reason: string;
}

export interface RoomParts {
  readonly timing: SchedulerTiming;
  readonly adapters: ReadonlyMap<string, AdapterPlaces>;
  readonly preferred: ReadonlySet<AthleteId>;
}

/** A strap that has failed is worth nobody's link. */
export function givingWayTo(wanted: Wanted, strap: HeardStrap, parts: RoomParts, nowMs: number): Giving | undefined {
  const { adapters, timing, preferred } = parts;
  if (wanted.failures > 0) return undefined;
  if ([...adapters.values()].some((adapter) => adapter.isReservedFor(wanted))) return undefined;
  if (hasPlace(strap, parts, nowMs - timing.heardLatelyMs)) return undefined;
  const full = [...adapters.values()].filter((adapter) => {
    return adapter.isFull && adapter.roomFromMs <= nowMs && adapter.hears(strap, nowMs, timing);
  });
  const steady = full.flatMap((adapter) => {
    const links = [...adapter.links.values()].filter(({ state, subscribedMs }) => {
      return state === 'subscribed' && subscribedMs !== undefined && nowMs - subscribedMs >= timing.steadyMs;
    });
    return links.map((link) => ({ link, adapter }));
  });
  // Its own adapter is full, so that this is another one.
  const moving = steady.find(({ link }) => hasPlace(link.strap, parts, nowMs - timing.heardOnceMs));
  if (moving !== undefined) return { ...moving, reason: 'another adapter takes the strap over' };
  if (!preferred.has(wanted.wish.athlete)) return undefined;
  const [least] = steady
    .filter(({ link }) => link.wanted !== undefined && !preferred.has(link.wanted.wish.athlete))
    .sort((a, b) => worth(a.link, nowMs) - worth(b.link, nowMs));
  return least && { ...least, reason: 'its place is needed for an athlete with an open alert' };
}

/** Whether an adapter has a place that has heard the strap since then; while they are linked, straps are silent. */
function hasPlace(strap: HeardStrap, { adapters }: RoomParts, sinceMs: number): boolean {
  return [...adapters.values()].some((adapter) => {
    const heardMs = strap.hearings.get(adapter.name)?.heardMs ?? Number.NEGATIVE_INFINITY;
    const failures = strap.failuresOn.get(adapter.name) ?? 0;
    return adapter.isReady && adapter.freeFor(undefined) > 0 && heardMs >= sinceMs && failures < FAILURES_MAX;
  });
}

/** Least where the strap's broadcasts go on telling its heart rate, then where the link is young. */
function worth({ strap, sinceMs }: Link, nowMs: number): number {
  const broadcasts = Number.isFinite(strap.broadcastMs);
  return nowMs - sinceMs + (broadcasts ? 0 : 1e12);
}
