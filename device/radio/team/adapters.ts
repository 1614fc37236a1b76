/**
 * The adapters, as their workers tell of them: which are there, what became of the links that were asked of them, and
 * what is overdue.
 *
 * A worker that does not answer in time counts as lost, and is not listened to until it has been started anew: what it
 * holds then is not known.
 */
import type { StrapId } from '../../../src/domain/sample.ts';
import { AdapterPlaces, LINKS_MAX } from './adapter-places.ts';
import type { HeardStraps } from './heard-straps.ts';
import type { Links } from './links.ts';
import type { Recognition } from './recognition.ts';
import type { Emit, HeldLink, LinkInput, SchedulerTiming } from './scheduling.ts';

export interface AdaptersParts {
  readonly timing: SchedulerTiming;
  readonly placesOf: (adapter: string) => number;
  readonly straps: HeardStraps;
  readonly links: Links;
  readonly recognition: Recognition;
  readonly emit: Emit;
}

export class Adapters {
  readonly #parts: AdaptersParts;
  readonly #adapters = new Map<string, AdapterPlaces>();

  constructor(parts: AdaptersParts) {
    this.#parts = parts;
  }

  get all(): ReadonlyMap<string, AdapterPlaces> {
    return this.#adapters;
  }

  isReady(name: string): boolean {
    return this.#adapters.get(name)?.isReady === true;
  }

  /** Takes up the links that the worker holds. */
  ready(name: string, held: readonly HeldLink[], nowMs: number): void {
    const { placesOf, links, recognition } = this.#parts;
    // What it held before is not what it holds now.
    this.lost(name, 'the radio worker was started anew', nowMs);
    const adapter = this.#adapters.get(name) ?? new AdapterPlaces(name, placesOf(name));
    this.#adapters.set(name, adapter);
    adapter.readyMs = nowMs;
    adapter.listening = undefined;
    for (const one of held.slice(0, LINKS_MAX)) {
      if (adapter.links.has(one.strap)) continue;
      const { strap, wanted } = recognition.held(one, nowMs);
      // Another adapter may have linked it meanwhile, and its athlete another strap.
      const isOfUse = one.subscribed && !strap.linked && wanted?.link === undefined;
      links.adopt(adapter, strap, { wanted: isOfUse ? wanted : undefined, isOnAir: one.subscribed }, nowMs);
    }
  }

  lost(name: string, reason: string | undefined, nowMs: number): void {
    const adapter = this.#adapters.get(name);
    if (adapter === undefined || !adapter.isReady) return;
    adapter.readyMs = undefined;
    adapter.vacate();
    for (const link of [...adapter.links.values()]) {
      this.#parts.links.ended(adapter, link, { reason, withAdapter: true }, nowMs);
    }
  }

  moved({ adapter: name, strap, state, code, reason }: LinkInput, nowMs: number): void {
    const { links } = this.#parts;
    const adapter = this.#adapters.get(name);
    if (adapter === undefined || !adapter.isReady) return;
    const link = adapter.links.get(strap);
    if (link === undefined) {
      if (state !== 'ended') this.#disown(adapter, strap, state !== 'connecting', nowMs);
    } else if (state === 'ended') {
      links.ended(adapter, link, { code, reason }, nowMs);
    } else if (state !== 'connecting') {
      links.reached(adapter, link, state, nowMs);
    }
  }

  /** Whatever was to have happened by now and has not. */
  expire(nowMs: number): void {
    const { timing, links } = this.#parts;
    for (const adapter of this.#adapters.values()) {
      adapter.tick(nowMs, timing);
      for (const link of [...adapter.links.values()]) {
        if (link.deadlineMs > nowMs || !adapter.isReady) continue;
        if (link.state === 'connecting') this.#suspect(adapter, 'it does not tell what became of a connect', nowMs);
        else if (link.state === 'releasing') this.#suspect(adapter, 'it does not end a link', nowMs);
        else links.release(link, 'the strap takes too long', nowMs);
      }
    }
  }

  /** When the next of that is due. */
  dueMs(): number {
    let dueMs = Number.POSITIVE_INFINITY;
    for (const adapter of this.#adapters.values()) {
      dueMs = Math.min(dueMs, adapter.dueMs);
      for (const { deadlineMs } of adapter.links.values()) dueMs = Math.min(dueMs, deadlineMs);
    }
    return dueMs;
  }

  /** A link that nobody asked of this adapter. */
  #disown(adapter: AdapterPlaces, strap: StrapId, isOnAir: boolean, nowMs: number): void {
    const { links, straps } = this.#parts;
    if (adapter.links.size >= LINKS_MAX) this.#suspect(adapter, 'it tells of links that nobody asked for', nowMs);
    else links.adopt(adapter, straps.meet(strap), { isOnAir }, nowMs);
  }

  #suspect({ name }: AdapterPlaces, reason: string, nowMs: number): void {
    this.#parts.emit({ type: 'suspect', adapter: name, reason });
    this.lost(name, reason, nowMs);
  }
}
