/**
 * What a strap may say in the Attribute Protocol (Bluetooth Core Specification, volume 3, part F), judged before
 * noble reads it, since noble reads without looking at lengths, takes whatever comes for the answer to its request,
 * and asks for ever where handles do not ascend.
 *
 * Invariants: an answer passes only while its request is open, and only once; its handles ascend and lie in what was
 * asked for; nothing passes that noble would read beyond its end. Requests of the strap's, of which a heart-rate strap
 * has hardly any, are answered here, one at a time: noble would not answer one whose bytes are those of its own.
 */
import { hex } from './packets.ts';

/** What noble offers in its Exchange MTU Request. */
export const MTU = 256;
const MTU_MIN = 23;

/** Volume 3, part F, section 3.2.9. */
const VALUE_MAX_BYTES = 512;

const OP = {
  error: 0x01,
  mtuRequest: 0x02,
  mtuResponse: 0x03,
  findInformationResponse: 0x05,
  readByTypeRequest: 0x08,
  readByTypeResponse: 0x09,
  readResponse: 0x0b,
  readBlobRequest: 0x0c,
  readBlobResponse: 0x0d,
  readByGroupResponse: 0x11,
  writeResponse: 0x13,
  prepareWriteResponse: 0x17,
  executeWriteResponse: 0x19,
  notification: 0x1b,
  indication: 0x1d,
  confirmation: 0x1e,
} as const;

/** Without an answer: Write Command, Signed Write Command. */
const COMMAND_FLAG = 0x40;

const ERROR = { invalidPdu: 0x04, requestNotSupported: 0x06, attributeNotFound: 0x0a } as const;

const TYPE = { include: 0x2802, characteristic: 0x2803 } as const;

export type AttributeVerdict =
  /** With `error` where the strap refused our request. */
  | { readonly kind: 'pass'; readonly pdu: Buffer; readonly error?: AttributeError }
  /** The strap is to be answered with this, and noble is to see nothing. */
  | { readonly kind: 'answer'; readonly pdu: Buffer }
  /** Of no concern, and allowed. */
  | { readonly kind: 'ignore' }
  | { readonly kind: 'malformed'; readonly reason: string };

interface AttributeError {
  /** Opcode of the request that was refused. */
  readonly request: number;
  readonly code: number;
}

/** Our request that the strap has not answered. */
interface Request {
  readonly opcode: number;
  readonly pdu: Buffer;
}

export class AttributeGuard {
  #request: Request | undefined;
  /** Our answer to the strap's request has not left yet. */
  #answerOwed = false;
  #confirmationOwed = false;

  /** @param pdu what noble, or the guard, sends; of a long one the beginning is enough */
  sent(pdu: Buffer): void {
    const opcode = pdu[0];
    if (opcode === undefined) return;
    if (opcode === OP.error || opcode === OP.mtuResponse) this.#answerOwed = false;
    else if (opcode === OP.confirmation) this.#confirmationOwed = false;
    else if ((opcode & COMMAND_FLAG) === 0) this.#request = { opcode, pdu };
  }

  /** @param pdu whole, as the strap sent it */
  received(pdu: Buffer): AttributeVerdict {
    const opcode = pdu[0];
    if (opcode === undefined) return malformed('an ATT PDU without an opcode');
    if (pdu.length > MTU) return malformed(`an ATT PDU of ${pdu.length} bytes, more than the MTU`);
    if (opcode === OP.notification || opcode === OP.indication) return this.#value(pdu, opcode);
    if (opcode % 2 === 0) return this.#fromClient(pdu, opcode);
    return this.#response(pdu, opcode);
  }

  #value(pdu: Buffer, opcode: number): AttributeVerdict {
    const what = opcode === OP.notification ? 'notification' : 'indication';
    if (pdu.length < 3) return malformed(`a ${what} of ${pdu.length} bytes, without a handle`);
    if (pdu.readUInt16LE(1) === 0) return malformed(`a ${what} of handle 0`);
    if (opcode === OP.notification) return { kind: 'pass', pdu };
    if (this.#confirmationOwed) return malformed('an indication before the last was confirmed');
    this.#confirmationOwed = true;
    return { kind: 'pass', pdu };
  }

  #fromClient(pdu: Buffer, opcode: number): AttributeVerdict {
    if ((opcode & COMMAND_FLAG) !== 0 || opcode === OP.confirmation) return { kind: 'ignore' };
    if (this.#answerOwed) return malformed('a request before the last was answered');
    if (opcode === OP.mtuRequest && pdu.length !== 3) return malformed(`an MTU request of ${pdu.length} bytes`);
    this.#answerOwed = true;
    if (opcode === OP.mtuRequest) return { kind: 'answer', pdu: Buffer.from([OP.mtuResponse, MTU & 0xff, MTU >> 8]) };
    return { kind: 'answer', pdu: Buffer.from([OP.error, opcode, 0, 0, ERROR.requestNotSupported]) };
  }

