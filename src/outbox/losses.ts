/** What the ledger has to say of records that go, or that are not what was written. */
import { type EnteredGap, type Gap, type GapCause, isSilence } from '../domain/gap.ts';
import type { AthleteId } from '../domain/sample.ts';
import type { SeqRanges } from '../domain/seq-ranges.ts';
import { isWhole, parsed } from './checksums.ts';
import { decodeChunk } from './chunk.ts';
import { type ChunkRow, EMPTY, type EventRow, type Statements } from './statements.ts';

/** So many chunks before and after one that cannot be read tell whose samples it may have held. */
const NEIGHBOURS = 20;

/** By what the times of a row were made; without an offset they are right, of whatever boot. */
export type Stamp = Pick<EventRow, 'boot' | 'offset_ms'>;

/** Of times that need nothing. */
export const RIGHT: Stamp = { boot: null, offset_ms: null };

/** A ledger entry with times that are put right, or marked, as those of what it is about would have been. */
export interface LossEntry extends EnteredGap, Stamp {}

type Loss = Omit<Required<Gap>, 'cause' | 'fromIsSettled'>;

/** Ledger entries for samples of chunks that go: one an athlete, and one more for each clock that has stamped them. */
export class LossEntries {
  readonly #sql: Statements;
  readonly #cause: GapCause;
  readonly #gapsReadThrough: number;
  readonly #entries = new Map<string, LossEntry>();
  readonly #uncounted: LossEntry[] = [];
  readonly #merged = new Map<string, LossEntry>();

  constructor(sql: Statements, cause: GapCause, gapsReadThrough: number) {
    this.#sql = sql;
    this.#cause = cause;
    this.#gapsReadThrough = gapsReadThrough;
  }

