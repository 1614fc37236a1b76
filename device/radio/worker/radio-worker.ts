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
import type { CoreMessage, LinkSummary, WorkerMessage } from '../frames/messages.ts';
import type { Noble, Peripheral } from '../noble.ts';
import { LinkBook } from './link-book.ts';
import { Power } from './power.ts';
import { Scanner } from './scanner.ts';
import { Sightings } from './sightings.ts';
import type { WorkerTiming } from './timing.ts';
import { Bell } from './waiting.ts';

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

export class RadioWorker {
  readonly #parts: RadioWorkerParts;
  /** Aborts with the reason when the worker is to end. */
  readonly #over = new AbortController();
  readonly #ending = new Promise<unknown>((resolve) => {
    this.#over.signal.addEventListener('abort', resolve, { once: true });
  });
  readonly #bell = new Bell();
  readonly #links: LinkBook;
  readonly #heard = new Map<string, Peripheral>();
  readonly #power: Power;
  readonly #scanner: Scanner;
  readonly #sightings: Sightings;
  #next: { readonly strap: string; readonly identify: boolean } | undefined;
  #scan = false;
  #isWatched = false;
  #ready = false;
  /** noble answers nothing any more. */
  #gone = false;

  constructor(parts: RadioWorkerParts) {
    const bell = this.#bell;
    this.#parts = parts;
    this.#sightings = new Sightings({ everyMs: parts.timing.sightingMs });
    this.#scanner = new Scanner({ ...parts, bell, onHeard: this.#onHeard });
    this.#power = new Power({ ...parts, bell, onOff: (reason) => this.#off(reason) });
    this.#links = new LinkBook({
      ...parts,
      onEnded: () => bell.ring(),
      onGiveUp: (reason) => this.finish(reason),
      isOver: () => this.#over.signal.aborted,
    });
  }

  get ready(): boolean {
    return this.#ready;
  }

  /** The adapter has been on at some time. */
  get wasReady(): boolean {
    return this.#power.wasOn;
  }

  get scanning(): boolean {
    return this.#scanner.scanning;
  }

  get links(): LinkSummary[] {
    return this.#links.summaries;
  }

  /** What is to be told to a core that has come anew: the links, and those that have ended since the last one went. */
  get news(): LinkSummary[] {
    return this.#links.news;
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
      await this.#power.on(this.#over.signal);
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
    if (this.#gone) this.#links.abandonAll(reason);
    else this.#links.releaseAll(reason);
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
    this.#links.serve();
  }

  /** The core has gone: links stay, and nothing is looked for. */
  rest(): void {
    this.#links.rest();
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

  async #connect({ strap, identify }: { strap: string; identify: boolean }): Promise<void> {
    const peripheral = this.#heard.get(strap);
    if (peripheral === undefined) return this.#refuse(strap, 'the strap has not been heard');
    // At the end of the radio `#undo` sees to it, in a time of its own.
    await Promise.race([this.#links.begin(peripheral, { identify }), this.#ending]);
  }

  async #undo(): Promise<void> {
    const { clock, timing } = this.#parts;
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
    this.#links.abandonAll(reason);
    this.#power.leave();
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

  #off(reason: string): void {
    this.#gone = true;
    this.finish(reason);
  }
}
