/** What one uplink has carried since the start, for those who look. Counts in memory, a few a message. */
import type { BatchExtent, RecordKind } from '../domain/record.ts';
import type { PublishOutcome } from '../ports.ts';

/** Of the time until an acknowledgement, s: from a broker on the same machine to a bad day of a mobile network. */
const BOUNDS_S = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30] as const;

export interface TrafficTotals {
  /** Messages that were sent, by what they carry; those that had to be sent again are counted again. */
  readonly messages: Readonly<Record<RecordKind, number>>;
  readonly bytes: number;
  readonly outcomes: Readonly<Record<PublishOutcome['kind'], number>>;
  /** Records in messages that were acknowledged. */
  readonly delivered: Readonly<Record<RecordKind, number>>;
  readonly acknowledgementSeconds: {
    readonly bounds: readonly number[];
    readonly counts: readonly number[];
    readonly sum: number;
  };
}

export class Traffic {
  readonly #messages = { alerts: 0, gaps: 0, samples: 0 };
  readonly #delivered = { alerts: 0, gaps: 0, samples: 0 };
  readonly #outcomes = { acknowledged: 0, lost: 0, refused: 0, 'too-large': 0 };
  readonly #counts: number[] = [...BOUNDS_S, Number.POSITIVE_INFINITY].map(() => 0);
  #sum = 0;
  #bytes = 0;

  sent(kind: RecordKind, bytes: number): void {
    this.#messages[kind] += 1;
    this.#bytes += bytes;
  }

  /** @param afterMs how long after it was sent */
  settled({ kind, records }: BatchExtent, outcome: PublishOutcome['kind'], afterMs: number): void {
    this.#outcomes[outcome] += 1;
    if (outcome !== 'acknowledged') return;
    this.#delivered[kind] += records.length;
    const seconds = afterMs / 1000;
    const bucket = BOUNDS_S.findIndex((bound) => seconds <= bound);
    const at = bucket === -1 ? BOUNDS_S.length : bucket;
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    this.#sum += seconds;
  }

  totals(): TrafficTotals {
    return {
      messages: { ...this.#messages },
      bytes: this.#bytes,
      outcomes: { ...this.#outcomes },
      delivered: { ...this.#delivered },
      acknowledgementSeconds: { bounds: BOUNDS_S, counts: [...this.#counts], sum: this.#sum },
    };
  }
}
