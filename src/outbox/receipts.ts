/**
 * What uplinks have acknowledged, on the gateway's side: of the store that is in use, and of the one that it took the
 * place of for a while or for good, whose messages were under way then. So an acknowledgement that comes after the
 * change still counts, as far as its records are, or will be again, in the store that is in use.
 */
import type { RecordKind } from '../domain/record.ts';
import type { SeqRange, SeqRanges } from '../domain/seq-ranges.ts';
import { Acknowledgements } from './acknowledgements.ts';
import { movedPairs, movedRange } from './moves.ts';
import type { AcknowledgedPairs, Moved } from './store-requests.ts';

/** A store that takes the place of another one. */
export interface Successor {
  readonly epoch: string;
  /** What it knows as acknowledged. */
  readonly acknowledged: AcknowledgedPairs;
  /** The one before comes back, once its disk can be written again. */
  readonly isForNow: boolean;
  /** What it has taken over of the one before. */
  readonly moved: Moved | undefined;
}

export class Receipts {
  readonly #sets = new Acknowledgements();
  #epoch: string;
  /** The store that is to come back, and what was acknowledged of it that it has not been told. */
  #absent: { readonly epoch: string; readonly sets: Acknowledgements } | undefined;
  #moved: Moved | undefined;

  constructor(epoch: string, acknowledged: AcknowledgedPairs) {
    this.#epoch = epoch;
    this.#sets.reset(acknowledged);
  }

  get hasChanged(): boolean {
    return this.#sets.hasChanged;
  }

  /** A copy. */
  of(uplink: string, kind: RecordKind): SeqRanges {
    return this.#sets.of(uplink, kind).copy();
  }

  /** @returns whether it says anything new about the store that is in use */
  add(uplink: string, kind: RecordKind, range: SeqRange, epoch: string): boolean {
    if (epoch === this.#epoch) return this.#sets.add(uplink, kind, range);
    if (epoch === this.#absent?.epoch) this.#absent.sets.add(uplink, kind, range);
    if (epoch !== this.#moved?.epoch) return false;
    const ranges = movedRange(this.#moved.moves, range);
    return ranges.filter((moved) => this.#sets.add(uplink, kind, moved)).length > 0;
  }

  /** Samples that are gone, which the store knows already. */
  settle(uplink: string, range: SeqRange): void {
    this.#sets.settle(uplink, range);
  }

  /** What the store that is in use has to be told. */
  take(): AcknowledgedPairs {
    return this.#sets.takeChanged();
  }

  /** What the one that is to come back has to be told, before the process ends without it. */
  takeOfAbsent(): { readonly epoch: string; readonly acknowledged: AcknowledgedPairs } | undefined {
    if (this.#absent?.sets.hasChanged !== true) return undefined;
    return { epoch: this.#absent.epoch, acknowledged: this.#absent.sets.takeChanged() };
  }

  /** The store of this epoch was not told after all. */
  putBack(epoch: string, acknowledged: AcknowledgedPairs): void {
    if (epoch === this.#epoch) this.#sets.putBack(acknowledged);
    else this.#addAll(epoch, acknowledged);
  }

  follow({ epoch, acknowledged, isForNow, moved }: Successor): void {
    const [before, unsent, absent] = [this.#epoch, this.#sets.takeChanged(), this.#absent];
    this.#epoch = epoch;
    this.#moved = moved;
    this.#absent = isForNow ? { epoch: before, sets: new Acknowledgements() } : undefined;
    this.#sets.reset(acknowledged);
    this.#addAll(before, unsent);
    if (absent?.epoch === epoch) this.#sets.merge(absent.sets.all());
  }

  #addAll(epoch: string, acknowledged: AcknowledgedPairs): void {
    if (epoch === this.#absent?.epoch) this.#absent.sets.merge(acknowledged);
    if (epoch === this.#moved?.epoch) this.#sets.merge(movedPairs(this.#moved.moves, acknowledged));
  }
}
