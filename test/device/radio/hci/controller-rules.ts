/** How a controller answers commands when nobody has told it otherwise: as a good one would. */
import {
  addressAt,
  commandComplete,
  commandStatus,
  EVENT,
  event,
  LE_EVENT,
  OPCODE,
} from '../../../../device/radio/hci/packets.ts';
export interface HostCommand {
  readonly opcode: number;
  readonly name: string;
  /** What follows the length byte. */
  readonly parameters: Buffer;
}

const DISALLOWED = 0x0c;
const UNKNOWN_COMMAND = 0x01;
const UNKNOWN_CONNECTION = 0x02;

export class ControllerRules {
  /** Twelve hex digits. */
  address = '000000000000';
  scanning = false;
  /** Twelve hex digits. */
  connectingTo: string | undefined;
  /** How large an ACL packet it takes, and how many. */
  readonly buffers = { bytes: 27, packets: 8 };

  answer({ opcode, parameters }: HostCommand): readonly Buffer[] {
    switch (opcode) {
      case OPCODE.reset:
        this.scanning = false;
        this.connectingTo = undefined;
        return [done(opcode)];
      case OPCODE.readLocalVersion:
        // 5.0 of a company that is for tests.
        return [done(opcode, [9, 0, 0, 9, 0xff, 0xff, 0, 0])];
      case OPCODE.readAddress:
        return [done(opcode, [...Buffer.from(this.address, 'hex').reverse()])];
      case OPCODE.readLeHostSupport:
        return [done(opcode, [1, 0])];
      case OPCODE.leReadBufferSize:
        return [done(opcode, [this.buffers.bytes & 0xff, this.buffers.bytes >> 8, this.buffers.packets])];
      case OPCODE.leSetScanParameters:
        return [this.scanning ? refused(opcode, DISALLOWED) : done(opcode)];
      case OPCODE.leSetScanEnable:
        this.scanning = parameters[0] === 1;
        return [done(opcode)];
      case OPCODE.leCreateConnection:
        if (this.connectingTo !== undefined) return [commandStatus(opcode, DISALLOWED)];
        this.connectingTo = addressAt(parameters, 6);
        return [commandStatus(opcode, 0)];
      case OPCODE.leCreateConnectionCancel:
        if (this.connectingTo === undefined) return [refused(opcode, DISALLOWED)];
        this.connectingTo = undefined;
        return [done(opcode), failedConnection(UNKNOWN_CONNECTION)];
      case OPCODE.leConnectionUpdate:
        return [commandStatus(opcode, 0), updated(parameters)];
      case OPCODE.disconnect:
      case OPCODE.leStartEncryption:
        return [commandStatus(opcode, 0)];
      case OPCODE.setEventMask:
      case OPCODE.writeLeHostSupport:
      case OPCODE.leSetEventMask:
      case OPCODE.leSetRandomAddress:
        return [done(opcode)];
      default:
        return [commandStatus(opcode, UNKNOWN_COMMAND)];
    }
  }
}

function done(opcode: number, returns: readonly number[] = []): Buffer {
  return commandComplete(opcode, Buffer.from([0, ...returns]));
}

function refused(opcode: number, status: number): Buffer {
  return commandComplete(opcode, Buffer.from([status]));
}

function failedConnection(status: number): Buffer {
  return event(EVENT.leMeta, Buffer.concat([Buffer.from([LE_EVENT.connectionComplete, status]), Buffer.alloc(17)]));
}

/** With the longest interval that was asked for. */
function updated(asked: Buffer): Buffer {
  const handle = asked.subarray(0, 2);
  const given = asked.subarray(4, 10);
  return event(EVENT.leMeta, Buffer.concat([Buffer.from([LE_EVENT.connectionUpdateComplete, 0]), handle, given]));
}
