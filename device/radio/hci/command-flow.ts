/**
 * The flow control of HCI commands (Bluetooth Core Specification, volume 4, part E, section 4.4): the controller says
 * with every answer how many commands it takes next. One command is under way at a time, as Linux does it too, so
 * that commands are carried out in the order in which they were given.
 *
 * Invariants: commands leave in order; at most `COMMANDS_MAX` wait.
 */
import { EVENT, OPCODE } from './packets.ts';

/** noble gives eight at most in one go; links are ended one by one. */
const COMMANDS_MAX = 64;

export class CommandFlow {
  readonly #waiting: Buffer[] = [];
  #underWay: Buffer | undefined;
  /** After a reset a controller takes one. */
  #credits = 1;

  /** The opcode of the command that the controller has not answered, or that it does not let go. */
  get owed(): number | undefined {
    return (this.#underWay ?? this.#waiting[0])?.readUInt16LE(1);
  }

  /** False when there is no room any more: the controller is stuck. */
  offer(command: Buffer): boolean {
    if (this.#waiting.length >= COMMANDS_MAX) return false;
    this.#waiting.push(command);
    return true;
  }

  /** The command to send now, if there is one; it is under way then. */
  next(): Buffer | undefined {
    if (this.#underWay !== undefined || this.#credits === 0) return undefined;
    this.#underWay = this.#waiting.shift();
    return this.#underWay;
  }

  /**
   * The controller has answered, by Command Complete or Command Status.
   *
   * @param opcode 0 where it only says how many commands it takes
   * @returns whether this is the answer to the command under way
   */
  answered(opcode: number, credits: number): boolean {
    this.#credits = credits;
    if (opcode === OPCODE.nothing || this.#underWay?.readUInt16LE(1) !== opcode) return false;
    this.#underWay = undefined;
    return true;
  }
}

export interface Answer {
  readonly opcode: number;
  readonly credits: number;
  /** The status first. */
  readonly parameters: Buffer;
}

/** What a Command Complete or a Command Status says; nothing where it is too short for that. */
export function answerIn(packet: Buffer): Answer | undefined {
  if (packet[1] === EVENT.commandComplete && packet.length >= 6) {
    return { credits: packet.readUInt8(3), opcode: packet.readUInt16LE(4), parameters: packet.subarray(6) };
  }
  if (packet[1] === EVENT.commandStatus && packet.length >= 7) {
    return { credits: packet.readUInt8(4), opcode: packet.readUInt16LE(5), parameters: packet.subarray(3, 4) };
  }
  return undefined;
}
