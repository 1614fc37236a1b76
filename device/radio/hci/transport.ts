/**
 * A stream of bytes to a controller, over whatever wire. There is one file a kind of wire, which opens it as a
 * Duplex of Node's.
 *
 * Invariants: nothing here throws once it is open; what the controller does not take is bounded, and a controller
 * that takes nothing is as good as gone.
 */
import type { Duplex } from 'node:stream';
import { messageOf } from '../../../src/domain/errors.ts';
import type { AdapterName } from './adapter-name.ts';
import { openSerial } from './serial-transport.ts';
import { openSocket } from './socket-transport.ts';

export interface TransportListener {
  onBytes(chunk: Buffer): void;
  /** Called once, unless `close` was called before. The reason is for people. */
  onClose(reason: string): void;
}

export interface Transport {
  /** To be called once. What came before waits until then. */
  listen(listener: TransportListener): void;
  write(bytes: Uint8Array): void;
  /** Sends what waits, and these last bytes, if the other side takes them within a bound, and ends. Safe to call twice. */
  close(last?: Uint8Array): Promise<void>;
}

/** What may wait to be sent. A controller that is told to is done with all of it in milliseconds. */
const WAITING_MAX_BYTES = 64 * 1024;

/** How long `close` waits for the last bytes to go out, ms. */
const CLOSE_MS = 500;

/** Over a Duplex that is open. */
class StreamTransport implements Transport {
  readonly #stream: Duplex;
  #listener: TransportListener | undefined;
  #over = false;

  constructor(stream: Duplex) {
    this.#stream = stream;
    // An error's text says more than the end that follows it.
    stream.on('error', (error) => this.#end(messageOf(error)));
    stream.on('end', () => this.#end('the other side ended the connection'));
    stream.on('close', () => this.#end('the connection was closed'));
  }

  listen(listener: TransportListener): void {
    this.#listener = listener;
    if (this.#over) {
      listener.onClose('the connection was closed');
      return;
    }
    this.#stream.on('data', (chunk: Buffer) => {
      if (!this.#over) listener.onBytes(chunk);
    });
  }

  write(bytes: Uint8Array): void {
    if (this.#over) return;
    this.#stream.write(bytes);
    if (this.#stream.writableLength > WAITING_MAX_BYTES) this.#end('it takes no bytes any more');
  }

  close(last?: Uint8Array): Promise<void> {
    const wasOver = this.#over;
    this.#over = true;
    return new Promise((resolve) => {
      if (this.#stream.closed) return resolve();
      const timer = setTimeout(() => this.#stream.destroy(), CLOSE_MS);
      this.#stream.once('close', () => {
        clearTimeout(timer);
        resolve();
      });
      if (wasOver) this.#stream.destroy();
      else if (last === undefined) this.#stream.end(() => this.#stream.destroy());
      else this.#stream.end(last, () => this.#stream.destroy());
    });
  }

  #end(reason: string): void {
    if (this.#over) return;
    this.#over = true;
    this.#stream.destroy();
    this.#listener?.onClose(reason);
  }
}

export type TransportName = Exclude<AdapterName, { readonly kind: 'kernel' }>;

/** How long opening may take, ms. */
const OPEN_MS = 5_000;

/** @throws OperatingError `radio-unavailable` when it cannot be opened, or not in time, or the signal aborts first */
export async function openTransport(
  name: TransportName,
  { signal, timeoutMs = OPEN_MS }: { signal?: AbortSignal | undefined; timeoutMs?: number } = {},
): Promise<Transport> {
  const timer = new AbortController();
  const timeout = setTimeout(() => timer.abort(), timeoutMs);
  const over = signal === undefined ? timer.signal : AbortSignal.any([signal, timer.signal]);
  try {
    return new StreamTransport(name.kind === 'h4-serial' ? await openSerial(name, over) : await openSocket(name, over));
  } finally {
    clearTimeout(timeout);
  }
}
