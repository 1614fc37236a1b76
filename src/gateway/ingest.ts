/**
 * From the radio to the disk. The radio's callback only puts events into a bounded queue; a loop drains it
 * at its own pace, has each event taken for what it means (intake.ts), and commits what comes of it in groups.
 *
 * Invariants: everything taken from the queue ends on the disk or in the gap ledger; an alert is committed
 * at once, with everything before it, and the local alarm is raised whether or not that succeeded.
 */
import type { AlertEvent } from '../domain/alert.ts';
import { isOperatingError, messageOf } from '../domain/errors.ts';
import type { Gap } from '../domain/gap.ts';
import type { LedgerPast } from '../domain/ledger.ts';
import type { NewRecord } from '../domain/record.ts';
import type { Past } from '../domain/rules/engine.ts';
import type { AthleteId, Sample } from '../domain/sample.ts';
import type { Outbox, Responder, SourceEvent } from '../ports.ts';
import { BoundedQueue } from './bounded-queue.ts';
import { Intake, type IntakeParts, wallOf } from './intake.ts';
import { WakeUp } from './wake-up.ts';

export interface IngestLimits {
  /**
   * Events between the radio and the loop. At the limit the newest readings are dropped and entered in the ledger, and
   * what straps tell of themselves is dropped: they tell it again.
   */
  readonly ingestQueue: number;
  /** How long readings may wait to be committed together, ms: what a power cut may cost. */
  readonly groupCommitMs: number;
}

export interface IngestParts extends IntakeParts {
  readonly outbox: Outbox;
  readonly responder: Responder;
  /** Called when records were committed: there is something to deliver. */
  readonly onStored: () => void;
  /** Called when alerts were raised or cleared: other athletes may have open ones now. */
  readonly onAlerts: () => void;
}

/** How late a window's end may be noticed when no reading comes. */
const TICK_MS = 250;

/**
 * How long a reading may be on its way here from the process in which it was stamped: a turn of that process's event
 * loop and of this one's under load. Windows and silences are judged so much later, so that it counts for its own; an
 * alert's time stays the end of its window. A reading that takes longer, as one that a worker kept while this process was
 * started anew, is stored with its own time, and its window may have been judged without it.
 */
const ARRIVAL_MS = 250;

/** A commit that large is worth its own, however short the time since the last. */
const COMMIT_RECORDS = 1_000;

/** A store that cannot be written is tried again this often. */
const RETRY_MS = 1_000;

/** What may wait for a store that cannot be written: about six minutes of thirty straps, a few MB. */
const PENDING_MAX = 10_000;

export class Ingest {
  readonly #parts: IngestParts;
  readonly #limits: IngestLimits;
  readonly #queue: BoundedQueue<SourceEvent>;
  readonly #wakeUp = new WakeUp();
  readonly #intake: Intake;
  #pending: NewRecord[] = [];
  #alarms: AlertEvent[] = [];
  #lastCommitMs = Number.NEGATIVE_INFINITY;
  #storeFails = false;

