/**
 * The fastest that a publisher at QoS 1 can be, so that a broker is measured and not its client: packets are made before
 * the clock starts, and of what comes back the acknowledgements are only counted. MQTT 3.1.1, which has no limit to what
 * may be unacknowledged.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

export interface Publication {
  readonly topic: string;
  readonly payload: string;
}

const CONNACK_ACCEPTED = Buffer.from([0x20, 2, 0, 0]);
const PUBACK_BYTES = 4;

/** What is handed over at a time. */
const WRITE_BYTES = 64 * 1024;

export class PlainPublisher {
  readonly #socket: Socket;
  #answerBytes = 0;

  static async connect(port: number): Promise<PlainPublisher> {
    const socket = connect(port, '127.0.0.1');
    // A broker that is killed meanwhile resets the connection, whose end is seen below.
    socket.on('error', () => {});
    socket.write(connectPacket('plain-publisher'));
    const [answer] = (await once(socket, 'data')) as [Buffer];
    if (!answer.equals(CONNACK_ACCEPTED)) throw new Error(`the broker answered ${answer.toString('hex')}`);
    return new PlainPublisher(socket);
  }

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', ({ length }: Buffer) => {
      this.#answerBytes += length;
    });
  }

  /** How many the broker has acknowledged; it does so in their order. */
  get acknowledged(): number {
    return Math.floor(this.#answerBytes / PUBACK_BYTES);
  }

  /**
   * To be called once. Resolves when all are acknowledged, or when the connection has ended.
   *
   * @returns how long that took, s
   */
  async publish(publications: readonly Publication[]): Promise<number> {
    const packets = Buffer.concat(publications.map(publishPacket));
    const socket = this.#socket;
    const beginMs = performance.now();
    let at = 0;
    const pump = (): void => {
      while (at < packets.length && !socket.destroyed) {
        const isRoom = socket.write(packets.subarray(at, at + WRITE_BYTES));
        at += WRITE_BYTES;
        if (!isRoom) return;
      }
    };
    socket.on('drain', pump);
    await new Promise<void>((resolve) => {
      socket.once('close', resolve);
      socket.on('data', () => {
        if (this.acknowledged >= publications.length) resolve();
      });
      pump();
    });
    return (performance.now() - beginMs) / 1000;
  }

  end(): void {
    this.#socket.destroy();
  }
}

/** MQTT 3.1.1, 3.1: a clean session without keep-alive. */
function connectPacket(clientId: string): Buffer {
  const body = Buffer.concat([text('MQTT'), Buffer.from([4, 0x02, 0, 0]), text(clientId)]);
  return Buffer.concat([Buffer.from([0x10]), remainingLength(body.length), body]);
}

/** 3.3; packet identifiers come round again long after their first use. */
function publishPacket({ topic, payload }: Publication, index: number): Buffer {
  const id = Buffer.alloc(2);
  id.writeUInt16BE((index % 65_535) + 1);
  const body = Buffer.concat([text(topic), id, Buffer.from(payload)]);
  return Buffer.concat([Buffer.from([0x32]), remainingLength(body.length), body]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** 2.2.3, for what is shorter than 16 KB. */
function remainingLength(length: number): Buffer {
  return Buffer.from(length < 128 ? [length] : [0x80 | (length % 128), Math.floor(length / 128)]);
}
