/**
 * The life of one noble instance: it waits for the adapter, and then scans and connects in turn until every
 * wish has its link, or the adapter is lost.
 *
 * Invariants: nothing connects while a scan is on or another connection is being made; what is done to a
 * link after that runs beside the rest, so that a strap that does not answer costs nobody else's time.
 */
import { setMaxListeners } from 'node:events';
import { messageOf } from '../../src/domain/errors.ts';
import type { Clock, SourceEvent } from '../../src/ports.ts';
import { decodeHeartRate } from '../profiles/heart-rate.ts';
import type { Noble, Peripheral } from './noble.ts';
import { Scanner } from './scanner.ts';
import { RadioStuck, StrapLink } from './strap-link.ts';
import type { RadioTiming } from './timing.ts';
import { Bell, within } from './waiting.ts';
import type { Purpose, Wanted, WishList } from './wish-list.ts';

export interface SessionParts {
  readonly adapter: string;
  readonly noble: Noble;
  readonly wishes: WishList;
  readonly clock: Clock;
  readonly random: () => number;
  readonly timing: RadioTiming;
  readonly emit: (event: SourceEvent) => void;
}

export interface SessionEnd {
  readonly reason: string;
  /** The adapter was on for long enough to take this end for a new trouble. */
  readonly steady: boolean;
}

const STATE_REASONS: Readonly<Record<string, string>> = {
  poweredOff: 'the adapter is switched off or unplugged',
  unauthorized: 'no permission to use the adapter: run as the systemd service, or with the capability CAP_NET_RAW',
  unsupported: 'the adapter cannot do Bluetooth Low Energy: use another one',
};

export class RadioSession {
  readonly #parts: SessionParts;
  /** Aborts with the reason when the session is to end. */
  readonly #over = new AbortController();
  readonly #abandoned = new AbortController();
  readonly #bell = new Bell();
  readonly #links = new Map<string, StrapLink>();
  readonly #serving = new Set<Promise<void>>();
  readonly #scanner: Scanner;
  #powered = false;

