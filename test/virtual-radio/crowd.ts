/**
 * Advertisers without a program: one controller that is one of them after the other. Any number may pass by, though
 * btvirt has place for 16 controllers; connecting to one succeeds only while it is its turn, and then finds nobody.
 */
import { type Advertised, advertisement, scanResponse } from './advertisement.ts';
import { addressBytes, OPCODE } from './h4.ts';
import { SharedController } from './shared-controller.ts';
import { lengthFirst } from './strap-advertising.ts';

export interface Passer extends Advertised {
  /** Announced as a random address. */
  readonly address: string;
  /** That one can connect to it, as to most straps. Unless this is true it only broadcasts. */
  readonly connectable?: boolean;
}

/** ADV_IND and ADV_NONCONN_IND (Vol 4, Part E, section 7.8.5). */
const CONNECTABLE = 0x00;
const NOT_CONNECTABLE = 0x03;
const INTERVAL_UNITS = [0xa0, 0x00];
const ALL_CHANNELS = 0x07;
const RANDOM = 0x01;

export class Crowd {
  readonly #controllerPath: string;
  readonly #controller = new SharedController({ toHost: () => {}, heard: () => {}, lost: () => {} });

  constructor(controllerPath: string) {
    this.#controllerPath = controllerPath;
  }

  async open(): Promise<void> {
    await this.#controller.connect(this.#controllerPath);
  }

  close(): void {
    this.#controller.close();
  }

  /** Each of them advertises once, and whoever scans has been sent that when this resolves. */
  async pass(...passers: readonly Passer[]): Promise<void> {
    for (const passer of passers) await this.#advertise(passer);
  }

  async #advertise(passer: Passer): Promise<void> {
    const type = passer.connectable === true ? CONNECTABLE : NOT_CONNECTABLE;
    // Peer address, which is of no account here, all channels, no filter.
    const parameters = [...INTERVAL_UNITS, ...INTERVAL_UNITS, type, RANDOM, 0, 0, 0, 0, 0, 0, 0, ALL_CHANNELS, 0];
    const commands = [
      [OPCODE.setAdvertisingEnable, [0]],
      [OPCODE.setRandomAddress, addressBytes(passer.address)],
      [OPCODE.setAdvertisingParameters, parameters],
      [OPCODE.setAdvertisingData, lengthFirst(advertisement(passer))],
      [OPCODE.setScanResponseData, lengthFirst(scanResponse(passer))],
      [OPCODE.setAdvertisingEnable, [1]],
    ] as const;
    // btvirt loses its place in a stream of which more than 4096 bytes wait, so one passes after the other.
    const answers = commands.map(([opcode, bytes]) => this.#controller.ask(opcode, bytes));
    const last = (await Promise.all(answers)).at(-1);
    if (last?.status !== 0) throw new Error('the crowd has no controller that advertises');
  }
}
