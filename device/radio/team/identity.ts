/**
 * Whose strap is whose: which wishes a strap fits by what it says of itself, and which of them comes first. An
 * address says more than a serial number, which says more than a name; among equals the first in the file counts.
 */
import type { StrapWish } from '../../../src/ports.ts';
import type { HeardStrap } from './heard-strap.ts';
import { type Wanted, wantedOf } from './wanted.ts';

type Index = ReadonlyMap<string, readonly Wanted[]>;

const NOBODY: readonly Wanted[] = [];

export class Identity {
  #wanted: readonly Wanted[] = [];
  #byAddress: Index = new Map();
  #bySerial: Index = new Map();
  #byName: Index = new Map();

  constructor(wishes: readonly StrapWish[]) {
    this.replace(wishes);
  }

  get wanted(): readonly Wanted[] {
    return this.#wanted;
  }

  /**
   * These wishes take the place of those before; one that is the same fares on as it does.
   *
   * @returns those that are wished for no more
   */
  replace(wishes: readonly StrapWish[]): Wanted[] {
    const before = new Map(this.#wanted.map((wanted) => [keyOf(wanted.wish), wanted]));
    this.#wanted = wishes.map((wish) => before.get(keyOf(wish)) ?? wantedOf(wish));
    this.#byAddress = indexed(this.#wanted, ({ wish: { match } }) => ('address' in match ? match.address : undefined));
    this.#bySerial = indexed(this.#wanted, ({ wish: { match } }) => ('serial' in match ? match.serial : undefined));
    this.#byName = indexed(this.#wanted, ({ wish: { match } }) => ('name' in match ? match.name : undefined));
    const now = new Set(this.#wanted);
    return [...before.values()].filter((wanted) => !now.has(wanted));
  }

  /** Everybody whom the strap fits as far as it is known, first the one whose it is. */
  fitting({ id, serial, name }: Pick<HeardStrap, 'id' | 'serial' | 'name'>): readonly Wanted[] {
    const byAddress = this.#byAddress.get(id) ?? NOBODY;
    const bySerial = (serial === undefined ? undefined : this.#bySerial.get(serial)) ?? NOBODY;
    const byName = (name === undefined ? undefined : this.#byName.get(name)) ?? NOBODY;
    if (byAddress.length + bySerial.length + byName.length === 0) return NOBODY;
    return [...byAddress, ...bySerial, ...byName];
  }
}

/**
 * Whether a name is one strap's alone, as `Polar H10 1234ABCD` or `TICKR B321`, and not one that a maker gives to all
 * of a kind.
 */
export function isOneStrapsName(name: string): boolean {
  return /(?:^|[^0-9A-Za-z])(?=[0-9A-F]*[0-9])[0-9A-F]{4,}$/i.test(name);
}

/** Two wishes with one key are the same. */
function keyOf({ athlete, match }: StrapWish): string {
  return JSON.stringify([athlete, Object.entries(match)]);
}

function indexed(wanted: readonly Wanted[], keyOf: (wanted: Wanted) => string | undefined): Index {
  const index = new Map<string, Wanted[]>();
  for (const one of wanted) {
    const key = keyOf(one);
    if (key === undefined) continue;
    const others = index.get(key);
    if (others === undefined) index.set(key, [one]);
    else others.push(one);
  }
  return index;
}
