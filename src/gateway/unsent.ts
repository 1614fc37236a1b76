/**
 * Which records one uplink has still to be sent, as ranges of sequence numbers: all but what it has acknowledged, what
 * is on its way, what is set aside, and what turned out to be no record of the kind.
 *
 * Samples above the head of the moment when the connection came up are live; all before are backfill, oldest first.
 */
import type { RecordKind } from '../domain/record.ts';
import { type SeqRange, SeqRanges } from '../domain/seq-ranges.ts';
import type { LaneName } from './lane.ts';

export class Unsent {
  readonly #acknowledgedOf: (kind: RecordKind) => SeqRanges;
  #empty = noRanges();
  #liveAfter = 0;

  /** @param acknowledgedOf gives a copy */
  constructor(acknowledgedOf: (kind: RecordKind) => SeqRanges) {
    this.#acknowledgedOf = acknowledgedOf;
  }

  /** There is no record of this kind that may go out. */
  isEmpty(kind: RecordKind, range: SeqRange): void {
    this.#empty[kind].add(range);
  }

  /** What was empty may have been filled: records that waited for the time to become known. */
  lookAgain(): void {
    this.#empty = noRanges();
  }

  /** Samples up to the head are backfill from now on. */
  liveFrom(head: number): void {
    this.#liveAfter = head;
  }

  /** How many numbers of samples above what is backfill are not acknowledged; of those that are no samples, few are counted. */
  liveNumbers(head: number): number {
    const live = this.#acknowledgedOf('samples')
      .gaps(head)
      .map(({ after, through }) => through - Math.max(after, this.#liveAfter));
    return live.reduce((sum, count) => sum + Math.max(0, count), 0);
  }

  /** The first range that a lane has to send, of what is not busy. Asked several times for each message. */
  next(lane: LaneName, busy: readonly SeqRange[], head: number): SeqRange | undefined {
    const kind = lane === 'live' || lane === 'backfill' ? 'samples' : lane;
    const taken = this.#acknowledgedOf(kind).ranges.concat(this.#empty[kind].ranges, busy);
    const after = endOf(taken, lane === 'live' ? this.#liveAfter : 0);
    const limit = lane === 'backfill' ? Math.min(head, this.#liveAfter) : head;
    const through = taken.reduce((least, range) => (range.after > after ? Math.min(least, range.after) : least), limit);
    return through > after ? { after, through } : undefined;
  }
}

/** Up to where everything above this number is taken. */
function endOf(taken: readonly SeqRange[], from: number): number {
  const next = taken.find(({ after, through }) => after <= from && through > from);
  return next === undefined ? from : endOf(taken, next.through);
}

function noRanges(): Readonly<Record<RecordKind, SeqRanges>> {
  return { alerts: new SeqRanges(), gaps: new SeqRanges(), samples: new SeqRanges() };
}
