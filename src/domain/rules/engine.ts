/**
 * Holds every athlete against the rules set for that athlete. Kinds find whether a limit is crossed or held
 * (rule.ts); what becomes of the alert is alert-life.ts. No finding, no change: a dropout is not a recovery.
 *
 * There is one time here, Unix ms, which is the monotonic clock and an offset: durations in it are monotonic ones, and
 * when the offset turns out to have been wrong, `shift` puts everything right that was stamped with it.
 *
 * Contested and frozen readings may lead to an alert and end none: whoever can make readings contested, or send readings
 * of their own, can neither keep an alarm from being raised nor end it.
 *
 * Deterministic: time comes in with the input, alert events go out as data. The state of a watch belongs to the engine
 * alone and is changed in place (decision 0029).
 */
import type { AlertEvent, Severity } from '../alert.ts';
import type { Team } from '../athlete.ts';
import { type AthleteId, type RecalledSample, type Sample, usableBpm } from '../sample.ts';
import type { SignalEvent } from '../signal.ts';
import type { Recalled } from '../timekeeper.ts';
import {
  type AlertLife,
  abandoned,
  acknowledged,
  type Circumstances,
  defined,
  judged,
  type Notice,
  restore,
  resumed,
  ruleGone,
  type Snooze,
  shiftLife,
  snoozed,
} from './alert-life.ts';

import { type Beginning, expectation, isDisproved } from './expectation.ts';
import type { Rule } from './kinds.ts';
import { followRate, isOverLimit, shiftOverLimit, signalCame, signalWent } from './over-limit.ts';
import { takeOver } from './reload.ts';
import type { Finding } from './rule.ts';
import type { AnyKind, Watch } from './watch.ts';
import { beginAnew, forgetLoss, interrupt, noteLoss, shiftLoss, type Watched, watchedOf } from './watched.ts';

/**
 * A reading that is earlier than the newest one by no more than this has come late; by more, and the clock has been set
 * back without anybody telling, as between two boots in the log: then what is under way begins anew.
 */
const LATE_AT_MOST_MS = 30_000;

/** What the log remembers of an earlier run of the gateway. */
export interface Past {
  /** The last event of each alert that was open, by the time that is kept now. */
  readonly openAlerts: readonly Recalled<AlertEvent>[];
  /** Samples in the order in which they were stored; those within `memoryMs` of each athlete's last one count. */
  readonly samples: readonly RecalledReading[];
}

/** A sample of an earlier run, and how the signal was. */
export type RecalledReading = RecalledSample & {
  /** It was one more of readings that did not change any more. */
  readonly isFrozen?: true;
};

export interface OpenAlert {
  readonly rule: string;
  readonly severity: Severity;
  /** Somebody has taken notice. */
  readonly acknowledged: boolean;
  readonly acknowledgedBy?: string;
  readonly note?: string;
  /** Until when it is to be quiet, Unix ms; absent where it is not. */
  readonly snoozedUntilMs?: number;
  readonly snoozedBy?: string;
}

/** Which alert, open or not. */
type Named = Pick<AlertEvent, 'athlete' | 'rule'>;

/** A run of the gateway that begins. */
export interface Run extends Beginning {
  /** No other run has it, so that alerts have names; those of an engine without a run have none. */
  readonly name: string;
}

const NOTHING: readonly AlertEvent[] = [];
const FRESH = { isFrozen: false } as const;

/** What a change of the team leads to at once. */
export interface Reloaded {
  /** By the rules before: what was due until then. */
  readonly before: readonly AlertEvent[];
  /** By those now: the ends of alerts that no rule watches any more, and losses of signal that go on for too long. */
  readonly after: readonly AlertEvent[];
}

export class RuleEngine {
  #team = new Map<AthleteId, Watched>();
  /** One for all: making one for each reading is a good part of what a rule costs. */
  readonly #reading = { timeMs: 0, bpm: 0, rrMs: [] as readonly number[], isContested: false };
  #events: AlertEvent[] = [];
  #run: string | undefined;
  #named = 0;

  constructor(team: Team) {
    for (const { id, rules } of team) this.#team.set(id, watchedOf(id, rules));
  }

  /**
   * Takes up where an earlier run stopped: an open alert is open again, not raised twice, and what was under way goes
   * on. Findings on the past lead to nothing again, and the way to clearing an alert begins anew, since the restart was
   * a dropout. Whoever was heard just before it and is not heard any more has lost the signal, counted from now
   * (expectation.ts).
   *
   * @returns the open alerts that no rule watches any more, since the athletes file has changed
   */
  resume(past: Past, now?: Run): AlertEvent[] {
    this.#run = now?.name;
    const unwatched = past.openAlerts.filter((alert) => {
      const watch = this.#watch(alert.athlete, alert.rule);
      // A trial that has become an alarm has to be raised as one.
      if (watch === undefined || watch.life.rule.shadow !== alert.shadow) return true;
      restore(watch.life, alert, now?.timeMs);
      return false;
    });
    const heard = new Map<AthleteId, RecalledReading>();
    for (const sample of past.samples) {
      this.#take(sample, sample.isFrozen === true, ignore);
      if (usableBpm(sample) !== undefined) heard.set(sample.athlete, sample);
    }
    for (const [athlete, watched] of this.#team) {
      const found = now === undefined ? 'not-expected' : expectation(heard.get(athlete), past.samples.at(-1), now);
      if (typeof found === 'object') watched.assumed = found;
      interrupt(watched, now?.timeMs ?? Number.NEGATIVE_INFINITY, found !== 'not-expected');
    }
    return unwatched;
  }

