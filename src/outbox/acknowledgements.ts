/** What each uplink has acknowledged of each kind, and which of that has not been written down yet. */
import { RECORD_KINDS, type RecordKind } from '../domain/record.ts';
import { type SeqRange, SeqRanges } from '../domain/seq-ranges.ts';
import type { AcknowledgedPairs } from './store-requests.ts';

export class Acknowledgements {
  readonly #sets = new Map<string, SeqRanges>();
  readonly #changed = new Set<string>();

  /** The set itself. */
  of(uplink: string, kind: RecordKind): SeqRanges {
    const key = keyOf(uplink, kind);
    const set = this.#sets.get(key) ?? new SeqRanges();
    this.#sets.set(key, set);
    return set;
  }

  /** Whether any of it was new. */
  add(uplink: string, kind: RecordKind, range: SeqRange): boolean {
    const isNew = this.of(uplink, kind).add(range);
    if (isNew) this.#changed.add(keyOf(uplink, kind));
    return isNew;
  }

  /** Samples that are gone, which the store knows already. */
  settle(uplink: string, range: SeqRange): void {
    this.of(uplink, 'samples').add(range);
  }

  get hasChanged(): boolean {
    return this.#changed.size > 0;
  }

  merge(acknowledged: AcknowledgedPairs): void {
    for (const { uplink, kind, pairs } of acknowledged) {
      for (const [after, through] of pairs) this.add(uplink, kind, { after, through });
    }
  }

  /** What all of these uplinks have acknowledged. */
  byAll(uplinks: readonly string[], kind: RecordKind): SeqRanges {
    const [first, ...others] = uplinks.map((uplink) => this.of(uplink, kind));
    return others.reduce((both, other) => both.and(other), first ?? new SeqRanges());
  }

  /** The sets that have changed since it was last called; they count as written down from now on. */
  takeChanged(): AcknowledgedPairs {
    const changed = [...this.#changed].map((key) => this.#pairsOf(key));
    this.#changed.clear();
    return changed;
  }

  /** They were not written down after all, or have to be again. */
  putBack(acknowledged: AcknowledgedPairs): void {
    for (const { uplink, kind } of acknowledged) this.#changed.add(keyOf(uplink, kind));
  }

  /** Takes the place of everything; it counts as written down. */
  reset(acknowledged: AcknowledgedPairs): void {
    this.#sets.clear();
    this.merge(acknowledged);
    this.#changed.clear();
  }

  all(): AcknowledgedPairs {
    return [...this.#sets.keys()].map((key) => this.#pairsOf(key));
  }

  #pairsOf(key: string): AcknowledgedPairs[number] {
    const kind = RECORD_KINDS.find((one) => key.startsWith(`${one} `)) ?? 'samples';
    return { uplink: key.slice(kind.length + 1), kind, pairs: this.#sets.get(key)?.toJSON() ?? [] };
  }
}

function keyOf(uplink: string, kind: RecordKind): string {
  return `${kind} ${uplink}`;
}
