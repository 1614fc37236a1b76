/**
 * Turns monotonic stamps into wall time. A Pi has no battery clock: its wall clock may be years wrong at boot and steps
 * when the network tells the time, while its monotonic clock is always right about durations.
 *
 * Until the wall clock is trusted, stamps go by the wall time as it was first read, so that no step of it reorders
 * anything, and carry by which offset they were made; once it is trusted, everything stamped so is put right at once.
 * A trusted wall clock is followed: small changes as they come, a step only where whoever is asked says anew that the
 * clock is right.
 *
 * Pure: readings of the clocks and answers come in, news goes out as data.
 */

/**
 * Whom to believe. `auto`: NTP, where it can be asked, and a plausible clock where it cannot. `ntp`: NTP alone.
 * `always`: the system's clock as soon as it is plausible, as where a battery keeps it.
 */
export type ClockTrust = 'auto' | 'ntp' | 'always';

/** Both clocks at one instant. */
export interface ClockReading {
  readonly monotonicMs: number;
  readonly wallMs: number;
}

/** Which times there may be at all; Unix ms. */
export interface PlausibleTime {
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** Before this, no gateway ran this program; a clock that says so has lost its time. */
const RELEASED_MS = Date.UTC(2026, 0, 1);
const YEAR_MS = 365.25 * 24 * 3_600_000;
export const PLAUSIBLE: PlausibleTime = { notBeforeMs: RELEASED_MS, notAfterMs: RELEASED_MS + 10 * YEAR_MS };

/** A change of the wall clock by more than this at once is a step; daemons slew by less than a millisecond a second. */
const STEP_MS = 1_000;

/** Two clocks that are read one after the other, one of them in whole ms, differ by as much without any change. */
const JITTER_MS = 5;

/** Why the wall clock is not trusted. */
export type Distrust = 'not-synchronised' | 'nobody-tells' | 'too-early' | 'too-late' | 'before-newest-record';

export type TimeNews =
  /** The time is known from now on; earlier stamps are wrong by the correction. */
  | { readonly type: 'trusted'; readonly correctionMs: number }
  /** The trusted clock was set, and rightly so. */
  | { readonly type: 'stepped'; readonly correctionMs: number }
  /** The trusted clock was set, and nobody confirms it: it is not followed. */
  | { readonly type: 'step-ignored'; readonly stepMs: number }
  /** Stamps are provisional; told once. */
  | { readonly type: 'untrusted'; readonly reason: Distrust };

/** What a record carries whose stamps are provisional: the wall minus the monotonic time they were made by, ms. */
export interface TimeMark {
  readonly offsetMs?: number;
}

/** What an earlier run has left behind: its times are provisional where it is marked, and of this boot then. */
export type Recalled<T> = T & TimeMark;

/** What the log remembers of the time. */
export interface ClockPast {
  /** The newest record that a trusted clock has stamped, or that was put right; Unix ms. */
  readonly newestTrustedMs?: number;
  /** This boot's wall minus monotonic time, where an earlier process of this boot came to know it. */
  readonly learnedOffsetMs?: number;
}

export class Timekeeper {
  readonly #trust: ClockTrust;
  readonly #plausible: PlausibleTime;
  #offsetMs: number;
  #isTrusted = false;
  #newestTrustedMs = Number.NEGATIVE_INFINITY;
  /** Of NTP: whether the clock is right, undefined where nobody can be asked. */
  #answer: boolean | undefined | 'awaited' = 'awaited';
  /** When a step was noticed that is not confirmed yet, monotonic ms. */
  #doubtSinceMs: number | undefined;
  #toldDistrust = false;
  #correctionMs: number | undefined;

  constructor(options: { trust: ClockTrust; first: ClockReading; plausible?: PlausibleTime }) {
    this.#trust = options.trust;
    this.#plausible = options.plausible ?? PLAUSIBLE;
    this.#offsetMs = offsetOf(options.first);
    // Where nobody is asked, there is nothing to wait for.
    this.#isTrusted = this.#distrustOf(options.first.wallMs) === undefined;
  }

  get isTrusted(): boolean {
    return this.#isTrusted;
  }

  /** Stamps that are made now are right, as far as anybody knows: no step of the wall clock waits to be confirmed. */
  get isSettled(): boolean {
    return this.#isTrusted && this.#doubtSinceMs === undefined;
  }

  /** Wall minus monotonic time by which stamps are made now, whole ms. */
  get offsetMs(): number {
    return this.#offsetMs;
  }

  /**
   * By how much the stamps of this boot were put right when the time became known, ms; undefined where it was known from
   * the start, or an earlier process of this boot came to know it.
   */
  get correctionMs(): number | undefined {
    return this.#correctionMs;
  }

