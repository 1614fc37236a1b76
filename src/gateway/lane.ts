/**
 * What one lane has read and not yet sent, what it has under way, and for how long it waits by itself. Alerts, ledger
 * entries, the samples of now and those of before each have a lane, so that none waits for another's acknowledgements,
 * and a broker that refuses one does not hold up the others.
 */
import { type BatchExtent, type EncodedBatch, extentOf, type RecordKind } from '../domain/record.ts';
import type { SeqRange } from '../domain/seq-ranges.ts';
import type { PreparedMessage } from '../ports.ts';
import type { SentMessage } from './flow-window.ts';

export type LaneName = 'alerts' | 'gaps' | 'live' | 'backfill';

/** A lane that is refused is tried again after this, and after twice as long each further time. */
const HOLD_MS = { first: 1_000, most: 60_000 } as const;

/**
 * The most records of one message: 120 KB as JSON, and some two milliseconds of the store's time, which an alert may have to
 * wait. On a fast link half as many make a drain a sixth slower.
 * Alerts seldom come alone: where there were some just now, the next one is to find less before it.
 */
const RECORDS_MAX = { usual: 1000, besideAlerts: 200 } as const;

/** Large messages grow in steps, so that what the store reads ahead has as many as will be asked for, though their size varies. */
const STEPS = { from: 100, of: 25 } as const;

/** What a sample of one reading takes in a message, bytes, until it is measured. */
const RECORD_BYTES = 130;

/** How much a new message counts in what a record takes. */
const NEWEST_PART = 1 / 4;

/** How many messages are read before they can be sent: while one is encoded the next is on its way from the disk. */
const READ_AHEAD = 2;

/** What was read, in its place; it has its message once that is encoded. */
interface Place {
  readonly batch: BatchExtent;
  message?: PreparedMessage;
}

export type Ready = Required<Place>;

export interface Flight {
  readonly lane: Lane;
  readonly batch: BatchExtent;
  readonly sent: SentMessage;
  /** Nothing else may be under way meanwhile. */
  readonly isAlone: boolean;
}

export class Lane {
  readonly name: LaneName;
  readonly kind: RecordKind;
  /** Does not wait for the window, and may owe to the rate limits. */
  readonly isUrgent: boolean;
  readonly flights = new Set<Flight>();
  /** What is being read. */
  reading: SeqRange | undefined;
  #queue: Place[] = [];
  #recordsMax: number = RECORDS_MAX.usual;
  #recordBytes = RECORD_BYTES;
  #notBeforeMs = Number.NEGATIVE_INFINITY;
  #holdMs: number = HOLD_MS.first;
  /** Up to which number there are records that the broker did not take when they were sent. */
  #notTakenThrough: number | undefined;
  /** Those under way when it did not: they had overtaken the others before anybody knew. */
  #overtaking = new WeakSet<Flight>();
  /** Those whose numbers are of a store that is gone. */
  #ofStoreGone = new WeakSet<Flight>();

  constructor(name: LaneName) {
    this.name = name;
    this.kind = name === 'alerts' || name === 'gaps' ? name : 'samples';
    this.isUrgent = this.kind !== 'samples';
  }

  /** Adds what is on its way from the disk to the broker and has no acknowledgement. */
  addBusy(busy: SeqRange[]): void {
    for (const flight of this.flights) if (!this.#ofStoreGone.has(flight)) busy.push(flight.batch.range);
    if (this.reading !== undefined) busy.push(this.reading);
    for (const { batch } of this.#queue) busy.push(batch.range);
  }

  /** How many records make a message of about this size. */
  recordLimit(bytes: number, isBesideAlerts: boolean): number {
    const most = isBesideAlerts ? RECORDS_MAX.besideAlerts : RECORDS_MAX.usual;
    const count = Math.min(most, this.#recordsMax, Math.floor(bytes / this.#recordBytes));
    return Math.max(1, count < STEPS.from ? count : count - (count % STEPS.of));
  }

  get mayReadAhead(): boolean {
    return this.reading === undefined && this.#queue.length < READ_AHEAD;
  }

  /** Nothing was read that is not sent. */
  get isEmpty(): boolean {
    return this.reading === undefined && this.#queue.length === 0;
  }

  /** What is to be sent next, if it can be. */
  get ready(): Ready | undefined {
    const [first] = this.#queue;
    return first?.message === undefined ? undefined : { batch: first.batch, message: first.message };
  }

  /** Keeps the order: the next may be read while this one is encoded. */
  placeFor(batch: EncodedBatch): Place {
    const place = { batch: extentOf(batch) };
    this.#queue.push(place);
    return place;
  }

  prepared(place: Place, message: PreparedMessage): void {
    place.message = message;
    this.#recordBytes += (message.bytes / place.batch.records.length - this.#recordBytes) * NEWEST_PART;
  }

  sent(flight: Flight): void {
    this.#queue.shift();
    this.flights.add(flight);
  }

  /** How long the lane waits by itself, ms. */
  heldForMs(nowMs: number): number {
    return Math.max(0, this.#notBeforeMs - nowMs);
  }

  /** Nothing may overtake what the broker did not take. */
  get goesOneByOne(): boolean {
    return this.#notTakenThrough !== undefined;
  }

  acknowledged(flight: Flight): void {
    this.flights.delete(flight);
    // What is sent since begins with what was not taken: an answer beyond its end is one for all of it, or it is gone.
    const isBeyond = flight.batch.range.through >= (this.#notTakenThrough ?? 0);
    if (isBeyond && !this.#overtaking.has(flight)) this.#notTakenThrough = undefined;
    this.#holdMs = HOLD_MS.first;
    this.#recordsMax = Math.min(RECORDS_MAX.usual, this.#recordsMax * 2);
  }

  /** It has to be sent again, and before what was read behind it, so that the order stays. */
  takeBack(flight: Flight): void {
    this.flights.delete(flight);
    this.discard();
  }

  /** The broker did not take it: the lane goes one message at a time until it has. */
  notTaken(flight: Flight): void {
    this.takeBack(flight);
    if (this.#ofStoreGone.has(flight)) return;
    for (const other of this.flights) this.#overtaking.add(other);
    this.#notTakenThrough = Math.max(this.#notTakenThrough ?? 0, flight.batch.range.through);
  }

  /** Another store has taken the place of a damaged one, with numbers of its own. */
  beginAnew(): void {
    for (const flight of this.flights) {
      this.#ofStoreGone.add(flight);
      this.#overtaking.add(flight);
    }
    this.#notTakenThrough = undefined;
    this.discard();
  }

  /** What was read and not sent is to be read again; what is being read goes nowhere. */
  discard(): void {
    this.#queue = [];
    this.reading = undefined;
  }

  /** The next message has half of these records. */
  tooLarge(records: number): void {
    this.#recordsMax = Math.max(1, Math.floor(records / 2));
  }

  /** Nothing is sent for so long, for a cause that is not the broker's. */
  hold(durationMs: number, nowMs: number): void {
    this.#notBeforeMs = Math.max(this.#notBeforeMs, nowMs + durationMs);
  }

  /** Nothing is sent for a time that grows with each refusal. @returns how long, ms */
  refused(nowMs: number): number {
    const holdMs = this.#holdMs;
    this.hold(holdMs, nowMs);
    this.#holdMs = Math.min(HOLD_MS.most, holdMs * 2);
    return holdMs;
  }
}
