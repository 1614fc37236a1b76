/**
 * HCI packets in H4 framing: cutting a stream into them, and making them. One packet is one Buffer, its kind first
 * (Bluetooth Core 5.4, Vol 4, Part A, section 2; packets, commands and events: Part E, sections 5.4 and 7).
 */

/** The kinds of packets. */
export const KIND = { command: 0x01, data: 0x02, event: 0x04 } as const;

/** Event codes, and of the LE Meta event the subevent codes (Part E, section 7.7). */
export const EVENT = {
  disconnectionComplete: 0x05,
  commandComplete: 0x0e,
  commandStatus: 0x0f,
  numberOfCompletedPackets: 0x13,
  lowEnergy: 0x3e,
} as const;
export const LOW_ENERGY_EVENT = { connectionComplete: 0x01, advertisingReport: 0x02 } as const;

/** Opcodes of commands (Part E, sections 7.1, 7.3, 7.4 and 7.8). */
export const OPCODE = {
  disconnect: 0x0406,
  reset: 0x0c03,
  readAddress: 0x1009,
  setRandomAddress: 0x2005,
  setAdvertisingParameters: 0x2006,
  setAdvertisingData: 0x2008,
  setScanResponseData: 0x2009,
  setAdvertisingEnable: 0x200a,
  setScanParameters: 0x200b,
  setScanEnable: 0x200c,
  createConnection: 0x200d,
  createConnectionCancel: 0x200e,
  readRemoteFeatures: 0x2016,
} as const;

/** Error and reason codes (Vol 1, Part F). */
export const CODE = {
  unknownConnection: 0x02,
  connectionTimeout: 0x08,
  commandDisallowed: 0x0c,
  limitedResources: 0x0d,
  remoteUserTerminated: 0x13,
  failedToEstablish: 0x3e,
} as const;

/** The channel of the Attribute Protocol (Vol 3, Part A, section 2.1). */
export const ATT = 0x0004;

/** Cuts what a socket delivers into packets. */
export class PacketStream {
  #rest: Buffer = Buffer.alloc(0);

  take(chunk: Buffer): Buffer[] {
    this.#rest = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const packets: Buffer[] = [];
    for (;;) {
      const length = lengthOf(this.#rest);
      if (length === undefined || this.#rest.length < length) return packets;
      packets.push(this.#rest.subarray(0, length));
      this.#rest = this.#rest.subarray(length);
    }
  }
}

export function command(opcode: number, parameters: Buffer | readonly number[] = []): Buffer {
  const header = Buffer.from([KIND.command, opcode & 0xff, opcode >> 8, parameters.length]);
  return Buffer.concat([header, Buffer.from(parameters)]);
}

/** A whole L2CAP frame, which must fit one packet. */
export function data(handle: number, channel: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(9);
  header[0] = KIND.data;
  header.writeUInt16LE(handle, 1);
  header.writeUInt16LE(payload.length + 4, 3);
  header.writeUInt16LE(payload.length, 5);
  header.writeUInt16LE(channel, 7);
  return Buffer.concat([header, payload]);
}

export function commandComplete(opcode: number, status: number): Buffer {
  return event(EVENT.commandComplete, [1, opcode & 0xff, opcode >> 8, status]);
}

export function commandStatus(opcode: number, status: number): Buffer {
  return event(EVENT.commandStatus, [status, 1, opcode & 0xff, opcode >> 8]);
}

export function disconnectionComplete(handle: number, reason: number): Buffer {
  return event(EVENT.disconnectionComplete, [0, ...u16(handle), reason]);
}

export function completedPacket(handle: number): Buffer {
  return event(EVENT.numberOfCompletedPackets, [1, ...u16(handle), 1, 0]);
}

/** What ends an attempt to connect that came to nothing. */
export function connectionFailed(status: number): Buffer {
  return event(EVENT.lowEnergy, [LOW_ENERGY_EVENT.connectionComplete, status, ...new Array<number>(17).fill(0)]);
}

/** Six bytes as they go over the air, least significant first. */
export function addressBytes(address: string): Buffer {
  return Buffer.from(address.replaceAll(':', ''), 'hex').reverse();
}

/** An address as people write it. */
export function addressAt(bytes: Buffer, offset: number): string {
  const hex = Buffer.from(bytes.subarray(offset, offset + 6))
    .reverse()
    .toString('hex');
  return hex.replace(/..(?!$)/g, '$&:');
}

export function u16(value: number): [number, number] {
  return [value & 0xff, value >> 8];
}

function event(code: number, parameters: readonly number[]): Buffer {
  return Buffer.from([KIND.event, code, parameters.length, ...parameters]);
}

/** Of the packet that begins here; undefined while its header is not whole. */
function lengthOf(bytes: Buffer): number | undefined {
  switch (bytes[0]) {
    case undefined:
      return undefined;
    case KIND.command:
      return bytes.length < 4 ? undefined : 4 + bytes.readUInt8(3);
    case KIND.data:
      return bytes.length < 5 ? undefined : 5 + bytes.readUInt16LE(3);
    case KIND.event:
      return bytes.length < 3 ? undefined : 3 + bytes.readUInt8(2);
    default:
      throw new Error(`no H4 packet begins with ${bytes.toString('hex', 0, 8)}`);
  }
}
