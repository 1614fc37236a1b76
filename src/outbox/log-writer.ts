/**
 * Writes rows of the log, each within a transaction that somebody else begins: it gives numbers, keeps the count of all
 * samples, and notes what is open, what lies around alerts and what the ledger has to say.
 */
import { crc32 } from 'node:zlib';
import { type AlertEvent, isOpenAfter } from '../domain/alert.ts';
import type { EnteredGap, Gap, GapCause } from '../domain/gap.ts';
import type { RecordKind } from '../domain/record.ts';
import type { SeqRange, SeqRanges } from '../domain/seq-ranges.ts';
import type { Acknowledgements } from './acknowledgements.ts';
import { chunkCrc, eventCrc, isCounted, isWhole } from './checksums.ts';
import { LossEntries, type LossEntry, silenceOf } from './losses.ts';
import { Pins } from './pins.ts';
import type { HauledChunk, HauledEvent } from './salvage/salvage.ts';
import { DamagedStore } from './schema.ts';
import { type ChunkRow, EMPTY, type EventRow, type OpenRow, type Statements } from './statements.ts';
import type { ChunkParcel, EventParcel } from './store-requests.ts';

export interface LogWriterOptions {
  /** The boot that monotonic stamps belong to. */
  readonly bootId: string;
  /** To whom what is gone counts as acknowledged. */
  readonly uplinks: readonly string[];
  /** Samples so long before and after an event of an alert go last, ms. */
  readonly keepAroundMs?: number;
  /** Nothing is written, not even that the window around an alert of an earlier run has ended. */
  readonly isReadOnly?: true;
}

export class LogWriter {
  readonly #sql: Statements;
  readonly #acknowledgements: Acknowledgements;
  readonly #options: LogWriterOptions;
  readonly #pins: Pins;
  #head: number;
  #total: number;
  #entered: EnteredGap[] = [];
  /** Ledger entries up to here may have been sent; those of an earlier run all may. */
  gapsReadThrough: number;

  /** @throws DamagedStore where nobody knows from which number to go on */
  constructor(sql: Statements, acknowledgements: Acknowledgements, options: LogWriterOptions) {
    this.#sql = sql;
    this.#acknowledgements = acknowledgements;
    this.#options = options;
    this.#head = sql.lastSeq.get() ?? 0;
    this.#total = newestTotal(sql);
    this.gapsReadThrough = this.#head;
    this.#pins = new Pins(sql, options.keepAroundMs);
    if (options.isReadOnly !== true) this.#pins.resume(this.#head);
  }

  /** The highest number that was given. */
  get head(): number {
    return this.#head;
  }

  /** What the transaction has entered in the ledger up to now. */
  get entered(): readonly EnteredGap[] {
    return this.#entered;
  }

