/**
 * A set of sequence numbers, as ascending ranges that neither touch nor overlap: what a receiver has acknowledged.
 * Most of the time it is one range from the beginning; each outage that live records overtake adds one.
 */

/** The sequence numbers above `after`, up to and with `through`. */
export interface SeqRange {
  readonly after: number;
  readonly through: number;
}

/** What somebody has who takes nothing of a kind: all there is of it, and all that will come. */
export const ENDLESS: SeqRange = { after: 0, through: Number.MAX_SAFE_INTEGER };

export class SeqRanges {
  #ranges: SeqRange[];

  constructor(ranges: Iterable<SeqRange> = []) {
    this.#ranges = [];
    for (const range of ranges) this.add(range);
  }

  /** Whether the range was new, all or part of it. */
  add({ after, through }: SeqRange): boolean {
    if (through <= after || this.covers({ after, through })) return false;
    const touching = ({ after: from, through: to }: SeqRange) => to >= after && from <= through;
    const first = this.#ranges.findIndex((range) => range.through >= after);
    const at = first === -1 ? this.#ranges.length : first;
    let count = 0;
    for (let range = this.#ranges[at]; range !== undefined && touching(range); range = this.#ranges[at + count]) {
      after = Math.min(after, range.after);
      through = Math.max(through, range.through);
      count++;
    }
    this.#ranges.splice(at, count, { after, through });
    return true;
  }

  covers({ after, through }: SeqRange): boolean {
    return this.#ranges.some((range) => range.after <= after && range.through >= through);
  }

  has(seq: number): boolean {
    return this.covers({ after: seq - 1, through: seq });
  }

  /** Up to where everything from the beginning is in the set. */
  get first(): number {
    const range = this.#ranges[0];
    return range?.after === 0 ? range.through : 0;
  }

  /** The highest number in the set, 0 when it is empty. */
  get last(): number {
    return this.#ranges.at(-1)?.through ?? 0;
  }

  get ranges(): readonly SeqRange[] {
    return this.#ranges;
  }

  /** What is not in the set, ascending, up to this number. */
  gaps(through: number): SeqRange[] {
    const gaps: SeqRange[] = [];
    let after = 0;
    for (const range of this.#ranges) {
      if (range.after >= through) break;
      if (range.after > after) gaps.push({ after, through: range.after });
      after = range.through;
    }
    if (after < through) gaps.push({ after, through });
    return gaps;
  }

  /** What is in both. */
  and(other: SeqRanges): SeqRanges {
    const both = new SeqRanges();
    for (const a of this.#ranges) {
      for (const b of other.#ranges) {
        both.add({ after: Math.max(a.after, b.after), through: Math.min(a.through, b.through) });
      }
    }
    return both;
  }

  /** What is in this one only. */
  minus(other: SeqRanges): SeqRanges {
    const through = this.last;
    return this.and(new SeqRanges(other.gaps(through)));
  }

  copy(): SeqRanges {
    const copy = new SeqRanges();
    copy.#ranges = [...this.#ranges];
    return copy;
  }

  /** As pairs of `after` and `through`. */
  toJSON(): [number, number][] {
    return this.#ranges.map(({ after, through }) => [after, through]);
  }

  static from(pairs: readonly (readonly [number, number])[]): SeqRanges {
    return new SeqRanges(pairs.map(([after, through]) => ({ after, through })));
  }
}
