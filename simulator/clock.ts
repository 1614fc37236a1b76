/**
 * A clock whose time is made of events: it stands still while code runs and jumps from one timer to the
 * next. While a timer's callback runs, and everything that follows from it in promises and ticks, the time
 * is exactly the instant at which the timer was due. So whatever depends on this clock alone gives the same
 * result at every speed.
 */
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../src/ports.ts';
import { type Timer, TimerHeap } from './timer-heap.ts';

/** How often the pacer looks at the real time, ms: well below what a reader of the output can see. */
const PACE_MS = 4;

/**
 * The shortest sleep, as that of `setTimeout`. A shorter one would let a loop that waits for a rounding error
 * spin for ever without time passing.
 */
const SHORTEST_SLEEP_MS = 1;

export interface RunOptions {
  /** Simulated milliseconds for each real one. */
  readonly speed: number;
  readonly signal: AbortSignal;
}

export class SimulatedClock implements Clock {
  /** The wall time at which the monotonic time was 0. */
  readonly startWallMs: number;
  readonly #timers = new TimerHeap();
  #nowMs = 0;
  #advancing = false;
  readonly #held = new Set<Promise<unknown>>();

  constructor({ startWallMs = 0 }: { startWallMs?: number } = {}) {
    this.startWallMs = startWallMs;
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  wallMs(): number {
    return this.startWallMs + this.#nowMs;
  }

  /** How many timers wait. */
  get timers(): number {
    return this.#timers.size;
  }

  sleep(durationMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = () => {
        cancel();
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const cancel = this.at(this.#nowMs + Math.max(durationMs, SHORTEST_SLEEP_MS), done);
      signal?.addEventListener('abort', done, { once: true });
    });
  }

  /** Calls at this monotonic time, or next if it has passed. Returns how to call it off, which is safe at any time. */
  at(dueMs: number, callback: () => void): () => void {
    const timer = this.#timers.add(Math.max(dueMs, this.#nowMs), callback);
    return () => this.#timers.cancel(timer);
  }

  /**
   * Time stands still until this is settled, and what follows from it: something real, such as a write to a disk, that
   * takes no simulated time however fast that goes.
   */
  hold(real: Promise<unknown>): void {
    this.#held.add(real);
    const release = () => this.#held.delete(real);
    real.then(release, release);
  }

  /** Lets this much time go by, as fast as it can be computed. */
  advanceBy(durationMs: number): Promise<void> {
    return this.advanceTo(this.#nowMs + durationMs);
  }

  /** Lets time go by until this monotonic time: every timer due by then has run, and all that came of it. */
  async advanceTo(targetMs: number): Promise<void> {
    await this.#exclusively(() => this.#advance(targetMs));
  }

  /** Lets time go by at `speed` times the real one until the signal aborts; falls behind rather than skip a timer. */
  async run({ speed, signal }: RunOptions): Promise<void> {
    const startMs = this.#nowMs;
    const startRealMs = performance.now();
    await this.#exclusively(async () => {
      while (!signal.aborted) {
        await this.#advance(startMs + (performance.now() - startRealMs) * speed, signal);
        await wait(PACE_MS, undefined, { signal }).catch(() => undefined);
      }
    });
  }

  async #exclusively(advance: () => Promise<void>): Promise<void> {
    if (this.#advancing) throw new Error('the simulated clock is being advanced already');
    this.#advancing = true;
    try {
      await advance();
    } finally {
      this.#advancing = false;
    }
  }

  async #advance(targetMs: number, signal?: AbortSignal): Promise<void> {
    // What was started before time moves sets its timers first.
    await this.#settled();
    for (let next = this.#timers.first(); next !== undefined; next = this.#timers.first()) {
      if (next.dueMs > targetMs || signal?.aborted) break;
      this.#nowMs = next.dueMs;
      this.#fire(next.dueMs);
      await this.#settled();
    }
    if (!signal?.aborted) this.#nowMs = Math.max(this.#nowMs, targetMs);
  }

  /** Promises and ticks settle before the loop turns, so before time goes on; what is held may begin more of it. */
  async #settled(): Promise<void> {
    await turn();
    while (this.#held.size > 0) {
      await Promise.allSettled(this.#held);
      await turn();
    }
  }

  #fire(dueMs: number): void {
    const together: Timer[] = [];
    for (let next = this.#timers.first(); next?.dueMs === dueMs; next = this.#timers.first()) {
      this.#timers.removeFirst();
      together.push(next);
    }
    for (const timer of together) if (!timer.cancelled) timer.callback();
  }
}
