/**
 * Work that a loop begins and does not wait for. An operating failure of the store is told once for each kind of work,
 * until it goes well again; a broken invariant is kept for the loop to throw, so that the process ends and is restarted.
 */
import { isOperatingError, messageOf } from '../domain/errors.ts';
import type { Clock, Telemetry } from '../ports.ts';

export class Background {
  readonly #telemetry: Telemetry;
  readonly #clock: Clock;
  readonly #wake: () => void;
  /** With the monotonic time at which each was begun, the oldest first. */
  readonly #running = new Map<Promise<void>, number>();
  readonly #failing = new Set<string>();
  #broken: { readonly error: unknown } | undefined;

  /** @param wake called when the loop has to look */
  constructor({ telemetry, clock }: { telemetry: Telemetry; clock: Clock }, wake: () => void) {
    this.#telemetry = telemetry;
    this.#clock = clock;
    this.#wake = wake;
  }

  /** When the oldest of what goes on was begun, monotonic ms; undefined where nothing does. */
  get sinceMs(): number | undefined {
    const [oldestMs] = this.#running.values();
    return oldestMs;
  }

  /** Begins it, and wakes the loop at its end. */
  begin(work: () => Promise<unknown>): void {
    const running: Promise<void> = work()
      .then(
        () => {},
        (error: unknown) => {
          this.#broken ??= { error };
        },
      )
      .finally(() => {
        this.#running.delete(running);
        this.#wake();
      });
    this.#running.set(running, this.#clock.monotonicMs());
  }

  /** Does something with the store. @returns whether it went well, and then what came of it */
  async attempt<T>(what: string, action: () => Promise<T>): Promise<{ ok: true; value: T } | { ok: false }> {
    try {
      const value = await action();
      this.#failing.delete(what);
      return { ok: true, value };
    } catch (error) {
      if (!isOperatingError(error)) throw error;
      if (!this.#failing.has(what)) {
        this.#telemetry.emit({ event: 'store.delivery-failed', reason: messageOf(error) });
      }
      this.#failing.add(what);
      return { ok: false };
    }
  }

  throwIfBroken(): void {
    if (this.#broken !== undefined) throw this.#broken.error;
  }

  /** Resolves when nothing runs any more. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.keys());
  }
}
