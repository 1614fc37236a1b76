/**
 * Has records stored without anybody waiting for it: a card may take 50 ms or 30 s for a commit, and meanwhile rounds
 * go on. At most one append is under way; samples are gathered for it, alerts and silences ask for one at once.
 *
 * Invariants: what was taken is stored in order or, beyond a bound, a sample is entered in the ledger; alerts and
 * entries are always kept. What an append failed with is tried again as it was, since only the store can tell how much
 * of it is on the disk. Each alarm is raised exactly once: after its alert is stored, or `ALARM_AT_MOST_MS` after it was
 * due, whatever the store does.
 */
import type { AlertEvent } from '../domain/alert.ts';
import { isOperatingError, messageOf } from '../domain/errors.ts';
import type { Gap } from '../domain/gap.ts';
import type { Ledger } from '../domain/ledger.ts';
import type { NewRecord, RecordKind } from '../domain/record.ts';
import type { Sample } from '../domain/sample.ts';
import type { TimeMark } from '../domain/timekeeper.ts';
import type { Clock, Outbox, Responder, Telemetry } from '../ports.ts';
import { entryEvent } from './entry-event.ts';

export interface CommitterParts {
  readonly clock: Clock;
  readonly ledger: Ledger;
  readonly outbox: Pick<Outbox, 'append' | 'isInMemory'>;
  readonly responder: Responder;
  readonly telemetry: Telemetry;
  /** With what a record is marked that is made now. */
  readonly timekeeper: { readonly mark: TimeMark };
  /** Called when records were committed: there is something to deliver. */
  readonly onStored: () => void;
  /** Called with every entry of the ledger that was stored. */
  readonly onEntry: (gap: Gap) => void;
  /** Told of every append under way, so that simulated time can wait for the disk. */
  readonly whileStoring?: ((append: Promise<unknown>) => void) | undefined;
}

/** How long an alarm waits for its alert to be stored: a commit on a good card, several times over. */
const ALARM_AT_MOST_MS = 250;

/** A commit that large is worth its own, however short the time since the last; none has more samples. */
const COMMIT_SAMPLES = 1_000;

/** A store that cannot be written is tried again this often. */
const RETRY_MS = 1_000;

/** What may wait for a store that cannot be written: about six minutes of thirty straps, a few MB. */
const PENDING_SAMPLES_MAX = 10_000;

/** The slowest write of a healthy card that is tidying up takes a few seconds. */
const STALLED_MS = 10_000;

interface Alarm {
  readonly alert: AlertEvent;
  /** Ends the wait for the store. */
  readonly raised: AbortController;
}

interface Append {
  readonly records: readonly NewRecord[];
  readonly samples: number;
  readonly alarms: readonly Alarm[];
  /** Called once it is stored. */
  readonly waiting: readonly (() => void)[];
}

/** As the lanes call what the records are. */
const KINDS = { sample: 'samples', alert: 'alerts', gap: 'gaps' } as const satisfies Record<string, RecordKind>;

export interface StoredCounts {
  /** Transactions, each with at least one record. */
  readonly commits: number;
  readonly records: Readonly<Record<RecordKind, number>>;
}

export class Committer {
  readonly #parts: CommitterParts;
  readonly #groupCommitMs: number;
  #samples: NewRecord[] = [];
  #urgent: NewRecord[] = [];
  #alarms: Alarm[] = [];
  #waiting: (() => void)[] = [];
  /** What is being appended, or what an append failed with. */
  #current: Append | undefined;
  #underWay: Promise<void> | undefined;
  #commits = 0;
  readonly #stored = { samples: 0, alerts: 0, gaps: 0 };
  #fails = false;
  #isStalled = false;
  #begunMs = Number.NEGATIVE_INFINITY;
  #fault: { readonly error: unknown } | undefined;

  constructor(parts: CommitterParts, { groupCommitMs }: { readonly groupCommitMs: number }) {
    this.#parts = parts;
    this.#groupCommitMs = groupCommitMs;
  }

  keep(sample: Sample): void {
    const { ledger, timekeeper } = this.#parts;
    if (this.#samples.length + (this.#current?.samples ?? 0) < PENDING_SAMPLES_MAX) {
      this.#samples.push({ kind: 'sample', sample, ...timekeeper.mark });
    } else ledger.lost({ athlete: sample.athlete, cause: 'store-unwritable', fromMs: sample.timeMs });
  }

  /** Entries of silences are few, and both halves are needed: they are kept whatever else there is no room for. */
  enter(gap: Gap): void {
    this.#urgent.push({ kind: 'gap', gap, ...this.#parts.timekeeper.mark });
  }

  alert(alert: AlertEvent): void {
    this.#urgent.push({ kind: 'alert', alert, ...this.#parts.timekeeper.mark });
    // A rule on trial alarms nobody.
    if (alert.shadow === true) return;
    const alarm: Alarm = { alert, raised: new AbortController() };
    this.#alarms.push(alarm);
    void this.#parts.clock.sleep(ALARM_AT_MOST_MS, alarm.raised.signal).then(() => this.#raise(alarm));
  }

  /** @param onStored called when everything is stored that is urgent now; never where that does not come to be */
  whenStored(onStored: () => void): void {
    this.#waiting.push(onStored);
  }

