/**
 * Finds out whether the wall clock is right, and tells the store when it is. What follows from an answer is the
 * timekeeper's to say, and the ingest loop's to do; here is only the asking, which may take seconds, and the waiting:
 * records that nobody could put right leave all the same when they have waited long enough.
 */
import { isOperatingError } from '../domain/errors.ts';
import type { Timekeeper } from '../domain/timekeeper.ts';
import type { Clock, Outbox, Telemetry, TimeAuthority } from '../ports.ts';
import { WakeUp } from './wake-up.ts';

export interface TimeWatchParts {
  readonly clock: Clock;
  /** Absent where nobody is to be asked. */
  readonly timeAuthority?: TimeAuthority | undefined;
  readonly timekeeper: Timekeeper;
  readonly outbox: Pick<Outbox, 'learnTime' | 'releaseUnsynchronised'>;
  readonly telemetry: Telemetry;
  /** Called when there is an answer, for which the clocks have to be looked at. */
  readonly onAnswer: () => void;
  /** Called when records may leave that waited for the time. */
  readonly onReleased: () => void;
}

/** While nobody says that the clock is right: NTP takes seconds from when the network is there. */
const ASK_MS = 15_000;

/** When it is: only a step needs an answer, and is asked about at once. */
const ASK_AGAIN_MS = 300_000;

/** The store is told again when what it knows is wrong by more, ms. */
const TEACH_MS = 1_000;

export class TimeWatch {
  readonly #parts: TimeWatchParts;
  readonly #waitMs: number;
  readonly #wakeUp = new WakeUp();
  #askedMs = Number.NEGATIVE_INFINITY;
  #taughtMs: number | undefined;
  #isReleased = false;

  /** @param limits how long records wait for the time, from when this runs */
  constructor(parts: TimeWatchParts, limits: { readonly waitMs: number }) {
    this.#parts = parts;
    this.#waitMs = limits.waitMs;
  }

  /** There is news of the time, or doubt. */
  readonly wake = (): void => this.#wakeUp.wake();

  /** Runs until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    const releaseMs = clock.monotonicMs() + this.#waitMs;
    this.#wakeUp.endWith(signal);
    while (!signal.aborted) {
      if (clock.monotonicMs() >= this.#nextAskMs()) await this.#ask(signal);
      if (signal.aborted) return;
      await this.#teach();
      const { isTrusted } = this.#parts.timekeeper;
      if (!isTrusted && clock.monotonicMs() >= releaseMs) await this.#release();
      const untilReleaseMs = isTrusted || this.#isReleased ? Number.POSITIVE_INFINITY : releaseMs;
      const untilMs = Math.min(untilReleaseMs, this.#nextAskMs());
      await this.#wakeUp.wait(clock, Math.min(ASK_AGAIN_MS, untilMs - clock.monotonicMs()));
    }
  }

  #nextAskMs(): number {
    const { timekeeper } = this.#parts;
    const { doubtSinceMs } = timekeeper;
    if (doubtSinceMs !== undefined && doubtSinceMs > this.#askedMs) return doubtSinceMs;
    const isSettled = timekeeper.isTrusted && doubtSinceMs === undefined && this.#isTaught;
    return this.#askedMs + (isSettled ? ASK_AGAIN_MS : ASK_MS);
  }

  async #ask(signal: AbortSignal): Promise<void> {
    const { clock, timeAuthority, timekeeper, onAnswer } = this.#parts;
    const askedMs = clock.monotonicMs();
    const answer = await timeAuthority?.isSynchronised(signal);
    this.#askedMs = askedMs;
    if (signal.aborted) return;
    timekeeper.answered(answer, askedMs);
    onAnswer();
  }

  get #isTaught(): boolean {
    return this.#taughtMs !== undefined && Math.abs(this.#parts.timekeeper.offsetMs - this.#taughtMs) <= TEACH_MS;
  }

  /** A store that cannot be written now is told at the next turn; the ingest loop says that it cannot be written. */
  async #teach(): Promise<void> {
    const { outbox, timekeeper, onReleased } = this.#parts;
    if (!timekeeper.isTrusted || this.#isTaught) return;
    const { offsetMs } = timekeeper;
    if (!(await succeeds(outbox.learnTime(offsetMs)))) return;
    this.#taughtMs = offsetMs;
    onReleased();
  }

  async #release(): Promise<void> {
    const { outbox, telemetry, onReleased } = this.#parts;
    if (this.#isReleased || !(await succeeds(outbox.releaseUnsynchronised()))) return;
    this.#isReleased = true;
    telemetry.emit({ event: 'clock.wait-over', hours: this.#waitMs / 3_600_000 });
    onReleased();
  }
}

async function succeeds(action: Promise<void>): Promise<boolean> {
  try {
    await action;
    return true;
  } catch (error) {
    if (!isOperatingError(error)) throw error;
    return false;
  }
}
