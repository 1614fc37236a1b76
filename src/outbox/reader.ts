/**
 * Reads batches out of a store. Times that were made while the clock was not trusted are put right on the way, once the
 * time of their boot is known; until then those of this boot wait, and those of a boot that never learned the time are
 * given with what can be said of them.
 */
import type { RecordKind, TimeBounds } from '../domain/record.ts';
import type { RecalledSample } from '../domain/sample.ts';
import type { SeqRange } from '../domain/seq-ranges.ts';
import type { ClockPast } from '../domain/timekeeper.ts';
import { isWhole, isWholeEvent, parsed } from './checksums.ts';
import { type ChunkRow, EMPTY, type EventRow, type OpenRow, type Statements } from './statements.ts';
import type { ChunkSlice, PackedBatch, PackedPast } from './store-requests.ts';

/** What is recalled whatever its time: about a minute of thirty straps, also when the clock has stepped. */
const RECALL_AT_LEAST = 2_000;

/** What is recalled at most: about half an hour of thirty straps, a quarter of a second. */
const RECALL_AT_MOST = 60_000;

const CHUNKS_A_READ = 50;

/** A few ms of reading and of checksums. */
const CHUNKS_A_SCRUB = 20;
const EVENTS_A_SCRUB = 200;

/** More chunks than hold that, so that the search ends where others lie before them. */
const RECALL_CHUNKS_AT_MOST = 5_000;

/** What can be said of the times of a record. `waits` is for one of this boot, whose time may yet become known. */
type Times = { readonly shiftMs: number } | { readonly unsynchronised: TimeBounds } | 'waits';

/** Rows that are not what was written. */
export type Damage =
  | { readonly damaged: 'samples'; readonly chunks: readonly ChunkRow[] }
  | { readonly damaged: 'alerts' | 'gaps'; readonly events: readonly EventRow[] };

interface Origin {
  readonly epoch: string;
  readonly firstSeq: number;
}

interface Stamped {
  readonly boot: string | null;
  readonly offset_ms: number | null;
  readonly origin: string | null;
}

export class Reader {
  readonly #sql: Statements;
  readonly #epoch: string;
  readonly #bootId: string;
  readonly #bounds = new Map<string, TimeBounds>();
  readonly #offsets = new Map<string, number>();
  #waitsForTime = true;

  constructor(sql: Statements, { epoch, bootId }: { epoch: string; bootId: string }) {
    this.#sql = sql;
    this.#epoch = epoch;
    this.#bootId = bootId;
  }

  timeLearned(): void {
    this.#offsets.delete(this.#bootId);
  }

  /** Records of this boot need not wait for the time any longer. */
  releaseUnsynchronised(): void {
    this.#waitsForTime = false;
  }

  /**
   * The first records of the kind in the range, at most `limit`, all of one identity and one state of their times.
   *
   * @returns rows that are not what was written instead, when there are any: they have to go first
   */
  read(kind: RecordKind, range: SeqRange, limit: number): PackedBatch | Damage | undefined {
    return kind === 'samples' ? this.#samples(range, limit) : this.#events(kind, range, limit);
  }

  /** The next few rows after a number. @returns those that are not what was written, and where to go on from */
  scrub(kind: RecordKind, after: number): { readonly damage?: Damage; readonly next: number | undefined } {
    if (kind === 'samples') {
      const rows = this.#sql.chunksFrom.all(after + 1, Number.MAX_SAFE_INTEGER, CHUNKS_A_SCRUB);
      const chunks = rows.filter((row) => !isWhole(row));
      const next = rows.length < CHUNKS_A_SCRUB ? undefined : rows.at(-1)?.first_seq;
      return { ...(chunks.length === 0 ? {} : { damage: { damaged: kind, chunks } }), next };
    }
    const rows = this.#sql[kind].within.all(after, Number.MAX_SAFE_INTEGER, EVENTS_A_SCRUB);
    const events = rows.filter((row) => !isWholeEvent(row));
    return { ...(events.length === 0 ? {} : { damage: { damaged: kind, events } }), next: rows.at(-1)?.seq };
  }

