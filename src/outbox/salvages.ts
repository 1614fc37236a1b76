/**
 * The damaged stores beside a store, and what becomes of them: each is gone through in idle time, then removed when
 * everything in it was taken over, and otherwise kept for somebody to look at. Of those only the newest is kept.
 *
 * One that has not been gone through is never removed, however many there are: what is in it is in no ledger. A store that
 * is damaged as soon as it begins leaves a small copy, and what bounds a row of large ones is the disk. When that is full the
 * store goes on within the room it has, each copy that has been gone through makes more, and what cannot be taken in
 * meanwhile is in the ledger.
 */
import { basename } from 'node:path';
import type { SeqRange } from '../domain/seq-ranges.ts';
import type { OpenStore } from './open-store.ts';
import { bytesOf, copiesOf, removeCopy } from './quarantine.ts';
import { type Known, Salvage } from './salvage/salvage.ts';
import { Wreck } from './salvage/wreck.ts';
import type { StoreNotice } from './store-requests.ts';

export interface SalvagesOptions {
  readonly path: string;
  readonly uplinks: readonly string[];
  readonly onNotice: (notice: StoreNotice) => void;
}

export class Salvages {
  readonly #options: SalvagesOptions;
  readonly #known = new Map<string, Known>();
  #current: { readonly copy: string; readonly salvage: Salvage; readonly wreck: Wreck } | undefined;
  #waiting: { readonly copy: string; readonly through: number }[] = [];
  /** What copies take up that are kept, bytes. */
  #keptBytes = 0;
  #hasCopies = false;

  constructor(options: SalvagesOptions) {
    this.#options = options;
  }

  get keptBytes(): number {
    return this.#keptBytes;
  }

  /** Something is left of a damaged store, whether or not it has been gone through. */
  get hasCopies(): boolean {
    return this.#hasCopies;
  }

  /** What a store knew that is damaged now. */
  remember(copy: string, known: Known): void {
    this.#known.set(copy, known);
  }

  /** To be called for every store that was opened: takes up what was open in those that it does not know yet. */
  adopt(into: OpenStore): void {
    this.#end();
    const copies = copiesOf(this.#options.path);
    // The newest first: it knows of those before it, and what was open in them may have been closed in it.
    for (const copy of copies.toReversed()) {
      if (!into.salvages().some(({ file }) => file === basename(copy))) this.#adopt(copy, into);
    }
    const names = copies.map((copy) => basename(copy));
    for (const { file } of into.salvages()) if (!names.includes(file)) into.forgetSalvage(file);
    const rows = new Map(into.salvages().map((row) => [row.file, row]));
    this.#waiting = copies.flatMap((copy) => {
      const row = rows.get(basename(copy));
      return row === undefined || row.isDone ? [] : [{ copy, through: row.through }];
    });
    this.#tidy(into);
  }

  /** Does a little. @returns what went undelivered by it, undefined when there is nothing left to do */
  step(into: OpenStore): readonly SeqRange[] | undefined {
    const { copy, salvage, wreck } = this.#current ?? this.#next() ?? {};
    if (copy === undefined || salvage === undefined || wreck === undefined) return undefined;
    const { evicted, done } = salvage.step(into);
    if (done === undefined) return evicted;
    const { isComplete, ...counts } = done;
    this.#end();
    this.#options.onNotice({ event: 'store.salvaged', path: copy, ...counts });
    if (isComplete) {
      removeCopy(copy);
      into.forgetSalvage(basename(copy));
    } else {
      this.#options.onNotice({ event: 'store.salvage-incomplete', path: copy });
    }
    this.#tidy(into);
    return evicted;
  }

  /** Ends for now; what is left to do is known to the store. */
  close(): void {
    this.#end();
    this.#waiting = [];
  }

  #adopt(copy: string, into: OpenStore): void {
    const wreck = opened(copy);
    try {
      const rows = (['open_alert', 'open_gap', 'boot', 'salvage'] as const).flatMap(
        (table) => wreck?.rows(table) ?? [],
      );
      into.adopt(basename(copy), 0, rows);
    } finally {
      wreck?.close();
    }
  }

  #next(): { copy: string; salvage: Salvage; wreck: Wreck } | undefined {
    const next = this.#waiting.shift();
    if (next === undefined) return undefined;
    const { copy, through } = next;
    const wreck = opened(copy);
    if (wreck === undefined) return this.#next();
    const { uplinks } = this.#options;
    const salvage = new Salvage({ file: basename(copy), wreck, uplinks, through, known: this.#known.get(copy) });
    this.#current = { copy, salvage, wreck };
    return this.#current;
  }

  #end(): void {
    this.#current?.salvage.close();
    this.#current = undefined;
  }

  /** Of those that have been gone through only the newest stays. */
  #tidy(into: OpenStore): void {
    const done = new Set(into.salvages().flatMap(({ file, isDone }) => (isDone ? [file] : [])));
    const kept = copiesOf(this.#options.path).filter((copy) => done.has(basename(copy)));
    for (const copy of kept.splice(0, kept.length - 1)) {
      removeCopy(copy);
      into.forgetSalvage(basename(copy));
    }
    this.#hasCopies = copiesOf(this.#options.path).length > 0;
    this.#keptBytes = kept.reduce((sum, copy) => sum + bytesOf(copy), 0);
  }
}

function opened(copy: string): Wreck | undefined {
  try {
    return new Wreck(copy);
  } catch (error) {
    // The medium does not give it now; it is tried again at the next start.
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}
