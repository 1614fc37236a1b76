/** A real outbox whose disk can be made to fail. */
import { OperatingError } from '../../src/domain/errors.ts';
import type { EnteredGap } from '../../src/domain/gap.ts';
import type { LedgerPast } from '../../src/domain/ledger.ts';
import type { Batch, BatchExtent, EncodedBatch, NewRecord, RecordKind } from '../../src/domain/record.ts';
import type { Past } from '../../src/domain/rules/engine.ts';
import type { SeqRange, SeqRanges } from '../../src/domain/seq-ranges.ts';
import type { Backlog, Outbox, Unanswered, Written } from '../../src/ports.ts';

export class FaultyOutbox implements Outbox {
  /** While true, nothing can be written, as on a full disk. */
  fails = false;
  readonly #outbox: Outbox;

  constructor(outbox: Outbox) {
    this.#outbox = outbox;
  }

  get epoch(): string {
    return this.#outbox.epoch;
  }

  get head(): number {
    return this.#outbox.head;
  }

  get isDamaged(): boolean {
    return this.#outbox.isDamaged;
  }

  get isInMemory(): boolean {
    return this.#outbox.isInMemory;
  }

  get written(): Written | undefined {
    return this.#outbox.written;
  }

  unanswered(): Unanswered | undefined {
    return this.#outbox.unanswered();
  }

  onEntered(listener: (entered: EnteredGap) => void): void {
    this.#outbox.onEntered(listener);
  }

  async append(records: readonly NewRecord[]): Promise<void> {
    this.#disk();
    await this.#outbox.append(records);
  }

  async sync(): Promise<void> {
    this.#disk();
    await this.#outbox.sync();
  }

  read(kind: RecordKind, range: SeqRange, limit: number): Promise<Batch | undefined> {
    return this.#outbox.read(kind, range, limit);
  }

  readEncoded(kind: RecordKind, range: SeqRange, limit: number): Promise<EncodedBatch | undefined> {
    return this.#outbox.readEncoded(kind, range, limit);
  }

  acknowledged(uplink: string, kind: RecordKind): SeqRanges {
    return this.#outbox.acknowledged(uplink, kind);
  }

  acknowledge(uplink: string, batch: BatchExtent): void {
    this.#outbox.acknowledge(uplink, batch);
  }

  reuse(spare: ArrayBuffer): void {
    this.#outbox.reuse(spare);
  }

  backlog(uplink: string): Backlog {
    return this.#outbox.backlog(uplink);
  }

  oldestWaitingMs(uplink: string): number | undefined {
    return this.#outbox.oldestWaitingMs(uplink);
  }

  async learnTime(offsetMs: number): Promise<void> {
    this.#disk();
    await this.#outbox.learnTime(offsetMs);
  }

  releaseUnsynchronised(): Promise<void> {
    return this.#outbox.releaseUnsynchronised();
  }

  recall(memoryMs: number): Promise<Past & LedgerPast> {
    return this.#outbox.recall(memoryMs);
  }

  close(): Promise<void> {
    return this.#outbox.close();
  }

  #disk(): void {
    if (this.fails) throw new OperatingError('store-write-failed', 'outbox.db: database or disk is full (SQLITE_FULL)');
  }
}
