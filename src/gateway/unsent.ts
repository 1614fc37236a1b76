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

  /** The first range that a lane has to send, of what is not busy. */
  next(lane: LaneName, busy: Iterable<SeqRange>, head: number): SeqRange | undefined {
    const kind = lane === 'live' || lane === 'backfill' ? 'samples' : lane;
    const taken = this.#acknowledgedOf(kind);
    for (const range of this.#empty[kind].ranges) taken.add(range);
    for (const range of busy) taken.add(range);
    const from = lane === 'live' ? this.#liveAfter : 0;
    const first = taken
      .gaps(lane === 'backfill' ? Math.min(head, this.#liveAfter) : head)
      .find(({ through }) => through > from);
    return first === undefined ? undefined : { after: Math.max(first.after, from), through: first.through };
  }
}

function noRanges(): Readonly<Record<RecordKind, SeqRanges>> {
  return { alerts: new SeqRanges(), gaps: new SeqRanges(), samples: new SeqRanges() };
}
