/**
 * Hears what goes between the kernel and the controller hci0, whoever sent it, from a raw socket of its own that
 * holds no link. The kernel gives such a socket what is sent as well as what comes.
 */
import { UnheldSocket } from './unheld-socket.ts';

const COMMAND = 1;
const ACL = 2;
const EVENT = 4;
const LE_META = 0x3e;
const CONNECTION_COMPLETE = 1;
const CONNECTION_UPDATE_COMPLETE = 3;

interface Heard {
  readonly atMs: number;
  readonly packet: Buffer;
}

/** Units as in HCI: 1.25 ms and 10 ms. */
export interface LinkParameters {
  readonly status: number;
  readonly interval: number;
  readonly latency: number;
  readonly timeout: number;
}

interface RawSocket extends Pick<NodeJS.EventEmitter, 'on'> {
  bindRaw(deviceId: number): number;
  setFilter(filter: Buffer): void;
  start(): void;
}

export class Witness {
  readonly #socket = new UnheldSocket() as unknown as RawSocket;
  #heard: Heard[] = [];

  start(): void {
    const filter = Buffer.alloc(16, 0xff);
    filter.writeUInt32LE(0, 12);
    this.#socket.on('data', (packet: Buffer) => this.#heard.push({ atMs: performance.now(), packet }));
    this.#socket.on('error', () => {});
    this.#socket.bindRaw(0);
    this.#socket.setFilter(filter);
    this.#socket.start();
  }

  /** Forgets what was heard, so that what follows is of the next scene. */
  clear(): void {
    this.#heard = [];
  }

  /** The parameters of the commands of that opcode, as hex. */
  commands(opcode: number): string[] {
    return this.#heard
      .filter(({ packet }) => packet[0] === COMMAND && packet.readUInt16LE(1) === opcode)
      .map(({ packet }) => packet.subarray(4).toString('hex'));
  }

  /** How many commands there were of each opcode, which is in hex. */
  tally(): Record<string, number> {
    const tally: Record<string, number> = {};
    for (const { packet } of this.#heard) {
      if (packet[0] !== COMMAND) continue;
      const name = `0x${packet.readUInt16LE(1).toString(16).padStart(4, '0')}`;
      tally[name] = (tally[name] ?? 0) + 1;
    }
    return tally;
  }

  connections(): LinkParameters[] {
    return this.#le(CONNECTION_COMPLETE).map((packet) => ({
      status: packet.readUInt8(4),
      interval: packet.readUInt16LE(15),
      latency: packet.readUInt16LE(17),
      timeout: packet.readUInt16LE(19),
    }));
  }

  updates(): LinkParameters[] {
    return this.#le(CONNECTION_UPDATE_COMPLETE).map((packet) => ({
      status: packet.readUInt8(4),
      interval: packet.readUInt16LE(7),
      latency: packet.readUInt16LE(9),
      timeout: packet.readUInt16LE(11),
    }));
  }

  /** Payloads on an L2CAP channel that went to the strap or came from it, as hex. The host's bear the flag "from host". */
  payloads(channel: number, direction: 'to strap' | 'from strap'): string[] {
    return this.#heard
      .filter(({ packet }) => packet[0] === ACL && packet.readUInt16LE(7) === channel)
      .filter(({ packet }) => ((packet.readUInt16LE(1) >> 12) & 3) === (direction === 'to strap' ? 0 : 2))
      .map(({ packet }) => packet.subarray(9).toString('hex'));
  }

  #le(subevent: number): Buffer[] {
    return this.#heard
      .map(({ packet }) => packet)
      .filter((packet) => packet[0] === EVENT && packet[1] === LE_META && packet[3] === subevent);
  }
}
