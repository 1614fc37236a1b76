/**
 * A strap that advertises, and to which no connection is ever made: it begins and ends to advertise in one piece, which
 * scanners hear, and is not there at any instant at which somebody could connect.
 */
import { type Advertised, advertisement, scanResponse } from '../../virtual-radio/advertisement.ts';
import { addressBytes, OPCODE } from '../../virtual-radio/h4.ts';
import { SharedController } from '../../virtual-radio/shared-controller.ts';
import { lengthFirst } from '../../virtual-radio/strap-advertising.ts';

export interface HungStrapOptions extends Advertised {
  /** A random one. */
  readonly address: string;
}

const EVERY_MS = 200;

/** Connectable undirected, 100 ms, own address random, all channels (Core Specification, volume 4 part E, 7.8.5). */
const PARAMETERS = [0xa0, 0x00, 0xa0, 0x00, 0x00, 0x01, 0, 0, 0, 0, 0, 0, 0, 0x07, 0x00];

export class HungStrap {
  readonly address: string;
  readonly #options: HungStrapOptions;
  readonly #controller = new SharedController({ toHost: () => {}, heard: () => {}, lost: () => {} });
  #timer: NodeJS.Timeout | undefined;

  constructor(options: HungStrapOptions) {
    this.address = options.address;
    this.#options = options;
  }

  /** @param controllerPath btvirt's socket */
  async open(controllerPath: string): Promise<void> {
    await this.#controller.connect(controllerPath);
  }

  start(): void {
    this.#advertise();
    this.#timer = setInterval(() => this.#advertise(), EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  close(): void {
    this.stop();
    this.#controller.close();
  }

  #advertise(): void {
    const commands: [number, readonly number[] | Buffer][] = [
      [OPCODE.setRandomAddress, addressBytes(this.address)],
      [OPCODE.setAdvertisingParameters, PARAMETERS],
      [OPCODE.setAdvertisingData, lengthFirst(advertisement(this.#options))],
      [OPCODE.setScanResponseData, lengthFirst(scanResponse(this.#options))],
      [OPCODE.setAdvertisingEnable, [1]],
      [OPCODE.setAdvertisingEnable, [0]],
    ];
    this.#controller.together(() => {
      for (const [opcode, parameters] of commands) void this.#controller.ask(opcode, parameters);
    });
  }
}