  #response(pdu: Buffer, opcode: number): AttributeVerdict {
    const request = this.#request;
    if (request === undefined) return malformed(`an ATT PDU ${hex(opcode, 2)} that nobody asked for`);
    if (opcode === OP.error) return this.#error(pdu, request);
    // The opcode of an answer is that of its request and one (section 3.3.1).
    if (opcode !== request.opcode + 1) {
      return malformed(`an ATT PDU ${hex(opcode, 2)} in answer to ${hex(request.opcode, 2)}`);
    }
    const reason = flawIn(pdu, request);
    if (reason !== undefined) return malformed(reason);
    this.#request = undefined;
    return { kind: 'pass', pdu: opcode === OP.mtuResponse ? effectiveMtu(pdu) : pdu };
  }

  #error(pdu: Buffer, request: Request): AttributeVerdict {
    if (pdu.length !== 5) return malformed(`an ATT error of ${pdu.length} bytes, not 5`);
    if (pdu[1] !== request.opcode) return malformed('an ATT error about another request than ours');
    this.#request = undefined;
    const error = { request: request.opcode, code: pdu.readUInt8(4) };
    // That there is no more is how every discovery ends.
    if (error.code === ERROR.attributeNotFound) return { kind: 'pass', pdu };
    if (error.code !== ERROR.invalidPdu) return { kind: 'pass', pdu, error };
    // noble leaves its request open at this code, and would never ask anything of the strap again.
    const passed = Buffer.from(pdu);
    passed.writeUInt8(ERROR.requestNotSupported, 4);
    return { kind: 'pass', pdu: passed, error };
  }
}

/** What is wrong with an answer, whose opcode fits the request. */
function flawIn(pdu: Buffer, { pdu: request }: Request): string | undefined {
  switch (pdu[0]) {
    case OP.mtuResponse:
      if (pdu.length !== 3) return `an MTU response of ${pdu.length} bytes, not 3`;
      return pdu.readUInt16LE(1) < MTU_MIN ? `an MTU of ${pdu.readUInt16LE(1)}, less than ${MTU_MIN}` : undefined;
    case OP.findInformationResponse:
      if (pdu[1] !== 1 && pdu[1] !== 2) return `an unknown format ${pdu[1]} of a Find Information response`;
      return flawInList(pdu, { request, entryBytes: pdu[1] === 1 ? 4 : 18, lastOf: (entry) => entry.readUInt16LE(0) });
    case OP.readByGroupResponse:
      if (pdu[1] !== 6 && pdu[1] !== 20) return `services in entries of ${pdu[1]} bytes, not 6 or 20`;
      return flawInList(pdu, { request, entryBytes: pdu[1], lastOf: (entry) => entry.readUInt16LE(2) });
    case OP.readByTypeResponse:
      return flawInReadByType(pdu, request);
    case OP.readBlobResponse:
      return request.readUInt16LE(3) + pdu.length - 1 > VALUE_MAX_BYTES ? 'a value of more than 512 bytes' : undefined;
    case OP.readResponse:
      return undefined;
    case OP.prepareWriteResponse:
      return pdu.length < 5 ? `a Prepare Write response of ${pdu.length} bytes` : undefined;
    case OP.writeResponse:
    case OP.executeWriteResponse:
      return pdu.length === 1 ? undefined : `an answer to a write of ${pdu.length} bytes, not 1`;
    default:
      return `an ATT PDU ${hex(pdu[0] ?? 0, 2)} that noble does not know`;
  }
}

function flawInReadByType(pdu: Buffer, request: Buffer): string | undefined {
  const type = request.readUInt16LE(5);
  const entryBytes = pdu[1] ?? 0;
  const sizes = type === TYPE.characteristic ? [7, 21] : type === TYPE.include ? [8] : [4];
  if (!sizes.includes(entryBytes)) return `attributes ${hex(type, 4)} in entries of ${entryBytes} bytes`;
  // noble goes on after the characteristic's value, and looks for its descriptors from there.
  const lastOf = (entry: Buffer) => entry.readUInt16LE(type === TYPE.characteristic ? 3 : 0);
  const flaw = flawInList(pdu, { request, entryBytes, lastOf });
  if (flaw !== undefined || type !== TYPE.characteristic) return flaw;
  for (let at = 2; at < pdu.length; at += entryBytes) {
    if (pdu.readUInt16LE(at + 3) === pdu.readUInt16LE(at)) return 'a characteristic whose value has its own handle';
  }
  return undefined;
}

interface ListShape {
  /** With the range of handles that was asked for, at bytes 1 and 3. */
  readonly request: Buffer;
  readonly entryBytes: number;
  /** The last handle that an entry covers; its first two bytes are the first. */
  readonly lastOf: (entry: Buffer) => number;
}

function flawInList(pdu: Buffer, { request, entryBytes, lastOf }: ListShape): string | undefined {
  const headBytes = 2;
  const bytes = pdu.length - headBytes;
  if (bytes < entryBytes || bytes % entryBytes !== 0) {
    return `a list of ${bytes} bytes, not of whole entries of ${entryBytes}`;
  }
  let after = request.readUInt16LE(1) - 1;
  for (let at = headBytes; at < pdu.length; at += entryBytes) {
    const entry = pdu.subarray(at, at + entryBytes);
    const last = lastOf(entry);
    if (entry.readUInt16LE(0) <= after || last < entry.readUInt16LE(0)) return 'handles that do not ascend';
    after = last;
  }
  return after > request.readUInt16LE(3) ? 'handles beyond those that were asked for' : undefined;
}

/** noble takes the strap's MTU for that of the link, which is the smaller of both (section 3.4.2.2). */
function effectiveMtu(pdu: Buffer): Buffer {
  const mtu = Math.min(MTU, pdu.readUInt16LE(1));
  return Buffer.from([OP.mtuResponse, mtu & 0xff, mtu >> 8]);
}

function malformed(reason: string): AttributeVerdict {
  return { kind: 'malformed', reason };
}
