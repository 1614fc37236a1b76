/** What the ledger has entered today, by the machine's own day and since the start of the gateway. */
import type { Gap } from '../domain/gap.ts';
import { GapTotals } from '../domain/gap-totals.ts';

export interface GapsToday {
  readonly gaps: number;
  /** How long those lasted that are over. */
  readonly seconds: number;
  /** Readings that are known to be lost. */
  readonly readings: number;
}

export class TodaysGaps {
  readonly #wallMs: () => number;
  #day = '';
  #totals = new GapTotals();

  constructor(wallMs: () => number) {
    this.#wallMs = wallMs;
  }

  /** As of `GapTotals`. */
  add(gap: Gap, before?: Gap): void {
    this.#turn();
    this.#totals.add(gap, before);
  }

  total(): GapsToday {
    this.#turn();
    const all = this.#totals.totals();
    const sum = (of: (each: (typeof all)[number]) => number) => all.reduce((total, each) => total + of(each), 0);
    return { gaps: sum(({ gaps }) => gaps), seconds: sum(({ seconds }) => seconds), readings: sum((e) => e.readings) };
  }

  #turn(): void {
    const day = new Date(this.#wallMs()).toDateString();
    if (day === this.#day) return;
    this.#day = day;
    this.#totals = new GapTotals();
  }
}
