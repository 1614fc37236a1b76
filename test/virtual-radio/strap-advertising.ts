/**
 * The advertising of one strap. btvirt lets scanners hear an advertiser only at the instant when it begins (or when
 * they begin to scan), so it is made to begin anew at every interval; off and on go to btvirt in one piece, so that it
 * can be connected to at any time.
 *
 * It advertises when its program wants to, the test lets it, and no link is up.
 */
import { addressBytes, OPCODE } from './h4.ts';
import type { SharedController } from './shared-controller.ts';

export interface StrapAdvertisingOptions {
  /** A random address; without it the controller's own is used, which is public. */
  readonly address: string | undefined;
  readonly intervalMs: number;
  readonly changed: () => void;
}

/** Where Own_Address_Type is in LE Set Advertising Parameters (Vol 4, Part E, section 7.8.5). */
const OWN_ADDRESS_TYPE = 5;
const RANDOM = 1;
/** The longest payload of an advertisement. */
const PAYLOAD_BYTES = 31;

export class StrapAdvertising {
  readonly #controller: SharedController;
  readonly #intervalMs: number;
  readonly #changed: () => void;
  #address: string | undefined;
  #parameters = Buffer.alloc(15);
  #advertisement = Buffer.alloc(PAYLOAD_BYTES + 1);
  #scanResponse = Buffer.alloc(PAYLOAD_BYTES + 1);
  #wanted = false;
  #allowed = true;
  #linked = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(controller: SharedController, options: StrapAdvertisingOptions) {
    this.#controller = controller;
    this.#address = options.address;
    this.#intervalMs = options.intervalMs;
    this.#changed = options.changed;
  }

  get isOn(): boolean {
    return this.#timer !== undefined;
  }

  get address(): string | undefined {
    return this.#address;
  }

  /** Takes a command of the program's, if it is one about advertising. */
  obey(opcode: number, parameters: Buffer): boolean {
    switch (opcode) {
      case OPCODE.setAdvertisingParameters:
        this.#parameters = Buffer.from(parameters);
        break;
      case OPCODE.setAdvertisingData:
        this.#advertisement = Buffer.from(parameters);
        break;
      case OPCODE.setScanResponseData:
        this.#scanResponse = Buffer.from(parameters);
        break;
      case OPCODE.setAdvertisingEnable:
        this.#wanted = parameters[0] === 1;
        break;
      default:
        return false;
    }
    this.#begin();
    return true;
  }

  allow(allowed: boolean): void {
    this.#allowed = allowed;
    this.#begin();
  }

  /** The program is gone, and wants nothing until another one asks. */
  forget(): void {
    this.#wanted = false;
    this.#begin();
  }

  /** The controller is another one, or gone. */
  renew(): void {
    this.#begin();
  }

  /** The controller ends advertising by itself when a link is made. */
  linked(linked: boolean): void {
    this.#linked = linked;
    this.#begin();
  }

  changeAddress(address: string): void {
    this.#address = address;
    this.#begin();
  }

  /** What is advertised and what a scan is answered with, as they go over the air. */
  change(advertisement: Buffer, scanResponse: Buffer): void {
    this.#advertisement = lengthFirst(advertisement);
    this.#scanResponse = lengthFirst(scanResponse);
    this.#begin();
  }

  /** All over again, with everything as it now is. */
  #begin(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    const on = this.#wanted && this.#allowed && !this.#linked && this.#controller.isConnected;
    this.#controller.together(() => {
      this.#enable(false);
      if (!on) return;
      this.#set();
      this.#enable(true);
    });
    if (on) {
      this.#timer = setInterval(() => {
        this.#controller.together(() => {
          this.#enable(false);
          this.#enable(true);
        });
      }, this.#intervalMs);
    }
    this.#changed();
  }

  #set(): void {
    const parameters = Buffer.from(this.#parameters);
    if (this.#address !== undefined) {
      parameters[OWN_ADDRESS_TYPE] = RANDOM;
      void this.#controller.ask(OPCODE.setRandomAddress, addressBytes(this.#address));
    }
    void this.#controller.ask(OPCODE.setAdvertisingParameters, parameters);
    void this.#controller.ask(OPCODE.setAdvertisingData, this.#advertisement);
    void this.#controller.ask(OPCODE.setScanResponseData, this.#scanResponse);
  }

  #enable(enable: boolean): void {
    void this.#controller.ask(OPCODE.setAdvertisingEnable, [enable ? 1 : 0]);
  }
}

/** A payload as the commands that set it want it: its length, and itself filled up with zeros. */
export function lengthFirst(payload: Buffer): Buffer<ArrayBuffer> {
  if (payload.length > PAYLOAD_BYTES) throw new Error(`an advertisement has ${payload.length} bytes, 31 at most`);
  return Buffer.concat([Buffer.from([payload.length]), payload, Buffer.alloc(PAYLOAD_BYTES - payload.length)]);
}
