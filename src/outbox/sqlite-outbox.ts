/**
 * The outbox in one SQLite file, as the gateway sees it: records are packed and unpacked on this side, and the store
 * itself is asked over a line. What was acknowledged is known here and goes along with the next append or sync.
 *
 * Invariants: appends are carried out one after the other, in the order in which they were asked for; one that waits
 * behind an append that fails, fails with it. After an append that failed, another one that begins with the same records
 * stores each of them once, whatever became of the first attempt and whoever has appended in between.
 */
import { isOperatingError } from '../domain/errors.ts';
import type { EnteredGap } from '../domain/gap.ts';
import type { LedgerPast } from '../domain/ledger.ts';
import type { Batch, BatchExtent, EncodedBatch, NewRecord, RecordKind } from '../domain/record.ts';
import type { Past } from '../domain/rules/engine.ts';
import type { SeqRange, SeqRanges } from '../domain/seq-ranges.ts';
import type { ClockPast } from '../domain/timekeeper.ts';
import type { Backlog, Outbox, Unanswered, Written } from '../ports.ts';
import { pack, unpack, unpackPast } from './packing.ts';
import { Receipts } from './receipts.ts';
import type { StoreOptions } from './store-file.ts';
import { DirectLine, type OpenedLine, type StoreLine, ThreadLine } from './store-line.ts';
import type {
  AcknowledgedPairs,
  Parcel,
  StoreAnswer,
  StoreNotice,
  StoreRequest,
  StoreState,
} from './store-requests.ts';

export interface SqliteOutboxOptions extends StoreOptions {
  /** What the store has to tell by itself, and nobody asked for. */
  readonly onNotice?: (notice: StoreNotice) => void;
}

/** What is appended at once, packed where there was time for it. */
interface Append {
  readonly records: readonly NewRecord[];
  readonly parcel: Parcel;
}

const EMPTY: Backlog = { alerts: 0, gaps: 0, samples: 0 };

export class SqliteOutbox implements Outbox {
  readonly #line: StoreLine;
  readonly #uplinks: readonly string[];
  readonly #receipts: Receipts;
  /** How many records each uplink has acknowledged that the store does not know of yet. */
  readonly #uncounted = new Map<string, Record<RecordKind, number>>();
  /** The last append that was asked for, as long as it is under way. */
  #appending: Promise<void> | undefined;
  /** The last append, where it failed. */
  #failed: Append | undefined;
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
    this.#receipts = new Receipts(answer.state.epoch, acknowledged);
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

  get isInMemory(): boolean {
    return this.#state.inMemory === true;
  }

  get written(): Written | undefined {
    return this.#state.written;
  }

  unanswered(): Unanswered | undefined {
    return this.#line.unanswered();
  }

  onEntered(listener: (entered: EnteredGap) => void): void {
    this.#onEntered = listener;
    for (const entered of this.#untold.splice(0)) listener(entered);
  }

  async append(records: readonly NewRecord[]): Promise<void> {
    if (records.length === 0) return;
    // While the one before is being committed; what failed is packed already.
    const parcel = this.#failed === undefined ? pack(records) : undefined;
    const append = (this.#appending ?? Promise.resolve()).then(() => this.#appendNext(records, parcel));
    this.#appending = append;
    try {
      await append;
    } finally {
      if (this.#appending === append) this.#appending = undefined;
    }
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
    return this.#receipts.of(uplink, kind);
  }

  acknowledge(uplink: string, { kind, range, records, epoch, storedIn = epoch }: BatchExtent): void {
    if (!this.#receipts.add(uplink, kind, range, storedIn)) return;
    const uncounted = this.#uncounted.get(uplink) ?? { ...EMPTY };
    uncounted[kind] += records.length;
    this.#uncounted.set(uplink, uncounted);
  }

  reuse(spare: ArrayBuffer): void {
    this.#line.reuse(spare);
  }

  async sync(): Promise<void> {
    await this.#tellAbsent();
    if (this.#receipts.hasChanged) {
      await this.#writing((epoch, acknowledged) => ({ type: 'sync', epoch, acknowledged }));
    }
  }

  backlog(uplink: string): Backlog {
    const stored = this.#state.backlog[uplink] ?? EMPTY;
    const uncounted = this.#uncounted.get(uplink) ?? EMPTY;
    const of = (kind: RecordKind) => Math.max(0, stored[kind] - uncounted[kind]);
    return { alerts: of('alerts'), gaps: of('gaps'), samples: of('samples') };
  }

  oldestWaitingMs(uplink: string): number | undefined {
    return this.backlog(uplink).samples === 0 ? undefined : this.#state.oldestMs[uplink];
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
    // It fails for whoever asked for it.
    await this.#appending?.catch(() => {});
    try {
      await this.#tellAbsent();
      await this.#writing((epoch, acknowledged) => ({ type: 'close', epoch, acknowledged }));
    } finally {
      await this.#line.end();
    }
  }

  async #appendNext(records: readonly NewRecord[], packed: Parcel | undefined): Promise<void> {
    const failed = this.#failed;
    this.#failed = undefined;
    if (!failed?.records.every((record, index) => records[index] === record)) {
      return await this.#appendOne({ records, parcel: packed ?? pack(records) }, false);
    }
    await this.#appendOne(failed, true);
    const rest = records.slice(failed.records.length);
    if (rest.length > 0) await this.#appendOne({ records: rest, parcel: pack(rest) }, false);
  }

  async #appendOne(append: Append, isRetry: boolean): Promise<void> {
    const { parcel } = append;
    try {
      await this.#writing((epoch, acknowledged) => ({ type: 'append', epoch, parcel, acknowledged, isRetry }));
    } catch (error) {
      this.#failed = append;
      throw error;
    }
  }

  /** While records are in memory, the store on the disk is told apart what is acknowledged of its own. */
  async #tellAbsent(): Promise<void> {
    const absent = this.#receipts.takeOfAbsent();
    if (absent === undefined) return;
    try {
      await this.#request({ type: 'sync', ...absent });
    } catch (error) {
      this.#receipts.putBack(absent.epoch, absent.acknowledged);
      throw error;
    }
  }

  /** Takes along what was acknowledged; should it not be written, it goes along with the next. */
  async #writing(requestWith: (epoch: string, acknowledged: AcknowledgedPairs) => StoreRequest): Promise<void> {
    const { epoch } = this;
    const acknowledged = this.#receipts.take();
    // Nobody knows whether the store counts them when this fails: too many may be told to wait then, and never too few.
    this.#uncounted.clear();
    try {
      await this.#request(requestWith(epoch, acknowledged));
    } catch (error) {
      if (!isOperatingError(error)) throw error;
      this.#receipts.putBack(epoch, acknowledged);
      throw error;
    }
  }

  async #request(request: StoreRequest): Promise<StoreAnswer> {
    const answer = await this.#line.request(request);
    this.#learn(answer);
    return answer;
  }

  #learn({ state, evicted, entered, acknowledged = [], moved }: StoreAnswer): void {
    if (this.#onEntered === undefined) this.#untold.push(...entered);
    else for (const each of entered) this.#onEntered(each);
    const { epoch, inMemory: isForNow = false } = state;
    if (epoch !== this.#state.epoch) {
      this.#receipts.follow({ epoch, acknowledged, isForNow, moved });
      this.#uncounted.clear();
    }
    this.#state = state;
    for (const range of evicted) {
      for (const uplink of this.#uplinks) this.#receipts.settle(uplink, range);
    }
  }
}
