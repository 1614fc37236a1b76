/**
 * Samples as the entries of a message, from the bytes of their chunk to those of the message: what a drain does some
 * 100,000 times a second. To make objects or text of them first costs several times as much, and garbage as well.
 *
 * Most rows have the seven fields that every row has, and whole numbers in them: their texts and numbers are copied as
 * they stand. Any other row goes the long way and comes to the same.
 */
import { toTwoDecimals } from '../domain/entries.ts';
import { rowEntry, rrMsOf } from './chunk.ts';

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

const [QUOTE, BACKSLASH, COMMA, OPEN, CLOSE, ZERO, NINE, LETTER_N] = [0x22, 0x5c, 0x2c, 0x5b, 0x5d, 0x30, 0x39, 0x6e];

const SEQ = bytesOf('{"seq":');
const ATHLETE = bytesOf(',"athlete":');
const STRAP = bytesOf(',"strap":');
const TIME = bytesOf(',"t":');
const RATE = bytesOf(',"bpm":');
const INTERVALS = bytesOf(',"rr":[');
const CONTACT = bytesOf(',"contact":');
const END = bytesOf('}');

/** For what a message has before its entries, and for what it has behind them. */
const ROOM_BYTES = 256;

/** The names of an entry's fields, its number and its time. */
const FRAME_BYTES = 120;

/** By how much at most the rest of a row grows: an RR interval of "9," to one of "8.79,". */
const GROWTH = 3;

/** An RR interval has 16 bits. */
const UNITS_MAX = 0xffff;

/** Where the fields of a row are; texts with their quotes. */
interface Fields {
  athlete: number;
  athleteEnd: number;
  strap: number;
  strapEnd: number;
  time: number;
  timeEnd: number;
  /** Where it ends, too, when there is none. */
  bpm: number;
  bpmEnd: number;
  contact: number;
  contactEnd: number;
  /** The RR intervals, 1/1024 s; so many of them count. */
  readonly units: number[];
  count: number;
}

export class EntryBytes {
  #bytes = new Uint8Array(64 * 1024);
  #length = 0;
  readonly #fields = fieldsAt(0);

  /**
   * All that was added since it was last asked, as a JSON array without white space, in a buffer of its own with room
   * around it.
   */
  take(): Uint8Array<ArrayBuffer> {
    const bytes = this.#length + 2;
    const array = new Uint8Array(new ArrayBuffer(ROOM_BYTES + bytes + ROOM_BYTES), ROOM_BYTES, bytes);
    array[0] = OPEN as number;
    array.set(this.#bytes.subarray(0, this.#length), 1);
    array[bytes - 1] = CLOSE as number;
    this.#length = 0;
    return array;
  }

  addRows({ samples, firstSeq, skip, limit, shiftMs }: WantedRows): void {
    // Each row is behind a bracket or a comma.
    let begin = 1;
    for (let i = 0; i < skip + limit && begin < samples.length; i++) {
      const plainEnd = plainRowEnd(samples, begin, this.#fields);
      const end = plainEnd < 0 ? rowEnd(samples, begin) : plainEnd;
      if (i >= skip && plainEnd < 0) this.#addOther(textOf(samples, begin, end), firstSeq + i, shiftMs);
      else if (i >= skip) this.#addPlain(samples, end - begin, firstSeq + i, shiftMs);
      begin = end + 1;
    }
  }

  #addOther(row: string, seq: number, shiftMs: number): void {
    const entry = bytesOf(rowEntry(row, seq, shiftMs));
    this.#begin(entry.length);
    this.#add(entry);
  }

  #addPlain(row: Uint8Array, rowBytes: number, seq: number, shiftMs: number): void {
    const fields = this.#fields;
    this.#begin(FRAME_BYTES + GROWTH * rowBytes);
    this.#add(SEQ);
    this.#digits(seq);
    this.#add(ATHLETE);
    this.#copy(row, fields.athlete, fields.athleteEnd);
    this.#add(STRAP);
    this.#copy(row, fields.strap, fields.strapEnd);
    this.#add(TIME);
    if (shiftMs === 0) this.#copy(row, fields.time, fields.timeEnd);
    else this.#digits(Math.round(numberAt(row, fields.time, fields.timeEnd) + shiftMs));
    if (fields.bpm < fields.bpmEnd) {
      this.#add(RATE);
      this.#copy(row, fields.bpm, fields.bpmEnd);
    }
    this.#addIntervals(fields);
    this.#add(CONTACT);
    this.#copy(row, fields.contact, fields.contactEnd);
    this.#add(END);
  }

