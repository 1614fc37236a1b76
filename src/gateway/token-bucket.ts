/**
 * A limit on how much may be sent in a second. What is not used is kept for a moment only, so that no second sees much
 * more than its share; a message larger than that is sent when all of it is there, and owed for afterwards.
 *
 * What is urgent may owe from the beginning, up to the same amount: it goes out at once, and what is not urgent waits
 * for longer.
 */

/** How much is kept, s: with what urgent messages may owe, no second sees more than a ninth beyond the limit. */
const KEPT_S = 1 / 18;

export class TokenBucket {
  readonly #perMs: number;
  readonly #kept: number;
  #level: number;
  #atMs: number | undefined;

  /** @param least what one message takes at the least: so much is kept however low the limit */
  constructor(perSecond: number, least: number) {
    this.#perMs = perSecond / 1000;
    this.#kept = Math.max(least, perSecond * KEPT_S);
    this.#level = this.#kept;
  }

  /** How long until so much may be taken, ms; 0 for now. */
  waitMs(amount: number, isUrgent: boolean, nowMs: number): number {
    const level = this.#fill(nowMs);
    const enough = isUrgent ? amount - this.#kept : Math.min(amount, this.#kept);
    return level >= enough ? 0 : Math.ceil((enough - level) / this.#perMs);
  }

  take(amount: number, nowMs: number): void {
    this.#level = this.#fill(nowMs) - amount;
  }

  #fill(nowMs: number): number {
    const elapsedMs = Math.max(0, nowMs - (this.#atMs ?? nowMs));
    this.#atMs = nowMs;
    this.#level = Math.min(this.#kept, this.#level + elapsedMs * this.#perMs);
    return this.#level;
  }
}

/** What a broker takes in a second; absent where there is no limit. */
export interface RateLimits {
  readonly publishesPerSecond?: number;
  readonly bytesPerSecond?: number;
}

/** Both limits at once. */
export class RateLimit {
  readonly #publishes: TokenBucket | undefined;
  readonly #bytes: TokenBucket | undefined;

  constructor({ publishesPerSecond, bytesPerSecond }: RateLimits) {
    if (publishesPerSecond !== undefined) this.#publishes = new TokenBucket(publishesPerSecond, 1);
    if (bytesPerSecond !== undefined) this.#bytes = new TokenBucket(bytesPerSecond, 1);
  }

  /** How long until a message of this size may go, ms; 0 for now. */
  waitMs(bytes: number, isUrgent: boolean, nowMs: number): number {
    return Math.max(this.#publishes?.waitMs(1, isUrgent, nowMs) ?? 0, this.#bytes?.waitMs(bytes, isUrgent, nowMs) ?? 0);
  }

  take(bytes: number, nowMs: number): void {
    this.#publishes?.take(1, nowMs);
    this.#bytes?.take(bytes, nowMs);
  }
}
