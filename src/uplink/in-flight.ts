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

export class InFlight {
  readonly #options: InFlightOptions;
  readonly #unsettled = new Set<Settle>();
  readonly #waiting: (() => void)[] = [];
  /** How many may be sent and not acknowledged at once: the broker's Receive Maximum. */
  #window = Number.POSITIVE_INFINITY;
  #sent = 0;

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
      const settled = new AbortController();
      let sent = false;
      const settle = (outcome: PublishOutcome): void => {
        if (!this.#unsettled.delete(settle)) return;
        settled.abort();
        resolve(outcome);
        if (sent) this.#free();
      };
      this.#unsettled.add(settle);
      void this.#watch(settle, settled.signal);
      this.#whenFree(() => {
        sent = true;
        send(settle);
      });
    });
  }

  loseAll(reason: string): void {
    this.#waiting.length = 0;
    for (const settle of [...this.#unsettled]) settle({ kind: 'lost', reason });
  }

  async #watch(settle: Settle, settled: AbortSignal): Promise<void> {
    const { clock, ackTimeoutMs, onOverdue } = this.#options;
    await clock.sleep(ackTimeoutMs, settled);
    if (!this.#unsettled.has(settle)) return;
    const reason = `no acknowledgement within ${ackTimeoutMs / 1000} s`;
    this.loseAll(reason);
    onOverdue(reason);
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
