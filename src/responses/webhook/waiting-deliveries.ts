/**
 * Alerts that are to be sent to a webhook, and which is the next. What is new is sent at once, also while others have to
 * wait after a failure and whatever pause the receiver asks for: that is how an alarm overtakes an outage. What has failed
 * goes behind the others, so that one that the receiver chokes on holds up none of them; the times between such attempts
 * grow with each failure in a row. Of more failures than there is room for the oldest is forgotten here: it is in the log.
 */
import type { AlertEvent } from '../../domain/alert.ts';
import type { Batch, Stored } from '../../domain/record.ts';
import { type BackOffLimits, backOffMs } from '../../uplink/back-off.ts';
import type { Age } from './unread-alerts.ts';

export interface AlertDelivery {
  /** Names the record for ever. */
  readonly id: string;
  readonly alert: Stored<AlertEvent>;
  /** Of this alert alone. */
  readonly batch: Batch;
  /** When it was first read in this run. */
  readonly readMonotonicMs: number;
}

/** So long a receiver is believed that asks for a pause, ms. */
const PAUSE_MAX_MS = 900_000;

/** Identities of what was delivered that are remembered: a store that takes another one's place may hold them again. */
const DELIVERED_MAX = 1_000;

/** Of those that are new and of those that have failed; the others wait in the log. */
const EACH_MAX = 64;

export class WaitingDeliveries {
  readonly #backOff: BackOffLimits;
  readonly #random: () => number;
  readonly #fresh = new Map<string, AlertDelivery>();
  readonly #failed = new Map<string, AlertDelivery>();
  readonly #delivered = new Set<string>();
  #hasForgotten = false;
  #failures = 0;
  /** When what has failed is tried again, monotonic ms. */
  #retryAtMs = 0;
  /** Until when the receiver has asked for a pause in that, monotonic ms. */
  #pausedUntilMs = 0;

  constructor(backOff: BackOffLimits, random: () => number) {
    this.#backOff = backOff;
    this.#random = random;
  }

  get size(): number {
    return this.#fresh.size + this.#failed.size;
  }

  *[Symbol.iterator](): Generator<AlertDelivery> {
    yield* this.#failed.values();
    yield* this.#fresh.values();
  }

  hasRoomFor(age: Age): boolean {
    return (age === 'new' ? this.#fresh : this.#failed).size < EACH_MAX;
  }

  /** Whether one was forgotten since this was asked before. */
  takeForgotten(): boolean {
    const hasForgotten = this.#hasForgotten;
    this.#hasForgotten = false;
    return hasForgotten;
  }

  /**
   * One that is here already has its new place in the store. What is old counts as failed: nobody waits for it to the
   * second.
   *
   * @returns false for one that was delivered
   */
  add(delivery: AlertDelivery, age: Age = 'new'): boolean {
    const { id } = delivery;
    if (this.#delivered.has(id)) return false;
    const isFresh = this.#fresh.has(id) || (age === 'new' && !this.#failed.has(id));
    const queue = isFresh ? this.#fresh : this.#failed;
    const readMonotonicMs = queue.get(id)?.readMonotonicMs ?? delivery.readMonotonicMs;
    queue.set(id, { ...delivery, readMonotonicMs });
    return true;
  }

  /** What is to be sent now. */
  next(nowMs: number): AlertDelivery | undefined {
    const [fresh] = this.#fresh.values();
    const [failed] = nowMs < this.#dueMs ? [] : this.#failed.values();
    return fresh ?? failed;
  }

  /** How long there is nothing to send, ms; without end where nothing waits. */
  idleMs(nowMs: number): number {
    if (this.#fresh.size > 0) return 0;
    return this.#failed.size === 0 ? Number.POSITIVE_INFINITY : Math.max(0, this.#dueMs - nowMs);
  }

  /** The receiver has it. */
  taken({ id }: AlertDelivery): void {
    this.dropped(id);
    this.#failures = 0;
    this.#retryAtMs = 0;
    this.#pausedUntilMs = 0;
    this.#delivered.add(id);
    const [oldest] = this.#delivered;
    if (this.#delivered.size > DELIVERED_MAX && oldest !== undefined) this.#delivered.delete(oldest);
  }

  /** It goes to nobody any more. */
  dropped(id: string): void {
    this.#fresh.delete(id);
    this.#failed.delete(id);
  }

  /** @param afterMs what the receiver asks for @returns when what has failed is tried again, ms from now */
  postponed(id: string, nowMs: number, afterMs = 0): number {
    // It may have got another place in the store meanwhile.
    const delivery = this.#fresh.get(id) ?? this.#failed.get(id);
    this.dropped(id);
    if (delivery !== undefined) this.#failed.set(id, delivery);
    const [oldest] = this.#failed.keys();
    if (this.#failed.size > EACH_MAX && oldest !== undefined) {
      this.#failed.delete(oldest);
      this.#hasForgotten = true;
    }
    this.#failures += 1;
    this.#retryAtMs = nowMs + backOffMs(this.#failures, this.#backOff, this.#random);
    if (afterMs > 0) this.#pausedUntilMs = nowMs + Math.min(afterMs, PAUSE_MAX_MS);
    return this.#dueMs - nowMs;
  }

  /** When what has failed may be sent again, monotonic ms. */
  get #dueMs(): number {
    return Math.max(this.#retryAtMs, this.#pausedUntilMs);
  }
}