  recall(memoryMs: number): PackedPast {
    const opened = (rows: readonly OpenRow[]) =>
      rows.filter(({ body }) => parsed(body) !== undefined).map((row) => ({ body: row.body, ...this.#recalled(row) }));
    return {
      openAlerts: opened(this.#sql.openAlerts.all()),
      openGaps: opened(this.#sql.openGaps.all()),
      chunks: this.#newest(memoryMs),
      ...this.#time(),
    };
  }

  #time(): ClockPast {
    const newest = this.#sql.newestTrusted.get();
    // What comes before that says nothing new; to look for it would read all that is stored.
    const after = newest?.first_seq ?? 0;
    const later = [this.#sql.newestCorrected.get(after), this.#sql.newestTakenOver.get(after)];
    const trusted = [newest?.to_ms, ...later].flatMap((ms) => ms ?? []);
    const learnedOffsetMs = this.#sql.bootOffset.get(this.#bootId) ?? undefined;
    return {
      ...(trusted.length === 0 ? {} : { newestTrustedMs: Math.max(...trusted) }),
      ...(learnedOffsetMs === undefined ? {} : { learnedOffsetMs }),
    };
  }

  /** Times of this boot that may yet be put right have their offset; those that nobody can put right are marked. */
  #recalled({ boot, offset_ms: offsetMs }: Omit<Stamped, 'origin'>): Pick<
    RecalledSample,
    'offsetMs' | 'isUnsynchronised'
  > & {
    readonly shiftMs?: number;
  } {
    if (offsetMs === null) return { shiftMs: 0 };
    const learnedMs = this.#sql.bootOffset.get(boot ?? '') ?? undefined;
    if (learnedMs !== undefined) return { shiftMs: learnedMs - offsetMs };
    return boot === this.#bootId ? { offsetMs } : { isUnsynchronised: true };
  }

  #samples({ after, through }: SeqRange, limit: number): PackedBatch | Damage | undefined {
    const gathering = new Gathering('samples', { after, through }, this.#epoch);
    // A chunk is large or small as the group was that it holds; so many as are needed by the size of the last one, and
    // one that may end before.
    for (let from = after, left = limit, wanted = 2; ; ) {
      const rows = this.#sql.chunkBytesFrom.all(from + 1, through, wanted);
      const asked = wanted;
      for (const row of rows) {
        if (left === 0) return gathering.end(from);
        if (!isWhole(row)) {
          const chunks = rows.filter((one) => !isWhole(one)).map(inText);
          return gathering.isEmpty ? { damaged: 'samples', chunks } : gathering.end(row.first_seq - 1);
        }
        if (row.last_seq <= from) continue;
        if (row.samples.length === EMPTY.length) {
          from = row.last_seq;
          continue;
        }
        const skip = Math.max(0, from + 1 - row.first_seq);
        const count = Math.min(left, Math.min(row.last_seq, through) - row.first_seq + 1 - skip);
        const origin = originOf(row);
        if (!gathering.takes(this.#timesOf(row, row.first_seq), origin?.epoch)) return gathering.end(row.first_seq - 1);
        const firstSeq = origin?.firstSeq ?? row.first_seq;
        gathering.chunks.push({ firstSeq, skip, limit: count, shiftMs: gathering.shiftMs, samples: row.samples });
        left -= count;
        from = row.first_seq - 1 + skip + count;
        wanted = Math.min(CHUNKS_A_READ, Math.ceil(left / (row.last_seq - row.first_seq + 1)) + 2);
      }
      if (rows.length < asked) return left === 0 ? gathering.end(from) : gathering.end(through);
    }
  }

  #events(kind: 'alerts' | 'gaps', range: SeqRange, limit: number): PackedBatch | Damage | undefined {
    const gathering = new Gathering(kind, range, this.#epoch);
    const rows = this.#sql[kind].within.all(range.after, range.through, limit);
    const events = rows.filter((row) => !isWholeEvent(row));
    if (events.length > 0) return { damaged: kind, events };
    for (const row of rows) {
      const times = this.#timesOf(row, row.seq);
      // An alert waits for nothing, the time included.
      const known = times === 'waits' && kind === 'alerts' ? { unsynchronised: this.#boundsOf(row, row.seq) } : times;
      const origin = originOf(row);
      if (!gathering.takes(known, origin?.epoch)) return gathering.end(row.seq - 1);
      gathering.events.push({ seq: origin?.firstSeq ?? row.seq, shiftMs: gathering.shiftMs, body: row.body });
    }
    return gathering.end(rows.length < limit ? range.through : (rows.at(-1)?.seq ?? range.through));
  }

  #timesOf(row: Stamped, seq: number): Times {
    if (row.offset_ms === null) return { shiftMs: 0 };
    const boot = row.boot ?? '';
    const offsetMs = this.#offsets.get(boot) ?? this.#sql.bootOffset.get(boot) ?? undefined;
    if (offsetMs !== undefined) {
      this.#offsets.set(boot, offsetMs);
      return { shiftMs: offsetMs - row.offset_ms };
    }
    if (boot === this.#bootId && this.#waitsForTime) return 'waits';
    return { unsynchronised: this.#boundsOf(row, seq) };
  }

  /** Nothing is stored before what is stored before it. The same for all records of a boot, so that they share batches. */
  #boundsOf({ boot, origin }: Stamped, seq: number): TimeBounds {
    const key = boot ?? '';
    const known = this.#bounds.get(key);
    if (known !== undefined) return known;
    const epoch = originOf({ origin })?.epoch ?? null;
    const notBeforeMs = this.#sql.trustedBefore.get(seq, epoch);
    const notAfterMs = this.#sql.trustedAfter.get(seq, epoch);
    const bounds = {
      ...(notBeforeMs === null || notBeforeMs === undefined ? {} : { notBeforeMs }),
      ...(notAfterMs === null || notAfterMs === undefined ? {} : { notAfterMs }),
    };
    // Of the boot that goes on, the upper one may still come.
    if (key !== this.#bootId) this.#bounds.set(key, bounds);
    return bounds;
  }

  /** Of what was saved from a damaged store nothing, which is older than it stands. */
  #newest(memoryMs: number): ChunkSlice[] {
    let newestMs: number | undefined;
    const slices: ChunkSlice[] = [];
    let count = 0;
    let before = Number.MAX_SAFE_INTEGER;
    for (let read = 0; read < RECALL_CHUNKS_AT_MOST; read += CHUNKS_A_READ) {
      const rows = this.#sql.chunksBefore.all(before, CHUNKS_A_READ);
      for (const row of rows) {
        before = row.first_seq;
        if (row.origin !== null) continue;
        newestMs ??= row.to_ms;
        const isOld = row.to_ms < newestMs - memoryMs && count >= RECALL_AT_LEAST;
        if (isOld || count >= RECALL_AT_MOST) return slices.reverse();
        if (!isWhole(row) || row.samples === EMPTY) continue;
        const limit = row.last_seq - row.first_seq + 1;
        const part = { firstSeq: row.first_seq, skip: 0, limit, shiftMs: 0, samples: row.samples };
        slices.push({ ...part, ...this.#recalled(row) });
        count += limit;
      }
      if (rows.length === 0) break;
    }
    return slices.reverse();
  }
}

/** A batch as it is put together: it ends where the identity or the state of the times changes. */
class Gathering {
  readonly chunks: ChunkSlice<Uint8Array>[] = [];
  readonly events: { seq: number; shiftMs: number; body: string }[] = [];
  shiftMs = 0;
  readonly #kind: RecordKind;
  readonly #range: SeqRange;
  readonly #ownEpoch: string;
  #epoch: string | undefined;
  #unsynchronised: TimeBounds | undefined;

  constructor(kind: RecordKind, range: SeqRange, ownEpoch: string) {
    this.#kind = kind;
    this.#range = range;
    this.#ownEpoch = ownEpoch;
  }

  get isEmpty(): boolean {
    return this.#epoch === undefined;
  }

  takes(times: Times, epoch: string = this.#ownEpoch): boolean {
    if (times === 'waits') return false;
    const unsynchronised = 'unsynchronised' in times ? times.unsynchronised : undefined;
    const isFirst = this.#epoch === undefined;
    if (!isFirst && (epoch !== this.#epoch || !isSame(unsynchronised, this.#unsynchronised))) return false;
    this.#epoch = epoch;
    this.#unsynchronised = unsynchronised;
    this.shiftMs = 'shiftMs' in times ? times.shiftMs : 0;
    return true;
  }

  end(through: number): PackedBatch | undefined {
    if (this.#epoch === undefined) return undefined;
    return {
      kind: this.#kind,
      range: { after: this.#range.after, through },
      epoch: this.#epoch,
      ...(this.#unsynchronised === undefined ? {} : { unsynchronised: this.#unsynchronised }),
      chunks: this.chunks,
      events: this.events,
    };
  }
}

function inText(row: ChunkRow<Buffer>): ChunkRow {
  return { ...row, samples: row.samples.toString() };
}

function isSame(a: TimeBounds | undefined, b: TimeBounds | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return a.notBeforeMs === b.notBeforeMs && a.notAfterMs === b.notAfterMs;
}

function originOf({ origin }: Pick<EventRow, 'origin'>): Origin | undefined {
  return origin === null ? undefined : (JSON.parse(origin) as Origin);
}
