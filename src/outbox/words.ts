/** Four bytes at once, as a word of 32 bits with the first byte highest. */

const LENGTH = { least: 4, most: 12 } as const;

/** A short text that is written again and again: three words that overlap. */
export class Label {
  readonly #length: number;
  readonly #middleAt: number;
  readonly #first: number;
  readonly #middle: number;
  readonly #last: number;

  /** @param text 4 to 12 bytes in UTF-8 */
  constructor(text: string) {
    const bytes = new TextEncoder().encode(text);
    const { length } = bytes;
    if (length < LENGTH.least || length > LENGTH.most) throw new RangeError(`${text} is no short text`);
    const words = new DataView(bytes.buffer);
    this.#length = length;
    this.#middleAt = Math.min(4, length - 4);
    this.#first = words.getInt32(0);
    this.#middle = words.getInt32(this.#middleAt);
    this.#last = words.getInt32(length - 4);
  }

  /** Writes it. @returns where it ends */
  put(to: DataView, at: number): number {
    to.setInt32(at, this.#first);
    to.setInt32(at + this.#middleAt, this.#middle);
    const end = at + this.#length;
    to.setInt32(end - 4, this.#last);
    return end;
  }
}

const EACH = 0x01010101;
const HIGHEST_BITS = 0x80808080;
const QUOTES = 0x22 * EACH;
const BACKSLASHES = 0x5c * EACH;

/**
 * Whether one of the four bytes is a quote or a backslash: a byte is zero where borrowing one from it sets its highest bit
 * and it had not that bit before.
 */
export function hasQuoteOrBackslash(word: number): boolean {
  const quote = word ^ QUOTES;
  const backslash = word ^ BACKSLASHES;
  return ((((quote - EACH) & ~quote) | ((backslash - EACH) & ~backslash)) & HIGHEST_BITS) !== 0;
}

const LOWER_HALVES = 0x0f0f0f0f;
const ZEROS = 0x30 * EACH;
const SIXES = 0x06 * EACH;
const SIXTEENS = 0x10 * EACH;

/** Whether all four bytes are decimal digits, 0x30 to 0x39. */
export function areDigits(word: number): boolean {
  return ((word & ~LOWER_HALVES) ^ ZEROS) === 0 && (((word & LOWER_HALVES) + SIXES) & SIXTEENS) === 0;
}
