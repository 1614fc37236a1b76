/**
 * Alerts that are to be sent to a webhook, and which is the next. What is new is sent at once, also while others have to
 * wait after a failure: that is how an alarm overtakes an outage. What has failed goes behind the others, so that one
 * that the receiver chokes on holds up none of them; the times between such attempts grow with each failure in a row.
 */
import type { AlertEvent } from '../../domain/alert.ts';
import type { Batch, Stored } from '../../domain/record.ts';
import { type BackOffLimits, backOffMs } from '../../uplink/back-off.ts';

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

export class WaitingDeliveries {
  readonly #backOff: BackOffLimits;
  readonly #random: () => number;
  readonly #fresh = new Map<string, AlertDelivery>();
  readonly #failed = new Map<string, AlertDelivery>();
  readonly #delivered = new Set<string>();
  #failures = 0;
  /** When what has failed is tried again, monotonic ms. */
  #retryAtMs = 0;
  /** Until when the receiver has asked for a pause, monotonic ms. */
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

  /** One that is here already has its new place in the store. @returns false for one that was delivered */
  add(delivery: AlertDelivery): boolean {
    const { id } = delivery;
    if (this.#delivered.has(id)) return false;
    (this.#failed.has(id) ? this.#failed : this.#fresh).set(id, delivery);
    return true;
  }

  /** What is to be sent now. */
  next(nowMs: number): AlertDelivery | undefined {
    if (nowMs < this.#pausedUntilMs) return undefined;
    const [fresh] = this.#fresh.values();
    const [failed] = nowMs < this.#retryAtMs ? [] : this.#failed.values();
    return fresh ?? failed;
  }

  /** How long there is nothing to send, ms; without end where nothing waits. */
  idleMs(nowMs: number): number {
    if (this.size === 0) return Number.POSITIVE_INFINITY;
    const dueMs = this.#fresh.size > 0 ? 0 : this.#retryAtMs;
    return Math.max(0, dueMs - nowMs, this.#pausedUntilMs - nowMs);
  }

  /** The receiver has it. */
  taken({ id }: AlertDelivery): void {
    this.dropped(id);
    this.#failures = 0;
    this.#retryAtMs = 0;
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
    this.#failures += 1;
    this.#retryAtMs = nowMs + backOffMs(this.#failures, this.#backOff, this.#random);
    if (afterMs > 0) this.#pausedUntilMs = nowMs + Math.min(afterMs, PAUSE_MAX_MS);
    return Math.max(this.#retryAtMs, this.#pausedUntilMs) - nowMs;
  }
}
