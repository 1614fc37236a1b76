/**
 * What an advertisement or a scan response carries: a list of structures, each a length byte, a type byte, and that
 * many bytes less one (Bluetooth Core Specification, volume 3, part C, section 11; the types are in the Supplement,
 * part A, and in Assigned Numbers, section 2.3).
 *
 * Anybody may advertise anything. The list is read up to the first structure that does not fit, and what a structure
 * lacks is left out.
 */

/** A company's data: its identifier (Assigned Numbers, section 7.1), then what the company likes. */
export interface Advertisement {
  /** Absent where it has none. The bytes are taken for UTF-8, and may hold anything. */
  readonly name?: string;
  /** 16-bit service UUIDs as four lower-case hex digits, in order. */
  readonly services16: readonly string[];
  /** Each with its two company bytes first. */
  readonly manufacturer: readonly Uint8Array[];
  /** dBm at which it says that it sends. */
  readonly txPower?: number;
  /** By 16-bit UUID, as above; of several of one service the last. */
  readonly serviceData16: ReadonlyMap<string, Uint8Array>;
  /** The list ended in a structure that is longer than what is left. */
  readonly truncated: boolean;
}

export interface Structure {
  readonly type: number;
  readonly value: Uint8Array;
}

const TYPE = {
  someServices16: 0x02,
  allServices16: 0x03,
  shortName: 0x08,
  completeName: 0x09,
  txPower: 0x0a,
  serviceData16: 0x16,
  manufacturer: 0xff,
} as const;

export function parseAdvertisement(bytes: Uint8Array): Advertisement {
  const { structures, truncated } = structuresIn(bytes);
  let name: string | undefined;
  let txPower: number | undefined;
  const services16: string[] = [];
  const manufacturer: Uint8Array[] = [];
  const serviceData16 = new Map<string, Uint8Array>();
  for (const { type, value } of structures) {
    switch (type) {
      case TYPE.someServices16:
      case TYPE.allServices16:
        for (let at = 0; at + 1 < value.length; at += 2) services16.push(uuid16(value, at));
        break;
      case TYPE.shortName:
        name ??= text(value);
        break;
      case TYPE.completeName:
        name = text(value);
        break;
      case TYPE.txPower:
        if (value[0] !== undefined) txPower = (value[0] << 24) >> 24;
        break;
      case TYPE.serviceData16:
        if (value.length >= 2) serviceData16.set(uuid16(value, 0), value.subarray(2));
        break;
      case TYPE.manufacturer:
        if (value.length >= 2) manufacturer.push(value);
        break;
    }
  }
  return {
    ...(name === undefined ? {} : { name }),
    services16,
    manufacturer,
    ...(txPower === undefined ? {} : { txPower }),
    serviceData16,
    truncated,
  };
}

/** The structures that are whole. A length of zero ends the list early, as padding does. */
export function structuresIn(bytes: Uint8Array): {
  readonly structures: readonly Structure[];
  readonly truncated: boolean;
} {
  const structures: Structure[] = [];
  let at = 0;
  while (at < bytes.length) {
    const length = bytes[at] ?? 0;
    if (length === 0) break;
    if (at + 1 + length > bytes.length) return { structures, truncated: true };
    structures.push({ type: bytes[at + 1] ?? 0, value: bytes.subarray(at + 2, at + 1 + length) });
    at += 1 + length;
  }
  return { structures, truncated: false };
}

function uuid16(bytes: Uint8Array, at: number): string {
  const value = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8);
  return value.toString(16).padStart(4, '0');
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}
