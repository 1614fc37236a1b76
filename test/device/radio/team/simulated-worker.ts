/**
 * A radio worker as the scheduler knows it: what it says, in which order and how late, and each way in which it fails.
 * It asserts what a worker may count on: one connect at a time, and no more links than it holds.
 */
import assert from 'node:assert/strict';
import type { Command, HeldLink, SchedulerInput } from '../../../../device/radio/team/scheduling.ts';
import type { Random } from '../../../../simulator/random.ts';
import type { SimulatedStrap, SimulatedTime } from './simulated-air.ts';

/** How likely each thing is to go wrong, 0 to 1, each time that it can. */
export interface Faults {
  /** A connect fails soon, or after its whole time. */
  readonly connect: number;
  /** A connect is never answered. */
  readonly hang: number;
  /** A link ends on its way to the subscription, or gets stuck there. */
  readonly setUp: number;
  /** An end that was asked for is never told. */
  readonly end: number;
}

export const NO_FAULTS: Faults = { connect: 0, hang: 0, setUp: 0, end: 0 };

interface LinkEnd {
  readonly code?: number;
  readonly reason?: string;
}

interface StrapLink {
  readonly adapter: string;
  readonly strap: SimulatedStrap;
  /** Under which address it was connected. */
  readonly address: string;
  subscribed: boolean;
  isWaiting: boolean;
}

export interface SimulatedWorkerParts {
  readonly name: string;
  readonly time: SimulatedTime;
  readonly random: Random;
  readonly straps: readonly SimulatedStrap[];
  /** How many links its controller really holds. */
  readonly holds: number;
  readonly faults: () => Faults;
  readonly tell: (input: SchedulerInput) => void;
}

/** noble's own time for a connect that comes to nothing, and for a GATT procedure. */
const CONNECT_MS = 6_000;
const GATT_MS = 8_000;
const LIMITED_RESOURCES = 0x0d;

export class SimulatedWorker {
  readonly #parts: SimulatedWorkerParts;
  readonly links = new Map<string, StrapLink>();
  isUp = false;
  isTalking = false;
  connecting: string | undefined;
  #scan = false;
  /** Whatever was under way in an earlier life says nothing in this one. */
  #life = 0;
  #attempt = 0;

  constructor(parts: SimulatedWorkerParts) {
    this.#parts = parts;
  }

  get name(): string {
    return this.#parts.name;
  }

  start(): void {
    this.#life++;
    this.isUp = true;
    this.links.clear();
    this.connecting = undefined;
    this.hello();
  }

  hello(): void {
    this.isTalking = true;
    this.#scan = false;
    const links: HeldLink[] = [...this.links.values()].map(({ strap: { name, serial }, address, subscribed }) => {
      return { strap: address, subscribed, name, serial };
    });
    // One that is being connected is held as well, as far as the core can tell.
    if (this.connecting !== undefined) links.push({ strap: this.connecting, subscribed: false });
    this.#tell({ type: 'adapter-ready', adapter: this.name, links });
  }

  /** The core and the worker no longer hear each other; links stay, and a connect goes on. */
  hangUp(): void {
    if (!this.isTalking) return;
    this.isTalking = false;
    this.#parts.tell({ type: 'adapter-lost', adapter: this.name });
  }

  /** The process is gone; its straps notice after their supervision timeout. */
  crash(): void {
    if (!this.isUp) return;
    const { time, random } = this.#parts;
    this.#life++;
    this.isUp = false;
    for (const link of this.links.values()) time.after(random.between(0, CONNECT_MS), () => drop(link));
    this.links.clear();
    this.connecting = undefined;
    this.hangUp();
  }

  do(command: Command): void {
    if (!this.isUp || !this.isTalking) return;
    switch (command.type) {
      case 'listen':
        this.#scan = command.scan;
        return;
      case 'connect':
        this.#connect(command.strap, command.identify);
        return;
      case 'subscribe':
        this.#want(command.strap);
        return;
      case 'release':
        this.#release(command.strap);
        return;
    }
  }

