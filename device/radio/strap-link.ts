/**
 * One link to one strap, from the attempt to connect to its end.
 *
 * Invariants: it ends once, with a reason; a link that was made is disconnected, and one that was not is
 * never (noble would end another one); afterwards nothing of it listens to noble.
 */

import { messageOf } from '../../src/domain/errors.ts';
import type { Clock } from '../../src/ports.ts';
import { HEART_RATE_MEASUREMENT, HEART_RATE_SERVICE } from '../profiles/heart-rate.ts';
import type { Characteristic, ConnectionParameters, Peripheral } from './noble.ts';
import type { RadioTiming } from './timing.ts';
import { occurrence, WaitFailed, within } from './waiting.ts';

/**
 * 100 to 200 ms between exchanges leaves a whole team room on the air at one reading a second; with noble's
 * own supervision timeout of 420 ms a link would be lost to every body that passes, hence 6 s. They are asked
 * for here; what the kernel's socket makes of it is in docs/decisions/0011.
 */
const CONNECTION: ConnectionParameters = { minInterval: 80, maxInterval: 160, timeout: 600 };

const DEVICE_INFORMATION_SERVICE = '180a';
const SERIAL_NUMBER = '2a25';

/** Reasons in HCI's Disconnection Complete (Bluetooth Core Specification, volume 1 part F). */
const REASONS: Readonly<Record<number, string>> = {
  8: 'out of range',
  19: 'the strap ended the link',
  21: 'the strap was switched off',
  22: 'the gateway ended the link',
  59: 'the strap does not accept the connection parameters',
  62: 'the connection was not established',
};

/** noble's one slot for connecting is blocked for good: only a new instance helps. */
export class RadioStuck extends Error {
  override readonly name = 'RadioStuck';
}

export interface LinkParts {
  readonly clock: Clock;
  readonly timing: RadioTiming;
  /** Aborts when there is no use in waiting for the radio to undo anything: the adapter is gone, or time is up. */
  readonly abandoned: AbortSignal;
}

export class StrapLink {
  readonly #peripheral: Peripheral;
  readonly #parts: LinkParts;
  readonly #end = new AbortController();
  #characteristic: Characteristic | undefined;
  /** There is a link on the air, as far as noble has said. */
  #up = false;
  /** When the strap last gave a sign of its subscription, on the monotonic clock. */
  #heardMs = Number.NEGATIVE_INFINITY;

  constructor(peripheral: Peripheral, parts: LinkParts) {
    this.#peripheral = peripheral;
    this.#parts = parts;
  }

  get id(): string {
    return this.#peripheral.id;
  }

  /** Gives up whatever the link is at. Only `close` disconnects. */
  end(reason: string): void {
    // Not an Error: nobody is to read a stack of an athlete walking away.
    this.#end.abort(reason);
  }

  /** Resolves with the reason when the subscribed link has ended, and ends it when the strap falls silent. */
  async ended(): Promise<string> {
    const { clock, timing } = this.#parts;
    const { signal } = this.#end;
    // The time of the last notification is looked at only when it may be due: none of them sets a timer.
    while (!signal.aborted) {
      const leftMs = this.#heardMs + timing.silentMs - clock.monotonicMs();
      if (leftMs >= 0) await clock.sleep(leftMs, signal);
      else this.end('the strap sends nothing');
    }
    return messageOf(signal.reason);
  }

  /**
   * Never while scanning, nor while another link is connecting: when it rejects, the next may connect.
   *
   * @throws WaitFailed when there is no connection
   * @throws RadioStuck when nothing can be connected any more
   */
  async connect(): Promise<void> {
    this.#peripheral.on('disconnect', this.#onDisconnect);
    this.#peripheral.on('connect', this.#onConnect);
    try {
      await this.#step('connecting', () => this.#peripheral.connectAsync(CONNECTION), this.#parts.timing.connectMs);
    } catch (error) {
      await this.#cancelConnect();
      throw error;
    }
  }

  /** @throws WaitFailed when it cannot be read */
  async readSerial(): Promise<string> {
    const characteristic = await this.#discover(DEVICE_INFORMATION_SERVICE, SERIAL_NUMBER);
    const value = await this.#step('reading the serial number', () => characteristic.readAsync());
    // Some straps pad with zeros. An ATT error reads as no bytes, and no serial number is empty.
    const serial = value.toString('utf8').replace(/\0.*$/s, '').trim();
    if (serial === '') throw new WaitFailed('the strap does not tell its serial number');
    return serial;
  }

  /**
   * @param onValue takes each notification's bytes, from before the strap has confirmed the subscription
   * @throws WaitFailed when there is no subscription
   */
  async subscribe(onValue: (value: Buffer) => void): Promise<void> {
    const characteristic = await this.#discover(HEART_RATE_SERVICE, HEART_RATE_MEASUREMENT);
    this.#characteristic = characteristic;
    const { clock } = this.#parts;
    characteristic.on('data', (value: Buffer) => {
      this.#heardMs = clock.monotonicMs();
      onValue(value);
    });
    await this.#step('subscribing', () => characteristic.subscribeAsync());
    this.#heardMs = clock.monotonicMs();
  }

  /** Disconnects if there is a link, and lets go of noble. Never rejects. */
  async close(): Promise<void> {
    const { clock, timing, abandoned } = this.#parts;
    this.end('the gateway ended the link');
    this.#characteristic?.removeAllListeners();
    if (this.#up) {
      const disconnected = (over: AbortSignal) => {
        const heard = occurrence(this.#peripheral, 'disconnect', over);
        this.#peripheral.disconnect();
        return heard;
      };
      // Whatever the outcome, all that could be done has been.
      await within('disconnecting', disconnected, { clock, ms: timing.disconnectMs, signal: abandoned }).catch(
        () => {},
      );
    }
    // What was never answered still waits there, and would take the answer to the next link's questions.
    this.#peripheral.removeAllListeners();
  }

  /** A cancelled attempt ends with a `connect` event, an error as a rule; but it may have been made just before. */
  async #cancelConnect(): Promise<void> {
    const { clock, timing, abandoned } = this.#parts;
    if (this.#peripheral.state !== 'connecting' || abandoned.aborted) return;
    const cancelled = (over: AbortSignal) => {
      // noble announces the end at once by itself; what counts is the controller's answer after that.
      this.#peripheral.cancelConnect();
      return occurrence(this.#peripheral, 'connect', over);
    };
    try {
      await within('cancelling a connection', cancelled, { clock, ms: timing.cancelMs, signal: abandoned });
    } catch (error) {
      if (!abandoned.aborted) throw new RadioStuck(messageOf(error));
    }
  }

  async #discover(service: string, uuid: string): Promise<Characteristic> {
    const { characteristics } = await this.#step('discovery', () =>
      this.#peripheral.discoverSomeServicesAndCharacteristicsAsync([service], [uuid]),
    );
    const found = characteristics.find((characteristic) => characteristic.uuid === uuid);
    if (found === undefined) throw new WaitFailed(`the strap has no characteristic 0x${uuid}`);
    return found;
  }

  #step<T>(what: string, begin: () => Promise<T>, ms = this.#parts.timing.gattMs): Promise<T> {
    return within(what, begin, { clock: this.#parts.clock, ms, signal: this.#end.signal });
  }

  readonly #onConnect = (error: unknown): void => {
    if (!error) this.#up = true;
  };

  readonly #onDisconnect = (reason: unknown): void => {
    this.#up = false;
    const code = Number(reason);
    this.end(REASONS[code] ?? `HCI reason 0x${code.toString(16).padStart(2, '0')}`);
  };
}
