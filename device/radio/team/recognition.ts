/**
 * What is heard and read of straps, and what follows from it: whose strap it is, whether a link serves the right
 * athlete, and who is to be asked for a serial number.
 */
import type { StrapId } from '../../../src/domain/sample.ts';
import type { StrapWish } from '../../../src/ports.ts';
import type { HeardStrap } from './heard-strap.ts';
import type { HeardStraps } from './heard-straps.ts';
import type { Identity } from './identity.ts';
import type { IdentityWatch } from './identity-watch.ts';
import type { Links } from './links.ts';
import type { DeviceInput, HeldLink, SchedulerTiming, SightingInput } from './scheduling.ts';
import type { Link, Wanted } from './wanted.ts';

export interface RecognitionParts {
  readonly timing: SchedulerTiming;
  readonly identity: Identity;
  readonly straps: HeardStraps;
  readonly links: Links;
  readonly watch: IdentityWatch;
}

export class Recognition {
  readonly #parts: RecognitionParts;

  constructor(parts: RecognitionParts) {
    this.#parts = parts;
  }

  /** @returns whether there may be a reason now to connect to it */
  heard(sighting: SightingInput, nowMs: number): boolean {
    const { straps, identity, watch, timing } = this.#parts;
    const strap = straps.meet(sighting.strap);
    strap.hear(sighting, nowMs, timing);
    const owner = this.#own(strap, nowMs);
    watch.heard(strap, identity.fitting(strap), sighting, nowMs);
    if (strap.linked) return false;
    if (owner !== undefined) return true;
    if (!strap.heartRate) return false;
    const isAsked = strap.connectable && this.isAsking(nowMs);
    if (!isAsked || Number.isFinite(strap.lastAttemptMs)) watch.stranger(strap, nowMs);
    return isAsked && strap.restsUntilMs <= nowMs;
  }

  /** A link that a worker holds, by what it says of the strap. */
  held({ strap: id, name, serial }: HeldLink, nowMs: number): { strap: HeardStrap; wanted: Wanted | undefined } {
    const strap = this.#parts.straps.meet(id);
    strap.name ??= name;
    strap.serial ??= serial;
    return { strap, wanted: this.#own(strap, nowMs) };
  }

  /** What a link has told of its strap decides whom it serves. */
  read({ adapter, strap: id, serial, table }: DeviceInput, nowMs: number): void {
    const { identity, straps, links, watch, timing } = this.#parts;
    const link = links.of(id);
    if (link?.adapter !== adapter || link.state === 'releasing') return;
    const { strap, wanted: served } = link;
    if (serial !== undefined) strap.serial = serial;
    const [owner] = identity.fitting(strap);
    const known = served ?? owner;
    if (known !== undefined) watch.readTable(known, strap, table, nowMs);
    const isImpostor = served !== undefined && serial !== undefined && contradicts(served, serial);
    if (isImpostor) watch.tell(served, id, 'second-advertiser', undefined, nowMs);
    // A link may be another's by the serial number alone; what name the strap goes by now is no matter.
    else if (served !== undefined && (owner === served || owner === undefined || !('serial' in owner.wish.match)))
      return;
    straps.own(strap, owner, nowMs, timing.changeoverMs);
    if (owner === undefined || owner.link !== undefined) this.#leave(link, owner, nowMs);
    else if (served === undefined) links.subscribe(link, owner, nowMs);
    else links.handOver(link, owner, nowMs);
  }

  /**
   * What is wished for has changed. The links of those who are wished for no more go to whose strap it is now, or end; so do
   * those of straps to which a new wish has the better claim.
   */
  wish(wishes: readonly StrapWish[], nowMs: number): void {
    const { identity, straps, links, watch } = this.#parts;
    const reason = 'the athletes file has changed';
    const before = new Set(identity.wanted);
    const left = identity.replace(wishes).flatMap((gone) => {
      watch.forget(gone);
      for (const strap of [...gone.candidates]) straps.own(strap, undefined, nowMs, 0);
      return gone.link ?? [];
    });
    const claimed = identity.wanted.flatMap(({ link }) => {
      const [owner] = link === undefined ? [] : identity.fitting(link.strap);
      return link !== undefined && owner !== undefined && !before.has(owner) ? [link] : [];
    });
    left.push(...claimed);
    // Every end is told before a beginning: two athletes may have exchanged their straps.
    for (const link of left) links.detach(link, reason);
    for (const link of left) this.#handOn(link, reason, nowMs);
  }

  faulted(id: StrapId, nowMs: number): void {
    const { straps, links, timing } = this.#parts;
    straps.meet(id).faulted(nowMs, timing);
    const link = links.of(id);
    if (link !== undefined) links.release(link, 'its packets made the radio fail', nowMs);
  }

  /** Whether somebody is missing who can only be found by asking for serial numbers. */
  isAsking(nowMs: number): boolean {
    const { identity, timing } = this.#parts;
    return identity.wanted.some(({ wish, link, current }) => {
      if (!('serial' in wish.match) || link !== undefined) return false;
      return current === undefined || nowMs - current.lastSignMs > timing.missingMs;
    });
  }

  /** Whose strap it is by all that is known of it; it also becomes the one that is read, if there is none now. */
  #own(strap: HeardStrap, nowMs: number): Wanted | undefined {
    const { identity, straps, timing } = this.#parts;
    // What a link serves is decided where its serial number is read, and not by a name that it changes to.
    if (!strap.linked) straps.own(strap, identity.fitting(strap)[0], nowMs, timing.changeoverMs);
    const owner = straps.ownerOf(strap.id);
    if (owner === undefined) return undefined;
    const isGone = owner.current === undefined || nowMs - owner.current.lastSignMs >= timing.changeoverMs;
    if (owner.link === undefined && isGone) owner.current = strap;
    return owner;
  }

  /** A link whose wish is gone. */
  #handOn(link: Link, reason: string, nowMs: number): void {
    const { identity, straps, links, timing } = this.#parts;
    const [owner] = identity.fitting(link.strap);
    straps.own(link.strap, owner, nowMs, timing.changeoverMs);
    if (owner !== undefined && owner.link === undefined && link.state !== 'releasing') {
      links.handTo(link, owner, nowMs);
    } else {
      link.spared = true;
      links.release(link, reason, nowMs);
    }
  }

  /** The strap is nobody's, or that of somebody who has a link. */
  #leave(link: Link, owner: Wanted | undefined, nowMs: number): void {
    const { links, watch, timing } = this.#parts;
    const { strap } = link;
    if (owner === undefined) watch.stranger(strap, nowMs);
    // One that does not tell its number has failed, and is asked again sooner.
    if (strap.serial !== undefined) {
      strap.restUntil(nowMs + (owner === undefined ? timing.strangerMs : timing.rivalMs));
      link.spared = true;
    }
    links.release(link, owner === undefined ? 'not a strap of this team' : 'this athlete has a link', nowMs);
  }
}

/** The strap had the serial number that is wished for when it was last asked, and has another one now. */
function contradicts({ wish: { match } }: Wanted, serial: string): boolean {
  return 'serial' in match && match.serial !== serial;
}
