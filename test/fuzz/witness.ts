/**
 * What a strap has really said: the witness sees the same packets as the guard, and reads them in the plainest way
 * there is, so that nobody can take the guard's word for it.
 */
import { HANDLE_MASK, PACKET } from '../../device/radio/hci/packets.ts';

export interface Saying {
  /** The attribute's. */
  readonly handle: number;
  /** In hex. */
  readonly value: string;
  readonly isIndication: boolean;
}

const ATTRIBUTE_CHANNEL = 4;
const PDU_MAX_BYTES = 256;

export class Witness {
  readonly #link: number;
  #pieces: number[] | undefined;

  /** @param link the connection's handle */
  constructor(link: number) {
    this.#link = link;
  }

  /** The notification or indication that this packet completes. */
  sees(packet: Buffer): Saying | undefined {
    if (packet[0] !== PACKET.acl || packet.length < 5) return undefined;
    const head = packet.readUInt16LE(1);
    if ((head & HANDLE_MASK) !== this.#link || packet.readUInt16LE(3) !== packet.length - 5) return undefined;
    const piece = [...packet.subarray(5)];
    if (head >> 12 === 2) this.#pieces = piece;
    else if (head >> 12 === 1 && this.#pieces !== undefined) this.#pieces.push(...piece);
    else {
      this.#pieces = undefined;
      return undefined;
    }
    return this.#whole(this.#pieces);
  }

  #whole(pieces: readonly number[]): Saying | undefined {
    const [low = 0, high = 0, channelLow, channelHigh = 0, opcode, handleLow, handleHigh, ...value] = pieces;
    const length = low + 256 * high;
    if (pieces.length < 4 || pieces.length < 4 + length) return undefined;
    this.#pieces = undefined;
    if (pieces.length !== 4 + length || channelLow !== ATTRIBUTE_CHANNEL || channelHigh !== 0) return undefined;
    if (length < 3 || length > PDU_MAX_BYTES || (opcode !== 0x1b && opcode !== 0x1d)) return undefined;
    const handle = (handleLow ?? 0) + 256 * (handleHigh ?? 0);
    return { handle, value: Buffer.from(value).toString('hex'), isIndication: opcode === 0x1d };
  }
}
