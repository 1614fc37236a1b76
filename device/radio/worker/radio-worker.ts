/**
 * One adapter's radio: the life of one noble instance, from its start to its end. What it hears it tells; which strap
 * to connect to it is told by the core.
 *
 * Invariants: nothing connects while a scan is on or another connection is being made; what is done to a link after
 * that runs beside the rest, so that a strap that does not answer costs nobody else's time. When `run` has resolved,
 * noble is listened to no more, and whatever could be undone has been.
 */
import { messageOf } from '../../../src/domain/errors.ts';
import type { Clock } from '../../../src/ports.ts';
import { decodeHeartRate } from '../../profiles/heart-rate.ts';
import type { CoreMessage, LinkSummary, WorkerMessage } from '../frames/messages.ts';
import type { Noble, Peripheral } from '../noble.ts';
import { Link } from './link.ts';
import type { LinkState } from './link-machine.ts';
import { Scanner } from './scanner.ts';
import { Sightings } from './sightings.ts';
import type { WorkerTiming } from './timing.ts';
import { Bell, within } from './waiting.ts';

export interface RadioWorkerParts {
  readonly noble: Noble;
  readonly clock: Clock;
  readonly timing: WorkerTiming;
  readonly tell: (message: WorkerMessage) => void;
  /** How many links are on the air, whenever that changes: scanning leaves them more time. */
  readonly onLinks?: (count: number) => void;
}

/** Straps that were heard and may be connected to; past it the one heard longest ago is forgotten. */
const HEARD_MAX = 500;

/** What `hello` has room for. */
const NEWS_MAX = 64;

const STATE_REASONS: Readonly<Record<string, string>> = {
  poweredOff: 'the adapter is switched off or unplugged',
  unauthorized: 'no permission to use the adapter: run as the systemd service, or with the capability CAP_NET_RAW',
  unsupported: 'the adapter cannot do Bluetooth Low Energy: use another one',
};

