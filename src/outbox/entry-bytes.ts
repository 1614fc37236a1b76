/**
 * Samples as the entries of a message, from the bytes of their chunk to those of the message: what a drain does some
 * 100,000 times a second. To make objects or text of them first costs several times as much, and garbage as well.
 *
 * Most rows have the seven fields that every row has, and whole numbers in them: their texts and numbers are copied as
 * they stand. Any other row goes the long way and comes to the same.
 */
import { toTwoDecimals } from '../domain/entries.ts';
import { rowEntry, rrMsOf } from './chunk.ts';
import { SpareBuffers } from './spare-buffers.ts';
import { areDigits, hasQuoteOrBackslash, Label } from './words.ts';

/** What is wanted of a chunk: at most `limit` rows from `skip` on, of which the very first has `firstSeq`. */
export interface WantedRows {
  /** As `encodeChunk` writes it, in UTF-8. */
  readonly samples: Uint8Array;
  readonly firstSeq: number;
  readonly skip: number;
  readonly limit: number;
  /** By how much the times are moved, ms. */
  readonly shiftMs: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN = 0x5b;
const CLOSE = 0x5d;
const ZERO = 0x30;
const NINE = 0x39;
const BRACE = 0x7d;
const LETTER_N = 0x6e;

const SEQ = new Label('{"seq":');
const ATHLETE = new Label(',"athlete":');
const STRAP = new Label(',"strap":');
const TIME = new Label(',"t":');
const RATE = new Label(',"bpm":');
const INTERVALS = new Label(',"rr":[');
const CONTACT = new Label(',"contact":');

/** For what a message has before its entries, and for what it has behind them. */
const ROOM_BYTES = 256;

// What is larger than this is not plain, so that there is room for an entry before its row is looked at.
const TEXT_BYTES = 80;
const DIGITS = 16;
const INTERVALS_MAX = 32;

/** What the entry of a plain row takes at most: the names of its fields, three texts, three numbers, the intervals. */
const ENTRY_BYTES = 120 + 3 * TEXT_BYTES + 3 * DIGITS + INTERVALS_MAX * '63999.02,'.length;

/** An RR interval has 16 bits, in 1/1024 s. */
const UNITS_MAX = 0xffff;

/** Where the next field begins of a row that is not plain. */
const NOWHERE = -1;

/** Bytes one by one, and four of them as a word. */
interface Bytes {
  readonly bytes: Uint8Array;
  readonly words: DataView;
}

function inWords(bytes: Uint8Array): Bytes {
  return { bytes, words: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) };
}

export class EntryBytes {
  /** What it gives away, where it comes back. */
  readonly spares = new SpareBuffers();
  #to = inWords(new Uint8Array(64 * 1024));
  #length = 0;
  /** The number of the entry before, and its digits: the next one is mostly one more. */
  #seq = 0;
  #seqDigits = bytesOf('0');

  /**
   * All that was added since it was last asked, as a JSON array without white space, in a buffer of its own with room
   * around it.
   */
  take(): Uint8Array<ArrayBuffer> {
    const bytes = this.#length + 2;
    const array = new Uint8Array(this.spares.take(ROOM_BYTES + bytes + ROOM_BYTES), ROOM_BYTES, bytes);
    array[0] = OPEN;
    array.set(this.#to.bytes.subarray(0, this.#length), 1);
    array[bytes - 1] = CLOSE;
    this.#length = 0;
    return array;
  }

  addRows({ samples, firstSeq, skip, limit, shiftMs }: WantedRows): void {
    const from = inWords(samples);
    // Each row is behind a bracket or a comma.
    let begin = 1;
    for (let i = 0; i < skip + limit && begin < samples.length; i++) {
      begin = i < skip ? rowEnd(samples, begin) : this.#addRow(from, begin, firstSeq + i, shiftMs);
      begin += 1;
    }
  }

  /** @returns where the row ends */
  #addRow(from: Bytes, begin: number, seq: number, shiftMs: number): number {
    const lengthBefore = this.#length;
    this.#begin(ENTRY_BYTES);
    const plainEnd = this.#addPlain(from, begin, seq, shiftMs);
    if (plainEnd !== NOWHERE) return plainEnd;
    this.#length = lengthBefore;
    const end = rowEnd(from.bytes, begin);
    const entry = bytesOf(rowEntry(textOf(from.bytes, begin, end), seq, shiftMs));
    this.#begin(entry.length);
    this.#length = put(this.#to.bytes, this.#length, entry);
    return end;
  }

