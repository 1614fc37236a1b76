/**
 * A write of which nobody knows whether it is on the disk: it has failed, and the file may have all of it. Until that is
 * settled, nothing else takes numbers.
 */
import type { SeqRange } from '../domain/seq-ranges.ts';
import type { OpenStore } from './open-store.ts';
import { isOfTheFile } from './sqlite-errors.ts';

interface Unsure {
  /** The numbers of its records; entries that it made for what it pushed out come behind them. */
  readonly range: SeqRange;
  /** False once something else was stored in its place: what is on the disk of it has to go then. */
  readonly isWanted: boolean;
}

export class UnsureWrite {
  #unsure: Unsure | undefined;

  /** The last number that is sure; undefined where all are. */
  get after(): number | undefined {
    return this.#unsure?.range.after;
  }

  /**
   * Writes, and remembers it where the file fails.
   *
   * @param count how many numbers the write takes for records, beside those of entries that it makes by itself
   */
  watch(open: OpenStore, count: number, write: () => void): void {
    const { head } = open;
    try {
      write();
    } catch (error) {
      if (isOfTheFile(error)) this.#unsure = { range: { after: head, through: head + count }, isWanted: true };
      throw error;
    }
  }

  /** Whoever began it has its records again, and may store them elsewhere. */
  disown(): void {
    if (this.#unsure !== undefined) this.#unsure = { ...this.#unsure, isWanted: false };
  }

  /** Another store has taken the place of the one in which it may be. */
  forget(): void {
    this.#unsure = undefined;
  }

  /**
   * To be called when the file has been opened anew and its log synced: what it has is there for good.
   *
   * @param recoveredHead the head that the file had then
   * @returns whether the records are on the disk, and are those that are to be there
   */
  settle(open: OpenStore, recoveredHead: number): 'wanted' | undefined {
    const unsure = this.#unsure;
    // With its head, the file has all of it.
    const isStored = unsure !== undefined && recoveredHead > unsure.range.after;
    if (isStored && !unsure.isWanted) open.takeBack(unsure.range);
    this.#unsure = undefined;
    return isStored && unsure.isWanted ? 'wanted' : undefined;
  }
}
