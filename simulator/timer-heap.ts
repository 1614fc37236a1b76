/** Timers in the order in which they are due; those due at the same instant in the order in which they were set. */

export interface Timer {
  readonly dueMs: number;
  readonly order: number;
  readonly callback: () => void;
  cancelled: boolean;
  queued: boolean;
}

/** Cancelled timers stay until they are due, unless there are more of them than this and than half of all. */
const CANCELLED_MAX = 64;

export class TimerHeap {
  /** A binary heap: no timer is before its parent, which is at half its index. */
  #heap: Timer[] = [];
  #cancelled = 0;
  #order = 0;

  /** How many wait, without the cancelled ones. */
  get size(): number {
    return this.#heap.length - this.#cancelled;
  }

  add(dueMs: number, callback: () => void): Timer {
    if (Number.isNaN(dueMs)) throw new Error('a timer needs a time');
    const timer: Timer = { dueMs, order: this.#order++, callback, cancelled: false, queued: true };
    this.#insert(timer);
    return timer;
  }

  cancel(timer: Timer): void {
    if (timer.cancelled) return;
    timer.cancelled = true;
    if (!timer.queued) return;
    this.#cancelled++;
    if (this.#cancelled > CANCELLED_MAX && this.#cancelled > this.#heap.length / 2) this.#dropCancelled();
  }

  first(): Timer | undefined {
    while (this.#heap[0]?.cancelled === true) {
      this.removeFirst();
      this.#cancelled--;
    }
    return this.#heap[0];
  }

  removeFirst(): void {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined) return;
    first.queued = false;
    if (first === last) return;
    let at = 0;
    for (;;) {
      const child = earlier(heap, 2 * at + 1, 2 * at + 2);
      const timer = heap[child];
      if (timer === undefined || !isBefore(timer, last)) break;
      heap[at] = timer;
      at = child;
    }
    heap[at] = last;
  }

  #insert(timer: Timer): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(timer);
    while (at > 0) {
      const parentAt = (at - 1) >> 1;
      const parent = heap[parentAt];
      if (parent === undefined || !isBefore(timer, parent)) break;
      heap[at] = parent;
      at = parentAt;
    }
    heap[at] = timer;
  }

  #dropCancelled(): void {
    const waiting = this.#heap.filter((timer) => !timer.cancelled);
    this.#heap = [];
    this.#cancelled = 0;
    for (const timer of waiting) this.#insert(timer);
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}

function earlier(heap: readonly Timer[], leftAt: number, rightAt: number): number {
  const left = heap[leftAt];
  const right = heap[rightAt];
  return left !== undefined && right !== undefined && isBefore(right, left) ? rightAt : leftAt;
}
