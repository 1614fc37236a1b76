/**
 * The memory of who was heard. Bounded whoever passes by: the team's straps are few a wish, and of all others the one
 * heard longest ago is forgotten first.
 *
 * Invariant: a strap is a candidate of at most one wish, and one that has a link is never forgotten.
 */
import type { StrapId } from '../../../src/domain/sample.ts';
import { HeardStrap } from './heard-strap.ts';
import type { Wanted } from './wanted.ts';

/** Past it the one heard longest ago is forgotten, and is new when it is heard again. */
export const STRANGERS_MAX = 1_000;

/** Straps that fit one wish: its own under a few addresses, or impostors, of which no more need be known. */
const CANDIDATES_MAX = 4;

interface Owned {
  readonly strap: HeardStrap;
  owner: Wanted;
}

export class HeardStraps {
  readonly #strangers = new Map<StrapId, HeardStrap>();
  readonly #team = new Map<StrapId, Owned>();

  get(id: StrapId): HeardStrap | undefined {
    return this.#team.get(id)?.strap ?? this.#strangers.get(id);
  }

  /** Remembers it as heard last. */
  meet(id: StrapId): HeardStrap {
    const owned = this.#team.get(id);
    if (owned !== undefined) return owned.strap;
    const strap = this.#strangers.get(id) ?? new HeardStrap(id);
    this.#strangers.delete(id);
    this.#strangers.set(id, strap);
    this.#forget();
    return strap;
  }

  ownerOf(id: StrapId): Wanted | undefined {
    return this.#team.get(id)?.owner;
  }

  /** Those that are nobody's, the one heard longest ago first. */
  get strangers(): Iterable<HeardStrap> {
    return this.#strangers.values();
  }

  get size(): number {
    return this.#strangers.size + this.#team.size;
  }

  /** Makes it this wish's candidate, or nobody's. A wish that has enough candidates takes no other. */
  own(strap: HeardStrap, owner: Wanted | undefined, nowMs: number, goneMs: number): void {
    const before = this.#team.get(strap.id);
    if (before?.owner === owner) return;
    if (owner !== undefined && !makeRoom(owner, nowMs, goneMs, (gone) => this.#team.delete(gone.id))) return;
    if (before !== undefined) this.#disown(before);
    if (owner === undefined) {
      this.#strangers.set(strap.id, strap);
      return;
    }
    if (before === undefined) strap.becameKnown();
    this.#strangers.delete(strap.id);
    this.#team.set(strap.id, { strap, owner });
    owner.candidates.push(strap);
  }

  #disown({ strap, owner }: Owned): void {
    this.#team.delete(strap.id);
    owner.candidates.splice(owner.candidates.indexOf(strap), 1);
    if (owner.current === strap) owner.current = undefined;
  }

  #forget(): void {
    for (const [id, strap] of this.#strangers) {
      if (this.#strangers.size <= STRANGERS_MAX) return;
      if (!strap.linked) this.#strangers.delete(id);
    }
  }
}

/** False when none of the candidates is gone for long enough to be forgotten. */
function makeRoom(
  { candidates, current }: Wanted,
  nowMs: number,
  goneMs: number,
  onForgotten: (strap: HeardStrap) => void,
): boolean {
  if (candidates.length < CANDIDATES_MAX) return true;
  const gone = candidates.find((strap) => !strap.linked && strap !== current && nowMs - strap.lastSignMs > goneMs);
  if (gone === undefined) return false;
  candidates.splice(candidates.indexOf(gone), 1);
  onForgotten(gone);
  return true;
}
