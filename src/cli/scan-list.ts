/**
 * Who is in range, as the workers tell it, and whose strap each is by the scheduler's own rules.
 *
 * Invariants: bounded, whoever passes by; the order is the team's and then that of the first hearing, so that lines
 * stay where they are; no name of an athlete and no heart rate in it.
 */
import type { WorkerMessage } from '../../device/radio/frames/messages.ts';
import { HeardStrap } from '../../device/radio/team/heard-strap.ts';
import { Identity } from '../../device/radio/team/identity.ts';
import { SCHEDULER_TIMING } from '../../device/radio/team/scheduling.ts';
import type { Team } from '../domain/athlete.ts';
import type { AthleteId, StrapId } from '../domain/sample.ts';
import { type Proposal, proposalFor } from './scan-proposal.ts';

export interface ScannedStrap {
  readonly strap: StrapId;
  readonly addressType?: 'public' | 'random';
  readonly name?: string;
  /** Smoothed, dBm, of the adapter that hears it best; absent while it is not heard, and where it is not known. */
  readonly rssi?: number;
  readonly adapter: string;
  /** Absent for one that is linked and was not heard beside its link. */
  readonly heardMs?: number;
  /** It advertises the Heart Rate service. */
  readonly heartRate: boolean;
  /** It tells its heart rate to everybody, without a link. */
  readonly broadcasts: boolean;
  /** A gateway that runs here has a link to it. */
  readonly linked: boolean;
  /** Whom it fits; the first is whose it is. */
  readonly athletes: readonly AthleteId[];
  /** For one that is nobody's. */
  readonly proposal?: Proposal;
}

interface Entry {
  readonly heard: HeardStrap;
  /** The adapters that have a link to it. */
  readonly linkedBy: Set<string>;
  isSignalKnown: boolean;
}

/** Past it the one heard longest ago is forgotten, and rather one that is nobody's than one that fits an athlete. */
const STRAPS_MAX = 500;

/** Where a controller does not know the signal (Core Specification, volume 4, part E, section 7.7.65.2). */
const UNKNOWN_RSSI = 127;

export class ScanList {
  readonly #team: Team;
  readonly #identity: Identity;
  readonly #entries = new Map<StrapId, Entry>();

  constructor(team: Team) {
    this.#team = team;
    this.#identity = new Identity(team.map(({ id, strap }) => ({ athlete: id, match: strap })));
  }

  /** @param nowMs monotonic */
  take(adapter: string, message: WorkerMessage, nowMs: number): void {
    if (message.type === 'hello') this.#linked(adapter, message.links);
    if (message.type !== 'sighting') return;
    const entry = this.#meet(message.strap);
    entry.heard.hear({ ...message, adapter }, nowMs, SCHEDULER_TIMING);
    if (message.rssi !== UNKNOWN_RSSI) entry.isSignalKnown = true;
  }

  /** The worker has gone, and what was known of its links with it. */
  lost(adapter: string): void {
    this.#linked(adapter, []);
  }

