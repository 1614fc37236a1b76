/**
 * From the radio to the disk. The radio's callback only puts events into a bounded queue; a loop drains it
 * at its own pace, has each event taken for what it means (intake.ts), and hands what comes of it to the
 * committer, for which it never waits.
 *
 * Invariants: everything taken from the queue ends on the disk or in the gap ledger; an alert is committed
 * at once, with everything before it, and the local alarm is raised whether or not that succeeded. When the time
 * becomes known, what is held in memory of times before is put right before the next event is taken.
 */
import type { AlertEvent } from '../domain/alert.ts';
import type { AlertCommand } from '../domain/alert-command.ts';
import type { TeamVersion } from '../domain/athlete.ts';
import type { Gap } from '../domain/gap.ts';
import type { LedgerPast } from '../domain/ledger.ts';
import type { Past } from '../domain/rules/engine.ts';
import type { AthleteId } from '../domain/sample.ts';
import type { ClockPast, Recalled, TimeNews } from '../domain/timekeeper.ts';
import type { SourceEvent } from '../ports.ts';
import { BoundedQueue } from './bounded-queue.ts';
import { type CommandAnswer, type CommandParts, Commands, type Order } from './commands.ts';
import { Committer, type CommitterParts, type StoredCounts } from './committer.ts';
import { Intake, type IntakeParts } from './intake.ts';
import { changeTeam, type TeamChange } from './team-change.ts';
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

