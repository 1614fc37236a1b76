/**
 * What noble takes for a socket of the kernel's, over a stream of bytes: the interface of the package
 * `@abandonware/bluetooth-hci-socket`, with H4 framing behind it.
 *
 * Over the kernel the kernel sees to it that a controller is reset, is not given more commands than it takes, and has
 * an address. Here this does.
 *
 * Invariants: no command leaves before the reset has been answered; whoever listens sees whole packets only; after
 * `lost` has been emitted there is nothing more.
 */
import { EventEmitter } from 'node:events';
import { OperatingError } from '../../../src/domain/errors.ts';
import type { Clock } from '../../../src/ports.ts';
import { type Answer, answerIn, CommandFlow } from './command-flow.ts';
import { H4Reader } from './h4.ts';
import { type OwnAddress, randomStaticAddress } from './own-address.ts';
import { addressAt, command, commandName, disconnect, EVENT, hex, OPCODE, PACKET } from './packets.ts';
import type { Transport } from './transport.ts';

/** Emits `data` (a packet with its type byte), `error` (Error) and `lost` (reason: nothing comes any more). */
export interface HciSocket extends Pick<EventEmitter, 'on' | 'off' | 'removeAllListeners'> {
  bindRaw(deviceId?: number): number;
  bindUser(deviceId?: number): number;
  bindControl(): void;
  /** Null where it cannot be told. */
  isDevUp(): boolean | null;
  getDeviceList(): readonly { readonly devId: number; readonly devUp: boolean }[];
  setFilter(filter: Buffer): void;
  start(): void;
  stop(): void;
  write(packet: Buffer): void;
}

/** A controller that has not answered a command by then hangs. The slowest, a reset, takes some hundred ms. */
export const COMMAND_MS = 2_000;

export interface H4HciSocketParts {
  readonly transport: Transport;
  readonly clock: Clock;
  /** From 0 up to and without 1, for the address of a controller that has none. */
  readonly random: () => number;
}

/** For the controller to tell the straps that their links end: two of the longest connection intervals, and to spare. */
const GOODBYE_MS = 500;

/** The type byte, the opcode and the length. */
const COMMAND_HEAD_BYTES = 4;