  constructor(parts: SessionParts) {
    this.#parts = parts;
    // One listener for each link that is being closed: as many as there are wishes, and no leak.
    setMaxListeners(0, this.#abandoned.signal);
    const isWanted = (peripheral: Peripheral) => this.#purposeOf(peripheral) !== undefined;
    this.#scanner = new Scanner({ ...parts, bell: this.#bell, isWanted });
  }

  /** Ends every link and the scan, and then `run`. */
  finish(reason: string): void {
    this.#over.abort(reason);
    for (const link of this.#links.values()) link.end(reason);
  }

  /** Resolves when the session has ended, everything that could be undone has been, and noble is listened to no more. */
  async run(): Promise<SessionEnd> {
    const { adapter, clock, timing, emit } = this.#parts;
    let readyMs = Number.POSITIVE_INFINITY;
    try {
      await this.#powerOn();
      readyMs = clock.monotonicMs();
      emit({ type: 'adapter', adapter, monotonicMs: readyMs, state: 'ready' });
      await this.#seek();
    } catch (error) {
      this.finish(messageOf(error));
    }
    const steady = clock.monotonicMs() - readyMs >= timing.steadyMs;
    await this.#undo();
    return { reason: messageOf(this.#over.signal.reason), steady };
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

  async #seek(): Promise<void> {
    const { wishes } = this.#parts;
    const { signal } = this.#over;
    while (!signal.aborted) {
      await this.#scanner.scan(() => wishes.unfulfilled, signal);
      for (let heard = this.#scanner.take(); heard !== undefined; heard = this.#scanner.take()) {
        if (signal.aborted) return;
        await this.#connect(heard);
      }
      while (!signal.aborted && !wishes.unfulfilled) await this.#bell.heard(signal);
    }
  }

  #purposeOf(peripheral: Peripheral): Purpose | undefined {
    if (this.#links.has(peripheral.id)) return undefined;
    return this.#parts.wishes.purposeOf(peripheral, this.#parts.clock.monotonicMs());
  }

  /** Resolves when the connection has been made or has failed; the link then goes on by itself. */
  async #connect(peripheral: Peripheral): Promise<void> {
    const { clock, timing } = this.#parts;
    const purpose = this.#purposeOf(peripheral);
    if (purpose === undefined) return;
    const link = new StrapLink(peripheral, { clock, timing, abandoned: this.#abandoned.signal });
    this.#links.set(link.id, link);
    const connected = link.connect();
    const serving = this.#serve(link, purpose, connected).finally(() => this.#serving.delete(serving));
    this.#serving.add(serving);
    await connected.catch((error: unknown) => {
      if (error instanceof RadioStuck) throw error;
    });
  }

  async #serve(link: StrapLink, purpose: Purpose, connected: Promise<void>): Promise<void> {
    const { clock, timing, wishes } = this.#parts;
    let wanted = purpose.kind === 'wish' ? this.#take(purpose.wanted, link) : undefined;
    try {
      await connected;
      if (wanted === undefined) {
        wanted = wishes.identified(link.id, await link.readSerial(), clock.monotonicMs());
        if (wanted === undefined) return;
        this.#take(wanted, link);
      }
      const { athlete } = wanted.wish;
      await link.subscribe((value) => this.#reading(athlete, link.id, value));
      const subscribedMs = clock.monotonicMs();
      this.#report(wanted, link, 'subscribed');
      const reason = await link.ended();
      this.#report(wanted, link, 'lost', reason);
      if (clock.monotonicMs() - subscribedMs >= timing.steadyMs) wishes.succeeded(wanted);
      else this.#backOff(wanted, link);
    } catch (error) {
      if (wanted !== undefined) this.#report(wanted, link, 'failed', messageOf(error));
      this.#backOff(wanted, link);
    } finally {
      await link.close();
      if (wanted !== undefined) wanted.taken = false;
      this.#links.delete(link.id);
      this.#bell.ring();
    }
  }

  #take(wanted: Wanted, link: StrapLink): Wanted {
    wanted.taken = true;
    this.#report(wanted, link, 'connecting');
    return wanted;
  }

  /** Unless the session is ending, which is not the strap's fault. */
  #backOff(wanted: Wanted | undefined, link: StrapLink): void {
    const { clock, random, timing, wishes } = this.#parts;
    if (this.#over.signal.aborted) return;
    if (wanted !== undefined) wishes.failed(wanted, clock.monotonicMs(), random());
    else wishes.avoid(link.id, clock.monotonicMs() + timing.strapRetry.maxMs);
  }

  #reading(athlete: string, strap: string, value: Buffer): void {
    const { clock, emit } = this.#parts;
    const monotonicMs = clock.monotonicMs();
    let event: SourceEvent;
    try {
      event = { type: 'measurement', athlete, strap, monotonicMs, measurement: decodeHeartRate(value) };
    } catch (error) {
      event = { type: 'malformed', athlete, strap, monotonicMs, reason: messageOf(error) };
    }
    emit(event);
  }

  #report({ wish }: Wanted, link: StrapLink, state: 'connecting' | 'subscribed' | 'lost' | 'failed', reason?: string) {
    const { clock, emit } = this.#parts;
    const event = {
      type: 'link',
      athlete: wish.athlete,
      strap: link.id,
      monotonicMs: clock.monotonicMs(),
      state,
    } as const;
    emit(reason === undefined ? event : { ...event, reason });
  }

  async #undo(): Promise<void> {
    const { noble, clock, timing } = this.#parts;
    const done = new AbortController();
    const overdue = clock
      .sleep(timing.stopMs, done.signal)
      .then(() => this.#abandoned.abort('the radio takes too long'));
    if (!this.#abandoned.signal.aborted) this.#scanner.abort();
    await Promise.all(this.#serving);
    done.abort();
    await overdue;
    noble.off('stateChange', this.#onState);
    noble.off('warning', ignore);
  }

  readonly #onState = (state: string): void => {
    if (state === 'unknown') return;
    if (state === 'poweredOn') {
      this.#powered = true;
      this.#bell.ring();
      return;
    }
    // No link will report its end, and nothing will be answered any more.
    this.#abandoned.abort('the adapter is gone');
    this.finish(STATE_REASONS[state] ?? `the adapter is ${state}`);
  };
}

function ignore(): void {}