  constructor(parts: IngestParts, limits: IngestLimits) {
    this.#parts = parts;
    this.#limits = limits;
    this.#queue = new BoundedQueue(limits.ingestQueue);
    this.#intake = new Intake(parts, {
      keep: (sample) => this.#keep(sample),
      enter: (gap) => this.#enter(gap),
      alert: (alerts) => this.#alert(alerts),
    });
  }

  /** Takes an event from the radio and returns at once. */
  readonly offer = (event: SourceEvent): void => {
    if (mustNotBeMissed(event)) this.#queue.insist(event);
    else if (!this.#queue.offer(event) && isReading(event)) {
      const fromMs = wallOf(this.#parts.clock, event.monotonicMs);
      this.#parts.ledger.lost({ athlete: event.athlete, cause: 'queue-overflow', fromMs });
    }
    this.#wakeUp.wake();
  };

  /**
   * Takes up an earlier run, before the first event: alerts that no rule watches any more are cleared, and the
   * local alarm is raised again for those that are open, since the last run may have ended before it was heard.
   */
  resume(past: Past & LedgerPast): void {
    const { clock, engine, ledger, responder } = this.#parts;
    const unwatched = engine.resume(past);
    const timeMs = Math.round(clock.wallMs());
    const isOurs = ({ athlete }: { athlete: AthleteId }) => engine.watches(athlete);
    ledger.resume(
      { samples: past.samples.filter(isOurs), openGaps: past.openGaps.filter(isOurs) },
      clock.monotonicMs(),
    );
    // Nobody waits any more for the readings of athletes who have left the team.
    for (const gap of past.openGaps) if (!isOurs(gap)) this.#enter({ ...gap, toMs: Math.max(timeMs, gap.fromMs) });
    this.#alert(unwatched.map(({ value: _, ...alert }) => ({ ...alert, event: 'cleared', timeMs })));
    for (const alert of past.openAlerts) if (!unwatched.includes(alert)) responder.respond(alert);
  }

  /** How many records wait to be committed. */
  get pending(): number {
    return this.#pending.length;
  }

  /** Runs until the signal aborts; then takes what is left in the queue and commits it. */
  async run(signal: AbortSignal): Promise<void> {
    signal.addEventListener('abort', () => this.#wakeUp.wake(), { once: true });
    while (!signal.aborted) {
      await this.#wakeUp.wait(this.#parts.clock, this.#idleMs());
      await this.#round();
    }
    await this.#round();
    await this.#commit();
    // A store that has just recovered has what was in memory, and now takes what was lost meanwhile.
    await this.#commit();
  }

  async #round(): Promise<void> {
    const { clock, engine } = this.#parts;
    // Read before the queue is drained: every reading of `ARRIVAL_MS` before this instant is in the queue by now, so
    // the windows that end by then are complete.
    const arrivedMs = clock.wallMs() - ARRIVAL_MS;
    const arrivedMonotonicMs = clock.monotonicMs() - ARRIVAL_MS;
    for (const event of this.#queue.drain()) this.#intake.take(event);
    this.#intake.passed(arrivedMonotonicMs);
    this.#alert(engine.advance(arrivedMs));
    if (this.#isCommitDue()) await this.#commit();
  }

  #keep(sample: Sample): void {
    if (this.#pending.length < PENDING_MAX) this.#pending.push({ kind: 'sample', sample });
    else this.#parts.ledger.lost({ athlete: sample.athlete, cause: 'store-unwritable', fromMs: sample.timeMs });
  }

  /** Entries of silences are few, and both halves are needed: they are kept whatever else there is no room for. */
  #enter(gap: Gap): void {
    this.#pending.push({ kind: 'gap', gap });
  }

  #alert(alerts: readonly AlertEvent[]): void {
    if (alerts.length === 0) return;
    for (const alert of alerts) {
      this.#pending.push({ kind: 'alert', alert });
      this.#alarms.push(alert);
    }
    this.#parts.onAlerts();
  }

  #isCommitDue(): boolean {
    if (this.#alarms.length > 0) return true;
    if (this.#storeFails) return this.#sinceCommitMs() >= RETRY_MS;
    return this.#pending.length >= COMMIT_RECORDS || this.#sinceCommitMs() >= this.#limits.groupCommitMs;
  }

  async #commit(): Promise<void> {
    const { ledger, outbox, responder, telemetry, onStored } = this.#parts;
    // While the store fails, lost readings stay in the ledger's own merged entries and do not pile up here.
    if (!this.#storeFails) for (const gap of ledger.takeLost()) this.#pending.push({ kind: 'gap', gap });
    const records = this.#pending;
    const alarms = this.#alarms;
    if (records.length === 0) return;
    this.#pending = [];
    this.#alarms = [];
    this.#lastCommitMs = this.#parts.clock.monotonicMs();
    try {
      await outbox.append(records);
      if (this.#storeFails) telemetry.emit({ event: 'store.recovered', waiting: records.length });
      this.#storeFails = false;
      for (const record of records) if (record.kind === 'gap') this.#report(record.gap);
      onStored();
    } catch (error) {
      if (!isOperatingError(error, 'store-write-failed')) throw error;
      this.#pending = records;
      if (!this.#storeFails) {
        telemetry.emit({ event: 'store.write-failed', reason: messageOf(error), waiting: records.length });
      }
      this.#storeFails = true;
    } finally {
      for (const alarm of alarms) responder.respond(alarm);
    }
  }

  #report({ athlete, cause, fromMs, toMs }: Gap): void {
    const { telemetry } = this.#parts;
    if (toMs === undefined) telemetry.emit({ event: 'gap.begun', athlete, cause });
    else telemetry.emit({ event: 'gap.recorded', athlete, cause, seconds: Math.round((toMs - fromMs) / 1000) });
  }

  #idleMs(): number {
    if (this.#pending.length === 0 || this.#storeFails) return TICK_MS;
    return Math.max(0, Math.min(TICK_MS, this.#limits.groupCommitMs - this.#sinceCommitMs()));
  }

  #sinceCommitMs(): number {
    return this.#parts.clock.monotonicMs() - this.#lastCommitMs;
  }
}

function isReading(event: SourceEvent): event is SourceEvent & { type: 'measurement' | 'malformed' } {
  return event.type === 'measurement' || event.type === 'malformed';
}

/**
 * Too seldom to fill anything, and a missed one would leave a wrong state behind: a link that stands, an adapter that
 * is there, an identity that is sure, a ledger that is complete.
 */
function mustNotBeMissed({ type }: SourceEvent): boolean {
  return type === 'link' || type === 'adapter' || type === 'conflict' || type === 'dropped';
}
