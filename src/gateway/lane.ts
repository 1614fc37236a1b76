/**
 * One lane's way through the uplink: what was sent, what is not yet acknowledged, and where to go on.
 *
 * The cursor moves only over an unbroken run of acknowledged batches. When a batch fails, nothing more is
 * sent until those in flight are settled; then the lane goes back to its cursor. So what is delivered
 * twice is at most what was in flight. A lane that the broker refuses waits by itself; the others go on.
 */
import type { Batch, Lane } from '../domain/record.ts';

/** A lane that is refused is tried again after this, and after twice as long each further time. */
const HOLD_MS = { first: 1_000, most: 60_000 } as const;

export interface Flight {
  readonly batch: Batch;
  state: 'under-way' | 'acknowledged' | 'failed';
}

export class LaneFlow {
  readonly lane: Lane;
  readonly #inFlightMax: number;
  readonly #batchMax: number;
  #flights: Flight[] = [];
  #sentSeq: number;
  #batchLimit: number;
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  #holdMs: number = HOLD_MS.first;

  constructor(lane: Lane, options: { cursor: number; inFlightMax: number; batchMax: number }) {
    this.lane = lane;
    this.#sentSeq = options.cursor;
    this.#inFlightMax = options.inFlightMax;
    this.#batchMax = options.batchMax;
    this.#batchLimit = options.batchMax;
  }

  /** Where to read on. */
  get sentSeq(): number {
    return this.#sentSeq;
  }

  /** How many records the next batch may have. */
  get batchLimit(): number {
    return this.#batchLimit;
  }

  get inFlight(): number {
    return this.#flights.length;
  }

  maySend(nowMs: number): boolean {
    const failing = this.#flights.some(({ state }) => state === 'failed');
    return !failing && this.#flights.length < this.#inFlightMax && nowMs >= this.#notBeforeMs;
  }

  send(batch: Batch): Flight {
    const flight: Flight = { batch, state: 'under-way' };
    this.#flights.push(flight);
    this.#sentSeq = batch.records.at(-1)?.seq ?? this.#sentSeq;
    return flight;
  }

  /** Nothing before this batch is unacknowledged. */
  isFirst(flight: Flight): boolean {
    return this.#flights[0] === flight;
  }

  /** @returns the batches over which the cursor may now move, in order */
  acknowledged(flight: Flight): Batch[] {
    flight.state = 'acknowledged';
    this.#holdMs = HOLD_MS.first;
    this.#batchLimit = Math.min(this.#batchMax, this.#batchLimit * 2);
    const firstOpen = this.#flights.findIndex(({ state }) => state !== 'acknowledged');
    const done = this.#flights.splice(0, firstOpen === -1 ? this.#flights.length : firstOpen);
    return done.map(({ batch }) => batch);
  }

  /** The batch has to be sent again, in batches of at most `batchLimit`. */
  failed(flight: Flight, batchLimit = this.#batchLimit): void {
    flight.state = 'failed';
    this.#batchLimit = Math.max(1, batchLimit);
  }

  /** Nothing is sent before this time, for a cause that is not the broker's. */
  hold(untilMs: number): void {
    this.#notBeforeMs = Math.max(this.#notBeforeMs, untilMs);
  }

  /** The batch has to be sent again, after a time that grows. @returns how long, ms */
  refused(flight: Flight, nowMs: number): number {
    flight.state = 'failed';
    const holdMs = this.#holdMs;
    this.#notBeforeMs = nowMs + holdMs;
    this.#holdMs = Math.min(HOLD_MS.most, holdMs * 2);
    return holdMs;
  }

  /** After a failure, and once nothing is under way: back to the cursor. */
  rewind(cursor: number): void {
    if (this.#flights.length === 0 || this.#flights.some(({ state }) => state === 'under-way')) return;
    this.#flights = [];
    this.#sentSeq = cursor;
  }
}
