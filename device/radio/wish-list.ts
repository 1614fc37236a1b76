/**
 * Whose straps are looked for, what is known about them, and which advertisement is worth a connection.
 * It outlives the noble instances. Pure bookkeeping: time and randomness come in as arguments.
 *
 * Invariant: at most one link at a time serves a wish, and none is served while it is backing off.
 */

import type { StrapWish } from '../../src/ports.ts';
import { HEART_RATE_SERVICE } from '../profiles/heart-rate.ts';
import type { Peripheral } from './noble.ts';
import { type RadioTiming, retryDelayMs } from './timing.ts';

/** How many strangers are remembered; past it the one met longest ago is forgotten, and met again. */
const STRANGERS_MAX = 1_000;

/** One wish, and how it fares. */
export interface Wanted {
  readonly wish: StrapWish;
  /** A link serves it, or is being made for it. */
  taken: boolean;
  failures: number;
  notBeforeMs: number;
  /** Of a wish by serial number, once the number has been read. */
  peripheralId: string | undefined;
}

/** What a connection to an advertiser would be for: a wish that it fulfils, or reading its serial number. */
export type Purpose = { readonly kind: 'wish'; readonly wanted: Wanted } | { readonly kind: 'identify' };

export class WishList {
  readonly #wanted: readonly Wanted[];
  readonly #timing: RadioTiming;
  /** By peripheral id, until when a strap is left in peace that nobody's serial number fits. */
  readonly #strangers = new Map<string, number>();

  constructor(wishes: readonly StrapWish[], timing: RadioTiming) {
    this.#timing = timing;
    this.#wanted = wishes.map((wish) => ({
      wish,
      taken: false,
      failures: 0,
      notBeforeMs: Number.NEGATIVE_INFINITY,
      peripheralId: undefined,
    }));
  }

  /** Whether any wish has no link. */
  get unfulfilled(): boolean {
    return this.#wanted.some(({ taken }) => !taken);
  }

  /** Why to connect to this advertiser now; undefined where there is no reason to. */
  purposeOf(peripheral: Peripheral, nowMs: number): Purpose | undefined {
    if (!peripheral.connectable) return undefined;
    const known = this.#wanted.filter((wanted) => fits(wanted, peripheral));
    const wanted = known.find(({ taken, notBeforeMs }) => !taken && notBeforeMs <= nowMs);
    if (wanted !== undefined) return { kind: 'wish', wanted };
    return known.length === 0 && this.#mayBeSerial(peripheral, nowMs) ? { kind: 'identify' } : undefined;
  }

  /** The serial number of an advertiser was read: gives whose strap it is, and else remembers that it is nobody's. */
  identified(peripheralId: string, serial: string, nowMs: number): Wanted | undefined {
    const wanted = this.#wanted.find(({ wish: { match }, taken }) => {
      return !taken && 'serial' in match && match.serial === serial;
    });
    if (wanted === undefined) this.avoid(peripheralId, nowMs + this.#timing.strangerMs);
    else wanted.peripheralId = peripheralId;
    return wanted;
  }

  /** Leaves an advertiser that is not known to be anybody's in peace until then. */
  avoid(peripheralId: string, untilMs: number): void {
    this.#strangers.delete(peripheralId);
    this.#strangers.set(peripheralId, untilMs);
    const [oldest] = this.#strangers.keys();
    if (this.#strangers.size > STRANGERS_MAX && oldest !== undefined) this.#strangers.delete(oldest);
  }

  /** The strap could not be read, or was lost too soon: it is tried again later each time. */
  failed(wanted: Wanted, nowMs: number, random: number): void {
    wanted.notBeforeMs = nowMs + retryDelayMs(this.#timing.strapRetry, wanted.failures++, random);
  }

  /** The link has been good; whatever comes next is a new beginning. */
  succeeded(wanted: Wanted): void {
    wanted.failures = 0;
  }

  #mayBeSerial({ id, advertisement }: Peripheral, nowMs: number): boolean {
    if (advertisement.serviceUuids?.includes(HEART_RATE_SERVICE) !== true) return false;
    if ((this.#strangers.get(id) ?? Number.NEGATIVE_INFINITY) > nowMs) return false;
    return this.#wanted.some(({ wish, taken, peripheralId }) => {
      return 'serial' in wish.match && !taken && peripheralId === undefined;
    });
  }
}

function fits({ wish: { match }, peripheralId }: Wanted, { id, advertisement }: Peripheral): boolean {
  if ('address' in match) return match.address === id;
  if ('name' in match) return match.name === advertisement.localName;
  return peripheralId === id;
}