export class RadioWorker {
  readonly #parts: RadioWorkerParts;
  /** Aborts with the reason when the worker is to end. */
  readonly #over = new AbortController();
  readonly #ending = new Promise<unknown>((resolve) => {
    this.#over.signal.addEventListener('abort', resolve, { once: true });
  });
  readonly #bell = new Bell();
  readonly #links = new Map<string, Link>();
  readonly #heard = new Map<string, Peripheral>();
  /** Links that ended while no core was there, whose readings are kept for the next one; it has to know whose they are. */
  readonly #ended = new Map<string, LinkSummary>();
  #isAlone = false;
  readonly #scanner: Scanner;
  readonly #sightings: Sightings;
  #next: { readonly strap: string; readonly identify: boolean } | undefined;
  #scan = false;
  #isWatched = false;
  #powered = false;
  #ready = false;
  /** noble answers nothing any more. */
  #gone = false;

  constructor(parts: RadioWorkerParts) {
    this.#parts = parts;
    this.#sightings = new Sightings({ everyMs: parts.timing.sightingMs });
    this.#scanner = new Scanner({ ...parts, bell: this.#bell, onHeard: this.#onHeard });
  }

  get ready(): boolean {
    return this.#ready;
  }

  /** The adapter has been on at some time. */
  get wasReady(): boolean {
    return this.#powered;
  }

  get scanning(): boolean {
    return this.#scanner.scanning;
  }

  get links(): LinkSummary[] {
    return [...this.#links.values()].map(summaryOf);
  }

  /** What is to be told to a core that has come anew: the links, and those that have ended since the last one went. */
  get news(): LinkSummary[] {
    return [...this.links, ...this.#ended.values()].slice(0, NEWS_MAX);
  }

  /** Whether noble is to hear of this advertiser. */
  isOfInterest(heard: { readonly address: string; readonly data: Uint8Array }): boolean {
    return this.#sightings.isOfInterest(heard);
  }

  /** Whether noble is to remember this strap. */
  isOfUse(strap: string): boolean {
    return this.#links.has(strap) || this.#sightings.isListenedFor(strap);
  }

  /** Resolves with the reason when the radio has come to its end. */
  async run(): Promise<string> {
    const { clock, tell } = this.#parts;
    try {
      await this.#powerOn();
      this.#ready = true;
      tell({ type: 'adapter', atMs: clock.monotonicMs(), state: 'ready' });
      await this.#work();
    } catch (error) {
      this.finish(messageOf(error));
    }
    await this.#undo();
    this.#ready = false;
    const reason = messageOf(this.#over.signal.reason);
    tell({ type: 'adapter', atMs: clock.monotonicMs(), state: 'lost', reason });
    return reason;
  }

  /** Ends every link and the scan, and then `run`. */
  finish(reason: string): void {
    this.#over.abort(reason);
    for (const link of [...this.#links.values()]) {
      if (this.#gone) link.abandon(reason);
      else link.release(reason);
    }
  }

  handle(message: CoreMessage): void {
    switch (message.type) {
      case 'hello':
        return;
      case 'listen':
        this.#scan = message.scan;
        this.#sightings.listenFor({ addresses: new Set(message.addresses), names: new Set(message.names) });
        this.#bell.ring();
        return;
      case 'connect':
        this.#wish(message);
        return;
      case 'subscribe':
        this.#links.get(message.strap)?.want();
        return;
      case 'release':
        this.#release(message);
        return;
      case 'stop':
        this.finish('the gateway stops the radio');
        return;
    }
  }

  /** The strap's link ends: its packets did harm. */
  endLink(strap: string, reason: string): void {
    this.#links.get(strap)?.release(reason);
  }

  /** A core has come, and knows of the links. */
  serve(): void {
    this.#isAlone = false;
    this.#ended.clear();
  }

  /** The core has gone: links stay, and nothing is looked for. */
  rest(): void {
    this.#isAlone = true;
    this.#scan = false;
    this.#next = undefined;
    this.#bell.ring();
  }

  /** Whether somebody beside the core wants to be told who is in range. */
  watch(on: boolean): void {
    this.#isWatched = on;
    this.#bell.ring();
  }

  #isScanWanted(): boolean {
    return (this.#scan || this.#isWatched) && this.#next === undefined;
  }

  #wish({ strap, identify }: CoreMessage & { type: 'connect' }): void {
    if (this.#over.signal.aborted) {
      this.#refuse(strap, 'the radio is ending');
      return;
    }
    if (this.#links.has(strap)) {
      this.#refuse(strap, 'there is a link to this strap already');
      return;
    }
    if (this.#next !== undefined) {
      this.#refuse(strap, 'another strap is to be connected first');
      return;
    }
    if (!this.#heard.has(strap)) {
      this.#refuse(strap, 'the strap has not been heard');
      return;
    }
    this.#next = { strap, identify };
    this.#bell.ring();
  }

  /** Of a link that has ended already the core is told so once more. */
  #release({ strap, reason }: CoreMessage & { type: 'release' }): void {
    const wasNext = this.#next?.strap === strap;
    if (wasNext) this.#next = undefined;
    const link = this.#links.get(strap);
    if (link === undefined) this.#refuse(strap, wasNext ? reason : 'there is no link to this strap');
    else link.release(reason);
  }

  #refuse(strap: string, reason: string): void {
    const { clock, tell } = this.#parts;
    tell({ type: 'link', atMs: clock.monotonicMs(), strap, state: 'ended', reason });
  }

  async #powerOn(): Promise<void> {
    const { noble, clock, timing } = this.#parts;
    // noble prints its warnings unless somebody else listens; none says more than the states do.
    noble.on('warning', ignore);
    // Reading the state first makes a failing initialisation throw here.
    const { state } = noble;
    noble.on('stateChange', this.#onState);
    this.#onState(state);
    const { signal } = this.#over;
    const on = async () => {
      while (!this.#powered && !signal.aborted) await this.#bell.heard(signal);
    };
    await within('switching on the adapter', on, { clock, ms: timing.startUpMs, signal });
  }

  async #work(): Promise<void> {
    const { signal } = this.#over;
    while (!signal.aborted) {
      const next = this.#next;
      this.#next = undefined;
      if (next !== undefined) await this.#connect(next);
      else if (this.#isScanWanted()) await this.#scanner.scan(() => this.#isScanWanted(), signal);
      else await this.#bell.heard(signal);
    }
  }

  /** Resolves when the connection has been made or has failed; the link then goes on by itself. */
  async #connect({ strap, identify }: { strap: string; identify: boolean }): Promise<void> {
    const { clock, timing, tell } = this.#parts;
    const peripheral = this.#heard.get(strap);
    if (peripheral === undefined) return this.#refuse(strap, 'the strap has not been heard');
    const link = new Link(peripheral, {
      clock,
      timing,
      identify,
      onPhase: (state) => this.#onPhase(strap, state),
      onValue: (value) => this.#reading(strap, value),
      onDevice: (details) => tell({ type: 'device', atMs: clock.monotonicMs(), strap, ...details }),
      onBattery: (percent) => tell({ type: 'battery', atMs: clock.monotonicMs(), strap, percent }),
      onGiveUp: (reason) => this.finish(reason),
    });
    this.#links.set(strap, link);
    // At the end of the radio `#undo` sees to it, in a time of its own.
    await Promise.race([link.begin(), this.#ending]);
  }

  #onPhase(strap: string, state: LinkState): void {
    const { clock, tell } = this.#parts;
    const at = { type: 'link', atMs: clock.monotonicMs(), strap } as const;
    switch (state.phase) {
      case 'connecting':
        tell({ ...at, state: 'connecting' });
        return;
      case 'discovering':
        this.#countLinks();
        tell({ ...at, state: 'connected' });
        return;
      case 'subscribed':
        tell({ ...at, state: 'subscribed' });
        return;
      case 'ended': {
        const link = this.#links.get(strap);
        if (this.#isAlone && link !== undefined) this.#ended.set(strap, { ...summaryOf(link), subscribed: false });
        this.#links.delete(strap);
        this.#countLinks();
        // The end of the whole radio is no fault of the strap's; it is told by itself.
        if (!this.#over.signal.aborted) tell({ ...at, state: 'ended', ...state.end });
        this.#bell.ring();
        return;
      }
    }
  }

  #countLinks(): void {
    const isUp = ({ phase }: Link) => phase !== 'connecting' && phase !== 'cancelling';
    this.#parts.onLinks?.([...this.#links.values()].filter(isUp).length);
  }

  #reading(strap: string, value: Buffer): void {
    const { clock, tell } = this.#parts;
    const atMs = clock.monotonicMs();
    try {
      tell({ type: 'measurement', atMs, strap, measurement: toPlain(decodeHeartRate(value)) });
    } catch (error) {
      tell({ type: 'malformed', atMs, strap, reason: messageOf(error) });
    }
  }

  async #undo(): Promise<void> {
    const { noble, clock, timing } = this.#parts;
    const reason = messageOf(this.#over.signal.reason);
    if (!this.#gone) {
      this.#scanner.abort();
      const done = new AbortController();
      const overdue = clock.sleep(timing.stopMs, done.signal).then(() => {
        this.#gone = true;
        this.#bell.ring();
      });
      while (this.#links.size > 0 && !this.#gone) await this.#bell.heard(done.signal);
      done.abort();
      await overdue;
    }
    for (const link of [...this.#links.values()]) link.abandon(reason);
    noble.off('stateChange', this.#onState);
    noble.off('warning', ignore);
  }

  readonly #onHeard = (peripheral: Peripheral): void => {
    const { clock, tell } = this.#parts;
    const sighting = this.#sightings.of(peripheral, clock.monotonicMs());
    if (sighting === undefined) return;
    this.#heard.delete(peripheral.id);
    this.#heard.set(peripheral.id, peripheral);
    const [oldest] = this.#heard.keys();
    if (this.#heard.size > HEARD_MAX && oldest !== undefined) this.#heard.delete(oldest);
    tell(sighting);
  };

  readonly #onState = (state: string): void => {
    if (state === 'unknown') return;
    if (state === 'poweredOn') {
      this.#powered = true;
      this.#bell.ring();
      return;
    }
    // No link will report its end, and nothing will be answered any more.
    this.#gone = true;
    this.finish(STATE_REASONS[state] ?? `the adapter is ${state}`);
    this.#bell.ring();
  };
}

function summaryOf({ id, phase, name, serial }: Link): LinkSummary {
  return {
    strap: id,
    subscribed: phase === 'subscribed',
    ...(name === undefined ? {} : { name }),
    ...(serial === undefined ? {} : { serial }),
  };
}

function toPlain({ rrMs, ...measurement }: ReturnType<typeof decodeHeartRate>) {
  return { ...measurement, rrMs: [...rrMs] };
}

function ignore(): void {}
