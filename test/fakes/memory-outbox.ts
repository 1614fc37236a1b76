/**
 * The outbox as plain arrays: the model that the real one is held against, and what delivery is tried on. Its "disk" is
 * an object that outlives it, so that it can be opened again as after a restart or a crash.
 */
import { type AlertEvent, isOpenAfter } from '../../src/domain/alert.ts';
import { encodedBatch } from '../../src/domain/entries.ts';
import { OperatingError } from '../../src/domain/errors.ts';
import { correctedGap, type Gap } from '../../src/domain/gap.ts';
import type { LedgerPast } from '../../src/domain/ledger.ts';
import type {
  Batch,
  BatchExtent,
  EncodedBatch,
  NewRecord,
  RecordKind,
  Stored,
  TimeBounds,
} from '../../src/domain/record.ts';
import type { Past } from '../../src/domain/rules/engine.ts';
import type { Sample } from '../../src/domain/sample.ts';
import { type SeqRange, SeqRanges } from '../../src/domain/seq-ranges.ts';
import type { ClockPast, Recalled } from '../../src/domain/timekeeper.ts';
import type { Backlog, Outbox } from '../../src/ports.ts';

/** A record as it lies on the disk. */
interface Kept {
  readonly seq: number;
  readonly boot: string;
  readonly record: NewRecord;
}

type Acknowledgements = Map<string, SeqRanges>;

/** What survives a crash. */
export class MemoryDisk {
  readonly epoch: string;
  readonly records: Kept[] = [];
  /** The wall time minus the monotonic time of the boots that learned it. */
  readonly offsets = new Map<string, number>();
  acknowledged: Acknowledgements = new Map();
  head = 0;

  constructor(epoch = 'k3f9') {
    this.epoch = epoch;
  }
}

/** As of the real one: what is recalled whatever its time, and at most. */
const RECALL = { least: 2_000, most: 60_000 } as const;

const KINDS = { sample: 'samples', alert: 'alerts', gap: 'gaps' } as const;

export class MemoryOutbox implements Outbox {
  /** While true, nothing can be written, as on a full disk. */
  fails = false;
  /** What is in memory here stands for a disk. */
  readonly isInMemory = false;
  #isReleased = false;
  #disk: MemoryDisk;
  readonly #boot: string;
  #acknowledged: Acknowledgements;

  /** @param boot names the run of the machine: records of an earlier one that never learned the time wait no longer */
  constructor(disk = new MemoryDisk(), boot = 'boot-1') {
    this.#disk = disk;
    this.#boot = boot;
    this.#acknowledged = copied(disk.acknowledged);
  }

  /** The store turns out to be damaged, and another one takes its place. */
  replace(disk: MemoryDisk): void {
    this.#disk = disk;
    this.#acknowledged = copied(disk.acknowledged);
  }

  get epoch(): string {
    return this.#disk.epoch;
  }

  get head(): number {
    return this.#disk.head;
  }

  readonly isDamaged = false;
  readonly written = undefined;

  /** Everything is answered at once. */
  unanswered(): undefined {
    return undefined;
  }

  /** It gives up nothing, and can always be read. */
  onEntered(): void {}

  async append(records: readonly NewRecord[]): Promise<void> {
    if (records.length === 0) return;
    this.#write();
    // As the real one does: the samples of one append come first.
    const [samples, others] = [records.filter(isSample), records.filter((record) => !isSample(record))];
    for (const record of [...samples, ...others])
      this.#disk.records.push({ seq: ++this.#disk.head, boot: this.#boot, record });
  }

