/**
 * Advertising reports (LE Advertising Report event, Bluetooth Core Specification, volume 4, part E, section
 * 7.7.65.2), one by one, and the form in which noble is given them.
 */
import { structuresIn } from '../../profiles/advertisement.ts';
import { addressAt, EVENT, event, LE_EVENT } from './packets.ts';

export interface AdvertisingReport {
  /** Event type 0 to 4: ADV_IND, ADV_DIRECT_IND, ADV_SCAN_IND, ADV_NONCONN_IND, SCAN_RSP. */
  readonly type: number;
  /** Twelve lower-case hex digits. */
  readonly address: string;
  readonly data: Uint8Array;
  /** As it stood in the event: type to RSSI. */
  readonly bytes: Buffer;
}

/** Event types. */
export const ADVERTISING = { connectable: 0, scannable: 2, notConnectable: 3, scanResponse: 4 } as const;
const TYPE_MAX = 4;

const MANUFACTURER = 0xff;

/** Of a legacy advertisement, which is all that these reports are of. */
const DATA_MAX_BYTES = 31;

/** Event type, address type, address and the length before the data, and the RSSI after it. */
const HEAD_BYTES = 9;

/**
 * @param parameters of the LE Meta event, from the subevent code on
 * @returns undefined when they are not what they say
 */
export function reportsIn(parameters: Buffer): AdvertisingReport[] | undefined {
  const count = parameters[1];
  if (count === undefined || count === 0) return undefined;
  const reports: AdvertisingReport[] = [];
  let at = 2;
  for (let index = 0; index < count; index++) {
    const type = parameters[at];
    const length = parameters[at + HEAD_BYTES - 1];
    if (type === undefined || length === undefined || type > TYPE_MAX || length > DATA_MAX_BYTES) return undefined;
    const end = at + HEAD_BYTES + length + 1;
    if (end > parameters.length) return undefined;
    const bytes = parameters.subarray(at, end);
    reports.push({ type, address: addressAt(bytes, 2), data: bytes.subarray(HEAD_BYTES, -1), bytes });
    at = end;
  }
  return at === parameters.length ? reports : undefined;
}

/** Structures in whose empty value noble looks for bytes: TX power, and service data of three lengths. */
const NEVER_EMPTY: readonly number[] = [0x0a, 0x16, 0x20, 0x21];

/** Services that an advertiser looks for: noble stumbles over them where it hears the scan response first. */
const SOLICITATIONS: readonly number[] = [0x14, 0x15, 0x1f];

/** Whether noble would throw at it, and print that. */
export function isHarmful({ data }: AdvertisingReport): boolean {
  return structuresIn(data).structures.some(({ type, value }) => value.length === 0 && NEVER_EMPTY.includes(type));
}

/**
 * An event with this report alone, as noble gets it right: without solicitations, which nobody needs; with an empty
 * company's data where an advertisement has none, since noble would keep an earlier one's for ever, and a strap that was
 * taken off would go on reporting; and an advertiser that can only be scanned is none to connect to.
 */
export function eventOf({ type, data, bytes }: AdvertisingReport): Buffer {
  const isResponse = type === ADVERTISING.scanResponse;
  const head = Buffer.from(bytes.subarray(0, HEAD_BYTES));
  if (type === ADVERTISING.scannable) head.writeUInt8(ADVERTISING.notConnectable, 0);
  const { structures } = structuresIn(data);
  const kept = structures.filter(({ type: each }) => !SOLICITATIONS.includes(each));
  const parts = kept.map(({ type: each, value }) => Buffer.from([value.length + 1, each, ...value]));
  if (!isResponse && !kept.some(({ type: each }) => each === MANUFACTURER)) parts.push(Buffer.from([1, MANUFACTURER]));
  return reportEvent(head, Buffer.concat(parts), bytes.subarray(-1));
}

/** As if the advertiser had answered a scan, with nothing. */
export function emptyResponseTo({ bytes }: AdvertisingReport): Buffer {
  const head = Buffer.from(bytes.subarray(0, HEAD_BYTES));
  head.writeUInt8(ADVERTISING.scanResponse, 0);
  return reportEvent(head, Buffer.alloc(0), bytes.subarray(-1));
}

export function hasManufacturerData({ data }: AdvertisingReport): boolean {
  return structuresIn(data).structures.some(({ type }) => type === MANUFACTURER);
}

/** @param head all before the data, of which the length is set */
function reportEvent(head: Buffer, data: Buffer, rssi: Buffer): Buffer {
  head.writeUInt8(data.length, HEAD_BYTES - 1);
  return event(EVENT.leMeta, Buffer.concat([Buffer.from([LE_EVENT.advertisingReport, 1]), head, data, rssi]));
}
