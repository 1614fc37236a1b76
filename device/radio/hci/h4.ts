/**
 * H4, the framing of HCI on a stream of bytes (Bluetooth Core Specification, volume 4, part A): a type byte, a
 * header that ends with a length, and that many bytes.
 *
 * Invariants: no more than one packet is kept back; every packet that comes out is as long as its header says. H4
 * has no mark at which to begin again, so after an error nothing that follows can be trusted and nothing more comes
 * out.
 */
import { hex, PACKET } from './packets.ts';

/** What each type's header is, and the longest body that is taken. */
interface Shape {
  /** Type byte and header, with the length in it. */
  readonly headerBytes: number;
  readonly lengthOf: (packet: Buffer) => number;
  readonly bodyMaxBytes: number;
}

/**
 * A controller's link layer gives 251 bytes at most in one fragment. More than this is no packet but a stream that is
 * out of step.
 */
const ACL_MAX_BYTES = 1_024;

/** Bits 14 and 15 of an ISO packet's length field are reserved (volume 4, part E, section 5.4.5). */
const ISO_LENGTH_MASK = 0x3fff;

const SHAPES: ReadonlyMap<number, Shape> = new Map<number, Shape>([
  [PACKET.command, { headerBytes: 4, lengthOf: (packet) => packet.readUInt8(3), bodyMaxBytes: 255 }],
  [PACKET.acl, { headerBytes: 5, lengthOf: (packet) => packet.readUInt16LE(3), bodyMaxBytes: ACL_MAX_BYTES }],
  [PACKET.sco, { headerBytes: 4, lengthOf: (packet) => packet.readUInt8(3), bodyMaxBytes: 255 }],
  [PACKET.event, { headerBytes: 3, lengthOf: (packet) => packet.readUInt8(2), bodyMaxBytes: 255 }],
  [
    PACKET.iso,
    { headerBytes: 5, lengthOf: (packet) => packet.readUInt16LE(3) & ISO_LENGTH_MASK, bodyMaxBytes: ACL_MAX_BYTES },
  ],
]);

export interface H4Result {
  /** Whole packets, with their type byte, in order. */
  readonly packets: readonly Buffer[];
  /** What is wrong with the stream; it is of no use any more. */
  readonly error?: string;
}

export class H4Reader {
  #rest: Buffer = Buffer.alloc(0);
  #error: string | undefined;

  push(chunk: Buffer): H4Result {
    if (this.#error !== undefined) return { packets: [], error: this.#error };
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const packets: Buffer[] = [];
    let offset = 0;
    for (;;) {
      const next = lengthOfPacket(bytes.subarray(offset));
      if (typeof next === 'string') {
        this.#error = next;
        this.#rest = Buffer.alloc(0);
        return { packets, error: next };
      }
      if (next === undefined || offset + next > bytes.length) break;
      packets.push(bytes.subarray(offset, offset + next));
      offset += next;
    }
    // A copy, so that a few bytes do not hold on to the chunk that they came in.
    this.#rest = Buffer.from(bytes.subarray(offset));
    return { packets };
  }
}

/** Undefined while the header is not there yet; a text where there can be no such packet. */
function lengthOfPacket(bytes: Buffer): number | string | undefined {
  const type = bytes[0];
  if (type === undefined) return undefined;
  const shape = SHAPES.get(type);
  if (shape === undefined) return `the byte ${hex(type, 2)} begins no H4 packet`;
  if (bytes.length < shape.headerBytes) return undefined;
  const bodyBytes = shape.lengthOf(bytes);
  if (bodyBytes > shape.bodyMaxBytes) return `an H4 packet of ${bodyBytes} bytes, more than ${shape.bodyMaxBytes}`;
  return shape.headerBytes + bodyBytes;
}