  /** What was stored since the start. */
  get stored(): StoredCounts {
    return { commits: this.#commits, records: { ...this.#stored } };
  }

  /** How many records are not known to be stored. */
  get pending(): number {
    return this.#samples.length + this.#urgent.length + (this.#current?.records.length ?? 0);
  }

  /** Whether the store cannot be written now: the last write has failed, or one does not end. */
  get isFailing(): boolean {
    return this.#fails || this.#isStalled;
  }

  /** Whether an append is under way. */
  get isStoring(): boolean {
    return this.#underWay !== undefined;
  }

  /** For how long nothing becomes due by itself, ms. */
  get idleMs(): number {
    if (this.#underWay !== undefined) return Number.POSITIVE_INFINITY;
    if (this.#fails) return Math.max(0, RETRY_MS - this.#sinceBegunMs());
    return this.#waits ? Math.max(0, this.#groupCommitMs - this.#sinceBegunMs()) : Number.POSITIVE_INFINITY;
  }

  /**
   * Begins what is due, and returns at once.
   *
   * @throws what an append failed with that is no operating failure
   */
  commitDue(): void {
    if (this.#fault !== undefined) throw this.#fault.error;
    if (this.#underWay !== undefined) this.#watch();
    else if (this.#isDue()) this.#begin();
  }

  /** Commits everything that waits; gives up when that fails. */
  async finish(): Promise<void> {
    await this.#underWay;
    while (this.#fault === undefined && (this.#current !== undefined || this.#waits)) {
      if (this.#underWay === undefined) this.#begin();
      await this.#underWay;
      if (this.#fails) break;
    }
    if (this.#fault !== undefined) throw this.#fault.error;
  }

  get #waits(): boolean {
    return this.#samples.length > 0 || this.#urgent.length > 0 || this.#parts.ledger.hasLost;
  }

  #isDue(): boolean {
    if (this.#fails) return this.#sinceBegunMs() >= RETRY_MS;
    if (this.#urgent.length > 0 || this.#samples.length >= COMMIT_SAMPLES) return true;
    return this.#waits && this.#sinceBegunMs() >= this.#groupCommitMs;
  }

  #begin(): void {
    const append = this.#current ?? this.#gather();
    this.#current = append;
    this.#begunMs = this.#parts.clock.monotonicMs();
    this.#underWay = Promise.resolve().then(() => this.#append(append));
    this.#parts.whileStoring?.(this.#underWay);
  }

  /** An alert goes with the readings before it. What was lost waits in the ledger till now, to be one entry. */
  #gather(): Append {
    const { ledger, timekeeper } = this.#parts;
    const samples = this.#samples.splice(0, COMMIT_SAMPLES);
    const lost = ledger.takeLost().map((gap): NewRecord => ({ kind: 'gap', gap, ...timekeeper.mark }));
    const records = [...samples, ...this.#urgent, ...lost];
    const append = { records, samples: samples.length, alarms: this.#alarms, waiting: this.#waiting };
    this.#urgent = [];
    this.#alarms = [];
    this.#waiting = [];
    return append;
  }

  async #append(append: Append): Promise<void> {
    const { outbox, onStored } = this.#parts;
    try {
      await outbox.append(append.records);
      this.#current = undefined;
      this.#commits += 1;
      for (const { kind } of append.records) this.#stored[KINDS[kind]] += 1;
      this.#wrote();
      for (const record of append.records) if (record.kind === 'gap') this.#report(record.gap);
      for (const isStored of append.waiting) isStored();
      onStored();
    } catch (error) {
      if (isOperatingError(error)) this.#failed(error);
      else this.#fault = { error };
    } finally {
      this.#underWay = undefined;
      this.#isStalled = false;
      for (const alarm of append.alarms) this.#raise(alarm);
    }
    if (this.#fault === undefined && !this.#fails && this.#isDue()) this.#begin();
  }

  #wrote(): void {
    // A store that carries on in memory has said so, and will say when it is over.
    if ((this.#fails || this.#isStalled) && !this.#parts.outbox.isInMemory) {
      this.#parts.telemetry.emit({ event: 'store.recovered', waiting: this.pending });
    }
    this.#fails = false;
  }

  #failed(error: unknown): void {
    if (!this.#fails) {
      const { pending: waiting } = this;
      this.#parts.telemetry.emit({ event: 'store.write-failed', reason: messageOf(error), waiting });
    }
    this.#fails = true;
  }

  #watch(): void {
    if (this.#isStalled || this.#sinceBegunMs() < STALLED_MS) return;
    this.#isStalled = true;
    const { pending: waiting } = this;
    this.#parts.telemetry.emit({ event: 'store.stalled', seconds: STALLED_MS / 1000, waiting });
  }

  #raise({ alert, raised }: Alarm): void {
    if (raised.signal.aborted) return;
    raised.abort('raised');
    this.#parts.responder.respond(alert);
  }

  #report(gap: Gap): void {
    const { telemetry, onEntry } = this.#parts;
    onEntry(gap);
    telemetry.emit(entryEvent(gap));
  }

  #sinceBegunMs(): number {
    return this.#parts.clock.monotonicMs() - this.#begunMs;
  }
}
