/**
 * The outbox in one SQLite file, as the gateway sees it: records are packed and unpacked on this side, and the store
 * itself is asked over a line. What was acknowledged is known here and goes along with the next append or sync.
 *
 * Invariant: after an append that failed, the next one that begins with the same records stores each of them once,
 * whatever became of the first attempt.
 */
import { isOperatingError } from '../domain/errors.ts';
import type { EnteredGap } from '../domain/gap.ts';
import type { LedgerPast } from '../domain/ledger.ts';
import type { Batch, BatchExtent, EncodedBatch, NewRecord, RecordKind } from '../domain/record.ts';
import type { Past } from '../domain/rules/engine.ts';
import type { SeqRange, SeqRanges } from '../domain/seq-ranges.ts';
import type { ClockPast } from '../domain/timekeeper.ts';
import type { Backlog, Outbox } from '../ports.ts';
import { Acknowledgements } from './acknowledgements.ts';
import { pack, unpack, unpackPast } from './packing.ts';
import type { StoreOptions } from './store.ts';
import { DirectLine, type OpenedLine, type StoreLine, ThreadLine } from './store-line.ts';
import type { AcknowledgedPairs, StoreAnswer, StoreNotice, StoreRequest, StoreState } from './store-requests.ts';

export interface SqliteOutboxOptions extends StoreOptions {
  /** What the store has to tell by itself, and nobody asked for. */
  readonly onNotice?: (notice: StoreNotice) => void;
}

const EMPTY: Backlog = { alerts: 0, gaps: 0, samples: 0 };

export class SqliteOutbox implements Outbox {
  readonly #line: StoreLine;
  readonly #uplinks: readonly string[];
  readonly #acknowledgements = new Acknowledgements();
  /** How many records of each were acknowledged that the store does not know of yet. */
  #uncounted: { readonly uplink: string; readonly kind: RecordKind; readonly count: number }[] = [];
  /** What an append that failed began with. */
  #failed: readonly NewRecord[] = [];
  #state: StoreState;
  /** What the store has entered by itself before anybody was there to be told. */
  #untold: EnteredGap[];
  #onEntered: ((entered: EnteredGap) => void) | undefined;
  #isClosed = false;

  /**
   * Opens the store, or makes it, in a thread of its own.
   *
   * @throws OperatingError `store-locked` when another process has it, `store-unusable` when it cannot be read
   */
  static async open({ onNotice = () => {}, ...options }: SqliteOutboxOptions): Promise<SqliteOutbox> {
    return new SqliteOutbox(await ThreadLine.open(options, onNotice), options.uplinks);
  }

  /** The same in this thread, which then waits for the disk: for tools and for tests in simulated time. */
  static openHere({ onNotice = () => {}, ...options }: SqliteOutboxOptions): SqliteOutbox {
    return new SqliteOutbox(DirectLine.open(options, onNotice), options.uplinks);
  }

