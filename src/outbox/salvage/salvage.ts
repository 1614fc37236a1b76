/**
 * Brings what can be read of a damaged store into the one that took its place, a little at a time. Records keep the
 * identity they had; what every uplink has acknowledged is passed over; what cannot be read is entered in the ledger.
 *
 * How far it has come is written with what it brings, so that after a restart it goes on there. Records come in the
 * order of their numbers: the places of those that come next are gathered, as many as fit into memory, then they are
 * brought, and the file is gone through again while there are more.
 */
import type { Gap } from '../../domain/gap.ts';
import type { RecordKind } from '../../domain/record.ts';
import type { AthleteId } from '../../domain/sample.ts';
import { type SeqRange, SeqRanges } from '../../domain/seq-ranges.ts';
import { isWhole, isWholeEvent } from '../checksums.ts';
import {
  blameOf,
  countsOf,
  isOfOneClock,
  type LossEntry,
  lossOfEvent,
  RIGHT,
  type Stamp,
  stampAmong,
  stampOf,
} from '../losses.ts';
import { type ChunkRow, EMPTY, type EventRow } from '../statements.ts';
import type { EventParcel } from '../store-requests.ts';
import type { Wreck } from './wreck.ts';
import type { Find } from './wreck-rows.ts';

/** A quarter of a megabyte of pages is looked through in about a millisecond. */
const PAGES_A_STEP = 256;

/** So much is brought in one commit: few, since each waits for the disk, and small, since an alert waits for it. */
const TEXT_A_STEP = 128 * 1024;
const FINDS_A_STEP = 200;

/** About 15 MB of places. */
const FINDS_MAX = 200_000;

export interface SalvageOptions {
  /** The name of the moved-aside file, under which the store remembers how far this has come. */
  readonly file: string;
  readonly wreck: Wreck;
  readonly uplinks: readonly string[];
  /** Up to which number it was done in an earlier run. */
  readonly through: number;
  /** What was known of the store when it was given up, beside what it says itself. */
  readonly known?: Known | undefined;
}

/** What a store knew when it turned out to be damaged. */
export interface Known {
  /** Numbers above it are of an append that failed. */
  readonly head: number;
  readonly acknowledged: (kind: RecordKind) => SeqRanges;
}

export interface Salvaged {
  readonly samples: number;
  readonly alerts: number;
  readonly gaps: number;
  /** Nothing is in the file that was not brought or acknowledged. */
  readonly isComplete: boolean;
}

/** What is brought in one commit. */
export interface Haul {
  readonly chunks: readonly HauledChunk[];
  readonly events: readonly HauledEvent[];
  readonly gaps: readonly LossEntry[];
  /** Where the file has been gone through up to now, where it comes from one. */
  readonly progress?: Progress;
  /** The last events of what was raised or cleared, begun or ended meanwhile, where that is not past. */
  readonly openings?: readonly EventParcel[];
  /** The time of this boot, where it was learned meanwhile. */
  readonly bootOffsetMs?: number;
}

interface Progress {
  readonly file: string;
  readonly through: number;
  readonly isDone: boolean;
}

/** A chunk, or a part of one, as it was; its numbers are those of the damaged store. */
export interface HauledChunk {
  readonly row: ChunkRow;
  readonly isPinned: boolean;
}

/** An alert or a ledger entry, as it was. */
export interface HauledEvent {
  readonly kind: 'alerts' | 'gaps';
  readonly row: EventRow;
}

type Times = Required<Pick<Gap, 'fromMs' | 'toMs'>>;

/** The store that takes the damaged one's place. */
interface Successor {
  /** @returns what went undelivered to make room */
  takeOver(haul: Haul, epoch: string | undefined): readonly SeqRange[];
}

export class Salvage {
  readonly #options: SalvageOptions;
  readonly #acknowledged: Readonly<Record<RecordKind, SeqRanges>>;
  readonly #pinned: SeqRanges;
  readonly #athletes = new Set<AthleteId>();
  #counts = { samples: 0, alerts: 0, gaps: 0 };
  #through: number;
  /** The page to be looked at next; undefined while what was found is brought. */
  #nextPage: number | undefined = 1;
  #finds: Find[] = [];
  #taken = 0;
  /** There were more than fit; those above this number wait for the next time. */
  #limit = Number.POSITIVE_INFINITY;
  #isDamaged = false;
  /** Times between which samples are missing of which nobody knows whose they were, for each clock that made them. */
  readonly #unknown = new Map<string, Times & Stamp>();
  #last: ChunkRow | undefined;

  constructor(options: SalvageOptions) {
    const { wreck, uplinks, known, through } = options;
    this.#options = options;
    this.#through = through;
    const of = (kind: RecordKind) => {
      const told = wreck.acknowledged(uplinks, kind).ranges;
      return new SeqRanges([...told, ...(known?.acknowledged(kind).ranges ?? [])]);
    };
    this.#acknowledged = { alerts: of('alerts'), gaps: of('gaps'), samples: of('samples') };
    const end = Number.MAX_SAFE_INTEGER;
    this.#pinned = new SeqRanges(wreck.rows('pin').map(({ after, through: to = end }) => ({ after, through: to })));
  }