  #addIntervals({ units, count }: Fields): void {
    if (count === 0) return;
    this.#add(INTERVALS);
    for (let i = 0; i < count; i++) {
      if (i > 0) this.#byte(COMMA as number);
      this.#add(intervalText(units[i] as number));
    }
    this.#byte(CLOSE as number);
  }

  #digits(value: number): void {
    const digits = String(value);
    for (let i = 0; i < digits.length; i++) this.#byte(digits.charCodeAt(i));
  }

  #add(text: Uint8Array): void {
    this.#copy(text, 0, text.length);
  }

  /** They are so short that a loop is faster than `set`. */
  #copy(from: Uint8Array, start: number, end: number): void {
    const bytes = this.#bytes;
    let length = this.#length;
    for (let at = start; at < end; at++) bytes[length++] = from[at] as number;
    this.#length = length;
  }

  #byte(byte: number): void {
    this.#bytes[this.#length++] = byte;
  }

  /** @param atMostBytes what the entry takes */
  #begin(atMostBytes: number): void {
    const needed = this.#length + 1 + atMostBytes;
    if (needed > this.#bytes.length) {
      const larger = new Uint8Array(2 * needed);
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes = larger;
    }
    if (this.#length > 0) this.#byte(COMMA as number);
  }
}

/** Finds the fields of the row that begins here. @returns where the row ends, -1 where it is not one of the plain ones */
function plainRowEnd(bytes: Uint8Array, begin: number, fields: Fields): number {
  fields.athlete = after(bytes, begin, OPEN);
  fields.athleteEnd = textEnd(bytes, fields.athlete);
  fields.strap = after(bytes, fields.athleteEnd, COMMA);
  fields.strapEnd = textEnd(bytes, fields.strap);
  fields.time = after(bytes, fields.strapEnd, COMMA);
  fields.timeEnd = digitsEnd(bytes, fields.time);
  const monotonicEnd = digitsEnd(bytes, after(bytes, fields.timeEnd, COMMA));
  fields.bpm = after(bytes, monotonicEnd, COMMA);
  fields.bpmEnd = digitsEnd(bytes, fields.bpm);
  if (bytes[fields.bpm] === LETTER_N) fields.bpm = fields.bpmEnd = fields.bpm + 'null'.length;
  fields.contact = after(bytes, fields.bpmEnd, COMMA);
  fields.contactEnd = textEnd(bytes, fields.contact);
  const intervals = after(bytes, after(bytes, fields.contactEnd, COMMA), OPEN);
  return after(bytes, intervalsEnd(bytes, intervals, fields), CLOSE);
}

/** Where any row ends. */
function rowEnd(bytes: Uint8Array, begin: number): number {
  for (let at = begin, depth = 0; at < bytes.length; at++) {
    if (bytes[at] === QUOTE) at = textEnd(bytes, at) - 1;
    else if (bytes[at] === OPEN) depth += 1;
    else if (bytes[at] === CLOSE) depth -= 1;
    if (depth === 0) return at + 1;
  }
  throw new Error('a chunk ends within a row');
}

// Each of these goes on from where the one before has come to, and from nowhere, -1, to nowhere.

function after(bytes: Uint8Array, at: number, byte: number | undefined): number {
  return at >= 0 && bytes[at] === byte ? at + 1 : -1;
}

function textEnd(bytes: Uint8Array, begin: number): number {
  if (bytes[begin] !== QUOTE) return -1;
  for (let at = begin + 1; at < bytes.length; at++) {
    if (bytes[at] === QUOTE) return at + 1;
    if (bytes[at] === BACKSLASH) at += 1;
  }
  return -1;
}

function digitsEnd(bytes: Uint8Array, begin: number): number {
  let at = begin;
  while (isDigit(bytes[at])) at += 1;
  return at > begin ? at : -1;
}

function intervalsEnd(bytes: Uint8Array, begin: number, fields: Fields): number {
  fields.count = 0;
  if (bytes[begin] === CLOSE) return begin + 1;
  for (let at = begin; ; ) {
    const end = digitsEnd(bytes, at);
    const units = numberAt(bytes, at, end);
    if (end < 0 || units > UNITS_MAX) return -1;
    fields.units[fields.count++] = units;
    if (bytes[end] === CLOSE) return end + 1;
    at = after(bytes, end, COMMA);
  }
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= (ZERO as number) && byte <= (NINE as number);
}

function numberAt(bytes: Uint8Array, begin: number, end: number): number {
  let value = 0;
  for (let at = begin; at < end; at++) value = value * 10 + (bytes[at] as number) - (ZERO as number);
  return value;
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

function fieldsAt(at: number): Fields {
  return {
    athlete: at,
    athleteEnd: at,
    strap: at,
    strapEnd: at,
    time: at,
    timeEnd: at,
    bpm: at,
    bpmEnd: at,
    contact: at,
    contactEnd: at,
    units: [],
    count: 0,
  };
}
