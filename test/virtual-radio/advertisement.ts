/** What a strap advertises, as it goes over the air (Core Specification Supplement, Part A; Vol 3, Part C, section 11). */

export interface Advertised {
  readonly name?: string | undefined;
  /** It says that it has the Heart Rate service; so it does unless this is false. */
  readonly heartRate?: boolean | undefined;
  /** The company's two bytes first, as in `polarData`. */
  readonly manufacturerData?: Buffer | undefined;
}

const FLAGS = 0x01;
const COMPLETE_16_BIT_SERVICES = 0x03;
const COMPLETE_NAME = 0x09;
const MANUFACTURER_DATA = 0xff;

/** General discoverable, no BR/EDR. */
const LE_ONLY = 0x06;
const HEART_RATE_SERVICE = [0x0d, 0x18];

/** Flags, service and manufacturer's data; as with many straps, the name comes with the scan response. */
export function advertisement(advertised: Advertised): Buffer {
  return Buffer.concat([
    structure(FLAGS, [LE_ONLY]),
    ...(advertised.heartRate === false ? [] : [structure(COMPLETE_16_BIT_SERVICES, HEART_RATE_SERVICE)]),
    ...(advertised.manufacturerData === undefined ? [] : [structure(MANUFACTURER_DATA, advertised.manufacturerData)]),
  ]);
}

export function scanResponse(advertised: Advertised): Buffer {
  return advertised.name === undefined ? Buffer.alloc(0) : structure(COMPLETE_NAME, Buffer.from(advertised.name));
}

export interface PolarBroadcast {
  readonly bpm: number;
  /** Modulo 8; a reading is fresh when it has changed. */
  readonly frameCounter: number;
  /** On the skin, unless this is false. */
  readonly contact?: boolean;
  readonly batteryLow?: boolean;
}

/** Heart rate inside the advertisement as Polar straps broadcast it: status bits, sensor value, fast and slow rate. */
export function polarData(broadcast: PolarBroadcast): Buffer {
  const status =
    (broadcast.batteryLow === true ? 0b1 : 0) |
    (broadcast.contact === false ? 0 : 0b10) |
    ((broadcast.frameCounter & 0b111) << 2) |
    0b10_0000;
  return Buffer.from([0x6b, 0x00, status, 0x16, broadcast.bpm, broadcast.bpm]);
}

function structure(type: number, content: Buffer | readonly number[]): Buffer {
  return Buffer.concat([Buffer.from([content.length + 1, type]), Buffer.from(content)]);
}
