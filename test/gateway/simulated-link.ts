/**
 * A link by arithmetic: messages follow each other through a bottleneck of so many bytes a millisecond, and are
 * acknowledged a round trip after their last byte. One sender keeps to its window, as delivery does.
 */
import type { FlowWindow, SentMessage } from '../../src/gateway/flow-window.ts';

export interface Link {
  readonly bytesPerMs: number;
  readonly roundTripMs: number;
}

export interface Traffic {
  /** How much larger or smaller than asked for the next message is. */
  readonly sizeFactor: () => number;
  /** How much longer the next acknowledgement takes, ms. */
  readonly jitterMs: () => number;
  /** How many messages may be under way, beside what the window says. */
  readonly messagesMax?: number;
}

export interface Carried {
  readonly bytes: number;
  /** The longest that a byte waited before the bottleneck, ms. */
  readonly longestQueueMs: number;
  readonly meanQueueMs: number;
}

export class SimulatedLink {
  link: Link;
  nowMs = 0;
  readonly #window: FlowWindow;
  readonly #traffic: Traffic;
  readonly #underWay: { readonly sent: SentMessage; readonly answerMs: number }[] = [];
  #freeMs = 0;
  #lastAnswerMs = 0;

  constructor(window: FlowWindow, link: Link, traffic: Traffic) {
    this.#window = window;
    this.link = link;
    this.#traffic = traffic;
  }

  /** Sends as much as the window allows for this time. */
  carry(durationMs: number): Carried {
    const endMs = this.nowMs + durationMs;
    const queues: number[] = [];
    let bytes = 0;
    for (;;) {
      for (let size = this.#nextSize(); this.#mayGo(size); size = this.#nextSize()) queues.push(this.#send(size));
      const next = this.#underWay[0];
      if (next === undefined || next.answerMs > endMs) break;
      this.#underWay.shift();
      this.nowMs = next.answerMs;
      this.#window.answered(next.sent, this.nowMs);
      bytes += next.sent.bytes;
    }
    this.nowMs = endMs;
    const meanQueueMs = queues.reduce((sum, ms) => sum + ms, 0) / Math.max(1, queues.length);
    return { bytes, longestQueueMs: queues.reduce((most, ms) => Math.max(most, ms), 0), meanQueueMs };
  }

  /** @returns how long it waits before the bottleneck, ms */
  #send(bytes: number): number {
    const sent = this.#window.sent(bytes, this.nowMs);
    const queueMs = Math.max(0, this.#freeMs - this.nowMs);
    this.#freeMs = this.nowMs + queueMs + bytes / this.link.bytesPerMs;
    // A broker answers in order.
    const answerMs = Math.max(this.#lastAnswerMs, this.#freeMs + this.link.roundTripMs + this.#traffic.jitterMs());
    this.#lastAnswerMs = answerMs;
    this.#underWay.push({ sent, answerMs });
    return queueMs;
  }

  #mayGo(bytes: number): boolean {
    return this.#underWay.length < (this.#traffic.messagesMax ?? Number.POSITIVE_INFINITY) && this.#window.fits(bytes);
  }

  #nextSize(): number {
    return Math.max(1, Math.round(this.#window.batchBytes * this.#traffic.sizeFactor()));
  }
}