  /**
   * The team and its rules are these from now on. A rule of an athlete who stays goes on as it is where name, kind and
   * parameters are the same, and begins anew otherwise. Either way its open alert stays open; that of a rule which is
   * gone ends, and so does that of one which is on trial now and was not, or the other way round.
   */
  reload(team: Team, timeMs: number): Reloaded {
    const before = this.#team;
    this.#team = new Map(team.map(({ id, rules }) => [id, watchedOf(id, rules)]));
    const taken = [...before].map(([athlete, watched]) => {
      const after = this.#team.get(athlete);
      const judge = (watch: Watch) => this.#due(watched, watch, timeMs, this.#judged);
      return { after, ...takeOver(watched, after, timeMs, judge) };
    });
    const judged = this.#found();
    const ended = taken.flatMap(({ gone }) => gone.flatMap((life) => ruleGone(life, timeMs) ?? []));
    for (const { after, begun } of taken) {
      if (after === undefined) continue;
      for (const watch of begun) if (watch.kind.isAboutSignal) this.#due(after, watch, timeMs, this.#judged);
    }
    return { before: judged, after: [...ended, ...this.#found()] };
  }

  /** How much of the past `resume` can use, in ms. */
  get memoryMs(): number {
    return this.#longest((kind, parameters) => kind.memoryMs(parameters));
  }

  /** How long after the last reading it may still lead to an alert, in ms. */
  get outlastsMs(): number {
    return this.#longest((kind, parameters) => kind.outlastsMs?.(parameters) ?? 0);
  }

  /**
   * One sample of an athlete, in the order in which they came. An athlete who is not in the team is nobody's.
   *
   * @param isFrozen it is one more of readings that do not change any more: like a contested one it may raise an alert
   *   and clears none
   */
  step(sample: Sample, { isFrozen }: { readonly isFrozen: boolean } = FRESH): readonly AlertEvent[] {
    this.#take(sample, isFrozen, this.#judged);
    return this.#found();
  }

  /** An athlete's signal has changed, at this Unix time. */
  signal({ athlete, state, monotonicMs, sinceMs }: SignalEvent, timeMs: number): readonly AlertEvent[] {
    const watched = this.#team.get(athlete);
    if (watched === undefined) return NOTHING;
    const news = { timeMs, sinceMs: timeMs - (monotonicMs - sinceMs), state };
    const { over, watches } = watched;
    noteLoss(watched, news);
    if (state !== 'live' && state !== 'battery-low') signalWent(over, watches);
    for (const watch of watches) {
      // What was due of a loss is due though it is over by now.
      if (watch.kind.isAboutSignal) this.#due(watched, watch, timeMs, this.#judged);
      watch.kind.signal?.(watch.state, news, watch.parameters);
      if (watch.kind.isAboutSignal) this.#due(watched, watch, timeMs, this.#judged);
    }
    if (state === 'live') signalCame(over);
    // Somebody was there to lose the signal, or has it.
    watched.assumed = undefined;
    return this.#found();
  }

  /** Time has passed and every sample up to it has been given: what is due by now is judged now, and quiet ends. */
  advance(timeMs: number): readonly AlertEvent[] {
    for (const watched of this.#team.values()) {
      for (const watch of watched.watches) {
        this.#due(watched, watch, timeMs, this.#judged);
        const event = resumed(watch.life, timeMs);
        if (event !== undefined) this.#events.push(event);
      }
    }
    return this.#found();
  }

  /**
   * Nothing was given after this time and nothing comes: windows that were under way are judged at their end, as they would
   * be where it only goes silent. That nothing comes is no lost signal, and of one that was lost before nothing more is said.
   */
  finish(timeMs: number): readonly AlertEvent[] {
    for (const watched of this.#team.values()) {
      for (const watch of watched.watches) {
        const outlastsMs = watch.kind.outlastsMs?.(watch.parameters) ?? 0;
        this.#due(watched, watch, timeMs + outlastsMs, this.#judged);
      }
    }
    return this.#found();
  }

  /** The time is known: the times given so far were wrong by this, ms; those from now on are right. */
  shift(correctionMs: number): void {
    for (const watched of this.#team.values()) {
      watched.newestMs += correctionMs;
      shiftOverLimit(watched.over, correctionMs);
      shiftLoss(watched, correctionMs);
      for (const { kind, state, parameters, life } of watched.watches) {
        kind.shift(state, correctionMs, parameters);
        shiftLife(life, correctionMs);
      }
      if (watched.assumed !== undefined && isDisproved(watched.assumed, correctionMs)) forgetLoss(watched);
      watched.assumed = undefined;
    }
  }

  /** Somebody has taken notice of an open alert. @returns nothing where there is none */
  acknowledge({ athlete, rule }: Named, notice: Notice & { readonly timeMs: number }): AlertEvent | undefined {
    const watch = this.#watch(athlete, rule);
    return watch === undefined ? undefined : acknowledged(watch.life, notice.timeMs, notice);
  }

  /** An open alert is to be quiet for a while. @returns nothing where there is none */
  snooze({ athlete, rule }: Named, quiet: Snooze & { readonly timeMs: number }): AlertEvent | undefined {
    const watch = this.#watch(athlete, rule);
    return watch === undefined ? undefined : snoozed(watch.life, quiet.timeMs, quiet);
  }

  /** The ends of alerts that `resume` has given back. */
  abandon(unwatched: readonly AlertEvent[], timeMs: number): AlertEvent[] {
    return unwatched.map((alert) => abandoned(alert, timeMs));
  }

  /** The athlete is of the team. */
  watches(athlete: AthleteId): boolean {
    return this.#team.has(athlete);
  }

  /** Everybody in the team. */
  athletes(): AthleteId[] {
    return [...this.#team.keys()];
  }

  /** What the athlete is held against, rules on trial too. */
  rulesOf(athlete: AthleteId): string[] {
    return this.#team.get(athlete)?.watches.map(({ life }) => life.rule.name) ?? [];
  }

  /** The athlete's open alerts but those of rules on trial, in the order of the rules. */
  openAlerts(athlete: AthleteId): string[] {
    return this.openAlertsOf(athlete).map(({ rule }) => rule);
  }

  /** The same with how they stand. */
  openAlertsOf(athlete: AthleteId): OpenAlert[] {
    const lives = this.#team.get(athlete)?.watches.map(({ life }) => life) ?? [];
    return lives.filter(({ isOpen, rule }) => isOpen && rule.shadow !== true).map(standingOf);
  }

  #take(sample: Sample, isFrozen: boolean, found: Found): void {
    const watched = this.#team.get(sample.athlete);
    if (watched === undefined) return;
    const bpm = usableBpm(sample);
    if (bpm === undefined) {
      for (const { kind, state } of watched.watches) kind.unusable?.(state);
      return;
    }
    const { timeMs } = sample;
    if (timeMs < watched.newestMs - LATE_AT_MOST_MS) beginAnew(watched);
    if (timeMs > watched.newestMs) watched.newestMs = timeMs;
    const reading = this.#reading;
    reading.timeMs = timeMs;
    reading.bpm = bpm;
    reading.rrMs = sample.rrMs;
    reading.isContested = isFrozen || sample.contested !== undefined;
    followRate(watched.over, watched.watches, reading);
    for (const watch of watched.watches) {
      if (watch.kind.due !== undefined) this.#due(watched, watch, timeMs, found);
      const finding = watch.kind.reading(watch.state, reading, watch.parameters);
      if (finding !== undefined && finding !== 'between') found(watched, watch, finding);
    }
  }

  #due(watched: Watched, watch: Watch, timeMs: number, found: Found): void {
    const { kind, parameters } = watch;
    for (;;) {
      const finding = kind.due?.(watch.state, timeMs, parameters);
      if (finding === undefined) return;
      if (finding !== 'between') found(watched, watch, finding);
    }
  }

  /** Kept as a value, since one is made for every reading otherwise. */
  readonly #judged: Found = (watched, { kind, life, state }, finding) => {
    if (finding === 'within' && !life.isOpen) return;
    const isGraver = kind.isAboutSignal === true && isOverLimit(watched.over, watched.watches);
    if (finding === 'beyond' && life.isOpen && !isGraver) return;
    const circumstances: Circumstances = { isGraver, name: this.#name };
    const event = judged(life, finding, state.verdict, circumstances);
    if (event !== undefined) this.#events.push(event);
  };

  readonly #name = (): string | undefined => {
    this.#named += 1;
    return this.#run === undefined ? undefined : `${this.#run}-${this.#named}`;
  };

  #found(): readonly AlertEvent[] {
    if (this.#events.length === 0) return NOTHING;
    const events = this.#events;
    this.#events = [];
    return events;
  }

  #watch(athlete: AthleteId, rule: string): Watch | undefined {
    return this.#team.get(athlete)?.watches.find(({ life }) => life.rule.name === rule);
  }

  #longest(lengthMs: (kind: AnyKind, parameters: Rule['parameters']) => number): number {
    let longest = 0;
    for (const { watches } of this.#team.values()) {
      for (const { kind, parameters } of watches) longest = Math.max(longest, lengthMs(kind, parameters));
    }
    return longest;
  }
}

function standingOf({ rule, severity, acknowledgedBy, note, snoozedUntilMs, snoozedBy }: AlertLife): OpenAlert {
  return {
    rule: rule.name,
    severity,
    acknowledged: acknowledgedBy !== undefined,
    ...defined({ acknowledgedBy, note, snoozedUntilMs, snoozedBy }),
  };
}

type Found = (watched: Watched, watch: Watch, finding: Finding) => void;

function ignore(): void {}