export interface IngestParts
  extends IntakeParts,
    Omit<CommitterParts, 'timekeeper'>,
    Pick<CommandParts, 'realClock' | 'sendNotes'> {
  /** Of the athletes file that the team is from; absent where there is none. */
  readonly athletesVersion?: string | undefined;
  /** Called when alerts were raised or cleared: other athletes may have open ones now. */
  readonly onAlerts: () => void;
  /** Called when there is news of the time, or the clock was set and nobody knows yet whether rightly. */
  readonly onTime: () => void;
  /** Called after each round of the loop. */
  readonly onRound?: (() => void) | undefined;
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

export class Ingest {
  readonly #parts: IngestParts;
  readonly #queue: BoundedQueue<SourceEvent | Order | TeamChange>;
  readonly #wakeUp = new WakeUp();
  readonly #intake: Intake;
  readonly #committer: Committer;
  readonly #commands: Commands;
  #roundMs: number;
  #isInDoubt = false;
  #received = 0;
  #athletesVersion: string | undefined;

  constructor(parts: IngestParts, limits: IngestLimits) {
    this.#parts = parts;
    this.#roundMs = parts.realClock.monotonicMs();
    this.#athletesVersion = parts.athletesVersion;
    this.#queue = new BoundedQueue(limits.ingestQueue);
    this.#committer = new Committer(parts, limits);
    this.#intake = new Intake(parts, {
      keep: (sample) => this.#committer.keep(sample),
      enter: (gap) => this.#committer.enter(gap),
      alert: (alerts) => this.#alert(alerts),
    });
    this.#commands = new Commands(parts, (alerts, onStored) => {
      this.#alert(alerts);
      this.#committer.whenStored(onStored);
    });
  }

  /** Takes an event from the radio and returns at once. */
  readonly offer = (event: SourceEvent): void => {
    if (event.type === 'measurement') this.#received += 1;
    if (mustNotBeMissed(event)) this.#queue.insist(event);
    else if (!this.#queue.offer(event) && isReading(event)) {
      const fromMs = this.#parts.timekeeper.stamp(event.monotonicMs).timeMs;
      this.#parts.ledger.lost({ athlete: event.athlete, cause: 'queue-overflow', fromMs });
    }
    this.#wakeUp.wake();
  };

  /**
   * Has a person's command carried out in its turn. Resolves when what came of it is stored, or cannot be for the time
   * being, with what was done.
   */
  command(command: AlertCommand): Promise<CommandAnswer> {
    return this.#commands.give(command, (order) => {
      // Their number is bounded.
      this.#queue.insist(order);
      this.#wakeUp.wake();
    });
  }

  /** Another version of the athletes file, which takes its turn behind what has come until now; see team-change.ts. */
  reload({ team, version }: TeamVersion): void {
    this.#queue.insist({ type: 'team', team, version, monotonicMs: this.#parts.clock.monotonicMs() });
    this.#wakeUp.wake();
  }

  /** When the loop last made a round, or was made; real monotonic time, ms. */
  get roundMs(): number {
    return this.#roundMs;
  }

  /** Time stands still in a simulation while something is being stored, and the loop with it. */
  get isTimeHeld(): boolean {
    return this.#parts.whileStoring !== undefined && this.#committer.isStoring;
  }

  /** Of the athletes file that is in force. */
  get athletesVersion(): string | undefined {
    return this.#athletesVersion;
  }

  /** The answer of whoever tells the time is there: the clocks are looked at again. */
  readonly wake = (): void => this.#wakeUp.wake();

  /**
   * Takes up an earlier run, before the first event: alerts that no rule watches any more are cleared, and the
   * local alarm is raised again for those that are open, since the last run may have ended before it was heard.
   *
   * @param run names this run of the gateway among all runs over its store
   */
  resume(past: Past & LedgerPast & ClockPast, run: string): void {
    const { clock, engine, ledger, responder, signals, timekeeper } = this.#parts;
    timekeeper.resume(past);
    this.#lookAtTime();
    if (!timekeeper.isTrusted) ledger.distrust();
    const nowMs = clock.monotonicMs();
    const { timeMs } = timekeeper.stamp(nowMs);
    const isOurs = ({ athlete }: { athlete: AthleteId }) => engine.watches(athlete);
    const corrected = <T extends Recalled<{ readonly timeMs: number }>>(each: T): T => ({
      ...each,
      timeMs: each.timeMs + timekeeper.correctionOf(each),
    });
    const samples = past.samples.map(corrected);
    const openAlerts = past.openAlerts.map(corrected);
    const openGaps = past.openGaps.map((each) => rebased(each, timekeeper.correctionOf(each)));
    const now = { name: run, timeMs, isTimeKnown: timekeeper.isTrusted };
    const unwatched = engine.resume({ openAlerts, samples: signals.resume(samples, nowMs) }, now);
    ledger.resume({ samples: samples.filter(isOurs), openGaps: openGaps.filter(isOurs) }, nowMs);
    // Nobody waits any more for the readings of athletes who have left the team.
    const abandoned = openGaps.filter((each) => !isOurs(each));
    for (const gap of ledger.abandon(abandoned, timeMs)) this.#committer.enter(gap);
    this.#alert(engine.abandon(unwatched, timeMs));
    for (const alert of openAlerts) {
      if (!unwatched.includes(alert) && alert.shadow !== true) responder.respond(alert);
    }
  }

  /** How many readings have come since the start, those included that there was no room for. */
  get received(): number {
    return this.#received;
  }

  /** What was stored since the start. */
  get stored(): StoredCounts {
    return this.#committer.stored;
  }

  /** How many records are not known to be stored. */
  get pending(): number {
    return this.#committer.pending;
  }

  /** Whether the store cannot be written now. */
  get isFailing(): boolean {
    return this.#committer.isFailing;
  }

  /** Runs until the signal aborts; then takes what is left in the queue and commits it. Commands come to an end with it. */
  async run(signal: AbortSignal): Promise<void> {
    this.#wakeUp.endWith(signal);
    while (!signal.aborted) {
      await this.#wakeUp.wait(this.#parts.clock, Math.min(TICK_MS, this.#committer.idleMs));
      this.#round();
    }
    this.#commands.close();
    this.#round();
    try {
      await this.#committer.finish();
    } finally {
      this.#commands.end();
    }
  }

  #round(): void {
    const { clock, engine, timekeeper } = this.#parts;
    this.#lookAtTime();
    // Read before the queue is drained: every reading of `ARRIVAL_MS` before this instant is in the queue by now, so
    // the windows that end by then are complete.
    const arrivedMs = clock.monotonicMs() - ARRIVAL_MS;
    for (const event of this.#queue.drain()) {
      if (event.type === 'command') this.#commands.take(event);
      else if (event.type === 'team') this.#change(event);
      else this.#intake.take(event);
    }
    this.#intake.passed(arrivedMs);
    this.#alert(engine.advance(timekeeper.wallMs(arrivedMs)));
    this.#committer.commitDue();
    this.#roundMs = this.#parts.realClock.monotonicMs();
    this.#parts.onRound?.();
  }

  #lookAtTime(): void {
    const { clock, ledger, timekeeper, onTime } = this.#parts;
    const news = timekeeper.look({ monotonicMs: clock.monotonicMs(), wallMs: clock.wallMs() });
    if (news !== undefined) this.#putRight(news);
    const isInDoubt = timekeeper.doubtSinceMs !== undefined;
    if (news !== undefined || (isInDoubt && !this.#isInDoubt)) onTime();
    if (isInDoubt && !this.#isInDoubt) ledger.distrust();
    if (!isInDoubt && this.#isInDoubt) ledger.settle(0);
    this.#isInDoubt = isInDoubt;
  }

  #putRight(news: TimeNews): void {
    const { engine, ledger, telemetry } = this.#parts;
    switch (news.type) {
      case 'trusted':
        ledger.settle(news.correctionMs);
        engine.shift(news.correctionMs);
        telemetry.emit({ event: 'clock.trusted', correctionSeconds: news.correctionMs / 1000 });
        break;
      case 'stepped':
        // What was stored before the step was noticed stays as it is, and so do the times of the ledger that belong to it.
        ledger.settle(news.correctionMs);
        engine.shift(news.correctionMs);
        telemetry.emit({ event: 'clock.stepped', seconds: news.correctionMs / 1000 });
        break;
      case 'step-ignored':
        telemetry.emit({ event: 'clock.step-ignored', seconds: news.stepMs / 1000 });
        break;
      case 'untrusted':
        telemetry.emit({ event: 'clock.untrusted', reason: news.reason });
        break;
    }
  }

  #change(change: TeamChange): void {
    const { before, after, gaps } = changeTeam(this.#parts, change);
    this.#alert(before);
    this.#athletesVersion = change.version;
    this.#alert(after);
    for (const gap of gaps) this.#committer.enter(gap);
    this.#parts.onAlerts();
  }

  #alert(alerts: readonly AlertEvent[]): void {
    if (alerts.length === 0) return;
    const version = this.#athletesVersion;
    const inForce = version === undefined ? {} : { athletesVersion: version };
    for (const alert of alerts) this.#committer.alert({ ...alert, ...inForce });
    this.#parts.onAlerts();
  }
}

/** The silence with its beginning by the time that is kept now. */
function rebased(gap: Recalled<Gap>, correctionMs: number): Recalled<Gap> {
  return gap.fromIsSettled === true ? gap : { ...gap, fromMs: gap.fromMs + correctionMs };
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