  /** A transaction begins. @returns how to undo what is done in it */
  begin(): () => void {
    const [head, total, pins] = [this.#head, this.#total, this.#pins.state()];
    this.#entered = [];
    return () => {
      this.#head = head;
      this.#total = total;
      this.#pins.undone(pins);
    };
  }

  /** Numbers up to this one are not given any more. */
  skipThrough(seq: number): void {
    this.#head = Math.max(this.#head, seq);
  }

  /** Samples that are new. */
  chunk(chunk: ChunkParcel): void {
    const { firstSeq, lastSeq } = this.#addChunk(chunk.count, chunk.crc, {
      from_ms: chunk.fromMs,
      to_ms: chunk.toMs,
      boot: this.#options.bootId,
      offset_ms: chunk.offsetMs ?? null,
      counts: chunk.counts,
      samples: chunk.samples,
      origin: null,
    });
    this.#pins.chunk({ firstSeq, lastSeq, monotonicMs: chunk.monotonicMs });
  }

  /** Samples of another store, under the next numbers. */
  takenChunk({ row, isPinned }: HauledChunk, epoch: string | undefined): void {
    const { firstSeq, lastSeq } = this.#addChunk(row.last_seq - row.first_seq + 1, undefined, {
      ...row,
      origin: row.origin ?? originOf(epoch, row.first_seq),
    });
    if (isPinned) this.#sql.insertClosedPin.run(firstSeq - 1, lastSeq);
  }

  /** Under the numbers that it has; they are above all others. */
  restoredChunk(row: ChunkRow): void {
    this.#sql.insertChunk.run(row);
    this.#head = row.last_seq;
    this.#total = row.total;
    if (row.samples === EMPTY) this.settle([{ after: row.first_seq - 1, through: row.last_seq }]);
  }

  /** An alert or an entry that is new. */
  event({ kind, body, crc, offsetMs }: EventParcel): void {
    const { bootId } = this.#options;
    this.#addEvent(kind === 'alert' ? 'alerts' : 'gaps', crc, {
      body,
      boot: bootId,
      offset_ms: offsetMs ?? null,
      origin: null,
    });
    this.openOrClose({ kind, body, offsetMs });
    if (kind === 'alert') this.#pins.alert();
  }

  /** An event of another store, under the next number; what it opened or closed is past. */
  takenEvent({ kind, row }: HauledEvent, epoch: string | undefined): void {
    this.#addEvent(kind, undefined, { ...row, origin: row.origin ?? originOf(epoch, row.seq) });
  }

  /** Under the number that it has, which is above all others. */
  restoredEvent(kind: 'alerts' | 'gaps', row: EventRow): void {
    this.#sql[kind].insert.run(row);
    this.#head = row.seq;
    if (kind === 'gaps') this.#missed(JSON.parse(row.body) as Gap, row);
    else {
      this.#alerted(JSON.parse(row.body) as AlertEvent, row);
      this.#pins.alert();
    }
  }

  /** Notes what an event has opened or closed. */
  openOrClose({ kind, body, offsetMs }: Omit<EventParcel, 'crc'>): void {
    const row = { body, boot: this.#options.bootId, offset_ms: offsetMs ?? null };
    if (kind === 'alert') this.#alerted(JSON.parse(body) as AlertEvent, row);
    else this.#missed(JSON.parse(body) as Gap, row);
  }

  /** Gathers what the ledger has to say of records that go. */
  losses(cause: GapCause): LossEntries {
    return new LossEntries(this.#sql, cause, this.gapsReadThrough);
  }

  /** Enters them in the ledger, to be told of; none begins or ends a silence. */
  enter(entries: readonly LossEntry[]): void {
    for (const entry of entries) {
      this.entry(entry);
      const { gap, before } = entry;
      this.#entered.push(before === undefined ? { gap } : { gap, before });
    }
  }

  /** One that nobody has to be told of. */
  entry({ gap, boot, offset_ms }: LossEntry): void {
    const body = JSON.stringify(gap);
    this.#addEvent('gaps', crc32(body), { body, boot: boot ?? this.#options.bootId, offset_ms, origin: null });
  }

  /** Nobody is to be sent what is gone. */
  settle(ranges: readonly SeqRange[]): void {
    for (const uplink of this.#options.uplinks) {
      for (const range of ranges) this.#acknowledgements.add(uplink, 'samples', range);
    }
  }

  /** What every uplink has acknowledged. */
  delivered(kind: RecordKind): SeqRanges {
    return this.#acknowledgements.byAll(this.#options.uplinks, kind);
  }

  /** What lies around alerts. */
  pinned(): SeqRanges {
    return this.#pins.ranges(this.#head);
  }

  /** The newest stays as an empty row, since numbers go on from it. */
  deleteChunk(chunk: ChunkRow, lastSeq: number): void {
    const newest = this.#sql.newestChunk.get()?.first_seq;
    this.#sql.deleteChunk.run(chunk.first_seq);
    if (chunk.first_seq === newest) this.#insertEmpty(chunk, lastSeq);
  }

  /** Has numbers stay unused. They are settled: another record with one of these numbers would be taken for delivered. */
  useUp(range: SeqRange, newest: ChunkRow): void {
    this.#insertEmpty({ ...newest, first_seq: range.after + 1 }, range.through);
    this.settle([range]);
  }

  /** An empty one where there is none. */
  newestChunk(): ChunkRow {
    return this.#sql.chunksBefore.all(Number.MAX_SAFE_INTEGER, 1)[0] ?? NO_CHUNK;
  }

  #insertEmpty(chunk: ChunkRow, lastSeq: number): void {
    const row = { ...chunk, last_seq: lastSeq, total: this.#total, samples: EMPTY, counts: '[]', origin: null };
    this.#sql.insertChunk.run({ ...row, crc: chunkCrc(row) });
  }

  /** Where a chunk ends is not to be trusted when it is damaged: no further than where the next one begins. */
  extentOf({ first_seq, last_seq }: ChunkRow): SeqRange {
    const next = this.#sql.chunkWithin.get(first_seq, Number.MAX_SAFE_INTEGER)?.first_seq ?? this.#head + 1;
    const isPossible = last_seq >= first_seq && last_seq < next;
    return { after: first_seq - 1, through: isPossible ? last_seq : next - 1 };
  }

  #addChunk(
    count: number,
    textCrc: number | undefined,
    columns: Omit<ChunkRow, 'first_seq' | 'last_seq' | 'total' | 'crc'>,
  ): { firstSeq: number; lastSeq: number } {
    const firstSeq = this.#head + 1;
    const lastSeq = this.#head + count;
    this.#head = lastSeq;
    this.#total += count;
    const row = { ...columns, first_seq: firstSeq, last_seq: lastSeq, total: this.#total };
    this.#sql.insertChunk.run({ ...row, crc: chunkCrc(row, textCrc) });
    return { firstSeq, lastSeq };
  }

  #addEvent(kind: 'alerts' | 'gaps', bodyCrc: number | undefined, columns: Omit<EventRow, 'seq' | 'crc'>): void {
    const row = { ...columns, seq: ++this.#head };
    this.#sql[kind].insert.run({ ...row, crc: eventCrc(row, bodyCrc) });
  }

  #alerted({ athlete, rule, event }: AlertEvent, row: OpenRow): void {
    if (isOpenAfter({ event })) this.#sql.openAlert.run({ athlete, rule, ...row });
    else this.#sql.closeAlert.run(athlete, rule);
  }

  #missed(gap: Gap, row: OpenRow): void {
    const silence = silenceOf(gap);
    if (silence === 'begun') this.#sql.openGap.run({ athlete: gap.athlete, ...row });
    if (silence === 'over') this.#sql.closeGap.run(gap.athlete);
  }
}

/** @throws DamagedStore where numbers would go on from a chunk of which nobody knows where it ends */
function newestTotal(sql: Statements): number {
  const [newest, previous] = sql.chunksBefore.all(Number.MAX_SAFE_INTEGER, 2);
  if (newest === undefined) return 0;
  if (isWhole(newest)) return newest.total;
  if (!isCounted(newest)) throw new DamagedStore('its newest chunk is not what was written');
  return (previous?.total ?? 0) + newest.last_seq - newest.first_seq + 1;
}

/** In a store that never had one. */
const NO_CHUNK: ChunkRow = {
  first_seq: 1,
  last_seq: 0,
  total: 0,
  from_ms: null,
  to_ms: 0,
  boot: '',
  offset_ms: null,
  counts: '[]',
  samples: EMPTY,
  crc: null,
  origin: null,
};

function originOf(epoch: string | undefined, firstSeq: number): string | null {
  return epoch === undefined ? null : JSON.stringify({ epoch, firstSeq });
}
