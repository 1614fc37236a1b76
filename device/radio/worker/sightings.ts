/**
 * Which advertisements the core is told of: those of straps that it listens for, and those with heart rate in them.
 * The rest of the crowd's phones and watches is passed over. A strap that goes on advertising is told of now and then.
 */
import { parseAdvertisement } from '../../profiles/advertisement.ts';
import { type BroadcastHeartRate, decodeBroadcast } from '../../profiles/broadcast.ts';
import { cleanText } from '../../profiles/device-information.ts';
import { HEART_RATE_SERVICE } from '../../profiles/heart-rate.ts';
import type { Sighting } from '../frames/messages.ts';
import type { Peripheral } from '../noble.ts';

/** How many advertisers are remembered to have been told of; past it the one told of longest ago is forgotten. */
const TOLD_MAX = 1_000;

export interface Listening {
  readonly addresses: ReadonlySet<string>;
  readonly names: ReadonlySet<string>;
}

export class Sightings {
  readonly #everyMs: number;
  #listening: Listening = { addresses: new Set(), names: new Set() };
  readonly #told = new Map<string, { readonly atMs: number; readonly broadcast: string }>();

  constructor({ everyMs }: { everyMs: number }) {
    this.#everyMs = everyMs;
  }

  listenFor(listening: Listening): void {
    this.#listening = listening;
  }

  /** Whether noble, which forgets nobody by itself, is to hear of this advertiser at all. */
  isOfInterest({ address, data }: { readonly address: string; readonly data: Uint8Array }): boolean {
    if (this.#listening.addresses.has(address)) return true;
    const { name, services16, manufacturer } = parseAdvertisement(data);
    if (services16.includes(HEART_RATE_SERVICE)) return true;
    if (name !== undefined && this.#listening.names.has(cleanText(name))) return true;
    return manufacturer.some((each) => broadcastIn(each) !== undefined);
  }

  /** The strap is to be known still, should it be asked for. */
  isListenedFor(strap: string): boolean {
    return this.#listening.addresses.has(strap) || this.#told.has(strap);
  }

  /** What to tell of this advertisement; undefined where there is nothing to tell. */
  of(peripheral: Peripheral, atMs: number): Sighting | undefined {
    const { id: strap, addressType, connectable, rssi, advertisement } = peripheral;
    const name = advertisement.localName === undefined ? undefined : cleanText(advertisement.localName);
    const heartRate = advertisement.serviceUuids?.includes(HEART_RATE_SERVICE) === true;
    const broadcast = broadcastIn(advertisement.manufacturerData);
    const isWanted = this.#listening.addresses.has(strap) || (name !== undefined && this.#listening.names.has(name));
    if (!isWanted && !heartRate && broadcast === undefined) return undefined;
    if (!this.#isNews(strap, broadcast, atMs)) return undefined;
    return {
      type: 'sighting',
      atMs,
      strap,
      addressType: addressType === 'random' ? 'random' : 'public',
      ...(name === undefined || name === '' ? {} : { name }),
      rssi: Math.max(-128, Math.min(127, Math.round(rssi))),
      connectable,
      heartRate,
      ...(broadcast === undefined ? {} : { broadcast }),
    };
  }

  #isNews(strap: string, broadcast: BroadcastHeartRate | undefined, atMs: number): boolean {
    const text = broadcast === undefined ? '' : JSON.stringify(broadcast);
    const told = this.#told.get(strap);
    if (told !== undefined && told.broadcast === text && atMs - told.atMs < this.#everyMs) return false;
    this.#told.delete(strap);
    this.#told.set(strap, { atMs, broadcast: text });
    const [oldest] = this.#told.keys();
    if (this.#told.size > TOLD_MAX && oldest !== undefined) this.#told.delete(oldest);
    return true;
  }
}

/** Bytes that only look like somebody's heart rate are nobody's. */
function broadcastIn(data: Uint8Array | undefined): BroadcastHeartRate | undefined {
  if (data === undefined) return undefined;
  try {
    return decodeBroadcast(data);
  } catch {
    return undefined;
  }
}
