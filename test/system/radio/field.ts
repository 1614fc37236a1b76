/**
 * A team on the field, with real parts: the virtual radio, a worker process an adapter, and in the test's own process
 * what a gateway's core has of the radio. What comes of it is collected, to be held against what the straps have sent.
 *
 * An athlete's id is the name of the strap.
 */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TeamSource } from '../../../device/radio/team/team-source.ts';
import { SOCKETS_VARIABLE } from '../../../device/radio/team/worker-sockets.ts';
import type { AthleteId } from '../../../src/domain/sample.ts';
import type { SourceEvent, StrapWish } from '../../../src/ports.ts';
import { workerLines } from '../../../src/radio-lines.ts';
import { SystemClock } from '../../../src/system/clock.ts';
import { Changes } from '../../fixtures/changes.ts';
import type { AdapterOptions, VirtualAdapter } from '../../virtual-radio/virtual-adapter.ts';
import { VirtualRadio } from '../../virtual-radio/virtual-radio.ts';
import type { VirtualStrap } from '../../virtual-radio/virtual-strap.ts';
import { assertExactly, numbersOf } from './readings.ts';
import { WatchedLine } from './watched-line.ts';
import { killWorkersBelow, WorkerService, workersBelow } from './worker-processes.ts';

type EventOf<Type extends SourceEvent['type']> = SourceEvent & { readonly type: Type };

export interface FieldOptions {
  /** One, unless it is said. */
  readonly adapters?: readonly AdapterOptions[];
  /** As many as a gateway's settings say by themselves, unless it is said. */
  readonly linksPerAdapter?: number;
  /** The workers are there before the core comes and after it has gone, as systemd has it. */
  readonly workersAreServices?: boolean;
}

/** Longer than the longest back-off, and a machine at its limit takes longer, too. */
const PATIENCE_MS = 90_000;
const LINKS_PER_ADAPTER = 7;

const clock = new SystemClock();

export class Field {
  readonly radio: VirtualRadio;
  readonly adapters: readonly VirtualAdapter[];
  readonly events: SourceEvent[] = [];
  readonly services: readonly WorkerService[];
  readonly #folder: string;
  readonly #options: FieldOptions;
  readonly #changes = new Changes();
  #lines: readonly WatchedLine[] = [];
  #source: TeamSource | undefined;

