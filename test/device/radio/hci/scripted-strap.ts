/**
 * A heart-rate strap for the scripted controller: a GATT server that is made of a table, and answers by the book. What
 * it answers can be replaced, request by request.
 *
 *     const strap = new ScriptedStrap({ address: 'a09e1a000007' });
 *     controller.inRange(strap);
 *     strap.answer(0x08, () => Buffer.from('0900', 'hex'));   // to Read By Type: a list with entries of no bytes
 *     strap.notify(Buffer.from('0648', 'hex'));               // 72 bpm, once the host has subscribed
 *     strap.send(Buffer.from('1b', 'hex'));                   // any ATT PDU at all
 */
import { CHANNEL } from '../../../../device/radio/hci/packets.ts';
import type { HostPdu, InRange } from './scripted-controller.ts';

/** Flags, and the Heart Rate service. */
export const HEART_RATE_ADVERTISEMENT = Buffer.from('02010603030d18', 'hex');

interface Attribute {
  readonly handle: number;
  readonly type: number;
  value: Buffer;
}

/** The last handle of the service that a declaration begins. */
interface ServiceRange {
  readonly first: number;
  readonly last: number;
  readonly uuid: number;
}

/** Handles of the default table. */
export const HANDLE = { measurement: 3, measurementConfiguration: 4, location: 6, battery: 9 } as const;

const TYPE = { service: 0x2800, characteristic: 0x2803, configuration: 0x2902 } as const;

const NOTIFY = 0x10;
const READ = 0x02;

/** Heart Rate with Measurement and Body Sensor Location, and Battery. */
const SERVICES: readonly ServiceRange[] = [
  { first: 1, last: 6, uuid: 0x180d },
  { first: 7, last: 0xffff, uuid: 0x180f },
];

export type AttributeAnswer = (request: Buffer) => Buffer | undefined;

export class ScriptedStrap implements InRange {
  readonly address: string;
  /** What the host asked, in order. */
  readonly requests: Buffer[] = [];
  readonly #answers = new Map<number, AttributeAnswer>();
  readonly #table: readonly Attribute[];
  #link: { readonly handle: number; send(channel: number, payload: Uint8Array): void } | undefined;

  constructor({ address }: { address: string }) {
    this.address = address;
    this.#table = heartRateTable();
  }

  /** The connection's handle, while there is a link. */
  get handle(): number | undefined {
    return this.#link?.handle;
  }

  get subscribed(): boolean {
    return this.#value(HANDLE.measurementConfiguration)?.readUInt16LE(0) === 1;
  }

  /** Takes the place of the answer to requests with this opcode; undefined is silence. */
  answer(opcode: number, answer: AttributeAnswer): void {
    this.#answers.set(opcode, answer);
  }

  /** An ATT PDU, as it is. */
  send(pdu: Buffer): void {
    this.#link?.send(CHANNEL.attribute, pdu);
  }

  /** A PDU of any channel. */
  sendOn(channel: number, payload: Buffer): void {
    this.#link?.send(channel, payload);
  }

  notify(value: Buffer, handle: number = HANDLE.measurement): void {
    this.send(Buffer.concat([Buffer.from([0x1b, handle & 0xff, handle >> 8]), value]));
  }

  onConnected(link: { readonly handle: number; send(channel: number, payload: Uint8Array): void }): void {
    this.#link = link;
  }

  onDisconnected(): void {
    this.#link = undefined;
    for (const attribute of this.#table) if (attribute.type === TYPE.configuration) attribute.value = Buffer.alloc(2);
  }

  onPdu({ channel, payload }: HostPdu): void {
    if (channel !== CHANNEL.attribute) return;
    const opcode = payload[0] ?? 0;
    // Answers and confirmations of the host's are none to answer.
    if (opcode % 2 === 1 || opcode === 0x1e) return;
    this.requests.push(payload);
    const answer = this.#answers.get(opcode);
    const pdu = answer === undefined ? this.answerByTable(payload) : answer(payload);
    if (pdu !== undefined) this.send(pdu);
  }

  /** What an honest strap answers. */
  answerByTable(request: Buffer): Buffer {
    const [first, last] = request.length >= 5 ? [request.readUInt16LE(1), request.readUInt16LE(3)] : [0, 0];
    switch (request[0]) {
      case 0x02:
        return Buffer.from([0x03, 0x17, 0x00]);
      case 0x08: {
        const type = request.readUInt16LE(5);
        const found = this.#table.find((each) => each.type === type && each.handle >= first && each.handle <= last);
        if (found === undefined) return refusal(request, 0x0a);
        return Buffer.concat([Buffer.from([0x09, 2 + found.value.length]), u16(found.handle), found.value]);
      }
      case 0x0a: {
        const value = this.#value(request.readUInt16LE(1));
        return value === undefined ? refusal(request, 0x01) : Buffer.concat([Buffer.from([0x0b]), value]);
      }
      case 0x10: {
        const found = SERVICES.filter((each) => each.first >= first && each.last <= last);
        if (found.length === 0) return refusal(request, 0x0a);
        const entries = found.flatMap((each) => [u16(each.first), u16(each.last), u16(each.uuid)]);
        return Buffer.concat([Buffer.from([0x11, 6]), ...entries]);
      }
      case 0x12: {
        const found = this.#table.find(({ handle }) => handle === request.readUInt16LE(1));
        if (found === undefined) return refusal(request, 0x01);
        found.value = Buffer.from(request.subarray(3));
        return Buffer.from([0x13]);
      }
      default:
        return refusal(request, 0x06);
    }
  }

  #value(handle: number): Buffer | undefined {
    return this.#table.find((each) => each.handle === handle)?.value;
  }
}

function heartRateTable(): Attribute[] {
  return [
    { handle: 1, type: TYPE.service, value: u16(0x180d) },
    { handle: 2, type: TYPE.characteristic, value: characteristic(NOTIFY, 3, 0x2a37) },
    { handle: 3, type: 0x2a37, value: Buffer.alloc(0) },
    { handle: 4, type: TYPE.configuration, value: Buffer.alloc(2) },
    { handle: 5, type: TYPE.characteristic, value: characteristic(READ, 6, 0x2a38) },
    { handle: 6, type: 0x2a38, value: Buffer.from([1]) },
    { handle: 7, type: TYPE.service, value: u16(0x180f) },
    { handle: 8, type: TYPE.characteristic, value: characteristic(READ, 9, 0x2a19) },
    { handle: 9, type: 0x2a19, value: Buffer.from([87]) },
  ];
}

function characteristic(properties: number, valueHandle: number, uuid: number): Buffer {
  return Buffer.concat([Buffer.from([properties]), u16(valueHandle), u16(uuid)]);
}

function refusal(request: Buffer, code: number): Buffer {
  const handle = request.length >= 3 ? request.subarray(1, 3) : Buffer.alloc(2);
  return Buffer.concat([Buffer.from([0x01, request[0] ?? 0]), handle, Buffer.from([code])]);
}

function u16(value: number): Buffer {
  return Buffer.from([value & 0xff, value >> 8]);
}
