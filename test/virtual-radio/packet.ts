/** HCI packets as the virtual radio understands them, as far as it has to; `h4.ts` has the sources. */
import { addressAt, EVENT, KIND, LOW_ENERGY_EVENT } from './h4.ts';

/** A link as LE Connection Complete tells of it. */
export interface Linked {
  readonly type: 'linked';
  readonly status: number;
  readonly handle: number;
  /** The other one made the link. */
  readonly asPeripheral: boolean;
  readonly peer: string;
  readonly intervalMs: number;
  readonly latency: number;
  readonly supervisionTimeoutMs: number;
}

export type Packet =
  | { readonly type: 'command'; readonly opcode: number; readonly parameters: Buffer }
  /** Command Complete or Command Status; btvirt sends exactly one of them for every command, in order. */
  | { readonly type: 'answer'; readonly opcode: number; readonly status: number | undefined; readonly result: Buffer }
  | Linked
  | { readonly type: 'unlinked'; readonly status: number; readonly handle: number; readonly reason: number }
  | { readonly type: 'completed'; readonly handle: number; readonly count: number }
  | {
      readonly type: 'advertisement';
      readonly address: string;
      readonly payload: Buffer;
      readonly signalDbm: number;
    }
  /** `channel` is absent in the continuation of a packet. */
  | { readonly type: 'data'; readonly handle: number; readonly channel: number | undefined; readonly payload: Buffer }
  | { readonly type: 'other' };

export function read(packet: Buffer): Packet {
  switch (packet[0]) {
    case KIND.command:
      return { type: 'command', opcode: packet.readUInt16LE(1), parameters: packet.subarray(4) };
    case KIND.data: {
      const header = packet.readUInt16LE(1);
      // Packet boundary flag 1 marks a continuation (Part E, section 5.4.2).
      const first = ((header >> 12) & 0b11) !== 0b01 && packet.length >= 9;
      return {
        type: 'data',
        handle: header & 0x0fff,
        channel: first ? packet.readUInt16LE(7) : undefined,
        payload: packet.subarray(first ? 9 : 5),
      };
    }
    default:
      return readEvent(packet);
  }
}

function readEvent(packet: Buffer): Packet {
  const parameters = packet.subarray(3);
  switch (packet[1]) {
    case EVENT.commandComplete:
      return {
        type: 'answer',
        opcode: parameters.readUInt16LE(1),
        status: parameters[3],
        result: parameters.subarray(4),
      };
    case EVENT.commandStatus:
      return {
        type: 'answer',
        opcode: parameters.readUInt16LE(2),
        status: parameters[0],
        result: Buffer.alloc(0),
      };
    case EVENT.disconnectionComplete:
      return {
        type: 'unlinked',
        status: parameters.readUInt8(0),
        handle: parameters.readUInt16LE(1),
        reason: parameters.readUInt8(3),
      };
    case EVENT.numberOfCompletedPackets:
      return { type: 'completed', handle: parameters.readUInt16LE(1), count: parameters.readUInt16LE(3) };
    case EVENT.lowEnergy:
      return readLowEnergyEvent(parameters);
    default:
      return { type: 'other' };
  }
}

function readLowEnergyEvent(parameters: Buffer): Packet {
  switch (parameters[0]) {
    case LOW_ENERGY_EVENT.connectionComplete:
      return {
        type: 'linked',
        status: parameters.readUInt8(1),
        handle: parameters.readUInt16LE(2),
        asPeripheral: parameters[4] === 1,
        peer: addressAt(parameters, 6),
        intervalMs: parameters.readUInt16LE(12) * 1.25,
        latency: parameters.readUInt16LE(14),
        supervisionTimeoutMs: parameters.readUInt16LE(16) * 10,
      };
    // btvirt puts one report into each event.
    case LOW_ENERGY_EVENT.advertisingReport:
      return {
        type: 'advertisement',
        address: addressAt(parameters, 4),
        payload: parameters.subarray(11, -1),
        signalDbm: parameters.readInt8(parameters.length - 1),
      };
    default:
      return { type: 'other' };
  }
}