  /** An advertisement is on the air. */
  hear(strap: SimulatedStrap): void {
    const { time, random, tell } = this.#parts;
    const rssi = strap.rssi.get(this.name);
    if (!this.isUp || !this.isTalking || !this.#scan || this.connecting !== undefined || rssi === undefined) return;
    if (random.uniform() < 0.2) return;
    const { address, name } = strap;
    tell({
      type: 'sighting',
      adapter: this.name,
      atMs: time.nowMs,
      strap: address,
      addressType: 'random',
      // A scan response is missed now and then.
      ...(random.uniform() < 0.2 ? {} : { name }),
      rssi: Math.round(rssi + random.between(-4, 4)),
      connectable: true,
      heartRate: true,
    });
  }

  /** The air between them is gone. */
  loseLink(address: string): void {
    if (this.links.has(address)) this.#end(address, { code: 0x08, reason: 'out of range' });
  }

  #connect(address: string, identify: boolean): void {
    const { random } = this.#parts;
    assert.equal(this.connecting, undefined, `${this.name} was asked for two connects at a time`);
    assert.ok(!this.links.has(address), `${this.name} was asked twice for ${address}`);
    this.connecting = address;
    const attempt = ++this.#attempt;
    this.#say({ state: 'connecting' }, address);
    if (random.uniform() < this.#parts.faults().hang) return;
    const { afterMs, end } = this.#fate(address);
    this.#later(afterMs, () => {
      if (attempt !== this.#attempt || this.connecting !== address) return;
      if (end === undefined) this.#connected(address, identify);
      else this.#fail(address, end);
    });
  }

  /** What comes of a connect, and when. */
  #fate(address: string): { afterMs: number; end?: LinkEnd } {
    const { straps, random, holds } = this.#parts;
    if (this.links.size >= holds) return { afterMs: 50, end: { code: LIMITED_RESOURCES } };
    const strap = straps.find((one) => one.address === address);
    const isThere = strap?.present === true && strap.linkedBy === undefined && strap.rssi.has(this.name);
    if (!isThere) return { afterMs: CONNECT_MS, end: { reason: 'no answer' } };
    if (strap.broken || random.uniform() < this.#parts.faults().connect) {
      return { afterMs: random.uniform() < 0.5 ? random.between(100, 700) : CONNECT_MS, end: { code: 0x3e } };
    }
    return { afterMs: random.between(100, 800) };
  }

  #connected(address: string, identify: boolean): void {
    const strap = this.#parts.straps.find((one) => one.address === address);
    if (strap === undefined || strap.linkedBy !== undefined) {
      this.#fail(address, { reason: 'it went in the middle of it' });
      return;
    }
    this.connecting = undefined;
    const link = { adapter: this.name, strap, address, subscribed: false, isWaiting: identify };
    strap.linkedBy = link;
    this.links.set(address, link);
    this.#say({ state: 'connected' }, address);
    if (identify) this.#later(this.#parts.random.between(200, 900), () => this.#tellDevice(address));
    else this.#setUp(address);
  }

  #setUp(address: string): void {
    const { random } = this.#parts;
    if (random.uniform() < this.#parts.faults().setUp) {
      // Of the worker's own deadlines one may fail as well.
      if (random.uniform() < 0.8) this.#later(GATT_MS, () => this.loseLink(address));
      return;
    }
    this.#later(random.between(200, 1_200), () => {
      const link = this.links.get(address);
      if (link === undefined) return;
      link.subscribed = true;
      this.#say({ state: 'subscribed' }, address);
      this.#later(300, () => this.#tellDevice(address));
    });
  }

  #tellDevice(address: string): void {
    const link = this.links.get(address);
    if (link === undefined) return;
    this.#tell({ type: 'device', adapter: this.name, strap: address, serial: link.strap.serial, table: 'table' });
  }

  #want(address: string): void {
    const link = this.links.get(address);
    if (link === undefined || !link.isWaiting) return;
    link.isWaiting = false;
    this.#setUp(address);
  }

  #release(address: string): void {
    const { random } = this.#parts;
    if (random.uniform() < this.#parts.faults().end) return;
    this.#later(random.between(20, 300), () => {
      if (this.links.has(address)) this.#end(address, { code: 0x16 });
      else if (this.connecting === address) this.#fail(address, {});
    });
  }

  #fail(address: string, why: LinkEnd): void {
    this.connecting = undefined;
    this.#say({ state: 'ended', ...why }, address);
  }

  #end(address: string, why: LinkEnd): void {
    const link = this.links.get(address);
    this.links.delete(address);
    if (link !== undefined) drop(link);
    this.#say({ state: 'ended', ...why }, address);
  }

  #say(
    what: { state: 'connecting' | 'connected' | 'subscribed' | 'ended'; code?: number; reason?: string },
    strap: string,
  ) {
    this.#tell({ type: 'link', adapter: this.name, strap, ...what });
  }

  #tell(input: SchedulerInput): void {
    if (this.isUp && this.isTalking) this.#parts.tell(input);
  }

  #later(delayMs: number, callback: () => void): void {
    const life = this.#life;
    this.#parts.time.after(delayMs, () => {
      if (life === this.#life) callback();
    });
  }
}

/** The strap has missed its link, unless it has another one by now. */
function drop(link: StrapLink): void {
  if (link.strap.linkedBy === link) link.strap.linkedBy = undefined;
}
