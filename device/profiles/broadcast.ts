/**
 * Heart rate that a strap advertises to everybody, in its manufacturer specific data (AD type 0xFF: Core
 * Specification Supplement, Part A, 1.4), whose first two bytes are a company, little-endian.
 *
 * None of the formats is published by its maker as a specification; what is read here is what the facts agree on:
 *
 * - Polar, company 0x006B (as Polar's own SDK reads it): after the company, blocks. A byte with bit 0x40 set opens one
 *   that is not about heart rate: that byte, a length and so many bytes. Any other opens the heart rate: `b0 khz fast
 *   [slow]`; b0 has in bit 0 battery low, in bit 1 skin contact, in bits 2–4 a frame counter; `slow` is the rate that
 *   is shown, `fast` where there is no `slow`. A strap taken off goes on advertising its last value: only a frame
 *   counter that has changed makes it a new reading, which is for the caller to see.
 * - XOSS, company 0xFF04, which is assigned to nobody: six bytes in all, the last one is the rate.
 * - Mi Band and Amazfit, company 0x0157: type 0x02, the rate at byte 5, 0xFF where it is not told.
 *
 * As with a notification, the decoder judges nothing: 0 bpm passes.
 */

export interface BroadcastHeartRate {
  readonly format: 'polar' | 'xoss' | 'mi';
  /** 0 to 255; 0 is how many straps say that they do not know. */
  readonly bpm: number;
  readonly contact: 'detected' | 'lost' | 'unsupported';
  /** 0 to 7, another one for each new reading; absent where the format has none. */
  readonly frameCounter?: number;
  /** Absent where the format does not tell. */
  readonly batteryLow?: boolean;
}

/** The bytes begin as one of the formats and do not go on as it does. `message` says what is wrong, at which byte. */
export class MalformedBroadcast extends Error {
  override readonly name = 'MalformedBroadcast';
}

const POLAR = 0x006b;
const HUAMI = 0x0157;
const XOSS = 0xff04;

const POLAR_OTHER_BLOCK = 0x40;
const POLAR_BATTERY_LOW = 0x01;
const POLAR_CONTACT = 0x02;
const POLAR_COUNTER_SHIFT = 2;
const POLAR_COUNTER_MASK = 0x07;

const XOSS_LENGTH = 6;
const XOSS_RATE_AT = 5;

const MI_TYPE_AT = 2;
const MI_ACTIVITY = 0x02;
const MI_RATE_AT = 5;
const MI_RATE_UNKNOWN = 0xff;

/**
 * @param data manufacturer data with its two company bytes
 * @returns undefined where it is no heart-rate broadcast
 * @throws MalformedBroadcast when it is one and breaks off
 */
export function decodeBroadcast(data: Uint8Array): BroadcastHeartRate | undefined {
  const [low, high] = data;
  if (low === undefined || high === undefined) return undefined;
  switch (low | (high << 8)) {
    case POLAR:
      return decodePolar(data);
    case HUAMI:
      return decodeMi(data);
    case XOSS:
      return decodeXoss(data);
    default:
      return undefined;
  }
}

function decodePolar(data: Uint8Array): BroadcastHeartRate | undefined {
  for (let at = 2; at < data.length; ) {
    if ((byteAt(data, at) & POLAR_OTHER_BLOCK) === 0) return decodePolarRate(data, at);
    const next = at + 2 + byteAt(data, at + 1);
    if (next > data.length) {
      throw new MalformedBroadcast(`the block at byte ${at} ends at byte ${next - 1}, the data at ${data.length - 1}`);
    }
    at = next;
  }
  return undefined;
}

function decodePolarRate(data: Uint8Array, at: number): BroadcastHeartRate {
  const flags = byteAt(data, at);
  const fast = byteAt(data, at + 2);
  return {
    format: 'polar',
    bpm: data[at + 3] ?? fast,
    contact: (flags & POLAR_CONTACT) === 0 ? 'lost' : 'detected',
    frameCounter: (flags >> POLAR_COUNTER_SHIFT) & POLAR_COUNTER_MASK,
    batteryLow: (flags & POLAR_BATTERY_LOW) !== 0,
  };
}

function decodeMi(data: Uint8Array): BroadcastHeartRate | undefined {
  if (data[MI_TYPE_AT] !== MI_ACTIVITY) return undefined;
  const bpm = byteAt(data, MI_RATE_AT);
  return bpm === MI_RATE_UNKNOWN ? undefined : { format: 'mi', bpm, contact: 'unsupported' };
}

/** Anybody may use an unassigned company, so the length has to fit before it is taken for XOSS's. */
function decodeXoss(data: Uint8Array): BroadcastHeartRate | undefined {
  const bpm = data.length === XOSS_LENGTH ? data[XOSS_RATE_AT] : undefined;
  return bpm === undefined ? undefined : { format: 'xoss', bpm, contact: 'unsupported' };
}

function byteAt(data: Uint8Array, at: number): number {
  const byte = data[at];
  if (byte === undefined) {
    throw new MalformedBroadcast(`${data.length} bytes: it breaks off before byte ${at}`);
  }
  return byte;
}
