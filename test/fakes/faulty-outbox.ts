/** A real outbox whose disk can be made to fail. */
import { OperatingError } from '../../src/domain/errors.ts';
import type { LedgerPast } from '../../src/domain/ledger.ts';
import type { Batch, Lane, NewRecord } from '../../src/domain/record.ts';
import type { Past } from '../../src/domain/rules/engine.ts';
import type { Backlog, Outbox } from '../../src/ports.ts';

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

  async append(records: readonly NewRecord[]): Promise<void> {
    this.#disk();
    await this.#outbox.append(records);
  }

  async sync(): Promise<void> {
    this.#disk();
    await this.#outbox.sync();
  }

  read(lane: Lane, afterSeq: number, limit: number): Promise<Batch | undefined> {
    return this.#outbox.read(lane, afterSeq, limit);
  }

  cursor(lane: Lane): number {
    return this.#outbox.cursor(lane);
  }

  acknowledge(lane: Lane, batch: Batch): void {
    this.#outbox.acknowledge(lane, batch);
  }

  backlog(): Backlog {
    return this.#outbox.backlog();
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
