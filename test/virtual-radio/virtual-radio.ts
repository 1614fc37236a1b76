/**
 * A radio without hardware, made of real parts: BlueZ's controller emulator (btvirt) is the air, every strap is a real
 * peripheral (bleno), and whatever gateway speaks H4 is its central. Needs `requires('btvirt', 'cc')`.
 *
 * ```ts
 * await VirtualRadio.with(async (radio) => {
 *   const adapter = await radio.addAdapter();              // adapter.address: 'h4:unix:/tmp/…' for `radio.adapters`
 *   const straps = await radio.addStraps([                 // seven programs in one process
 *     { name: 'Polar H10 00000001', address: 'c0:9e:1a:00:00:01' },
 *     …
 *   ]);
 *   const [victim] = await radio.addStraps([{ name: 'Polar H10 00000008', hz: 20 }]);   // and one in its own
 *
 *   await victim.until(({ isSubscribed }) => isSubscribed, 'is subscribed');
 *   await victim.until(({ counts }) => counts.confirmed >= 100, 'has sent 100');
 *   victim.notifyAt(0);
 *   // victim.numbers.confirmed: exactly what the gateway must have received
 *
 *   victim.vanish();                    // out of range; comeBack() ends it
 *   victim.vanishAt('discovering');     // at the next attempt, in the middle of discovery
 *   victim.ignoreFrom('subscribing');   // linked, and never answers; answerAgain() ends it
 *   await victim.kill();                // SIGKILL; start() begins anew
 *   victim.sendRaw(Buffer.from('1b', 'hex'));
 *   victim.advertise({ manufacturerData: polarData({ bpm: 140, frameCounter: 5 }) });
 *
 *   adapter.hear(victim.address, -90);  // signal strength; undefined: this adapter does not hear it
 *   adapter.commands;                   // every HCI command that the gateway has sent through it
 *   adapter.hang();                     // it answers nothing any more; recover() ends it
 *   await adapter.unplug();             // one adapter is gone; plugIn() brings it back
 *   await radio.killController();       // all of them are; restart() brings them back
 *
 *   const crowd = await radio.addCrowd();
 *   await crowd.pass({ address: 'd0:00:00:00:00:01', manufacturerData: … }, …);   // advertisers without end
 *   assert.equal(radio.dropped, 0);     // nothing was lost on the radio's own side
 * });
 * ```
 *
 * Adapters, straps and crowds are controllers of btvirt's, which has place for 16. Times are real: a link whose strap is
 * killed ends after the supervision timeout that the gateway has asked for, unless `supervisionTimeoutMs` makes it
 * shorter. All packets go through the test's process, which therefore must not block.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Crowd } from './crowd.ts';
import { Emulator } from './emulator.ts';
import { StrapHost } from './strap-host.ts';
import type { StrapOptions } from './strap-options.ts';
import { type AdapterOptions, VirtualAdapter } from './virtual-adapter.ts';
import { VirtualStrap } from './virtual-strap.ts';

export class VirtualRadio {
  readonly #folder: string;
  readonly #emulator: Emulator;
  readonly #straps: VirtualStrap[] = [];
  readonly #adapters: VirtualAdapter[] = [];
  readonly #crowds: Crowd[] = [];

  /** Runs one for as long as the body does, and ends everything of it whatever the body comes to. */
  static async with<T>(body: (radio: VirtualRadio) => Promise<T>): Promise<T> {
    const radio = await VirtualRadio.start();
    try {
      return await body(radio);
    } finally {
      await radio.stop();
    }
  }

  /** For where `with` cannot be used; whoever starts one stops it. */
  static async start(): Promise<VirtualRadio> {
    const radio = new VirtualRadio(await mkdtemp(join(tmpdir(), 'sideline-radio-')));
    try {
      await radio.#emulator.start();
      return radio;
    } catch (error) {
      await radio.stop();
      throw error;
    }
  }

  private constructor(folder: string) {
    this.#folder = folder;
    this.#emulator = new Emulator(folder);
  }

  /** A controller of btvirt's own as a gateway's settings name it, without the manners of a `VirtualAdapter`. */
  get address(): string {
    return `h4:unix:${this.#emulator.path}`;
  }

  /** How many packets btvirt has thrown away because somebody did not read them; 0 where a loss is to be judged. */
  get dropped(): number {
    return this.#emulator.dropped;
  }

  async addAdapter(options: AdapterOptions = {}): Promise<VirtualAdapter> {
    const path = join(this.#folder, `adapter-${this.#adapters.length}`);
    const adapter = new VirtualAdapter(path, this.#emulator.path, options);
    this.#adapters.push(adapter);
    await adapter.plugIn();
    return adapter;
  }

  /** Resolves when all advertise. Their programs share one process, so that killing one kills them all. */
  async addStraps<const Options extends readonly StrapOptions[]>(
    options: Options,
  ): Promise<{ [Index in keyof Options]: VirtualStrap }> {
    const host = StrapHost.start();
    const straps: VirtualStrap[] = [];
    for (const option of options) {
      const number = this.#straps.length;
      const hostPath = join(this.#folder, `strap-${number}`);
      const strap = new VirtualStrap(option, { number, hostPath, controllerPath: this.#emulator.path });
      this.#straps.push(strap);
      straps.push(strap);
      // One after the other, so that the first has the first of btvirt's addresses.
      await strap.open(host);
    }
    await Promise.all(straps.map((strap) => strap.start()));
    return straps as { [Index in keyof Options]: VirtualStrap };
  }

  async addCrowd(): Promise<Crowd> {
    const crowd = new Crowd(this.#emulator.path);
    this.#crowds.push(crowd);
    await crowd.open();
    return crowd;
  }

  /** Ends btvirt, and with it every controller: adapters are gone, and straps lose their links. */
  async killController(): Promise<void> {
    await this.#emulator.kill();
  }

  /** btvirt runs again at the same path, and every strap has a controller again; adapters get theirs as hosts come. */
  async restart(): Promise<void> {
    await this.#emulator.kill();
    await this.#emulator.start();
    for (const strap of this.#straps) await strap.restorePower();
    for (const crowd of this.#crowds) await crowd.open();
  }

  /** Ends every process and removes every file of it. */
  async stop(): Promise<void> {
    for (const strap of this.#straps) await strap.remove();
    for (const adapter of this.#adapters) await adapter.unplug();
    for (const crowd of this.#crowds) crowd.close();
    await this.#emulator.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
