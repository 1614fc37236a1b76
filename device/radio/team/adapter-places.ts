/**
 * One adapter: the links that it holds, how many it may hold, and whether it may connect now.
 *
 * Invariant: at most one link is being connected. How many a controller holds is not known beforehand: one that
 * refuses is taken at its word, and tried again for one more after a while.
 */
import type { StrapId } from '../../../src/domain/sample.ts';
import type { HeardStrap } from './heard-strap.ts';
import { doubledMs } from './retry.ts';
import type { SchedulerTiming } from './scheduling.ts';
import type { Link, Wanted } from './wanted.ts';

/** What a Raspberry Pi's own controller was found to hold safely. */
export const PLACES = 7;

/** More than any controller holds; a worker that tells of more tells no truth. */
export const LINKS_MAX = 64;

const NEVER = Number.NEGATIVE_INFINITY;

export class AdapterPlaces {
  readonly name: string;
  readonly links = new Map<StrapId, Link>();
  /** Since when its worker is there and its adapter is on. */
  readyMs: number | undefined;
  /** Until then it connects nobody. */
  listensUntilMs = NEVER;
  /** Until then it listens, so that those are heard who were not while it was connecting, and may come first. */
  hearsOutUntilMs = NEVER;
  /** Connects that failed since the last one that did not. */
  failuresInRow = 0;
  /** Strangers are asked no sooner, so that they take half of its time at most. */
  asksFromMs = NEVER;
  /** What it was last told to listen for. */
  listening: string | undefined;
  /** No place is made here sooner: each costs somebody a link for a while. */
  roomFromMs = NEVER;
  #reserved: { readonly wanted: Wanted; readonly untilMs: number } | undefined;
  readonly #max: number;
  #places: number;
  #refusals = 0;
  #raiseMs = Number.POSITIVE_INFINITY;

  constructor(name: string, max: number) {
    this.name = name;
    this.#max = Math.max(1, Math.min(LINKS_MAX, max));
    this.#places = this.#max;
  }

  get isReady(): boolean {
    return this.readyMs !== undefined;
  }

  /** Whether the strap is in its range. What an earlier worker heard this one does not know. */
  hears({ hearings }: HeardStrap, nowMs: number, { inRangeMs }: SchedulerTiming): boolean {
    const heardMs = hearings.get(this.name)?.heardMs ?? NEVER;
    return this.readyMs !== undefined && heardMs >= this.readyMs && nowMs - heardMs <= inRangeMs;
  }

  get places(): number {
    return this.#places;
  }

  /** Places that this wish could take, or anybody. */
  freeFor(wanted: Wanted | undefined): number {
    const kept = this.#reserved !== undefined && this.#reserved.wanted !== wanted ? 1 : 0;
    return this.#places - this.links.size - kept;
  }

  /** Whether its places are taken by good links; what is only on its way may give its place up by itself. */
  get isFull(): boolean {
    let subscribed = 0;
    for (const { state } of this.links.values()) if (state === 'subscribed') subscribed++;
    return subscribed >= this.#places;
  }

  /** Whether a link is being connected, or may be. */
  get isConnecting(): boolean {
    for (const { holdsSlot } of this.links.values()) if (holdsSlot) return true;
    return false;
  }

  reserve(wanted: Wanted, untilMs: number): void {
    this.#reserved = { wanted, untilMs };
  }

  isReservedFor(wanted: Wanted): boolean {
    return this.#reserved?.wanted === wanted;
  }

  /** The reservation has been used, or has lost its sense. */
  vacate(): void {
    this.#reserved = undefined;
  }

  /** The controller holds no more links than these. */
  refused(held: number, nowMs: number, { raise, refusedMs }: SchedulerTiming): void {
    this.#places = Math.max(1, Math.min(this.#places, held));
    this.#raiseMs = nowMs + doubledMs(raise, this.#refusals++);
    // Then it is others that fill it, or it is in trouble; the count says nothing.
    if (held === 0) this.listensUntilMs = nowMs + refusedMs;
  }

  /** A link was made: where it is one more than the controller had refused, the next is tried as soon. */
  connected(nowMs: number, { raise }: SchedulerTiming): void {
    this.failuresInRow = 0;
    if (this.links.size < this.#places || this.#places === this.#max || this.#refusals === 0) return;
    this.#refusals = 0;
    this.#raiseMs = nowMs + raise.minMs;
  }

  /** Time has passed. */
  tick(nowMs: number, { raise }: SchedulerTiming): void {
    if (this.#reserved !== undefined && this.#reserved.untilMs <= nowMs) this.#reserved = undefined;
    if (this.#raiseMs > nowMs) return;
    this.#places++;
    this.#raiseMs = this.#places < this.#max ? nowMs + doubledMs(raise, this.#refusals) : Number.POSITIVE_INFINITY;
    if (this.#places === this.#max) this.#refusals = 0;
  }

  /** When something changes here with time alone. */
  get dueMs(): number {
    return Math.min(this.#raiseMs, this.#reserved?.untilMs ?? Number.POSITIVE_INFINITY);
  }
}
