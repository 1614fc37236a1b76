/**
 * Messages as bytes on a stream: a header of four bytes, the version (u8) and the length (u24, big-endian), and
 * then that many bytes of JSON in UTF-8.
 *
 * The reader takes bytes as hostile: nothing is kept beyond one frame of a stated size.
 */
import { PROTOCOL_VERSION } from './messages.ts';

const HEADER_BYTES = 4;

/** From a worker: a message is a few hundred bytes, but for `hello`. */
export const WORKER_FRAME_MAX_BYTES = 16 * 1024;

/** From the core: `listen` names every strap of a team, with room to spare. */
export const CORE_FRAME_MAX_BYTES = 512 * 1024;

/** The stream is no stream of frames; it cannot be read any further. */
export class FramingError extends Error {
  override readonly name = 'FramingError';
}

/** @throws FramingError when the message is larger than a header can say */
export function encodeFrame(message: object): Buffer {
  const body = Buffer.from(JSON.stringify(message));
  if (body.length > 0xffffff) throw new FramingError(`a message of ${body.length} bytes fits no frame`);
  const frame = Buffer.allocUnsafe(HEADER_BYTES + body.length);
  frame.writeUInt8(PROTOCOL_VERSION, 0);
  frame.writeUIntBE(body.length, 1, 3);
  body.copy(frame, HEADER_BYTES);
  return frame;
}

export class FrameReader {
  readonly #maxBytes: number;
  #buffered: Buffer = Buffer.alloc(0);

  /** @param maxBytes the longest body that is taken */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Gives the values of the frames that are complete now, one by one: those before a fault count.
   *
   * @throws FramingError at another version, a body that is too long, and a body that is no JSON
   */
  *push(chunk: Buffer): Generator<unknown, void> {
    this.#buffered = this.#buffered.length === 0 ? chunk : Buffer.concat([this.#buffered, chunk]);
    while (this.#buffered.length >= HEADER_BYTES) {
      const version = this.#buffered.readUInt8(0);
      if (version !== PROTOCOL_VERSION) {
        throw new FramingError(
          `frames of version ${version}, not ${PROTOCOL_VERSION}: both ends must be of one release`,
        );
      }
      const bytes = this.#buffered.readUIntBE(1, 3);
      if (bytes > this.#maxBytes) throw new FramingError(`a frame of ${bytes} bytes, more than ${this.#maxBytes}`);
      const end = HEADER_BYTES + bytes;
      if (this.#buffered.length < end) return;
      const value = parse(this.#buffered.toString('utf8', HEADER_BYTES, end));
      this.#buffered = this.#buffered.subarray(end);
      yield value;
    }
  }
}

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    throw new FramingError('a frame that is no JSON');
  }
}
