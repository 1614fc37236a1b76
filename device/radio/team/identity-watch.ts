/**
 * Tells of identities that are not what they should be, and of straps that are nobody's; each seldom, so that neither
 * a crowd nor an impostor fills the log.
 *
 * A strap that changes its address is heard under the new one while the old link is still being missed. Two senders of
 * one identity are told only when both are there for longer than that can last.
 */
import type { AthleteId, StrapId } from '../../../src/domain/sample.ts';
import type { IdentityConflict } from '../../../src/ports.ts';
import type { HeardStrap } from './heard-strap.ts';
import { isOneStrapsName } from './identity.ts';
import type { Emit, SchedulerTiming, SightingInput } from './scheduling.ts';
import type { Wanted } from './wanted.ts';

const IDENTITY_CONFLICTS: readonly IdentityConflict[] = [
  'two-straps-one-athlete',
  'one-strap-two-athletes',
  'second-advertiser',
  'gatt-table-changed',
];

/** Strangers told of in a minute, whoever passes by. */
const STRANGERS_A_MINUTE = 20;
const MINUTE_MS = 60_000;

/** Who claims to be an athlete's strap beside the one that is read; under one address after the other, it may be. */
interface Rival {
  readonly beside: HeardStrap | undefined;
  strap: HeardStrap;
  readonly sinceMs: number;
  heardMs: number;
  readonly conflict: IdentityConflict;
}

export interface IdentityWatchParts {
  readonly timing: SchedulerTiming;
  readonly emit: Emit;
}

export class IdentityWatch {
  readonly #parts: IdentityWatchParts;
  /** By athlete and conflict, when it was last told. */
  readonly #toldMs = new Map<string, number>();
  readonly #rivals = new Map<Wanted, Rival>();
  /** Whose strap has a name that is one strap's alone, and that name. */
  readonly #owners = new Map<string, Wanted>();
  readonly #names = new Map<Wanted, string>();
  #minuteMs = Number.NEGATIVE_INFINITY;
  #strangers = 0;

  constructor(parts: IdentityWatchParts) {
    this.#parts = parts;
  }

  /** A strap was heard that fits these wishes, of which the first is its own. */
  heard(strap: HeardStrap, fitting: readonly Wanted[], { addressType }: SightingInput, nowMs: number): void {
    const [owner, other] = fitting;
    if (owner === undefined) {
      const namesake = strap.name === undefined ? undefined : this.#owners.get(strap.name);
      if (namesake !== undefined) this.#compete(namesake, strap, 'second-advertiser', nowMs);
      return;
    }
    if (other !== undefined) this.tell(owner, strap.id, 'one-strap-two-athletes', other.wish.athlete, nowMs);
    if (addressType !== strap.addressType) {
      this.tell(owner, strap.id, 'second-advertiser', `${strap.id} with a ${addressType} address`, nowMs);
    }
    if (owner.current === strap) {
      this.#learnName(owner, strap);
      this.#decide(owner, nowMs);
    } else if (owner.current !== undefined) {
      this.#compete(owner, strap, conflictBetween(owner, strap), nowMs);
    }
  }

  /** The strap's GATT table was read. */
  readTable(owner: Wanted, strap: HeardStrap, table: string, nowMs: number): void {
    const before = strap.table;
    strap.table = table;
    if (before !== undefined && before !== table) {
      this.tell(owner, strap.id, 'gatt-table-changed', undefined, nowMs);
    }
  }

  stranger(strap: HeardStrap, nowMs: number): void {
    if (nowMs - strap.toldMs < this.#parts.timing.strangerMs) return;
    if (nowMs - this.#minuteMs >= MINUTE_MS) {
      this.#minuteMs = nowMs;
      this.#strangers = 0;
    }
    if (this.#strangers++ >= STRANGERS_A_MINUTE) return;
    strap.toldMs = nowMs;
    let rssi = -128;
    for (const hearing of strap.hearings.values()) rssi = Math.max(rssi, Math.round(hearing.rssi));
    this.#parts.emit({ type: 'stranger', strap: strap.id, rssi });
  }

  tell(
    wanted: Wanted,
    strap: StrapId,
    conflict: IdentityConflict,
    other: StrapId | AthleteId | undefined,
    nowMs: number,
  ): void {
    const { athlete } = wanted.wish;
    const key = keyOf(conflict, wanted);
    const toldMs = this.#toldMs.get(key) ?? Number.NEGATIVE_INFINITY;
    if (nowMs - toldMs < this.#parts.timing.conflictMs) return;
    this.#toldMs.set(key, nowMs);
    this.#parts.emit({ type: 'conflict', athlete, strap, conflict, ...(other === undefined ? {} : { other }) });
  }

  /** It is wished for no more. */
  forget(wanted: Wanted): void {
    this.#rivals.delete(wanted);
    const name = this.#names.get(wanted);
    if (name !== undefined && this.#owners.get(name) === wanted) this.#owners.delete(name);
    this.#names.delete(wanted);
    for (const conflict of IDENTITY_CONFLICTS) this.#toldMs.delete(keyOf(conflict, wanted));
  }

  /** A second strap claims to be this athlete's. */
  #compete(wanted: Wanted, strap: HeardStrap, conflict: IdentityConflict, nowMs: number): void {
    const rival = this.#rivals.get(wanted);
    const { current } = wanted;
    if (rival === undefined || rival.beside !== current || nowMs - rival.heardMs > this.#parts.timing.rivalMs) {
      this.#rivals.set(wanted, { beside: current, strap, sinceMs: nowMs, heardMs: nowMs, conflict });
    } else {
      rival.strap = strap;
      rival.heardMs = nowMs;
      this.#decide(wanted, nowMs);
    }
  }

  /** Both are there when the one is heard, or holds its link, long enough after the other came. */
  #decide(wanted: Wanted, nowMs: number): void {
    const { rivalMs } = this.#parts.timing;
    const rival = this.#rivals.get(wanted);
    const { current, link } = wanted;
    if (rival === undefined || current === undefined || rival.beside !== current) return;
    if (nowMs - rival.heardMs > rivalMs) return;
    const currentIsHeard = current.heardMs > rival.sinceMs;
    const currentIsLinked = link?.strap === current && link.state === 'subscribed' && nowMs - rival.sinceMs >= rivalMs;
    if (currentIsHeard || currentIsLinked) this.tell(wanted, current.id, rival.conflict, rival.strap.id, nowMs);
  }

  #learnName(owner: Wanted, { name }: HeardStrap): void {
    const before = this.#names.get(owner);
    if (name === undefined || name === before || !isOneStrapsName(name)) return;
    if (before !== undefined && this.#owners.get(before) === owner) this.#owners.delete(before);
    this.#names.set(owner, name);
    this.#owners.set(name, owner);
  }
}

function keyOf(conflict: IdentityConflict, { wish: { athlete } }: Wanted): string {
  return `${conflict} ${athlete}`;
}

/** A name that many straps may have is a wish that says too little; any other identity is one strap's alone. */
function conflictBetween({ wish: { match } }: Wanted, { name }: HeardStrap): IdentityConflict {
  const isShared = 'name' in match && match.name === name && !isOneStrapsName(name);
  return isShared ? 'two-straps-one-athlete' : 'second-advertiser';
}
