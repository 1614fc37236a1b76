/** Goes once through everything that a store holds, a little at a time, in search of what is not as it was written. */
import { RECORD_KINDS } from '../domain/record.ts';
import type { OpenStore } from './open-store.ts';
import type { Damage } from './reader.ts';

export class Scrub {
  readonly #left = [...RECORD_KINDS];
  #after = 0;

  /** The next few rows. */
  step(store: OpenStore): { readonly damage?: Damage; readonly isOver: boolean } {
    const [kind] = this.#left;
    if (kind === undefined) return { isOver: true };
    const { damage, next } = store.reader.scrub(kind, this.#after);
    this.#after = next ?? 0;
    if (next === undefined) this.#left.shift();
    return { ...(damage === undefined ? {} : { damage }), isOver: false };
  }
}