  /** What goes now. */
  get all(): LossEntry[] {
    return [...this.#entries.values(), ...this.#uncounted];
  }

  /** What was in the ledger already, in fewer entries: those who count have counted it. */
  get merged(): LossEntry[] {
    return [...this.#merged.values()];
  }

  /** The chunk goes; those of its samples that are delivered are no loss. */
  add(chunk: ChunkRow, delivered: SeqRanges): void {
    if (isWhole(chunk)) {
      const stamp = stampOf(chunk);
      for (const { seq, athlete, timeMs } of decodeChunk(chunk.samples, chunk.first_seq)) {
        if (!delivered.has(seq)) this.#lose({ athlete, fromMs: timeMs, toMs: timeMs, count: 1 }, stamp);
      }
      return;
    }
    const near = this.#near(chunk.first_seq);
    const stamp = stampAmong(chunk, near);
    const times = { fromMs: chunk.from_ms ?? chunk.to_ms, toMs: chunk.to_ms };
    const { counts, others } = blameOf(chunk, near);
    for (const [athlete, count] of counts) this.#lose({ athlete, ...times, count }, stamp);
    for (const athlete of others) {
      this.#uncounted.push({ gap: { athlete, ...times, cause: this.#cause }, ...stamp });
    }
  }

  /** Something went of which nothing is known but that it was to be stored behind all others. */
  addUnknown(): void {
    const near = this.#sql.chunksBefore.all(Number.MAX_SAFE_INTEGER, NEIGHBOURS).filter(isWhole);
    const last = near.find(({ samples }) => samples !== EMPTY);
    if (last === undefined) return;
    for (const athlete of new Set(near.flatMap((chunk) => (countsOf(chunk) ?? []).map(([athlete]) => athlete)))) {
      const gap: Gap = { athlete, fromMs: last.to_ms, toMs: last.to_ms, cause: this.#cause };
      this.#uncounted.push({ gap, ...stampOf(last) });
    }
  }

  #near(seq: number): ChunkRow[] {
    const before = this.#sql.chunksBefore.all(seq, NEIGHBOURS);
    return [...before, ...this.#sql.chunksFrom.all(seq + 1, Number.MAX_SAFE_INTEGER, NEIGHBOURS)];
  }

  /** An alert goes, as it stands in its row. */
  addAlert(athlete: AthleteId, timeMs: number, row: Stamp): void {
    this.#lose({ athlete, fromMs: timeMs, toMs: timeMs, count: 1 }, stampOf(row));
  }

  /**
   * An entry goes, as it stands in its row, into one of the same cause: for an athlete and a clock there is one with a
   * count, and one of silences, of which nobody knows how many readings there would have been.
   */
  merge({ fromIsSettled, ...entry }: Gap, row: Stamp): void {
    // A settled beginning has to be told from an end that is to be put right, where there is one.
    const isSettled = fromIsSettled !== undefined && entry.toMs !== undefined;
    const stamp = fromIsSettled !== undefined && !isSettled ? RIGHT : stampOf(row);
    const gap: Gap = isSettled ? { ...entry, fromIsSettled } : entry;
    const { athlete, cause, count } = gap;
    const key = JSON.stringify([athlete, cause, count === undefined, stamp.boot, stamp.offset_ms, isSettled]);
    const merged = this.#merged.get(key);
    this.#merged.set(key, { gap: merged === undefined ? gap : grown(merged.gap, gap), ...stamp });
  }

  /** Times that are put right by different amounts have no earliest and latest among them. */
  #lose(loss: Loss, stamp: Stamp): void {
    const key = JSON.stringify([loss.athlete, stamp.boot, stamp.offset_ms]);
    const { before, gap } = this.#entries.get(key) ?? this.#begun(loss, stamp);
    this.#entries.set(key, { gap: grown(gap, loss), ...(before === undefined ? {} : { before }), ...stamp });
  }

  #begun(loss: Loss, { boot, offset_ms }: Stamp): EnteredGap {
    const row = this.#sql.unsentGap.get(this.#gapsReadThrough, this.#cause, loss.athlete, offset_ms, boot);
    if (row === undefined) return { gap: { ...loss, cause: this.#cause, count: 0 } };
    this.#sql.deleteGap.run(row.seq);
    const before = JSON.parse(row.body) as Gap;
    return { gap: before, before };
  }
}

function grown(gap: Gap, { fromMs, toMs = fromMs, count }: Omit<Gap, 'athlete' | 'cause'>): Gap {
  return {
    ...gap,
    fromMs: Math.min(gap.fromMs, fromMs),
    toMs: Math.max(gap.toMs ?? gap.fromMs, toMs),
    ...(count === undefined ? {} : { count: (gap.count ?? 0) + count }),
  };
}

/**
 * Whose samples may have been in a chunk that is not what was written: how many of whom by its own word, and who else.
 * There may be others where it names somebody of whom there is nothing near it, since it may be the name that has changed.
 *
 * @param near chunks that were stored about then
 */
export function blameOf(
  chunk: ChunkRow,
  near: readonly ChunkRow[],
): { readonly counts: readonly (readonly [AthleteId, number])[]; readonly others: readonly AthleteId[] } {
  const counts = countsOf(chunk);
  const named = new Set(counts?.map(([athlete]) => athlete));
  const around = near.flatMap((one) => (isWhole(one) ? (countsOf(one) ?? []) : [])).map(([athlete]) => athlete);
  const isSure = counts !== undefined && [...named].every((athlete) => around.includes(athlete));
  return { counts: counts ?? [], others: isSure ? [] : [...new Set(around)].filter((athlete) => !named.has(athlete)) };
}

/** Of a row that is what was written. */
export function stampOf({ boot, offset_ms }: Stamp): Stamp {
  return offset_ms === null ? RIGHT : { boot, offset_ms };
}

/**
 * Of a row that is not: what it says is believed where a sound one near it says the same. A wrong one would have the entry
 * wait for a time that nobody ever tells, and its times corrected by years.
 */
export function stampAmong(row: Stamp, near: readonly ChunkRow[]): Stamp {
  const isConfirmed = near.some((chunk) => isWhole(chunk) && isOfOneClock(chunk, row));
  return isConfirmed ? stampOf(row) : RIGHT;
}

export function isOfOneClock(a: Stamp, b: Stamp): boolean {
  return a.offset_ms === b.offset_ms && (a.offset_ms === null || a.boot === b.boot);
}

/** How many samples of whom are in the chunk; undefined where nobody knows. */
export function countsOf(chunk: ChunkRow): (readonly [AthleteId, number])[] | undefined {
  const counts = chunk.counts === null ? countedIn(chunk) : parsed(chunk.counts);
  if (!Array.isArray(counts) || !counts.every(isCount)) return undefined;
  // An id that has changed may have become another one's.
  if (new Set(counts.map(([athlete]) => athlete)).size < counts.length) return undefined;
  const sum = counts.reduce((total, [, count]) => total + count, 0);
  return sum === chunk.last_seq - chunk.first_seq + 1 ? counts : undefined;
}

/** The first format wrote no counts. */
function countedIn(chunk: ChunkRow): [AthleteId, number][] | undefined {
  if (!isWhole(chunk)) return undefined;
  const counts = new Map<AthleteId, number>();
  for (const { athlete } of decodeChunk(chunk.samples, chunk.first_seq)) {
    counts.set(athlete, (counts.get(athlete) ?? 0) + 1);
  }
  return [...counts];
}

function isCount(pair: unknown): pair is [AthleteId, number] {
  return Array.isArray(pair) && typeof pair[0] === 'string' && Number.isSafeInteger(pair[1]);
}

/**
 * Of an alert or an entry that is not what was written; undefined where not even the athlete can be made out.
 *
 * @param near chunks that were stored about then
 */
export function lossOfEvent(row: EventRow, near: readonly ChunkRow[]): LossEntry | undefined {
  const event = parsed(row.body);
  if (typeof event !== 'object' || event === null || !('athlete' in event)) return undefined;
  const { athlete } = event;
  const timeMs = 'timeMs' in event ? event.timeMs : 'fromMs' in event ? event.fromMs : undefined;
  if (typeof athlete !== 'string' || !Number.isSafeInteger(timeMs)) return undefined;
  const gap: Gap = { athlete, fromMs: timeMs as number, toMs: timeMs as number, cause: 'corrupted' };
  // A beginning that is settled is not put right with the rest.
  return { gap, ...('fromIsSettled' in event ? RIGHT : stampAmong(row, near)) };
}

/** Whether an entry tells the beginning or the end of a silence; undefined where it tells of something else. */
export function silenceOf(gap: Gap): 'begun' | 'over' | undefined {
  if (gap.toMs === undefined) return 'begun';
  return isSilence(gap) ? 'over' : undefined;
}

/** Whether the store itself entered it, for what went in the same transaction. */
export function isOfTheStore({ cause }: Gap): boolean {
  return cause === 'evicted' || cause === 'corrupted';
}
