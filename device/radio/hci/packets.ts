/**
 * HCI packets by name (Bluetooth Core Specification, volume 4, part E): the opcodes and events that noble and a
 * controller exchange, and the few packets that are made here. All numbers are little-endian.
 *
 * A packet is what noble's socket takes and gives: the type byte of H4 (part A, section 2), then the HCI packet.
 */

export const PACKET = { command: 1, acl: 2, sco: 3, event: 4, iso: 5 } as const;

/** Command opcodes: group (6 bits) and command (10 bits), sections 7.1 to 7.8. */
export const OPCODE = {
  nothing: 0x0000,
  disconnect: 0x0406,
  setEventMask: 0x0c01,
  reset: 0x0c03,
  readLeHostSupport: 0x0c6c,
  writeLeHostSupport: 0x0c6d,
  readLocalVersion: 0x1001,
  readSupportedCommands: 0x1002,
  readBufferSize: 0x1005,
  readAddress: 0x1009,
  readRssi: 0x1405,
  leSetEventMask: 0x2001,
  leReadBufferSize: 0x2002,
  leSetRandomAddress: 0x2005,
  leSetScanParameters: 0x200b,
  leSetScanEnable: 0x200c,
  leCreateConnection: 0x200d,
  leCreateConnectionCancel: 0x200e,
  leConnectionUpdate: 0x2013,
  leStartEncryption: 0x2019,
  leSetExtendedScanParameters: 0x2041,
  leSetExtendedScanEnable: 0x2042,
  leExtendedCreateConnection: 0x2043,
} as const;

/** Event codes, section 7.7. */
export const EVENT = {
  disconnectionComplete: 0x05,
  encryptionChange: 0x08,
  commandComplete: 0x0e,
  commandStatus: 0x0f,
  hardwareError: 0x10,
  numberOfCompletedPackets: 0x13,
  leMeta: 0x3e,
} as const;

/** Subevents of LE Meta, section 7.7.65. */
export const LE_EVENT = {
  connectionComplete: 0x01,
  advertisingReport: 0x02,
  connectionUpdateComplete: 0x03,
  enhancedConnectionComplete: 0x0a,
} as const;

/** Error codes, volume 1, part F. */
export const STATUS = {
  success: 0x00,
  unknownConnection: 0x02,
  alreadyConnected: 0x0b,
  commandDisallowed: 0x0c,
  endedByUser: 0x13,
} as const;

/** Fixed L2CAP channels of LE, volume 3, part A, section 2.1. */
export const CHANNEL = { attribute: 0x0004, signaling: 0x0005, security: 0x0006 } as const;

/** The first and the later fragments of an L2CAP PDU, bits 12 and 13 of an ACL packet's handle field. */
export const FRAGMENT = { firstFromHost: 0, later: 1, first: 2 } as const;

export const HANDLE_MASK = 0x0fff;
/** Connection handles are 0x0000 to 0x0eff. */
export const HANDLE_MAX = 0x0eff;

const NAMES = new Map<number, string>(Object.entries(OPCODE).map(([name, opcode]) => [opcode, name]));

/** For people: the number, and the name where it has one here. */
export function commandName(opcode: number): string {
  const name = NAMES.get(opcode);
  return name === undefined ? hex(opcode, 4) : `${name} (${hex(opcode, 4)})`;
}

export function hex(value: number, digits: number): string {
  return `0x${value.toString(16).padStart(digits, '0')}`;
}

export function command(opcode: number, parameters: Uint8Array = Buffer.alloc(0)): Buffer {
  const packet = Buffer.alloc(4 + parameters.length);
  packet.writeUInt8(PACKET.command, 0);
  packet.writeUInt16LE(opcode, 1);
  packet.writeUInt8(parameters.length, 3);
  packet.set(parameters, 4);
  return packet;
}

/** Of a link, with the reason "ended by this user". */
export function disconnect(handle: number): Buffer {
  return command(OPCODE.disconnect, Buffer.from([handle & 0xff, handle >> 8, STATUS.endedByUser]));
}

export function event(code: number, parameters: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from([PACKET.event, code, parameters.length]), parameters]);
}

export function commandStatus(opcode: number, status: number, credits = 1): Buffer {
  return event(EVENT.commandStatus, Buffer.from([status, credits, opcode & 0xff, opcode >> 8]));
}

/** @param returns the return parameters, of which the first is the status */
export function commandComplete(opcode: number, returns: Uint8Array, credits = 1): Buffer {
  return event(EVENT.commandComplete, Buffer.concat([Buffer.from([credits, opcode & 0xff, opcode >> 8]), returns]));
}

export function disconnectionComplete(handle: number, reason: number): Buffer {
  return event(EVENT.disconnectionComplete, Buffer.from([STATUS.success, handle & 0xff, handle >> 8, reason]));
}

/** A whole L2CAP PDU in one ACL packet, as a controller gives it. */
export function aclFromController(handle: number, channel: number, payload: Uint8Array): Buffer {
  const packet = Buffer.alloc(9 + payload.length);
  packet.writeUInt8(PACKET.acl, 0);
  packet.writeUInt16LE(handle | (FRAGMENT.first << 12), 1);
  packet.writeUInt16LE(4 + payload.length, 3);
  packet.writeUInt16LE(payload.length, 5);
  packet.writeUInt16LE(channel, 7);
  packet.set(payload, 9);
  return packet;
}

/** The six bytes at the offset as twelve lower-case hex digits, most significant byte first: a strap's name here. */
export function addressAt(bytes: Buffer, offset: number): string {
  return Buffer.from(bytes.subarray(offset, offset + 6))
    .reverse()
    .toString('hex');
}
