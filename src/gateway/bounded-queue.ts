/**
 * A first-in, first-out queue with a capacity. When it is full it refuses the newest; the caller accounts for
 * it, or insists, for the few items that must not be missed.
 */

export class BoundedQueue<T> {
  readonly #capacity: number;
  #items: T[] = [];

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get size(): number {
    return this.#items.length;
  }

  /** False when the queue is full and the item was not taken. */
  offer(item: T): boolean {
    if (this.#items.length >= this.#capacity) return false;
    this.#items.push(item);
    return true;
  }

  /** Takes the item, also beyond the capacity. */
  insist(item: T): void {
    this.#items.push(item);
  }

  /** Everything that waits, oldest first. */
  drain(): T[] {
    const items = this.#items;
    this.#items = [];
    return items;
  }
}
