/** A talk between a worker and the core: messages both ways, until one side ends it. */
import type { Socket } from 'node:net';
import type { z } from 'zod';
import { messageOf } from '../../../src/domain/errors.ts';
import { cleanText } from '../../profiles/device-information.ts';
import { encodeFrame, FrameReader } from './framing.ts';

export interface Listener<In> {
  onMessage(message: In): void;
  /** Called once. The reason is for people. */
  onClose(reason: string): void;
  /** What `send` refused may be tried again. */
  onDrain?(): void;
  /** The other side has sent what is no message; there may be a last word to it. */
  onBroken?(): void;
}

export interface Channel<Out> {
  /** False when the other side does not keep up, or has gone; the message was not taken then. */
  send(message: Out): boolean;
  /** Ends the talk; what was sent still goes out. `onClose` follows. */
  close(reason: string): void;
}

export interface SocketChannelOptions<In> {
  readonly schema: z.ZodType<In>;
  /** The longest message that is taken, bytes. */
  readonly maxBytes: number;
  readonly listener: Listener<In>;
  /** What may wait in memory for a reader that is slow, and is lost should it never read. */
  readonly waitingMaxBytes?: number;
}

const WAITING_MAX_BYTES = 256 * 1024;

/** Over a Unix socket. Whatever is no message of the schema ends the talk, with the reason. */
export class SocketChannel<In, Out extends object> implements Channel<Out> {
  readonly #socket: Socket;
  readonly #listener: Listener<In>;
  readonly #waitingMaxBytes: number;
  #reason: string | undefined;
  #full = false;

  constructor(
    socket: Socket,
    { schema, maxBytes, listener, waitingMaxBytes = WAITING_MAX_BYTES }: SocketChannelOptions<In>,
  ) {
    this.#waitingMaxBytes = waitingMaxBytes;
    this.#socket = socket;
    this.#listener = listener;
    const reader = new FrameReader(maxBytes);
    socket.on('data', (chunk: Buffer) => {
      try {
        for (const value of reader.push(chunk)) {
          if (this.#reason !== undefined) return;
          const parsed = schema.safeParse(value);
          if (!parsed.success) return this.#end(`an unknown message: ${firstIssue(parsed.error)}`);
          listener.onMessage(parsed.data);
        }
      } catch (error) {
        this.#end(messageOf(error));
      }
    });
    socket.on('error', (error) => {
      this.#reason ??= messageOf(error);
    });
    socket.on('close', () => this.#listener.onClose(this.#reason ?? 'the other side ended the connection'));
  }

  send(message: Out): boolean {
    if (this.#reason !== undefined || !this.#socket.writable || this.#full) return false;
    const frame = encodeFrame(message);
    this.#full = this.#socket.writableLength + frame.length > this.#waitingMaxBytes;
    // Not at `drain`: that comes only where more waits than the stream's own limit, which differs between versions of Node.
    if (this.#full) this.#socket.write(frame, this.#written);
    else this.#socket.write(frame);
    return true;
  }

  close(reason: string): void {
    this.#reason ??= reason;
    this.#socket.end();
  }

  /** What was written last is with the other side, and so is all before it. */
  readonly #written = (error?: Error | null): void => {
    if (error !== undefined && error !== null) return;
    this.#full = false;
    this.#listener.onDrain?.();
  };

  #end(reason: string): void {
    if (this.#reason === undefined) this.#listener.onBroken?.();
    // What the other side has sent may be in it.
    this.#reason ??= cleanText(reason);
    this.#socket.destroySoon();
  }
}

function firstIssue(error: z.ZodError): string {
  const [issue] = error.issues;
  return issue === undefined ? 'it fits no schema' : `${issue.path.join('.') || 'type'}: ${issue.message}`;
}
