/**
 * A store in memory, for as long as the disk cannot be written, and what of it the store on the disk gets afterwards.
 * It is bounded as any store is: at its size the oldest goes, and the ledger says so.
 *
 * Invariant: what goes back to the disk is given in the order of its numbers, and each record once. What could not be
 * written is delivered from here like the rest, and given again without what has been delivered meanwhile: the store on
 * the disk takes back what it may have of it.
 */
import type { AlertEvent } from '../domain/alert.ts';
import type { EnteredGap, Gap } from '../domain/gap.ts';
import { RECORD_KINDS, type RecordKind } from '../domain/record.ts';
import { type SeqRange, SeqRanges } from '../domain/seq-ranges.ts';
import { Acknowledgements } from './acknowledgements.ts';
import { silenceOf } from './losses.ts';
import { addMove, movedPairs } from './moves.ts';
import { OpenStore } from './open-store.ts';
import { type Haul, type HauledChunk, type HauledEvent, partOf } from './salvage/salvage.ts';
import { Sqlite } from './sqlite.ts';
import { type ChunkRow, EMPTY, type EventRow, type Statements, statements } from './statements.ts';
import type { AcknowledgedPairs, EventParcel, Move, Moved, Parcel } from './store-requests.ts';

/** About 45 minutes of thirty straps, on a machine of which half a gigabyte is a usual size. */
const LIMIT_BYTES = 16 * 1024 * 1024;

/** So much goes to the disk in one commit: an alert waits for no more. */
const TEXT_A_HAUL = 128 * 1024;
const ROWS_A_HAUL = 200;

export interface MemoryStayOptions {
  readonly bootId: string;
  readonly uplinks: readonly string[];
  readonly keepAroundMs?: number;
}

/** What goes to the disk next. */
export interface NextHaul {
  readonly haul: Haul;
  /** Its records and those before are on the disk then, or delivered. */
  readonly through: number;
  readonly isLast: boolean;
}

type Found = HauledEvent | { readonly kind: 'samples'; readonly row: ChunkRow };

export class MemoryStay {
  readonly open: OpenStore;
  readonly #sql: Statements;
  readonly #uplinks: readonly string[];
  /** What uplinks have acknowledged; to the store, samples that are on the disk count as well, so that they may go first. */
  readonly #acknowledgements = new Acknowledgements();
  /** By what was raised or cleared, begun or ended, the last event of it. */
  readonly #openings = new Map<string, EventParcel>();
  readonly #moves: Move[] = [];
  #through = 0;
  #movedRecords = 0;
  #evicted: SeqRange[] = [];
  #entered: EnteredGap[] = [];
  #bootOffsetMs: number | undefined;

  constructor({ bootId, uplinks, keepAroundMs }: MemoryStayOptions) {
    const db = new Sqlite(':memory:');
    const onEntered = (entered: readonly EnteredGap[]) => void this.#entered.push(...entered);
    const kept = keepAroundMs === undefined ? {} : { keepAroundMs };
    this.open = new OpenStore(db, { bootId, uplinks, ...kept, limitBytes: LIMIT_BYTES, onEntered });
    this.#sql = statements(db);
    this.#uplinks = uplinks;
  }

  append(parcel: Parcel, acknowledged: AcknowledgedPairs): void {
    this.#acknowledgements.merge(acknowledged);
    this.#evicted.push(...this.open.append(parcel, acknowledged));
    for (const event of parcel.events) this.#note(event);
  }

  sync(acknowledged: AcknowledgedPairs): void {
    this.#acknowledgements.merge(acknowledged);
    this.open.sync(acknowledged);
  }

  learnTime(offsetMs: number): void {
    this.open.learnTime(offsetMs);
    this.#bootOffsetMs = offsetMs;
  }

  /** What the disk has again. */
  get takenThrough(): number {
    return this.#through;
  }

  /** What went undelivered since it was last asked. */
  takeEvicted(): readonly SeqRange[] {
    return this.#evicted.splice(0);
  }

  /** What the store has entered in the ledger since it was last asked. */
  takeEntered(): readonly EnteredGap[] {
    return this.#entered.splice(0);
  }

  /** What goes next. */
  next(): NextHaul {
    return this.#after(this.#through);
  }