export interface OpenOptions {
  /** Handles of links that whoever used the controller before may have left on it. */
  readonly staleHandles?: readonly number[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

export class H4HciSocket extends EventEmitter implements HciSocket {
  readonly #parts: H4HciSocketParts;
  readonly #reader = new H4Reader();
  readonly #flow = new CommandFlow();
  readonly #over = new AbortController();
  /** Waits for the answer to the command under way, instead of whoever listens. */
  #onAnswer: ((parameters: Buffer | OperatingError) => void) | undefined;
  #deadline: AbortController | undefined;
  #started = false;

  constructor(parts: H4HciSocketParts) {
    super();
    this.#parts = parts;
  }

  /**
   * Resets the controller and sees to it that it has an address. To be called once, before anything else. Links that
   * were left on it are ended before: a reset tells the straps nothing, and they would wait for the supervision timeout.
   *
   * @throws OperatingError `radio-unavailable` when it does not answer, or wrongly, or the signal aborts first
   */
  async open({ staleHandles = [], signal }: OpenOptions = {}): Promise<OwnAddress> {
    const onAbort = () => this.#lose('it was not opened in time');
    signal?.addEventListener('abort', onAbort, { once: true });
    this.#parts.transport.listen({ onBytes: (chunk) => this.#onBytes(chunk), onClose: (reason) => this.#lose(reason) });
    try {
      if (signal?.aborted) onAbort();
      if (staleHandles.length > 0) await this.#endLinks(staleHandles);
      await this.#ask(OPCODE.reset);
      const returns = await this.#ask(OPCODE.readAddress);
      if (returns.length !== 7) throw unusable('it does not tell its address');
      if (returns.subarray(1).some((byte) => byte !== 0)) return { type: 'public', address: addressAt(returns, 1) };
      const random = randomStaticAddress(this.#parts.random);
      await this.#ask(OPCODE.leSetRandomAddress, random);
      return { type: 'random', address: addressAt(random, 0) };
    } catch (error) {
      await this.close();
      throw error;
    } finally {
      signal?.removeEventListener('abort', onAbort);
    }
  }

  async #endLinks(handles: readonly number[]): Promise<void> {
    let ended = 0;
    for (const handle of handles) {
      const asked = this.#ask(OPCODE.disconnect, disconnect(handle).subarray(COMMAND_HEAD_BYTES));
      // Refused where there is no such link any more.
      await asked.then(
        () => ended++,
        () => {},
      );
    }
    if (ended > 0) await this.#parts.clock.sleep(GOODBYE_MS, this.#over.signal);
  }

  /** Ends, with a last reset, so that straps are free and nothing goes on scanning. */
  async close(): Promise<void> {
    const isOpen = !this.#over.signal.aborted;
    this.#end();
    await this.#parts.transport.close(isOpen ? command(OPCODE.reset) : undefined);
  }

  bindRaw(deviceId = 0): number {
    return deviceId;
  }

  bindUser(deviceId = 0): number {
    return deviceId;
  }

  bindControl(): void {}

  isDevUp(): boolean {
    return !this.#over.signal.aborted;
  }

  getDeviceList(): { devId: number; devUp: boolean }[] {
    return [{ devId: 0, devUp: this.isDevUp() }];
  }

  setFilter(): void {}

  start(): void {
    this.#started = true;
  }

  stop(): void {
    this.#started = false;
  }

  write(packet: Buffer): void {
    if (this.#over.signal.aborted) return;
    if (packet[0] !== PACKET.command) this.#parts.transport.write(packet);
    else if (this.#flow.offer(packet)) this.#sendNext();
    else this.#lose('it takes no commands any more');
  }

  #onBytes(chunk: Buffer): void {
    const { packets, error } = this.#reader.push(chunk);
    for (const packet of packets) {
      if (this.#over.signal.aborted) return;
      this.#onPacket(packet);
    }
    if (error !== undefined) this.#lose(error);
  }

  #onPacket(packet: Buffer): void {
    if (packet[0] === PACKET.event) {
      const answer = answerIn(packet);
      if (answer !== undefined && this.#onFlow(answer)) return;
      if (packet[1] === EVENT.hardwareError) this.#lose(`hardware error ${hex(packet[3] ?? 0, 2)}`);
    }
    if (this.#started && this.isDevUp()) this.emit('data', packet);
  }

  /** True when the answer was for us. */
  #onFlow({ opcode, credits, parameters }: Answer): boolean {
    const isAnswer = this.#flow.answered(opcode, credits);
    if (isAnswer) this.#watch();
    const isOurs = isAnswer && this.#onAnswer !== undefined;
    if (isOurs) {
      const onAnswer = this.#onAnswer;
      this.#onAnswer = undefined;
      onAnswer?.(parameters);
    }
    this.#sendNext();
    return isOurs;
  }

  #sendNext(): void {
    const next = this.#flow.next();
    if (next !== undefined) this.#parts.transport.write(next);
    if (next !== undefined || this.#deadline === undefined) this.#watch();
  }

  /** Begins the controller's time for its next answer anew. */
  #watch(): void {
    this.#deadline?.abort();
    this.#deadline = undefined;
    if (this.#flow.owed === undefined || this.#over.signal.aborted) return;
    const deadline = new AbortController();
    this.#deadline = deadline;
    void this.#parts.clock.sleep(COMMAND_MS, deadline.signal).then(() => {
      if (deadline.signal.aborted) return;
      this.#lose(`no answer to the command ${commandName(this.#flow.owed ?? 0)} within ${COMMAND_MS / 1000} s`);
    });
  }

  /** The return parameters, the status first and good. */
  #ask(opcode: number, parameters?: Uint8Array): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#onAnswer = (answer) => {
        if (answer instanceof OperatingError) return reject(answer);
        if (answer[0] === 0) return resolve(answer);
        reject(unusable(`it refused the command ${commandName(opcode)} with ${hex(answer[0] ?? 0xff, 2)}`));
      };
      this.write(command(opcode, parameters));
      if (this.#over.signal.aborted) this.#onAnswer?.(unusable('the connection was closed'));
    });
  }

  #lose(reason: string): void {
    if (this.#over.signal.aborted) return;
    this.#end();
    void this.#parts.transport.close();
    const onAnswer = this.#onAnswer;
    this.#onAnswer = undefined;
    onAnswer?.(unusable(reason));
    this.emit('lost', reason);
  }

  #end(): void {
    this.#over.abort();
    this.#deadline?.abort();
    this.#deadline = undefined;
  }
}

function unusable(why: string): OperatingError {
  return new OperatingError('radio-unavailable', `the Bluetooth controller cannot be used: ${why}`, {
    remedy: 'unplug it and plug it in again, and see that it speaks HCI (H4) at this speed',
  });
}