  /**
   * Each field is copied while it is looked at, four bytes at once where it is long, and the place in the message kept in
   * a variable: it is a third of the time that it takes otherwise.
   *
   * @returns where the row ends, `NOWHERE` where it is not a plain one
   */
  #addPlain(from: Bytes, begin: number, seq: number, shiftMs: number): number {
    const { bytes: row } = from;
    const { bytes: to, words } = this.#to;
    let length = ATHLETE.put(words, put(to, SEQ.put(words, this.#length), this.#digitsOf(seq)));
    const athlete = begin + 1;
    const athleteEnd = copyText(from, athlete, this.#to, length);
    if (row[begin] !== OPEN || row[athleteEnd] !== COMMA) return NOWHERE;
    length = STRAP.put(words, length + athleteEnd - athlete);

    const strap = athleteEnd + 1;
    const strapEnd = copyText(from, strap, this.#to, length);
    if (row[strapEnd] !== COMMA) return NOWHERE;
    length = TIME.put(words, length + strapEnd - strap);

    const time = strapEnd + 1;
    const timeEnd = copyDigits(from, time, this.#to, length);
    if (row[timeEnd] !== COMMA) return NOWHERE;
    if (shiftMs === 0) length += timeEnd - time;
    else length = put(to, length, bytesOf(String(Math.round(numberAt(row, time, timeEnd) + shiftMs))));

    const monotonicEnd = digitsEnd(row, timeEnd + 1);
    if (row[monotonicEnd] !== COMMA) return NOWHERE;
    const rate = monotonicEnd + 1;
    let rateEnd = rate + 'null'.length;
    if (row[rate] !== LETTER_N) {
      length = RATE.put(words, length);
      rateEnd = copyDigits(from, rate, this.#to, length);
      length += rateEnd - rate;
    }
    if (row[rateEnd] !== COMMA) return NOWHERE;

    const contact = rateEnd + 1;
    const contactEnd = textEnd(row, contact);
    if (row[contactEnd] !== COMMA || row[contactEnd + 1] !== OPEN) return NOWHERE;
    let at = contactEnd + 2;
    if (row[at] === CLOSE) at += 1;
    else {
      length = INTERVALS.put(words, length);
      for (let count = 1, next: number | undefined = COMMA; next !== CLOSE; count++) {
        let units = 0;
        const begin = at;
        for (next = row[at]; isDigit(next); next = row[++at]) units = units * 10 + next - ZERO;
        if ((next !== COMMA && next !== CLOSE) || units > UNITS_MAX || count > INTERVALS_MAX || at === begin)
          return NOWHERE;
        length = put(to, length, intervalText(units));
        to[length++] = next;
        at += 1;
      }
    }
    if (row[at] !== CLOSE) return NOWHERE;
    length = CONTACT.put(words, length);
    for (let at = contact; at < contactEnd; at++) to[length++] = row[at] as number;
    to[length++] = BRACE;
    this.#length = length;
    return at + 1;
  }

  /** @returns the digits of a number, until it is asked for another one */
  #digitsOf(seq: number): Uint8Array {
    if (seq !== this.#seq + 1 || !increment(this.#seqDigits)) this.#seqDigits = bytesOf(String(seq));
    this.#seq = seq;
    return this.#seqDigits;
  }

  /** @param atMostBytes what the entry takes */
  #begin(atMostBytes: number): void {
    const needed = this.#length + 1 + atMostBytes;
    if (needed > this.#to.bytes.length) {
      const larger = inWords(new Uint8Array(2 * needed));
      larger.bytes.set(this.#to.bytes.subarray(0, this.#length));
      this.#to = larger;
    }
    if (this.#length > 0) this.#to.bytes[this.#length++] = COMMA;
  }
}

/** Where any row ends. */
function rowEnd(bytes: Uint8Array, begin: number): number {
  let isText = false;
  for (let at = begin, depth = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (isText && byte === BACKSLASH) at += 1;
    else if (byte === QUOTE) isText = !isText;
    else if (isText) continue;
    else if (byte === OPEN) depth += 1;
    else if (byte === CLOSE) depth -= 1;
    if (depth === 0) return at + 1;
  }
  throw new Error('a chunk ends within a row');
}

/** Writes the text at this length. @returns the length with it */
function put(to: Uint8Array, length: number, text: Uint8Array): number {
  const count = text.length;
  // They are so short that a loop is faster than `set`.
  for (let i = 0; i < count; i++) to[length + i] = text[i] as number;
  return length + count;
}

// These give where what begins here ends, and something that is behind no row where it is not what it should be.

/** What is escaped in a text may be written in more than one way, so that such a text is not plain. */
function copyText({ bytes, words }: Bytes, begin: number, to: Bytes, length: number): number {
  if (bytes[begin] !== QUOTE) return NOWHERE;
  to.bytes[length] = QUOTE;
  let i = 1;
  for (; i < TEXT_BYTES && begin + i + 4 <= bytes.length; i += 4) {
    const word = words.getInt32(begin + i);
    if (hasQuoteOrBackslash(word)) break;
    to.words.setInt32(length + i, word);
  }
  for (; i < TEXT_BYTES; i++) {
    const byte = bytes[begin + i] as number;
    to.bytes[length + i] = byte;
    if (byte === QUOTE) return begin + i + 1;
    if (byte === BACKSLASH) return NOWHERE;
  }
  return NOWHERE;
}

function textEnd(bytes: Uint8Array, begin: number): number {
  if (bytes[begin] !== QUOTE) return NOWHERE;
  for (let at = begin + 1; at < begin + TEXT_BYTES; at++) {
    if (bytes[at] === QUOTE) return at + 1;
    if (bytes[at] === BACKSLASH) return NOWHERE;
  }
  return NOWHERE;
}

function copyDigits({ bytes, words }: Bytes, begin: number, to: Bytes, length: number): number {
  let at = begin;
  for (; at - begin < DIGITS - 4 && at + 4 <= bytes.length; at += 4) {
    const word = words.getInt32(at);
    if (!areDigits(word)) break;
    to.words.setInt32(length + at - begin, word);
  }
  for (let byte = bytes[at]; isDigit(byte); byte = bytes[++at]) {
    if (at - begin === DIGITS) return NOWHERE;
    to.bytes[length + at - begin] = byte;
  }
  return at > begin ? at : NOWHERE;
}

function digitsEnd(bytes: Uint8Array, begin: number): number {
  let at = begin;
  while (isDigit(bytes[at])) at += 1;
  return at > begin && at - begin <= DIGITS ? at : NOWHERE;
}

function isDigit(byte: number | undefined): byte is number {
  // Nothing is neither less nor more than anything.
  return (byte as number) >= ZERO && (byte as number) <= NINE;
}

function numberAt(bytes: Uint8Array, begin: number, end: number): number {
  let value = 0;
  for (let at = begin; at < end; at++) value = value * 10 + (bytes[at] as number) - ZERO;
  return value;
}

/** Adds one. @returns false where it has too few digits for that */
function increment(digits: Uint8Array): boolean {
  for (let at = digits.length - 1; at >= 0; at--) {
    if (digits[at] !== NINE) {
      digits[at] = (digits[at] as number) + 1;
      return true;
    }
    digits[at] = ZERO;
  }
  return false;
}

/** Of 16 bits there are not too many to be kept, and few of them come up. */
const INTERVAL_TEXTS: Uint8Array[] = [];

function intervalText(units: number): Uint8Array {
  const known = INTERVAL_TEXTS[units];
  if (known !== undefined) return known;
  const text = bytesOf(String(toTwoDecimals(rrMsOf(units))));
  INTERVAL_TEXTS[units] = text;
  return text;
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function textOf(bytes: Uint8Array, begin: number, end: number): string {
  return new TextDecoder().decode(bytes.subarray(begin, end));
}
