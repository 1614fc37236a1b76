/**
 * Lets a loop sleep until there is something to do: `wake` is remembered until the loop next waits, so no
 * call is missed, and any number of calls make one round.
 */
import type { Clock } from '../ports.ts';

export class WakeUp {
  #woken = false;
  #sleep: AbortController | undefined;

  wake(): void {
    // Once is enough, and an abort is dear: without a reason of its own it makes an exception with a stack.
    if (this.#woken) return;
    this.#woken = true;
    this.#sleep?.abort('woken');
  }

  /** Resolves when woken, or after `atMostMs`. */
  async wait(clock: Clock, atMostMs: number): Promise<void> {
    if (!this.#woken) {
      this.#sleep = new AbortController();
      await clock.sleep(atMostMs, this.#sleep.signal);
      this.#sleep = undefined;
    }
    this.#woken = false;
  }
}
