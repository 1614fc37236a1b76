/**
 * The links of the team, from the wish for one to the worker's word that it has ended.
 *
 * Invariants: a strap has at most one link over all adapters, an athlete at most one; every state but `subscribed` has
 * a deadline; a link takes up its place until the worker has told its end, or the worker is gone.
 */
import type { StrapId } from '../../../src/domain/sample.ts';
import type { Reception } from '../../../src/ports.ts';
import type { AdapterPlaces } from './adapter-places.ts';
import type { HeardStrap } from './heard-strap.ts';
import { retryDelayMs } from './retry.ts';
import type { Emit, SchedulerTiming } from './scheduling.ts';
import type { Link, LinkState, Wanted } from './wanted.ts';

/** Connection limit exceeded, and connection rejected due to limited resources (Core Specification, volume 1 part F). */
const REFUSALS: readonly number[] = [0x09, 0x0d];

/** Connection timeout: nothing was heard of the strap for the supervision time. */
const TIMED_OUT = 0x08;

export interface LinksParts {
  readonly timing: SchedulerTiming;
  readonly random: () => number;
  readonly emit: Emit;
}

export interface LinkEnd {
  readonly code?: number | undefined;
  readonly reason?: string | undefined;
  /** It went with its adapter. */
  readonly withAdapter?: boolean;
}

export class Links {
  readonly #parts: LinksParts;
  readonly #links = new Map<StrapId, Link>();

  constructor(parts: LinksParts) {
    this.#parts = parts;
  }

  /** The one that may serve somebody. */
  of(strap: StrapId): Link | undefined {
    return this.#links.get(strap);
  }

  /** Has the strap connected; without a wish, to be asked for its serial number. */
  connect(adapter: AdapterPlaces, strap: HeardStrap, wanted: Wanted | undefined, nowMs: number): void {
    const link = this.#add(adapter, strap, 'connecting', nowMs + this.#parts.timing.connectMs, nowMs);
    link.holdsSlot = true;
    strap.lastAttemptMs = nowMs;
    const identify = wanted === undefined;
    this.#parts.emit({ type: 'connect', adapter: adapter.name, strap: strap.id, identify });
    if (wanted !== undefined) this.#give(link, wanted, nowMs);
  }

  /** Takes up a link that a worker holds: for this wish, or else to be ended. */
  adopt(
    adapter: AdapterPlaces,
    strap: HeardStrap,
    { wanted, isOnAir }: { wanted?: Wanted | undefined; isOnAir: boolean },
    nowMs: number,
  ): void {
    const link = this.#add(adapter, strap, 'subscribed', Number.POSITIVE_INFINITY, nowMs);
    if (wanted === undefined) {
      link.spared = true;
      link.holdsSlot = !isOnAir;
      this.release(link, 'the gateway has no use for this link', nowMs);
      return;
    }
    wanted.link = link;
    link.wanted = wanted;
    this.#subscribed(link, nowMs);
  }

