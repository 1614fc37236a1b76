/**
 * Lets a loop sleep until there is something to do: `wake` is remembered until the loop next waits, so no
 * call is missed, and any number of calls make one round.
 */
import type { Clock } from '../ports.ts';

export class WakeUp {
  #woken = false;
  #resume: (() => void) | undefined;
  /** Wakes by itself. One that was set stays set when the loop was woken before: to set it anew each time is dear. */
  #alarm: { readonly atMs: number; readonly off: AbortController } | undefined;

  wake(): void {
    this.#woken = true;
    this.#resume?.();
  }

  /** Resolves when woken, and after `atMostMs` or before. */
  async wait(clock: Clock, atMostMs: number): Promise<void> {
    if (!this.#woken) {
      this.#setAlarm(clock, atMostMs);
      await new Promise<void>((resolve) => {
        this.#resume = resolve;
      });
    }
    this.#woken = false;
  }

  /** When the signal aborts the loop is woken, for the last time. */
  endWith(signal: AbortSignal): void {
    const end = () => {
      this.#stopAlarm();
      this.wake();
    };
    signal.addEventListener('abort', end, { once: true });
  }

  #stopAlarm(): void {
    this.#alarm?.off.abort('stopped');
    this.#alarm = undefined;
  }

  #setAlarm(clock: Clock, inMs: number): void {
    const atMs = clock.monotonicMs() + inMs;
    if (this.#alarm !== undefined && this.#alarm.atMs <= atMs) return;
    this.#stopAlarm();
    const alarm = { atMs, off: new AbortController() };
    this.#alarm = alarm;
    void clock.sleep(inMs, alarm.off.signal).then(() => {
      if (this.#alarm !== alarm) return;
      this.#alarm = undefined;
      this.wake();
    });
  }
}
