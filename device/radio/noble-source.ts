/**
 * The straps of a team over one Bluetooth adapter, or over a simulated one.
 *
 * A noble instance whose adapter has been lost cannot be used again, so the source lives through one
 * instance after the other, with a back-off between them, until it is stopped. What is known about the
 * straps outlives the instances.
 */
import { isOperatingError, messageOf } from '../../src/domain/errors.ts';
import type { Clock, HeartRateSource, SourceEvent, StrapWish } from '../../src/ports.ts';
import type { NobleInstance } from './noble.ts';
import { RadioSession, type SessionEnd } from './session.ts';
import { RADIO_TIMING, type RadioTiming, retryDelayMs } from './timing.ts';
import { WishList } from './wish-list.ts';

export interface NobleSourceOptions {
  /** Its name, for the events. */
  readonly adapter: string;
  /** May throw, which is an adapter lost and tried again. */
  readonly createNoble: () => NobleInstance;
  readonly clock: Clock;
  /** From 0 up to and without 1, for the jitter of the back-offs. */
  readonly random: () => number;
  readonly timing?: Partial<RadioTiming>;
}

type OnEvent = (event: SourceEvent) => void;

export class NobleSource implements HeartRateSource {
  readonly #options: NobleSourceOptions;
  readonly #timing: RadioTiming;
  #stopping = new AbortController();
  #life: Promise<void> | undefined;
  #session: RadioSession | undefined;

  constructor(options: NobleSourceOptions) {
    this.#options = options;
    this.#timing = { ...RADIO_TIMING, ...options.timing };
  }

  start(wishes: readonly StrapWish[], onEvent: OnEvent): Promise<void> {
    if (this.#life !== undefined) throw new Error('the source has been started already');
    this.#stopping = new AbortController();
    const { signal } = this.#stopping;
    this.#life = this.#live(new WishList(wishes, this.#timing), guarded(onEvent, signal), signal);
    return Promise.resolve();
  }

  /** Takes at most `stopMs` on the source's clock, which must go on meanwhile. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#session?.finish('the gateway is stopping');
    await this.#life;
    this.#life = undefined;
  }

  async #live(wishes: WishList, emit: OnEvent, signal: AbortSignal): Promise<void> {
    const { adapter, clock, random } = this.#options;
    let failures = 0;
    while (!signal.aborted) {
      const { reason, steady } = await this.#liveOnce(wishes, emit);
      if (steady) failures = 0;
      const retryInMs = retryDelayMs(this.#timing.adapterRetry, failures++, random());
      emit({ type: 'adapter', adapter, monotonicMs: clock.monotonicMs(), state: 'lost', reason, retryInMs });
      await clock.sleep(retryInMs, signal);
    }
  }

  async #liveOnce(wishes: WishList, emit: OnEvent): Promise<SessionEnd> {
    const { adapter, createNoble, clock, random } = this.#options;
    let instance: NobleInstance;
    try {
      instance = createNoble();
    } catch (error) {
      return { reason: explanationOf(error), steady: false };
    }
    try {
      const { noble } = instance;
      this.#session = new RadioSession({ adapter, noble, wishes, clock, random, timing: this.#timing, emit });
      return await this.#session.run();
    } finally {
      this.#session = undefined;
      instance.release();
    }
  }
}

/**
 * Nothing comes after the stop. A consumer that throws is a broken invariant and ends the process, but not
 * from within noble's own callbacks, which would be left half done.
 */
function guarded(onEvent: OnEvent, signal: AbortSignal): OnEvent {
  return (event) => {
    if (signal.aborted) return;
    try {
      onEvent(event);
    } catch (error) {
      queueMicrotask(() => {
        throw error;
      });
    }
  };
}

function explanationOf(error: unknown): string {
  const remedy = isOperatingError(error) ? error.remedy : undefined;
  return remedy === undefined ? messageOf(error) : `${messageOf(error)}: ${remedy}`;
}
