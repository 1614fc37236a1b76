/**
 * The publishes of one connection that have no outcome yet. Each gets exactly one: its acknowledgement, or
 * `lost` when the connection ends or the acknowledgement does not come in time. There is no queue here: what
 * a broker's Receive Maximum holds back waits within the same time limit.
 */
import type { Clock, PublishOutcome } from '../ports.ts';

type Settle = (outcome: PublishOutcome) => void;

export interface InFlightOptions {
  readonly clock: Clock;
  readonly ackTimeoutMs: number;
  /** Called when an acknowledgement is overdue: a connection that is silent for so long counts as dead. */
  readonly onOverdue: (reason: string) => void;
}

interface Unsettled {
  readonly settle: (outcome: PublishOutcome) => void;
  readonly dueMs: number;
}

export class InFlight {
  readonly #options: InFlightOptions;
  /** The one that is due first is the first. */
  readonly #unsettled = new Set<Unsettled>();
  readonly #waiting: (() => void)[] = [];
  /** How many may be sent and not acknowledged at once: the broker's Receive Maximum. */
  #window = Number.POSITIVE_INFINITY;
  #sent = 0;
  /** Ends the watch over what is unsettled; there is one for all, since a drain has hundreds of messages a second. */
  #watch: AbortController | undefined;

  constructor(options: InFlightOptions) {
    this.#options = options;
  }

  /** To be called before the first publish. */
  limitTo(window: number): void {
    this.#window = window;
  }

  /** Calls `send` as soon as the window allows and resolves with the outcome that `send` settles, or with `lost`. */
  track(send: (settle: Settle) => void): Promise<PublishOutcome> {
    return new Promise((resolve) => {
      let sent = false;
      const settle = (outcome: PublishOutcome): void => {
        if (!this.#unsettled.delete(unsettled)) return;
        if (this.#unsettled.size === 0) this.#watch?.abort('settled');
        resolve(outcome);
        if (sent) this.#free();
      };
      const { clock, ackTimeoutMs } = this.#options;
      const unsettled = { settle, dueMs: clock.monotonicMs() + ackTimeoutMs };
      this.#unsettled.add(unsettled);
      if (this.#watch === undefined) void this.#watchOver();
      this.#whenFree(() => {
        sent = true;
        send(settle);
      });
    });
  }

  loseAll(reason: string): void {
    this.#waiting.length = 0;
    for (const { settle } of [...this.#unsettled]) settle({ kind: 'lost', reason });
  }

  async #watchOver(): Promise<void> {
    const { clock, ackTimeoutMs, onOverdue } = this.#options;
    for (let first = this.#first; first !== undefined; first = this.#first) {
      this.#watch = new AbortController();
      await clock.sleep(first.dueMs - clock.monotonicMs(), this.#watch.signal);
      if (!this.#unsettled.has(first) || first.dueMs > clock.monotonicMs()) continue;
      const reason = `no acknowledgement within ${ackTimeoutMs / 1000} s`;
      this.loseAll(reason);
      onOverdue(reason);
    }
    this.#watch = undefined;
  }

  get #first(): Unsettled | undefined {
    const [first] = this.#unsettled;
    return first;
  }

  #whenFree(begin: () => void): void {
    if (this.#sent >= this.#window) {
      this.#waiting.push(begin);
      return;
    }
    this.#sent += 1;
    begin();
  }

  #free(): void {
    this.#sent -= 1;
    const begin = this.#waiting.shift();
    if (begin !== undefined) this.#whenFree(begin);
  }
}
