/**
 * Which samples lie around alerts: those of some minutes before each event of one and after it. They are the last to go
 * when the store reaches its size, since they are what somebody will want to look at.
 *
 * Time is monotonic here, so a step of the clock moves no window. How long one has been open is not kept over a restart,
 * after which another one is open for the whole time, from the first samples on.
 */
import { SeqRanges } from '../domain/seq-ranges.ts';
import type { Statements } from './statements.ts';

/** Before and after, ms, unless it is said otherwise. */
const AROUND_MS = 300_000;

interface Recent {
  readonly firstSeq: number;
  readonly monotonicMs: number;
}

export class Pins {
  readonly #sql: Statements;
  readonly #aroundMs: number;
  #recent: Recent[] = [];
  /** Until when the window that is open goes on, monotonic ms; `anew` where it is one of an earlier run. */
  #openUntilMs: number | 'anew' | undefined;

  constructor(sql: Statements, aroundMs = AROUND_MS) {
    this.#sql = sql;
    this.#aroundMs = aroundMs;
  }

  /** Ends the window of an earlier run, and has another one begin with the next samples where there was one. */
  resume(head: number): void {
    const isOpen = this.#sql.pins.all().some(({ through }) => through === null);
    this.#sql.closePins.run(head);
    this.#openUntilMs = isOpen ? 'anew' : undefined;
  }

  /** A chunk was stored. */
  chunk({ firstSeq, lastSeq, monotonicMs }: Recent & { readonly lastSeq: number }): void {
    this.#recent.push({ firstSeq, monotonicMs });
    const old = this.#recent.findIndex((chunk) => chunk.monotonicMs >= monotonicMs - this.#aroundMs);
    this.#recent.splice(0, old);
    if (this.#openUntilMs === 'anew') {
      this.#sql.insertPin.run(firstSeq - 1);
      this.#openUntilMs = monotonicMs + this.#aroundMs;
    }
    if (this.#openUntilMs === undefined || monotonicMs <= this.#openUntilMs) return;
    this.#openUntilMs = undefined;
    this.#sql.closePins.run(lastSeq);
  }

  /** Something has happened to an alert, after the chunks that were stored before it. */
  alert(): void {
    const first = this.#recent[0];
    const last = this.#recent.at(-1);
    if (first === undefined || last === undefined) return;
    if (this.#openUntilMs === undefined) this.#sql.insertPin.run(first.firstSeq - 1);
    this.#openUntilMs = last.monotonicMs + this.#aroundMs;
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
  readonly openUntilMs: number | 'anew' | undefined;
}
