/**
 * Heart Rate Measurement, characteristic 0x2A37 of the Heart Rate service 0x180D.
 *
 * Layout, little-endian (Bluetooth SIG, Heart Rate Service 1.0 and GATT Specification Supplement,
 * "Heart Rate Measurement"): flags u8, heart rate u8 or u16, [energy expended u16], [RR interval u16 …].
 * Flags: bit 0 heart rate is u16; bits 1–2 sensor contact; bit 3 energy present; bit 4 RR present;
 * bits 5–7 reserved and ignored.
 *
 * The decoder reports what the bytes say and judges none of it: 0 bpm and impossible RR intervals pass,
 * since real straps send them (Garmin's HRM-Dual: `10 38 2d 04 35 00`, an RR of 52 ms at 56 bpm).
 */

export const HEART_RATE_SERVICE = '180d';
export const HEART_RATE_MEASUREMENT = '2a37';

export interface HeartRateMeasurement {
  /** 0 to 65535; 0 is how many straps say that they do not know. */
  readonly bpm: number;
  readonly contact: 'detected' | 'lost' | 'unsupported';
  /** Energy expended since its last reset, kJ, 0 to 65535 (where it stays); null when not in this measurement. */
  readonly energyKj: number | null;
  /** RR intervals in ms, oldest first, exact multiples of 1000/1024. */
  readonly rrMs: readonly number[];
}

/** The bytes are no heart-rate measurement. `reason` says what is wrong with them, at which byte. */
export class MalformedMeasurement extends Error {
  override readonly name = 'MalformedMeasurement';
}

const HEART_RATE_IS_U16 = 0x01;
const CONTACT_SHIFT = 1;
const CONTACT_MASK = 0x03;
const ENERGY_PRESENT = 0x08;
const RR_PRESENT = 0x10;

/** By the two contact bits: without bit 2 the sensor does not support contact detection, whatever bit 1 says. */
const CONTACT_BY_BITS = ['unsupported', 'unsupported', 'lost', 'detected'] as const;
const BITS_BY_CONTACT = { unsupported: 0, lost: 2, detected: 3 } as const;

/** RR intervals are sent in units of 1/1024 s; 1000/1024 is exact in binary, so nothing is rounded. */
const RR_UNIT_MS = 1000 / 1024;

/**
 * @param bytes one notification's value
 * @throws MalformedMeasurement when it is shorter than its flags promise, or longer by a part of an RR interval
 */
export function decodeHeartRate(bytes: Uint8Array): HeartRateMeasurement {
  if (bytes.length === 0) throw new MalformedMeasurement('no bytes: at least the flags and a heart rate are needed');
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const flags = view.getUint8(0);
  const wide = (flags & HEART_RATE_IS_U16) !== 0;
  const hasEnergy = (flags & ENERGY_PRESENT) !== 0;
  const hasRr = (flags & RR_PRESENT) !== 0;

  const energyAt = 1 + (wide ? 2 : 1);
  const rrAt = energyAt + (hasEnergy ? 2 : 0);
  if (bytes.length < rrAt) {
    const promised = `${wide ? 'a 16-bit' : 'an 8-bit'} heart rate${hasEnergy ? ' and energy expended' : ''}`;
    throw new MalformedMeasurement(
      `${count(bytes.length)}, but the flags 0x${hex(flags)} promise ${promised}: at least ${rrAt}`,
    );
  }
  const left = bytes.length - rrAt;
  if (!hasRr && left > 0) {
    throw new MalformedMeasurement(
      `${count(left)} too many from byte ${rrAt} on: the flags 0x${hex(flags)} promise no RR`,
    );
  }
  if (left % 2 !== 0) {
    throw new MalformedMeasurement(`an odd byte at the end, byte ${bytes.length - 1}: RR intervals take two each`);
  }

  const rrMs = new Array<number>(left / 2);
  for (let i = 0; i < rrMs.length; i++) rrMs[i] = view.getUint16(rrAt + 2 * i, true) * RR_UNIT_MS;
  return {
    bpm: wide ? view.getUint16(1, true) : view.getUint8(1),
    contact: CONTACT_BY_BITS[((flags >> CONTACT_SHIFT) & CONTACT_MASK) as 0 | 1 | 2 | 3],
    energyKj: hasEnergy ? view.getUint16(energyAt, true) : null,
    rrMs,
  };
}

/**
 * The shortest bytes that decode to this measurement.
 *
 * @param measurement RR intervals are rounded to the nearest 1/1024 s
 * @throws RangeError when a value does not fit its 16 bits
 */
export function encodeHeartRate({ bpm, contact, energyKj, rrMs }: HeartRateMeasurement): Uint8Array {
  const [bpmLow, bpmHigh] = u16('heart rate', bpm);
  const wide = bpmHigh > 0;
  const flags =
    (wide ? HEART_RATE_IS_U16 : 0) |
    (BITS_BY_CONTACT[contact] << CONTACT_SHIFT) |
    (energyKj === null ? 0 : ENERGY_PRESENT) |
    (rrMs.length === 0 ? 0 : RR_PRESENT);
  const bytes = [flags, bpmLow, ...(wide ? [bpmHigh] : [])];
  if (energyKj !== null) bytes.push(...u16('energy expended', energyKj));
  for (const rr of rrMs) bytes.push(...u16('RR interval', rr / RR_UNIT_MS));
  return Uint8Array.from(bytes);
}

function u16(what: string, value: number): [number, number] {
  const rounded = Math.round(value);
  if (!(rounded >= 0 && rounded <= 0xffff)) throw new RangeError(`${what} ${value} does not fit 16 bits`);
  return [rounded & 0xff, rounded >> 8];
}

function count(bytes: number): string {
  return bytes === 1 ? '1 byte' : `${bytes} bytes`;
}

function hex(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}
