/** What the ledger has to say of records that go, or that are not what was written. */
import type { Gap, GapCause } from '../domain/gap.ts';
import type { AthleteId } from '../domain/sample.ts';
import type { SeqRanges } from '../domain/seq-ranges.ts';
import { isWhole, parsed } from './checksums.ts';
import { decodeChunk } from './chunk.ts';
import type { ChunkRow, EventRow, Statements } from './statements.ts';

/** So many chunks before and after one that cannot be read tell whose samples it may have held. */
const NEIGHBOURS = 20;

/** Ledger entries for samples of chunks that go, one an athlete. */
export class LossEntries {
  readonly #sql: Statements;
  readonly #cause: GapCause;
  readonly #gapsReadThrough: number;
  readonly #gaps = new Map<AthleteId, Gap>();
  readonly #uncounted: Gap[] = [];

  constructor(sql: Statements, cause: GapCause, gapsReadThrough: number) {
    this.#sql = sql;
    this.#cause = cause;
    this.#gapsReadThrough = gapsReadThrough;
  }

  get gaps(): Gap[] {
    return [...this.#gaps.values(), ...this.#uncounted];
  }

  /** The chunk goes; those of its samples that are delivered are no loss. */
  add(chunk: ChunkRow, delivered: SeqRanges): void {
    if (isWhole(chunk)) {
      for (const { seq, athlete, timeMs } of decodeChunk(chunk.samples, chunk.first_seq)) {
        if (!delivered.has(seq)) this.#lose(athlete, 1, timeMs, timeMs);
      }
      return;
    }
    const fromMs = chunk.from_ms ?? chunk.to_ms;
    const counts = countsOf(chunk);
    for (const [athlete, count] of counts ?? []) this.#lose(athlete, count, fromMs, chunk.to_ms);
    if (counts !== undefined) return;
    for (const athlete of this.#athletesAround(chunk.first_seq)) {
      this.#uncounted.push({ athlete, fromMs, toMs: chunk.to_ms, cause: this.#cause });
    }
  }

  /** Whose samples those may have been that nobody can read. */
  #athletesAround(seq: number): Set<AthleteId> {
    const before = this.#sql.chunksBefore.all(seq, NEIGHBOURS);
    const after = this.#sql.chunksFrom.all(seq + 1, Number.MAX_SAFE_INTEGER, NEIGHBOURS);
    const counts = [...before, ...after].flatMap((chunk) => (isWhole(chunk) ? (countsOf(chunk) ?? []) : []));
    return new Set(counts.map(([athlete]) => athlete));
  }

  /** An entry that goes itself, or an alert. */
  merge({ athlete, fromMs, toMs = fromMs, count = 0 }: Gap): void {
    this.#lose(athlete, count, fromMs, toMs);
  }

  #lose(athlete: AthleteId, count: number, fromMs: number, toMs: number): void {
    const gap = this.#gaps.get(athlete) ?? this.#unsent(athlete, fromMs);
    this.#gaps.set(athlete, {
      ...gap,
      fromMs: Math.min(gap.fromMs, fromMs),
      toMs: Math.max(gap.toMs ?? toMs, toMs),
      count: (gap.count ?? 0) + count,
    });
  }

  #unsent(athlete: AthleteId, timeMs: number): Gap {
    const row = this.#sql.unsentGap.get(this.#gapsReadThrough, this.#cause, athlete);
    if (row === undefined) return { athlete, fromMs: timeMs, toMs: timeMs, cause: this.#cause, count: 0 };
    this.#sql.deleteGap.run(row.seq);
    return JSON.parse(row.body) as Gap;
  }
}

/** How many samples of whom are in the chunk; undefined where nobody knows. */
export function countsOf(chunk: ChunkRow): (readonly [AthleteId, number])[] | undefined {
  const counts = chunk.counts === null ? countedIn(chunk) : parsed(chunk.counts);
  if (!Array.isArray(counts) || !counts.every(isCount)) return undefined;
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

/** Of an alert or an entry that is not what was written; undefined where not even the athlete can be made out. */
export function lossOfEvent({ body }: EventRow): Gap | undefined {
  const event = parsed(body);
  if (typeof event !== 'object' || event === null || !('athlete' in event)) return undefined;
  const { athlete } = event;
  const timeMs = 'timeMs' in event ? event.timeMs : 'fromMs' in event ? event.fromMs : undefined;
  if (typeof athlete !== 'string' || !Number.isSafeInteger(timeMs)) return undefined;
  return { athlete, fromMs: timeMs as number, toMs: timeMs as number, cause: 'corrupted' };
}

/** Whether the store itself entered it, for what went in the same transaction. */
export function isOfTheStore({ cause }: Gap): boolean {
  return cause === 'evicted' || cause === 'corrupted';
}
