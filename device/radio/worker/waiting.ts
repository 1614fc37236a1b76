/**
 * Waits that end. noble leaves promises pending for ever when a link or an adapter goes, so none of them is
 * awaited as it is: each is raced against a timer and a signal.
 */
import { messageOf } from '../../../src/domain/errors.ts';
import type { Clock } from '../../../src/ports.ts';
import type { Noble, Peripheral } from '../noble.ts';

/** What was waited for did not come; the message is a reason that can be shown. */
class WaitFailed extends Error {
  override readonly name = 'WaitFailed';
}

export interface Limits {
  readonly clock: Clock;
  readonly ms: number;
  /** Its reason, a text, says why there is nothing to wait for any more. */
  readonly signal: AbortSignal;
}

/**
 * @param what for the message, as in "discovery: no answer within 8 s"
 * @param begin starts it; the signal it gets aborts when the wait is over, to clean up after
 * @throws WaitFailed when it fails, when time is up, and when the limits' signal aborts
 */
export async function within<T>(
  what: string,
  begin: (over: AbortSignal) => Promise<T>,
  { clock, ms, signal }: Limits,
): Promise<T> {
  if (signal.aborted) throw new WaitFailed(messageOf(signal.reason));
  const over = new AbortController();
  let onAbort = () => {};
  try {
    return await new Promise<T>((resolve, reject) => {
      onAbort = () => reject(new WaitFailed(messageOf(signal.reason)));
      signal.addEventListener('abort', onAbort);
      const failed = (error: unknown) => reject(new WaitFailed(`${what}: ${messageOf(error)}`));
      clock.sleep(ms, over.signal).then(() => failed(`no answer within ${ms / 1000} s`), failed);
      begin(over.signal).then(resolve, failed);
    });
  } catch (error) {
    throw error instanceof WaitFailed ? error : new WaitFailed(`${what}: ${messageOf(error)}`);
  } finally {
    signal.removeEventListener('abort', onAbort);
    over.abort();
  }
}

/** Resolves with the event's first argument. When the signal aborts it stops listening, and stays pending. */
export function occurrence(emitter: Noble | Peripheral, event: string, signal: AbortSignal): Promise<unknown> {
  return new Promise((resolve) => {
    const heard = (argument: unknown) => {
      signal.removeEventListener('abort', forget);
      resolve(argument);
    };
    const forget = () => emitter.off(event, heard);
    emitter.once(event, heard);
    signal.addEventListener('abort', forget, { once: true });
  });
}

/** Tells one waiting loop that there is something to do; a ring before the wait is not missed. */
export class Bell {
  #rung = false;
  #hear: () => void = () => {};

  readonly ring = (): void => {
    this.#rung = true;
    this.#hear();
  };

  /** Resolves after a ring, or when the signal aborts. */
  async heard(signal: AbortSignal): Promise<void> {
    if (!this.#rung && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#hear = resolve;
        signal.addEventListener('abort', this.ring);
      });
      signal.removeEventListener('abort', this.ring);
    }
    this.#rung = false;
  }
}
