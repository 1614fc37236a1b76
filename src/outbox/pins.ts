/**
 * Which samples lie around alerts: those of the five minutes before each and the five after. They are the last to go
 * when the store reaches its size, since they are what somebody will want to look at.
 *
 * Time is monotonic here, so a step of the clock moves no window. A restart ends the windows that were open.
 */
import { SeqRanges } from '../domain/seq-ranges.ts';
import type { Statements } from './statements.ts';

const AROUND_MS = 300_000;

interface Recent {
  readonly firstSeq: number;
  readonly monotonicMs: number;
}

export class Pins {
  readonly #sql: Statements;
  #recent: Recent[] = [];
  /** Until when the window that is open goes on, monotonic ms. */
  #openUntilMs: number | undefined;

  constructor(sql: Statements) {
    this.#sql = sql;
  }

  /** Ends the windows of an earlier run. */
  endOpen(head: number): void {
    this.#sql.closePins.run(head);
  }

  /** A chunk was stored. */
  chunk({ firstSeq, lastSeq, monotonicMs }: Recent & { readonly lastSeq: number }): void {
    this.#recent.push({ firstSeq, monotonicMs });
    const old = this.#recent.findIndex((chunk) => chunk.monotonicMs >= monotonicMs - AROUND_MS);
    this.#recent.splice(0, old);
    if (this.#openUntilMs === undefined || monotonicMs <= this.#openUntilMs) return;
    this.#openUntilMs = undefined;
    this.#sql.closePins.run(lastSeq);
  }

  /** An alert was raised or cleared, after the chunks that were stored before it. */
  alert(): void {
    const first = this.#recent[0];
    const last = this.#recent.at(-1);
    if (first === undefined || last === undefined) return;
    if (this.#openUntilMs === undefined) this.#sql.insertPin.run(first.firstSeq - 1);
    this.#openUntilMs = last.monotonicMs + AROUND_MS;
  }

  /** Everything that is pinned, up to this number. */
  ranges(head: number): SeqRanges {
    return new SeqRanges(this.#sql.pins.all().map(({ after, through }) => ({ after, through: through ?? head })));
  }

  /** A transaction was undone in which these were told of chunks and alerts. */
  undone(earlier: PinsState): void {
    this.#recent = [...earlier.recent];
    this.#openUntilMs = earlier.openUntilMs;
  }

  state(): PinsState {
    return { recent: [...this.#recent], openUntilMs: this.#openUntilMs };
  }
}

interface PinsState {
  readonly recent: readonly Recent[];
  readonly openUntilMs: number | undefined;
}