  /** Forgets those that are nobody's and were not heard for that long. */
  forget(nowMs: number, goneMs: number): void {
    for (const [strap, { heard, linkedBy }] of this.#entries) {
      if (linkedBy.size > 0 || this.#fitting(heard).length > 0) continue;
      if (nowMs - heard.heardMs > goneMs) this.#entries.delete(strap);
    }
  }

  get straps(): ScannedStrap[] {
    const straps = [...this.#entries.values()].filter(isKnown).map((entry) => this.#scanned(entry));
    const rank = ({ athletes: [first] }: ScannedStrap) => {
      const place = this.#team.findIndex(({ id }) => id === first);
      return place === -1 ? this.#team.length : place;
    };
    return straps.sort((a, b) => rank(a) - rank(b));
  }

  /** Whose straps are to be found in a scan and were not. */
  get missing(): AthleteId[] {
    const found = new Set(this.straps.map(({ athletes: [first] }) => first));
    return this.#team.filter(({ id, strap }) => !('serial' in strap) && !found.has(id)).map(({ id }) => id);
  }

  /** Whose straps are known by serial numbers, which only a link tells, and are in no link. */
  get untold(): AthleteId[] {
    const found = new Set(this.straps.map(({ athletes: [first] }) => first));
    return this.#team.filter(({ id, strap }) => 'serial' in strap && !found.has(id)).map(({ id }) => id);
  }

  /** Who has several straps in range now, of which only one can be read. */
  shared(nowMs: number): AthleteId[] {
    const isThere = ({ heardMs, linked }: ScannedStrap) =>
      linked || (heardMs !== undefined && nowMs - heardMs <= SCHEDULER_TIMING.inRangeMs);
    const firsts = this.straps.filter(isThere).map(({ athletes: [first] }) => first);
    return this.#team.map(({ id }) => id).filter((id) => firsts.filter((first) => first === id).length > 1);
  }

  #meet(strap: StrapId): Entry {
    const known = this.#entries.get(strap);
    if (known !== undefined) return known;
    const entry: Entry = { heard: new HeardStrap(strap), linkedBy: new Set(), isSignalKnown: false };
    this.#entries.set(strap, entry);
    if (this.#entries.size > STRAPS_MAX) this.#forgetOne(strap);
    return entry;
  }

  #forgetOne(newest: StrapId): void {
    const others = [...this.#entries.values()].filter(
      ({ heard, linkedBy }) => heard.id !== newest && linkedBy.size === 0,
    );
    const strangers = others.filter(({ heard }) => this.#fitting(heard).length === 0);
    const [oldest] = (strangers.length > 0 ? strangers : others).sort((a, b) => a.heard.heardMs - b.heard.heardMs);
    if (oldest !== undefined) this.#entries.delete(oldest.heard.id);
  }

  #linked(adapter: string, links: (WorkerMessage & { type: 'hello' })['links']): void {
    for (const { linkedBy } of this.#entries.values()) linkedBy.delete(adapter);
    for (const { strap, name, serial } of links) {
      const { heard, linkedBy } = this.#meet(strap);
      linkedBy.add(adapter);
      heard.name ??= name;
      heard.serial ??= serial;
    }
  }

  #fitting(heard: HeardStrap): readonly AthleteId[] {
    return this.#identity.fitting(heard).map(({ wish }) => wish.athlete);
  }

  #scanned({ heard, linkedBy, isSignalKnown }: Entry): ScannedStrap {
    const { id: strap, addressType, name, heartRate } = heard;
    const athletes = this.#fitting(heard);
    const best = bestHearing(heard);
    const [linkedTo = ''] = linkedBy;
    return {
      strap,
      ...(addressType === undefined ? {} : { addressType }),
      ...(name === undefined ? {} : { name }),
      ...(best === undefined || !isSignalKnown ? {} : { rssi: Math.round(best.rssi) }),
      adapter: best?.adapter ?? linkedTo,
      ...(best === undefined ? {} : { heardMs: heard.heardMs }),
      heartRate,
      broadcasts: Number.isFinite(heard.broadcastMs),
      linked: linkedBy.size > 0,
      athletes,
      ...(athletes.length > 0 || addressType === undefined
        ? {}
        : { proposal: proposalFor({ strap, addressType, name }) }),
    };
  }
}

/** One that was linked, and never heard, is gone with its link. */
function isKnown({ heard, linkedBy }: Entry): boolean {
  return linkedBy.size > 0 || heard.hearings.size > 0;
}

/** Among those of about the time of the last. */
function bestHearing({ hearings, heardMs }: HeardStrap): { adapter: string; rssi: number } | undefined {
  let best: { adapter: string; rssi: number } | undefined;
  for (const [adapter, hearing] of hearings) {
    if (heardMs - hearing.heardMs > SCHEDULER_TIMING.inRangeMs) continue;
    if (best === undefined || hearing.rssi > best.rssi) best = { adapter, rssi: hearing.rssi };
  }
  return best;
}
