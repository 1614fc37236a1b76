/**
 * What a worker tells: at once where a core listens, and kept for a while where none does.
 *
 * Kept are readings only, in a bounded number; how many found no room is told by strap. A core that comes anew learns
 * the rest from `hello`.
 */
import type { Channel } from '../frames/channel.ts';
import type { WorkerMessage } from '../frames/messages.ts';

/** Half a minute of ten straps that send twenty times a second; a few MB. */
const KEPT_MAX = 6_000;

const READINGS: ReadonlySet<WorkerMessage['type']> = new Set(['measurement', 'malformed', 'device', 'battery']);

/** Of which a core that is there may miss none, and one that comes anew learns from `hello`. */
const CHANGES: ReadonlySet<WorkerMessage['type']> = new Set(['link', 'adapter', 'fault']);

type Dropped = WorkerMessage & { type: 'dropped' };

export class Tellings {
  #channel: Channel<WorkerMessage> | undefined;
  #kept: WorkerMessage[] = [];
  readonly #dropped = new Map<string, Dropped>();

  get kept(): number {
    return this.#kept.length;
  }

  /** A core listens from now on; undefined for none. */
  listener(channel: Channel<WorkerMessage> | undefined): void {
    this.#channel = channel;
    this.#kept = this.#kept.filter(({ type }) => READINGS.has(type));
    this.flush();
  }

  tell(message: WorkerMessage): void {
    // What is kept goes first, so that a core that is slow for a moment gets the readings in their order.
    if (this.#kept.length === 0 && this.#channel?.send(message) === true) return;
    if (READINGS.has(message.type)) this.#keep(message);
    // Links and adapters change too seldom to need a limit of their own; a strap can make faults without end.
    else if (this.#channel !== undefined && CHANGES.has(message.type)) {
      if (message.type !== 'fault' || this.#kept.length < KEPT_MAX) this.#kept.push(message);
    }
  }

  /** Tells what is kept, as far as the core takes it. */
  flush(): void {
    const channel = this.#channel;
    if (channel === undefined) return;
    let sent = 0;
    for (const message of this.#kept) {
      if (!channel.send(message)) break;
      sent++;
    }
    this.#kept = this.#kept.slice(sent);
    if (this.#kept.length > 0) return;
    for (const [strap, message] of this.#dropped) if (channel.send(message)) this.#dropped.delete(strap);
  }

  #keep(message: WorkerMessage): void {
    if (this.#kept.length < KEPT_MAX) {
      this.#kept.push(message);
      return;
    }
    if (message.type !== 'measurement' && message.type !== 'malformed') return;
    const { atMs, strap } = message;
    const before = this.#dropped.get(strap) ?? { fromMs: atMs, count: 0 };
    this.#dropped.set(strap, { type: 'dropped', atMs, strap, fromMs: before.fromMs, count: before.count + 1 });
  }
}