  async read(kind: RecordKind, range: SeqRange, limit: number): Promise<Batch | undefined> {
    const all = this.#within(kind, range);
    const first = all[0];
    if (first === undefined || this.#waits(first)) return undefined;
    const alike = all.findIndex((kept) => this.#waits(kept) || !this.#sameTimes(kept, first));
    const taken = all.slice(0, Math.min(limit, alike === -1 ? all.length : alike));
    const through = taken.length === all.length ? range.through : (taken.at(-1)?.seq ?? range.through);
    const bounds = this.#boundsOf(first);
    return {
      kind,
      records: taken.map((kept) => this.#stored(kept)),
      range: { after: range.after, through },
      epoch: this.epoch,
      ...(bounds === undefined ? {} : { unsynchronised: bounds }),
    } as Batch;
  }

  async readEncoded(kind: RecordKind, range: SeqRange, limit: number): Promise<EncodedBatch | undefined> {
    const batch = await this.read(kind, range, limit);
    return batch === undefined ? undefined : encodedBatch(batch);
  }

  acknowledged(uplink: string, kind: RecordKind): SeqRanges {
    return this.#acknowledgedOf(uplink, kind).copy();
  }

  acknowledge(uplink: string, { kind, range, epoch }: BatchExtent): void {
    if (epoch !== this.epoch) return;
    this.#acknowledgedOf(uplink, kind).add(range);
  }

  /** Whoever looks at it again finds that it is another's. */
  reuse(spare: ArrayBuffer): void {
    new Uint8Array(spare).fill(0xff);
  }

  async sync(): Promise<void> {
    this.#write();
  }

  backlog(uplink: string): Backlog {
    const count = (kind: RecordKind) => {
      const acknowledged = this.#acknowledgedOf(uplink, kind);
      return this.#within(kind, { after: 0, through: this.head }).filter(({ seq }) => !acknowledged.has(seq)).length;
    };
    return { alerts: count('alerts'), gaps: count('gaps'), samples: count('samples') };
  }

  oldestWaitingMs(uplink: string): number | undefined {
    const acknowledged = this.#acknowledgedOf(uplink, 'samples');
    const oldest = this.#within('samples', { after: 0, through: this.head }).find(({ seq }) => !acknowledged.has(seq));
    return oldest === undefined || !this.#isRight(oldest) ? undefined : timeOf(oldest.record) + this.#shiftOf(oldest);
  }

  async recall(memoryMs: number): Promise<Past & LedgerPast & ClockPast> {
    const all = (kind: RecordKind) =>
      this.#within(kind, { after: 0, through: this.head }).map((k) => this.#recalled(k));
    const samples = all('samples') as Recalled<Stored<Sample>>[];
    const settled = this.#disk.records.filter((kept) => kept.record.kind === 'sample' && this.#isRight(kept));
    const settledMs = settled.map((kept) => timeOf(kept.record) + this.#shiftOf(kept));
    const learnedOffsetMs = this.#disk.offsets.get(this.#boot);
    const newestMs = samples.at(-1)?.timeMs ?? 0;
    let from = samples.length;
    for (let count = 0; from > 0 && count < RECALL.most; count++, from--) {
      const timeMs = samples[from - 1]?.timeMs ?? 0;
      if (timeMs < newestMs - memoryMs && count >= RECALL.least) break;
    }
    return {
      openAlerts: stillOpen(
        all('alerts') as Stored<AlertEvent>[],
        ({ athlete, rule }) => `${athlete} ${rule}`,
        isOpenAfter,
      ),
      openGaps: stillOpen(
        (all('gaps') as Recalled<Stored<Gap>>[]).filter(({ count }) => count === undefined),
        ({ athlete, fromMs }) => `${athlete} ${fromMs}`,
        ({ toMs }) => toMs === undefined,
      ),
      samples: samples.slice(from).map(unnumbered),
      ...(settledMs.length === 0 ? {} : { newestTrustedMs: Math.max(...settledMs) }),
      ...(learnedOffsetMs === undefined ? {} : { learnedOffsetMs }),
    };
  }

  async learnTime(offsetMs: number): Promise<void> {
    this.#write();
    this.#disk.offsets.set(this.#boot, offsetMs);
  }

  async releaseUnsynchronised(): Promise<void> {
    this.#isReleased = true;
  }

  async close(): Promise<void> {
    this.#write();
  }

  #write(): void {
    if (this.fails) throw new OperatingError('store-write-failed', 'memory: no space left');
    this.#disk.acknowledged = copied(this.#acknowledged);
  }

  #within(kind: RecordKind, { after, through }: SeqRange): Kept[] {
    return this.#disk.records
      .slice(this.#indexAfter(after), this.#indexAfter(through))
      .filter(({ record }) => KINDS[record.kind] === kind);
  }

  /** Nothing is evicted here, so a record's place tells its number. */
  #indexAfter(seq: number): number {
    return Math.max(0, Math.min(this.#disk.records.length, seq));
  }

  /** Times of this boot may yet be put right; an alert does not wait for that. */
  #waits({ boot, record }: Kept): boolean {
    const isUnknown = record.offsetMs !== undefined && !this.#disk.offsets.has(boot);
    return isUnknown && !this.#isReleased && boot === this.#boot && record.kind !== 'alert';
  }

  #sameTimes(a: Kept, b: Kept): boolean {
    return JSON.stringify(this.#boundsOf(a)) === JSON.stringify(this.#boundsOf(b));
  }

  /** Nothing is stored before what is stored before it; undefined where the times are right. */
  #boundsOf({ seq, boot, record }: Kept): TimeBounds | undefined {
    if (record.offsetMs === undefined || this.#disk.offsets.has(boot)) return undefined;
    const isTrusted = (kept: Kept) => kept.record.offsetMs === undefined && kept.boot !== boot;
    const before = this.#disk.records.slice(0, seq).findLast(isTrusted);
    const after = this.#disk.records.slice(seq).find(isTrusted);
    return {
      ...(before === undefined ? {} : { notBeforeMs: timeOf(before.record) }),
      ...(after === undefined ? {} : { notAfterMs: timeOf(after.record) }),
    };
  }

  #stored(kept: Kept): Stored<Sample | AlertEvent | Gap> {
    const { seq, record } = kept;
    return { ...(this.#isRight(kept) ? shifted(record, this.#shiftOf(kept)) : bodyOf(record)), seq };
  }

  /** With its mark, where its time may yet be put right. */
  #recalled(kept: Kept): Recalled<Stored<Sample | AlertEvent | Gap>> {
    const { offsetMs } = kept.record;
    const isProvisional = !this.#isRight(kept) && kept.boot === this.#boot && offsetMs !== undefined;
    const isUnsynchronised = !this.#isRight(kept) && !isProvisional && kept.record.kind === 'sample';
    const mark = isUnsynchronised ? { isUnsynchronised: true as const } : {};
    return { ...this.#stored(kept), ...(isProvisional ? { offsetMs } : mark) };
  }

  #isRight({ boot, record }: Kept): boolean {
    return record.offsetMs === undefined || this.#disk.offsets.has(boot);
  }

  #shiftOf({ boot, record }: Kept): number {
    const { offsetMs } = record;
    return offsetMs === undefined ? 0 : (this.#disk.offsets.get(boot) ?? offsetMs) - offsetMs;
  }

  #acknowledgedOf(uplink: string, kind: RecordKind): SeqRanges {
    const key = `${uplink} ${kind}`;
    const ranges = this.#acknowledged.get(key) ?? new SeqRanges();
    this.#acknowledged.set(key, ranges);
    return ranges;
  }
}

function isSample({ kind }: NewRecord): boolean {
  return kind === 'sample';
}

function copied(acknowledged: Acknowledgements): Acknowledgements {
  return new Map([...acknowledged].map(([key, ranges]) => [key, ranges.copy()]));
}

function bodyOf(record: NewRecord): Sample | AlertEvent | Gap {
  switch (record.kind) {
    case 'sample':
      return record.sample;
    case 'alert':
      return record.alert;
    case 'gap':
      return record.gap;
  }
}

function shifted(record: NewRecord, byMs: number): Sample | AlertEvent | Gap {
  switch (record.kind) {
    case 'sample':
      return { ...record.sample, timeMs: record.sample.timeMs + byMs };
    case 'alert':
      return { ...record.alert, timeMs: record.alert.timeMs + byMs };
    case 'gap':
      return record.offsetMs === undefined ? record.gap : correctedGap(record.gap, byMs);
  }
}

function timeOf(record: NewRecord): number {
  switch (record.kind) {
    case 'sample':
      return record.sample.timeMs;
    case 'alert':
      return record.alert.timeMs;
    case 'gap':
      return record.gap.toMs ?? record.gap.fromMs;
  }
}

/** Of each thing the last record, where that one opens it. */
function stillOpen<T>(
  records: readonly Stored<T>[],
  keyOf: (record: T) => string,
  isOpen: (record: T) => boolean,
): T[] {
  const last = new Map<string, Stored<T>>();
  for (const record of records) {
    last.delete(keyOf(record));
    if (isOpen(record)) last.set(keyOf(record), record);
  }
  return [...last.values()].map((record) => unnumbered(record) as T);
}

function unnumbered<T extends { seq: number }>({ seq: _, ...record }: T): Omit<T, 'seq'> {
  return record;
}