  /** While a step waits to be confirmed, stamps are provisional too: they are by the time before it. */
  get mark(): TimeMark {
    return this.isSettled ? {} : { offsetMs: this.#offsetMs };
  }

  /** Since when there is a step that has to be confirmed, monotonic ms. */
  get doubtSinceMs(): number | undefined {
    return this.#doubtSinceMs;
  }

  /** Takes up an earlier run. What this boot has learned holds, until the wall clock says otherwise and is confirmed. */
  resume({ newestTrustedMs, learnedOffsetMs }: ClockPast): void {
    this.#newestTrustedMs = newestTrustedMs ?? this.#newestTrustedMs;
    if (learnedOffsetMs === undefined || this.#trust === 'always') return;
    this.#offsetMs = learnedOffsetMs;
    this.#isTrusted = true;
  }

  /** How far times with this mark, of this boot, are from those that are made now, ms; 0 for settled ones. */
  correctionOf({ offsetMs }: TimeMark): number {
    return offsetMs === undefined ? 0 : this.#offsetMs - offsetMs;
  }

  /** What NTP said when it was asked at this monotonic time; undefined where nobody can be asked. */
  answered(isSynchronised: boolean | undefined, askedMs: number): void {
    if (this.#doubtSinceMs !== undefined && askedMs < this.#doubtSinceMs) return;
    this.#answer = isSynchronised;
  }

  /** Looks at the clocks; to be called often. Whoever calls it puts right what was stamped, as the news says. */
  look(reading: ClockReading): TimeNews | undefined {
    return this.#isTrusted ? this.#follow(reading) : this.#judge(reading);
  }

  /** Unix time in ms of a monotonic stamp. */
  wallMs(monotonicMs: number): number {
    return monotonicMs + this.#offsetMs;
  }

  /** The same in whole ms, as records have it, with what has to go with it. */
  stamp(monotonicMs: number): { readonly timeMs: number } & TimeMark {
    return { timeMs: Math.round(this.wallMs(monotonicMs)), ...this.mark };
  }

  #judge(reading: ClockReading): TimeNews | undefined {
    const distrust = this.#distrustOf(reading.wallMs);
    if (distrust === undefined) {
      this.#isTrusted = true;
      this.#correctionMs = this.#accept(reading);
      return { type: 'trusted', correctionMs: this.#correctionMs };
    }
    if (this.#toldDistrust || distrust === 'awaited') return undefined;
    this.#toldDistrust = true;
    return { type: 'untrusted', reason: distrust };
  }

  #follow(reading: ClockReading): TimeNews | undefined {
    const stepMs = offsetOf(reading) - this.#offsetMs;
    if (Math.abs(stepMs) <= STEP_MS) {
      this.#doubtSinceMs = undefined;
      if (Math.abs(stepMs) > JITTER_MS) this.#accept(reading);
      this.#newestTrustedMs = Math.max(this.#newestTrustedMs, reading.wallMs);
      return undefined;
    }
    if (this.#doubtSinceMs === undefined) {
      this.#doubtSinceMs = reading.monotonicMs;
      this.#toldDistrust = false;
      // What was said of the clock before it was set is no answer any more.
      if (this.#answer !== undefined) this.#answer = 'awaited';
    }
    const distrust = this.#distrustOf(reading.wallMs);
    if (distrust === undefined) return { type: 'stepped', correctionMs: this.#accept(reading) };
    if (this.#toldDistrust || distrust === 'awaited') return undefined;
    this.#toldDistrust = true;
    return { type: 'step-ignored', stepMs };
  }

  /** @returns by how much stamps change, ms */
  #accept(reading: ClockReading): number {
    const correctionMs = offsetOf(reading) - this.#offsetMs;
    this.#offsetMs += correctionMs;
    this.#doubtSinceMs = undefined;
    this.#toldDistrust = false;
    this.#newestTrustedMs = Math.max(this.#newestTrustedMs, reading.wallMs);
    return correctionMs;
  }

  #distrustOf(wallMs: number): Distrust | 'awaited' | undefined {
    if (wallMs < this.#plausible.notBeforeMs) return 'too-early';
    if (wallMs > this.#plausible.notAfterMs) return 'too-late';
    if (this.#trust === 'always' || this.#answer === true) return undefined;
    if (this.#answer === 'awaited') return 'awaited';
    if (this.#answer === false) return 'not-synchronised';
    if (this.#trust === 'ntp') return 'nobody-tells';
    // Who has NTP does not need this: one wrong stamp in the store would hold against every right time for years.
    return wallMs < this.#newestTrustedMs - STEP_MS ? 'before-newest-record' : undefined;
  }
}

function offsetOf({ wallMs, monotonicMs }: ClockReading): number {
  return Math.round(wallMs - monotonicMs);
}