  /** The haul has been written. @param head of the store that took it over, before that */
  taken({ haul, through }: NextHaul, head: number): void {
    let to = head;
    for (const { after, through: last } of rangesOf(haul)) {
      addMove(this.#moves, { after, through: last, by: to - after });
      to += last - after;
    }
    this.#movedRecords += to - head;
    this.#through = through;
    // An entry that is on the disk is to become part of no other one, and a sample that is there may go here.
    this.open.gapsRead(through);
    for (const uplink of this.#uplinks) this.open.acknowledgements.settle(uplink, { after: 0, through });
  }

  /** What was moved went to a store that is no more; whoever has taken that one's place looks after it. */
  forgetMoves(): void {
    this.#moves.length = 0;
  }

  get moved(): Moved {
    return { epoch: this.open.epoch, moves: this.#moves };
  }

  get movedRecords(): number {
    return this.#movedRecords;
  }

  /** What uplinks have acknowledged, by the numbers in the store that has taken everything over. */
  acknowledged(): AcknowledgedPairs {
    return movedPairs(this.#moves, this.#acknowledgements.all());
  }

  /** How many records are neither delivered nor on the disk. */
  countLeft(): number {
    let count = 0;
    for (let after = this.#through, isLast = false; !isLast; ) {
      const next = this.#after(after);
      count += recordsOf(next.haul);
      ({ through: after, isLast } = next);
    }
    return count;
  }

  #note(event: EventParcel): void {
    if (event.kind === 'alert') {
      const { athlete, rule } = JSON.parse(event.body) as AlertEvent;
      this.#openings.set(JSON.stringify(['alert', athlete, rule]), event);
      return;
    }
    const gap = JSON.parse(event.body) as Gap;
    if (silenceOf(gap) !== undefined) this.#openings.set(JSON.stringify(['gap', gap.athlete]), event);
  }

  #after(seq: number): NextHaul {
    const delivered = this.#delivered();
    const found = this.#found(seq);
    const chunks: HauledChunk[] = [];
    const events: HauledEvent[] = [];
    let [bytes, taken, through] = [0, 0, seq];
    for (const each of found) {
      if (bytes >= TEXT_A_HAUL || taken >= ROWS_A_HAUL) break;
      taken++;
      if (each.kind === 'samples') {
        const pieces = this.#piecesOf(each.row, delivered.samples);
        chunks.push(...pieces);
        for (const { row } of pieces) bytes += row.samples.length;
      } else if (!delivered[each.kind].has(each.row.seq)) {
        events.push(each);
        bytes += each.row.body.length;
      }
      through = lastOf(each);
    }
    const isLast = taken === found.length && taken < ROWS_A_HAUL;
    const haul: Haul = { chunks, events, gaps: [] };
    if (!isLast) return { haul, through, isLast };
    const learned = this.#bootOffsetMs === undefined ? {} : { bootOffsetMs: this.#bootOffsetMs };
    return { haul: { ...haul, openings: [...this.#openings.values()], ...learned }, through: this.open.head, isLast };
  }

  /** The next rows, at least as many as a haul has, where there are so many. */
  #found(after: number): Found[] {
    const samples = this.#sql.chunksFrom
      .all(after + 1, Number.MAX_SAFE_INTEGER, ROWS_A_HAUL + 1)
      .filter((row) => row.first_seq > after)
      .map((row) => ({ kind: 'samples' as const, row }));
    const events = (['alerts', 'gaps'] as const).flatMap((kind) =>
      this.#sql[kind].within.all(after, Number.MAX_SAFE_INTEGER, ROWS_A_HAUL).map((row: EventRow) => ({ kind, row })),
    );
    return [...samples, ...events].sort((a, b) => lastOf(a) - lastOf(b));
  }

  #piecesOf(row: ChunkRow, delivered: SeqRanges): HauledChunk[] {
    if (row.samples === EMPTY) return [];
    const all = new SeqRanges([{ after: row.first_seq - 1, through: row.last_seq }]);
    const pinned = new SeqRanges(
      this.#sql.pins.all().map((pin) => ({ after: pin.after, through: pin.through ?? this.open.head })),
    );
    return all.minus(delivered).ranges.map((range) => ({
      row: partOf(row, range),
      isPinned: pinned.and(new SeqRanges([range])).ranges.length > 0,
    }));
  }

  #delivered(): Readonly<Record<RecordKind, SeqRanges>> {
    const sets = RECORD_KINDS.map((kind) => [kind, this.#acknowledgements.byAll(this.#uplinks, kind)] as const);
    return Object.fromEntries(sets) as Record<RecordKind, SeqRanges>;
  }
}

/** In the order of their numbers. */
function rangesOf({ chunks, events }: Haul): SeqRange[] {
  const samples = chunks.map(({ row }) => ({ after: row.first_seq - 1, through: row.last_seq }));
  const others = events.map(({ row }) => ({ after: row.seq - 1, through: row.seq }));
  return [...samples, ...others].sort((a, b) => a.after - b.after);
}

function recordsOf(haul: Haul): number {
  return rangesOf(haul).reduce((sum, { after, through }) => sum + through - after, 0);
}

function lastOf({ row }: Found): number {
  return 'seq' in row ? row.seq : row.last_seq;
}
