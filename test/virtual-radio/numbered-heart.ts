/**
 * Heart Rate Measurements (0x2A37) that carry their number, so that a test can tell exactly which were lost and which
 * came twice: energy expended is the number modulo 65536, and of a `numbered` heart the RR interval gives it modulo 512
 * as well, for where the energy is not kept. Rate and RR always agree.
 */

export type Heart =
  /** RR goes from 500 ms to 999 ms, one 1/1024 s longer with every measurement, and then begins again. */
  | { readonly kind: 'numbered' }
  /** One rate, so that rules can be tried; `bpm` 0 to 255. */
  | { readonly kind: 'steady'; readonly bpm: number; readonly contact?: 'detected' | 'lost' | 'unsupported' };

/** RR units in a minute. */
const UNITS_A_MINUTE = 60 * 1024;
const SHORTEST_RR = 512;
const RR_CYCLE = 512;

const ENERGY_AND_RR = 0b11000;
const CONTACT = { detected: 0b110, lost: 0b100, unsupported: 0b000 } as const;

export function measurement(heart: Heart, number: number): Buffer {
  const rr =
    heart.kind === 'numbered'
      ? SHORTEST_RR + (number % RR_CYCLE)
      : Math.min(0xffff, Math.round(UNITS_A_MINUTE / Math.max(heart.bpm, 1)));
  const bpm = heart.kind === 'numbered' ? Math.round(UNITS_A_MINUTE / rr) : heart.bpm;
  const contact = heart.kind === 'numbered' ? 'detected' : (heart.contact ?? 'detected');
  const bytes = Buffer.alloc(6);
  bytes.writeUInt8(ENERGY_AND_RR | CONTACT[contact], 0);
  bytes.writeUInt8(bpm, 1);
  bytes.writeUInt16LE(number & 0xffff, 2);
  bytes.writeUInt16LE(rr, 4);
  return bytes;
}

/** The number in a measurement made here; undefined of any other. */
export function numberOf(value: Buffer): number | undefined {
  const flags = value[0];
  if (value.length !== 6 || flags === undefined || (flags & ENERGY_AND_RR) !== ENERGY_AND_RR) return undefined;
  return value.readUInt16LE(2);
}

/** The number modulo 512 of a `numbered` heart's measurement, from its RR interval in ms as a gateway reports it. */
export function numberOfRr(rrMs: number): number {
  return Math.round((rrMs * 1024) / 1000) - SHORTEST_RR;
}