  reached(adapter: AdapterPlaces, link: Link, state: 'connected' | 'subscribed', nowMs: number): void {
    if (link.holdsSlot) adapter.connected(nowMs, this.#parts.timing);
    link.holdsSlot = false;
    if (link.state === 'connecting') {
      link.state = link.wanted === undefined ? 'asking' : 'preparing';
      link.deadlineMs = nowMs + this.#parts.timing.setUpMs;
    }
    if (state === 'subscribed' && link.state === 'preparing') this.#subscribed(link, nowMs);
  }

  /** The strap that was asked is this wish's. */
  subscribe(link: Link, wanted: Wanted, nowMs: number): void {
    link.state = 'preparing';
    link.deadlineMs = nowMs + this.#parts.timing.setUpMs;
    this.#parts.emit({ type: 'subscribe', adapter: link.adapter, strap: link.strap.id });
    this.#give(link, wanted, nowMs);
  }

  /** The strap of this link turns out to be another's. */
  handOver(link: Link, wanted: Wanted, nowMs: number): void {
    this.detach(link, 'by its serial number the strap is another athlete’s');
    this.handTo(link, wanted, nowMs);
  }

  /** It serves nobody from now on: to be handed to somebody else, or released. */
  detach(link: Link, reason: string): void {
    this.#reportEnd(link, { reason });
    if (link.wanted !== undefined) link.wanted.link = undefined;
    link.wanted = undefined;
  }

  /** A link that serves nobody serves this wish, as far as it has come. */
  handTo(link: Link, wanted: Wanted, nowMs: number): void {
    this.#give(link, wanted, nowMs);
    if (link.subscribedMs !== undefined) this.#subscribed(link, link.subscribedMs);
  }

  /** Its end follows, and counts as a failure of the strap's unless it is spared. */
  release(link: Link, reason: string, nowMs: number): void {
    if (link.state === 'releasing') return;
    link.state = 'releasing';
    link.deadlineMs = nowMs + this.#parts.timing.releaseMs;
    link.releasedFor = reason;
    this.#parts.emit({ type: 'release', adapter: link.adapter, strap: link.strap.id, reason });
  }

  ended(adapter: AdapterPlaces, link: Link, end: LinkEnd, nowMs: number): void {
    const { strap, wanted } = link;
    const wasConnecting = link.holdsSlot;
    if (this.#links.get(strap.id) === link) this.#links.delete(strap.id);
    adapter.links.delete(strap.id);
    strap.links--;
    if (!wasConnecting) strap.lastSignMs = nowMs;
    if (wasConnecting) {
      adapter.hearsOutUntilMs = nowMs + Math.min(nowMs - link.sinceMs, this.#parts.timing.listenMs);
      adapter.failuresInRow++;
    }
    if (wanted !== undefined) wanted.link = undefined;
    else if (link.subscribedMs === undefined) {
      adapter.asksFromMs = nowMs + Math.max(nowMs - link.sinceMs, this.#parts.timing.listenMs);
    }
    this.#account(adapter, link, end, wasConnecting, nowMs);
    this.#reportEnd(link, end);
  }

  #account(adapter: AdapterPlaces, link: Link, end: LinkEnd, wasConnecting: boolean, nowMs: number): void {
    const { timing, random } = this.#parts;
    const { strap, wanted, subscribedMs } = link;
    if (subscribedMs !== undefined && nowMs - subscribedMs >= timing.steadyMs) {
      strap.succeeded();
      if (wanted !== undefined) wanted.failures = 0;
      return;
    }
    if (wasConnecting && !end.withAdapter && end.code !== undefined && REFUSALS.includes(end.code)) {
      // The controller may have decided before others ended; and each link more that it held says that it can.
      adapter.refused(Math.max(link.others, adapter.links.size), nowMs, timing);
      return;
    }
    // An adapter that goes while a strap is connecting may go because of it; the others are not to blame.
    if (link.spared || (end.withAdapter && !wasConnecting)) return;
    if (wanted === undefined) {
      strap.restUntil(nowMs + retryDelayMs(timing.strangerRetry, strap.failures++, random()));
    } else {
      if (subscribedMs !== undefined && nowMs - subscribedMs >= timing.usefulMs) {
        strap.gaveReadings();
        wanted.failures = Math.min(wanted.failures, 1);
      }
      wanted.failures++;
      strap.failed(adapter.name, nowMs, random(), timing);
    }
  }

  #add(adapter: AdapterPlaces, strap: HeardStrap, state: LinkState, deadlineMs: number, nowMs: number): Link {
    const link: Link = {
      adapter: adapter.name,
      strap,
      wanted: undefined,
      state,
      holdsSlot: false,
      sinceMs: nowMs,
      others: adapter.links.size,
      subscribedMs: undefined,
      deadlineMs,
      releasedFor: undefined,
      spared: false,
    };
    if (!strap.linked) this.#links.set(strap.id, link);
    strap.links++;
    adapter.links.set(strap.id, link);
    return link;
  }

  #give(link: Link, wanted: Wanted, nowMs: number): void {
    link.wanted = wanted;
    wanted.link = link;
    wanted.lastAttemptMs = nowMs;
    wanted.crampedSinceMs = undefined;
    const reception = link.strap.receptionOn(link.adapter);
    this.#report(link, wanted, { state: 'connecting', ...(reception === undefined ? {} : { reception }) });
  }

  #subscribed(link: Link, nowMs: number): void {
    const { strap, wanted } = link;
    link.state = 'subscribed';
    link.subscribedMs = nowMs;
    link.deadlineMs = Number.POSITIVE_INFINITY;
    if (wanted === undefined) return;
    wanted.current = strap;
    this.#report(link, wanted, { state: 'subscribed' });
  }

  #reportEnd(link: Link, { code, reason, withAdapter }: LinkEnd): void {
    const { wanted, subscribedMs, releasedFor } = link;
    if (wanted === undefined) return;
    const why = releasedFor ?? reason ?? 'the worker gave no reason';
    if (subscribedMs === undefined) {
      this.#report(link, wanted, { state: 'failed', reason: why });
      return;
    }
    const cause = withAdapter ? 'adapter-lost' : code === TIMED_OUT ? 'out-of-range' : 'other';
    this.#report(link, wanted, { state: 'lost', reason: why, cause });
  }

  #report(link: Link, { wish: { athlete } }: Wanted, what: LinkReport): void {
    this.#parts.emit({ type: 'link', athlete, strap: link.strap.id, adapter: link.adapter, ...what });
  }
}

type LinkReport =
  | { readonly state: 'connecting'; readonly reception?: Reception }
  | { readonly state: 'subscribed' }
  | { readonly state: 'failed'; readonly reason: string }
  | {
      readonly state: 'lost';
      readonly reason: string;
      readonly cause: 'out-of-range' | 'adapter-lost' | 'other';
    };