  /** Does a little. @returns what came of it all, once nothing is left to do */
  step(into: Successor): { readonly evicted: readonly SeqRange[]; readonly done?: Salvaged } {
    if (this.#nextPage !== undefined) {
      this.#look(this.#nextPage);
      return { evicted: [] };
    }
    const { haul, taken, last, isLast } = this.#nextHaul();
    const evicted = into.takeOver(haul, this.#options.wreck.epoch);
    this.#taken += taken;
    this.#last = last;
    this.#through = haul.progress.through;
    for (const { row } of haul.chunks) this.#counts.samples += row.last_seq - row.first_seq + 1;
    for (const { kind } of haul.events) this.#counts[kind]++;
    if (!isLast) return { evicted };
    if (!haul.progress.isDone) {
      this.#restart();
      return { evicted };
    }
    return { evicted, done: { ...this.#counts, isComplete: !this.#isDamaged && this.#isAllThere } };
  }

  close(): void {
    this.#options.wreck.close();
  }

  /** Without knowing the last number nobody can tell whether the newest records have been found. */
  get #isAllThere(): boolean {
    const head = this.#options.known?.head;
    return head !== undefined && Math.max(this.#through, this.#acknowledged.samples.last) >= head;
  }

  #restart(): void {
    this.#limit = Number.POSITIVE_INFINITY;
    this.#finds = [];
    this.#taken = 0;
    this.#nextPage = 1;
  }

  #look(from: number): void {
    const { wreck } = this.#options;
    const { finds, isDamaged } = wreck.finds(from, PAGES_A_STEP);
    this.#isDamaged ||= isDamaged;
    for (const find of finds) if (this.#isWanted(find)) this.#finds.push(find);
    if (this.#finds.length > 2 * FINDS_MAX) this.#sort(FINDS_MAX);
    this.#nextPage = from + PAGES_A_STEP > wreck.pageCount ? undefined : from + PAGES_A_STEP;
    if (this.#nextPage === undefined) this.#sort(2 * FINDS_MAX);
  }

  #sort(most: number): void {
    this.#finds.sort((a, b) => a.first - b.first || a.last - b.last);
    const next = this.#finds[most];
    if (next === undefined) return;
    this.#limit = next.first - 1;
    this.#finds.length = most;
  }

  #isWanted({ kind, first, last }: Find): boolean {
    const head = this.#options.known?.head ?? Number.POSITIVE_INFINITY;
    if (last <= this.#through || first > this.#limit || first > head) return false;
    return !this.#acknowledged[kind].covers({ after: first - 1, through: last });
  }

  #nextHaul(): {
    haul: Haul & { readonly progress: Progress };
    taken: number;
    last: ChunkRow | undefined;
    isLast: boolean;
  } {
    const chunks: HauledChunk[] = [];
    const events: HauledEvent[] = [];
    const gaps: LossEntry[] = [];
    let [bytes, taken, last, through] = [0, 0, this.#last, this.#through];
    while (bytes < TEXT_A_STEP && taken < FINDS_A_STEP) {
      const same = this.#sameAt(this.#taken + taken);
      const find = same[0];
      if (find === undefined) break;
      taken += same.length;
      through = Math.max(through, find.first);
      if (find.kind !== 'samples') {
        const { event, gap } = this.#eventAmong(same, last);
        if (event !== undefined) events.push({ kind: find.kind, row: event });
        if (gap !== undefined) gaps.push(gap);
        continue;
      }
      const row = this.#chunkAmong(same);
      // A part of what there is already, from before an append was undone.
      if (row === undefined || (last !== undefined && row.first_seq <= last.last_seq)) continue;
      this.#lookForHole(row, last);
      if (!isWhole(row)) {
        gaps.push(...this.#lossOf(row, this.#soundAround(last, this.#taken + taken)));
        continue;
      }
      chunks.push(...this.#piecesOf(row));
      bytes += row.samples.length;
      last = row;
      through = Math.max(through, row.last_seq);
    }
    const isLast = this.#taken + taken >= this.#finds.length;
    const isDone = isLast && this.#limit === Number.POSITIVE_INFINITY;
    if (isDone) gaps.push(...this.#unknownGaps(last));
    return {
      haul: { chunks, events, gaps, progress: { file: this.#options.file, through, isDone } },
      taken,
      last,
      isLast,
    };
  }

  /** The places of one record: pages that were given up may hold it as well. */
  #sameAt(index: number): Find[] {
    const first = this.#finds[index]?.first;
    let end = index;
    while (first !== undefined && this.#finds[end]?.first === first) end++;
    return this.#finds.slice(index, end);
  }

  #chunkAmong(places: readonly Find[]): ChunkRow | undefined {
    const rows = places.flatMap((place) => this.#options.wreck.chunk(place) ?? []);
    return rows.find(isWhole) ?? rows[0];
  }

  #eventAmong(places: readonly Find[], last: ChunkRow | undefined): { event?: EventRow; gap?: LossEntry } {
    const rows = places.flatMap((place) => this.#options.wreck.event(place) ?? []);
    const event = rows.find(isWholeEvent);
    if (event !== undefined) return { event };
    this.#isDamaged = true;
    const gap = rows[0] === undefined ? undefined : lossOfEvent(rows[0], last === undefined ? [] : [last]);
    return gap === undefined ? {} : { gap };
  }

  /** Chunks count the samples ever stored, so two neighbours tell how many were between them. */
  #lookForHole(row: ChunkRow, last: ChunkRow | undefined): void {
    if (!isWhole(row) || (last === undefined && this.#options.through > 0)) return;
    const hole = new SeqRanges([{ after: last?.last_seq ?? 0, through: row.first_seq - 1 }]);
    const missing = row.total - (row.last_seq - row.first_seq + 1) - (last?.total ?? 0);
    if (missing <= 0 || hole.minus(this.#acknowledged.samples).ranges.length === 0) return;
    this.#isDamaged = true;
    const end = this.#instantOf(row, row.from_ms ?? row.to_ms);
    const begin = last === undefined ? end : this.#instantOf(last, last.to_ms);
    if (isOfOneClock(begin.stamp, end.stamp)) this.#miss(end.stamp, { fromMs: begin.ms, toMs: end.ms });
    else {
      // What lies between two clocks nobody knows: each has its own end of the hole.
      for (const { ms, stamp } of [begin, end]) this.#miss(stamp, { fromMs: ms, toMs: ms });
    }
  }

  /** A time in the row, put right where the damaged store knew by how much. */
  #instantOf(row: ChunkRow, ms: number): { readonly ms: number; readonly stamp: Stamp } {
    const learnedMs = this.#options.wreck.rows('boot').find(({ id }) => id === row.boot)?.offsetMs;
    if (row.offset_ms === null || learnedMs === undefined) return { ms, stamp: stampOf(row) };
    return { ms: ms + learnedMs - row.offset_ms, stamp: RIGHT };
  }

  /** Of a chunk that is not what was written. */
  #lossOf(row: ChunkRow, near: readonly ChunkRow[]): LossEntry[] {
    this.#isDamaged = true;
    const stamp = stampAmong(row, near);
    const times = { fromMs: row.from_ms ?? row.to_ms, toMs: row.to_ms };
    const { counts, others } = blameOf(row, near);
    if (counts.length === 0 || others.length > 0) this.#miss(stamp, times);
    for (const athlete of [...counts.map(([athlete]) => athlete), ...others]) this.#athletes.add(athlete);
    return counts.map(([athlete, count]) => ({ gap: { athlete, ...times, cause: 'corrupted', count }, ...stamp }));
  }

  /** The last chunk, and the one at this place, where they can be read. */
  #soundAround(last: ChunkRow | undefined, index: number): ChunkRow[] {
    const next = this.#chunkAmong(this.#sameAt(index).filter(({ kind }) => kind === 'samples'));
    return [last, next].filter((row) => row !== undefined);
  }

  /** What of the chunk is not acknowledged. */
  #piecesOf(row: ChunkRow): HauledChunk[] {
    for (const [athlete] of countsOf(row) ?? []) this.#athletes.add(athlete);
    if (row.samples === EMPTY) return [];
    const all = new SeqRanges([{ after: row.first_seq - 1, through: row.last_seq }]);
    return all.minus(this.#acknowledged.samples).ranges.map((range) => {
      const isPinned = this.#pinned.and(new SeqRanges([range])).ranges.length > 0;
      return { row: partOf(row, range), isPinned };
    });
  }

  #miss(stamp: Stamp, { fromMs, toMs }: Times): void {
    const key = JSON.stringify(stamp);
    const known = this.#unknown.get(key) ?? { fromMs, toMs };
    const times = { fromMs: Math.min(known.fromMs, fromMs), toMs: Math.max(known.toMs, toMs) };
    this.#unknown.set(key, { ...times, ...stamp });
  }

  #unknownGaps(last: ChunkRow | undefined): LossEntry[] {
    // Whether that was the last one nobody can tell who does not know how many there were.
    if (last !== undefined && this.#options.known === undefined) {
      const { ms, stamp } = this.#instantOf(last, last.to_ms);
      this.#miss(stamp, { fromMs: ms, toMs: ms });
    }
    return [...this.#unknown.values()].flatMap(({ boot, offset_ms, ...times }) =>
      [...this.#athletes].map((athlete) => ({ gap: { athlete, ...times, cause: 'corrupted' }, boot, offset_ms })),
    );
  }
}

export function partOf(row: ChunkRow, { after, through }: SeqRange): ChunkRow {
  const first = after + 1;
  if (first === row.first_seq && through === row.last_seq) return row;
  const rows = (JSON.parse(row.samples) as [AthleteId][]).slice(first - row.first_seq, through - row.first_seq + 1);
  const counts = new Map<AthleteId, number>();
  for (const [athlete] of rows) counts.set(athlete, (counts.get(athlete) ?? 0) + 1);
  const samples = JSON.stringify(rows);
  return { ...row, first_seq: first, last_seq: through, samples, counts: JSON.stringify([...counts]), crc: null };
}