  /** Runs the body, and then ends everything; a worker that is there after its core was stopped is a fault. */
  static async with(options: FieldOptions, body: (field: Field) => Promise<void>): Promise<void> {
    await VirtualRadio.with(async (radio) => {
      const adapters: VirtualAdapter[] = [];
      for (const adapter of options.adapters ?? [{}]) adapters.push(await radio.addAdapter(adapter));
      const field = new Field(radio, adapters, options, await mkdtemp(join(tmpdir(), 'sideline-field-')));
      try {
        await body(field);
        await field.stop();
        for (const service of field.services) await service.kill();
        assert.deepEqual(workersBelow(field.#folder), [], 'the workers have ended');
      } finally {
        await field.stop();
        for (const service of field.services) await service.kill();
        killWorkersBelow(field.#folder);
        await rm(field.#folder, { recursive: true, force: true });
      }
    });
  }

  private constructor(radio: VirtualRadio, adapters: readonly VirtualAdapter[], options: FieldOptions, folder: string) {
    this.radio = radio;
    this.adapters = adapters;
    this.#options = options;
    this.#folder = folder;
    const served = options.workersAreServices === true ? adapters : [];
    this.services = served.map(({ address }) => new WorkerService(address, folder));
    for (const service of this.services) service.start();
  }

  /** The first adapter, and the only one where nothing else was said. */
  get adapter(): VirtualAdapter {
    const [adapter] = this.adapters;
    assert.ok(adapter !== undefined);
    return adapter;
  }

  /** Begins to look for straps: for these by their addresses, unless other wishes are given. After `stop`, anew. */
  async start(wishes: readonly (StrapWish | VirtualStrap)[]): Promise<void> {
    const { linksPerAdapter = LINKS_PER_ADAPTER, workersAreServices = false } = this.#options;
    const adapters = this.adapters.map(({ address }) => address);
    const settings = {
      store: { path: join(this.#folder, 'outbox.db'), maxBytes: 0 },
      radio: { adapters, linksPerAdapter },
    };
    const sockets = workersAreServices ? { [SOCKETS_VARIABLE]: this.#folder } : { XDG_RUNTIME_DIR: this.#folder };
    const lines = workerLines(settings, { clock, random: Math.random, env: { ...process.env, ...sockets } });
    this.#lines = lines.map((line) => new WatchedLine(line, () => this.#changes.happened()));
    const parts = { lines: this.#lines, clock, random: Math.random, placesOf: () => linksPerAdapter };
    this.#source = new TeamSource(parts);
    const all = wishes.map((wish) => ('match' in wish ? wish : wishFor(wish)));
    await this.#source.start(all, (event) => this.events.push(event));
  }

  /** Ends the core, and the workers unless they are services. Safe to call twice. */
  async stop(): Promise<void> {
    await this.#source?.stop();
  }

  /** Of the straps that are there, those to be read from now on. */
  wish(wishes: readonly (StrapWish | VirtualStrap)[]): void {
    this.#source?.wish(wishes.map((wish) => ('match' in wish ? wish : wishFor(wish))));
  }

  prefer(...straps: readonly VirtualStrap[]): void {
    this.#source?.prefer(new Set(straps.map(({ name }) => name)));
  }

  /** The way to the worker of an adapter. */
  line(adapter: VirtualAdapter = this.adapter): WatchedLine {
    const line = this.#lines.find((each) => each.adapter === adapter.address);
    assert.ok(line !== undefined, `nobody serves ${adapter.address}`);
    return line;
  }

  /** Resolves when it has become so; rejects in the end, naming what it waited for and what has happened instead. */
  async until(holds: (field: this) => boolean, what: string): Promise<void> {
    try {
      await this.#changes.until(() => holds(this), what, PATIENCE_MS);
    } catch (error) {
      throw new Error(`${what}; it came to this:\n${this.story()}`, { cause: error });
    }
  }

  async untilSubscribed(...straps: readonly VirtualStrap[]): Promise<void> {
    for (const strap of straps) await this.until(() => this.isSubscribed(strap), `${strap.name} is subscribed`);
  }

  /** Resolves when that many more readings of each of the straps have come. */
  async untilReadings(more: number, ...straps: readonly VirtualStrap[]): Promise<void> {
    const wanted = new Map(straps.map((strap) => [strap, this.readings(strap).length + more]));
    for (const [strap, count] of wanted) {
      await this.until(() => this.readings(strap).length >= count, `${more} more readings of ${strap.name}`);
    }
  }

  isSubscribed(strap: VirtualStrap): boolean {
    return this.links(strap).at(-1)?.state === 'subscribed';
  }

  links({ name }: { readonly name: AthleteId }): EventOf<'link'>[] {
    return this.of('link').filter(({ athlete }) => athlete === name);
  }

  /** Where the strap is linked now, or was last. */
  adapterOf(strap: VirtualStrap): VirtualAdapter | undefined {
    const name = this.links(strap).at(-1)?.adapter;
    return this.adapters.find(({ address }) => address === name);
  }

  /** What became of its links, in order, without the attempts. */
  fates(strap: VirtualStrap): string[] {
    return this.links(strap).flatMap(({ state, cause }) => (state === 'connecting' ? [] : (cause ?? state)));
  }

  readings({ name }: { readonly name: AthleteId }): EventOf<'measurement'>[] {
    return this.of('measurement').filter(({ athlete }) => athlete === name);
  }

  /** Of the readings over links. */
  numbers(strap: VirtualStrap): number[] {
    return numbersOf(this.readings(strap).flatMap(({ way, measurement }) => (way === 'link' ? [measurement] : [])));
  }

  of<Type extends SourceEvent['type']>(type: Type): EventOf<Type>[] {
    return this.events.filter((event): event is EventOf<Type> => event.type === type);
  }

  /** Ends the strap's link for good, and resolves when everything that it has sent must have come. */
  async drain(strap: VirtualStrap): Promise<void> {
    const before = this.fates(strap).length;
    strap.stopAdvertising();
    strap.disconnect();
    await this.until(() => this.fates(strap).length > before, `the link to ${strap.name} has ended`);
  }

  /** Ends their links, and holds that each had one only, over which every reading came. */
  async assertUntouched(...straps: readonly VirtualStrap[]): Promise<void> {
    for (const strap of straps) {
      await this.drain(strap);
      assertExactly(this.numbers(strap), strap);
      assert.deepEqual(this.fates(strap), ['subscribed', 'other'], `${strap.name} had one link`);
    }
  }

  /** Everything but readings, for whoever looks into a failure. */
  story(): string {
    const told = this.events.filter(({ type }) => type !== 'measurement');
    return told.map((event) => JSON.stringify(event)).join('\n');
  }
}

export function strapId({ address }: { readonly address: string }): string {
  return address.replaceAll(':', '').toLowerCase();
}

export function wishFor(strap: VirtualStrap): StrapWish {
  return { athlete: strap.name, match: { address: strapId(strap) } };
}
