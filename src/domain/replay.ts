/**
 * Finds that the beats of a strap repeat an earlier run of the same strap, as they do when somebody has recorded its
 * notifications and sends them again. It looks at RR intervals alone: rates are whole numbers that change slowly, and a
 * heart at rest repeats minutes of them by itself.
 *
 * A run is `RUN_BEATS` intervals, exact to the strap's 1/1024 s. Two hearts' runs, or one heart's at two times, are the
 * same by chance with the probability that follows from how much the beats vary. That is estimated from the run
 * itself: with `p` the probability that two of its differences between neighbours are the same, it carries
 * `−log2 p` bits a beat, and a run of fewer than `RUN_BITS_MIN` proves nothing: a constant one carries 0, one that goes
 * to and fro between two values a bit a beat, as does a strap that makes its intervals up from the rate. The least
 * that forty beats of the recorded hearts in the tests carry is above 100, and the longest run that they or a
 * simulated heart repeat by themselves is 11 beats.
 *
 * At 80 estimated bits some 60 are sure, since differences vary more than the beats they are taken from. Thirty
 * athletes in eight hours have 2^21 beats, each held against at most 2^11 earlier ones: 2^32 chances at 2^-60.
 */

/** 13 to 40 s: a shorter run would carry too few bits at a steady effort. */
const RUN_BEATS = 40;

const RUN_BITS_MIN = 80;

/** A power of two. At least ten minutes at 200 bpm; 4 KiB an athlete. */
const HISTORY_BEATS = 2_048;
const HISTORY_MASK = HISTORY_BEATS - 1;

/** Twice as many slots as beats, so that few runs push another one out; 16 KiB an athlete. */
const SLOT_BITS = 12;

/** After a run that was the same and proved too little, the next one to be looked at is one without its beats. */
const LOOK_AGAIN_BEATS = RUN_BEATS;

const RR_UNIT_MS = 1000 / 1024;
const RR_UNITS_MAX = 0xffff;

/** Any odd number with bits all over does, for the rolling hash and to spread it over the slots. */
const HASH_BASE = 0x01000193;
const HASH_SPREAD = 0x9e3779b1;
const HASH_LEAVING = powerOf(HASH_BASE, RUN_BEATS);

export class ReplayWatch {
  /** The newest beats in units of 1/1024 s, by their number modulo the length. */
  readonly #beats = new Uint16Array(HISTORY_BEATS);
  /** By the hash of a run, the number of the beat with which the last one of that hash ended. */
  readonly #runEnds = new Int32Array(1 << SLOT_BITS).fill(-1);
  #count = 0;
  #hash = 0;
  /** How many beats back lies what is being repeated; 0 while nothing is. */
  #distance = 0;
  #lookAgainAt = 0;

  /**
   * @param rrMs the intervals of one reading, oldest first
   * @returns whether the reading belongs to a repetition; one without beats does when those before it do
   */
  reading(rrMs: readonly number[]): boolean {
    for (const interval of rrMs) this.#beat(Math.min(Math.round(interval / RR_UNIT_MS), RR_UNITS_MAX));
    return this.#distance > 0;
  }

  #beat(units: number): void {
    const beat = this.#count++;
    const leaving = beat < RUN_BEATS ? 0 : Math.imul(this.#at(beat - RUN_BEATS) + 1, HASH_LEAVING);
    this.#hash = (Math.imul(this.#hash, HASH_BASE) + units + 1 - leaving) | 0;
    this.#beats[beat & HISTORY_MASK] = units;
    if (this.#distance > 0 && units !== this.#at(beat - this.#distance)) this.#distance = 0;
    if (beat < RUN_BEATS) return;
    const slot = Math.imul(this.#hash, HASH_SPREAD) >>> (32 - SLOT_BITS);
    const earlier = this.#runEnds[slot] ?? -1;
    this.#runEnds[slot] = beat;
    if (this.#distance === 0 && earlier >= 0 && this.#isRepeated(earlier, beat)) this.#distance = beat - earlier;
  }

  /** The hash only says where to look: what counts are the beats. */
  #isRepeated(earlier: number, beat: number): boolean {
    if (beat < this.#lookAgainAt || beat - earlier > HISTORY_BEATS - RUN_BEATS) return false;
    for (let back = 0; back < RUN_BEATS; back++) {
      if (this.#at(beat - back) !== this.#at(earlier - back)) return false;
    }
    if (this.#bitsUpTo(beat) >= RUN_BITS_MIN) return true;
    this.#lookAgainAt = beat + LOOK_AGAIN_BEATS;
    return false;
  }

  /** How many bits the run that ends with this beat carries. */
  #bitsUpTo(beat: number): number {
    const differences = RUN_BEATS - 1;
    const counts = new Map<number, number>();
    for (let back = 0; back < differences; back++) {
      const difference = this.#at(beat - back) - this.#at(beat - back - 1);
      counts.set(difference, (counts.get(difference) ?? 0) + 1);
    }
    let same = 0;
    for (const count of counts.values()) same += (count / differences) ** 2;
    return -Math.log2(same) * differences;
  }

  #at(beat: number): number {
    return this.#beats[beat & HISTORY_MASK] ?? 0;
  }
}

/** Modulo 2^32, as the hash is. */
function powerOf(base: number, exponent: number): number {
  let power = 1;
  for (let i = 0; i < exponent; i++) power = Math.imul(power, base);
  return power;
}