  private constructor({ line, answer, acknowledged }: OpenedLine, uplinks: readonly string[]) {
    this.#line = line;
    this.#uplinks = uplinks;
    this.#state = answer.state;
    this.#untold = [...answer.entered];
    this.#acknowledgements.reset(acknowledged);
    line.listen((news) => this.#learn(news));
  }

  get epoch(): string {
    return this.#state.epoch;
  }

  get head(): number {
    return this.#state.head;
  }

  get isDamaged(): boolean {
    return this.#state.isDamaged;
  }

  onEntered(listener: (entered: EnteredGap) => void): void {
    this.#onEntered = listener;
    for (const entered of this.#untold.splice(0)) listener(entered);
  }

  async append(records: readonly NewRecord[]): Promise<void> {
    if (records.length === 0) return;
    const again = this.#failed.length > 0 && this.#failed.every((record, index) => records[index] === record);
    if (again) await this.#appendAll(this.#failed, true);
    const rest = again ? records.slice(this.#failed.length) : records;
    this.#failed = [];
    if (rest.length > 0) await this.#appendAll(rest, false);
  }

  async read(kind: RecordKind, range: SeqRange, limit: number): Promise<Batch | undefined> {
    const { epoch } = this;
    const { batch } = await this.#request({ type: 'read', epoch, kind, range, limit, isEncoded: false });
    return batch === undefined ? undefined : unpack(batch, epoch);
  }

  async readEncoded(kind: RecordKind, range: SeqRange, limit: number): Promise<EncodedBatch | undefined> {
    const { encoded } = await this.#request({ type: 'read', epoch: this.epoch, kind, range, limit, isEncoded: true });
    return encoded;
  }

  acknowledged(uplink: string, kind: RecordKind): SeqRanges {
    return this.#acknowledgements.of(uplink, kind).copy();
  }

  acknowledge(uplink: string, { kind, range, records, epoch, storedIn = epoch }: BatchExtent): void {
    // The numbers of a store that is gone say nothing about this one.
    if (storedIn !== this.epoch) return;
    if (!this.#acknowledgements.add(uplink, kind, range)) return;
    this.#uncounted.push({ uplink, kind, count: records.length });
  }

  async sync(): Promise<void> {
    if (this.#acknowledgements.hasChanged) {
      await this.#writing((epoch, acknowledged) => ({ type: 'sync', epoch, acknowledged }));
    }
  }

  backlog(uplink: string): Backlog {
    const backlog = { ...(this.#state.backlog[uplink] ?? EMPTY) };
    for (const { uplink: whose, kind, count } of this.#uncounted) {
      if (whose === uplink) backlog[kind] = Math.max(0, backlog[kind] - count);
    }
    return backlog;
  }

  async recall(memoryMs: number): Promise<Past & LedgerPast & ClockPast> {
    const { past } = await this.#request({ type: 'recall', memoryMs });
    return unpackPast(past ?? { openAlerts: [], openGaps: [], chunks: [] });
  }

  async learnTime(offsetMs: number): Promise<void> {
    await this.#request({ type: 'learn-time', offsetMs });
  }

  async releaseUnsynchronised(): Promise<void> {
    await this.#request({ type: 'release-unsynchronised' });
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    try {
      await this.#writing((epoch, acknowledged) => ({ type: 'close', epoch, acknowledged }));
    } finally {
      await this.#line.end();
    }
  }

  async #appendAll(records: readonly NewRecord[], isRetry: boolean): Promise<void> {
    const parcel = pack(records);
    try {
      await this.#writing((epoch, acknowledged) => ({ type: 'append', epoch, parcel, acknowledged, isRetry }));
    } catch (error) {
      this.#failed = records;
      throw error;
    }
  }

  /** Takes along what was acknowledged; should it not be written, it goes along with the next. */
  async #writing(requestWith: (epoch: string, acknowledged: AcknowledgedPairs) => StoreRequest): Promise<void> {
    const { epoch } = this;
    const acknowledged = this.#acknowledgements.takeChanged();
    const counted = this.#uncounted;
    this.#uncounted = [];
    try {
      await this.#request(requestWith(epoch, acknowledged));
    } catch (error) {
      if (!isOperatingError(error)) throw error;
      if (epoch === this.epoch) {
        this.#acknowledgements.putBack(acknowledged);
        this.#uncounted.unshift(...counted);
      }
      throw error;
    }
  }

  async #request(request: StoreRequest): Promise<StoreAnswer> {
    const answer = await this.#line.request(request);
    this.#learn(answer);
    return answer;
  }

  #learn({ state, evicted, entered }: StoreAnswer): void {
    if (this.#onEntered === undefined) this.#untold.push(...entered);
    else for (const each of entered) this.#onEntered(each);
    if (state.epoch !== this.#state.epoch) {
      // Another store has taken the place of a damaged one; nothing of it is acknowledged.
      this.#acknowledgements.reset([]);
      this.#uncounted = [];
    }
    this.#state = state;
    for (const range of evicted) {
      for (const uplink of this.#uplinks) this.#acknowledgements.settle(uplink, range);
    }
  }
}
