/**
 * Holds every athlete against the rules set for that athlete, and owns the life of an alert: raised at
 * the first verdict beyond a limit, cleared at the first verdict within it, at most one open for an
 * athlete and a rule. No verdict, no change: a dropout is not a recovery.
 *
 * A verdict that rests on contested readings raises as any other, and clears nothing: whoever can make readings
 * contested, or send readings of their own, can neither keep an alarm from being raised nor end it.
 *
 * Pure: time comes in with the input, alert events go out as data.
 */
import type { AlertEvent } from '../alert.ts';
import type { Team } from '../athlete.ts';
import { type AthleteId, type Sample, usableBpm } from '../sample.ts';
import type { SignalEvent } from '../signal.ts';
import type { Recalled } from '../timekeeper.ts';
import { RULE_KINDS, type Rule } from './kinds.ts';
import type { ParameterTable, RuleInput, RuleKind } from './rule.ts';

interface Watch {
  readonly athlete: AthleteId;
  readonly rule: Rule;
  state: unknown;
  open: boolean;
}

/** What the log remembers of an earlier run of the gateway. */
export interface Past {
  /** The events that raised the alerts that were open. */
  readonly openAlerts: readonly AlertEvent[];
  /** Samples in the order in which they were stored; those within `memoryMs` of each athlete's last one count. */
  readonly samples: readonly Recalled<Sample>[];
}

export class RuleEngine {
  readonly #watches = new Map<AthleteId, Watch[]>();

  constructor(team: Team) {
    for (const athlete of team) {
      const watches = athlete.rules.map((rule) => ({
        athlete: athlete.id,
        rule,
        state: RULE_KINDS[rule.kind].initial as unknown,
        open: false,
      }));
      this.#watches.set(athlete.id, watches);
    }
  }

  /**
   * Takes up where an earlier run stopped: an open alert is open again, not raised twice, and the window
   * that was under way goes on. Verdicts on the past are not given again.
   *
   * @returns the open alerts that no rule watches any more, since the athletes file has changed
   */
  resume(past: Past): AlertEvent[] {
    const unwatched = past.openAlerts.filter(({ athlete, rule }) => {
      const watch = this.#watches.get(athlete)?.find((each) => each.rule.name === rule);
      if (watch !== undefined) watch.open = true;
      return watch === undefined;
    });
    for (const sample of past.samples) {
      const input = heartRateOf(sample, false);
      if (input === undefined) continue;
      for (const watch of this.#watches.get(sample.athlete) ?? []) this.#judge(watch, input);
    }
    return unwatched;
  }

  /** How much of the past `resume` can use, in ms. */
  get memoryMs(): number {
    let memoryMs = 0;
    for (const { rule } of this.#all()) memoryMs = Math.max(memoryMs, kindOf(rule).memoryMs(rule.parameters));
    return memoryMs;
  }

  /**
   * One sample of an athlete, in the order in which they came. An athlete who is not in the team is nobody's.
   *
   * @param isFrozen it is one more of readings that do not change any more: like a contested one it may raise an alert
   *   and clears none
   */
  step(sample: Sample, { isFrozen }: { readonly isFrozen: boolean } = { isFrozen: false }): AlertEvent[] {
    const input = heartRateOf(sample, isFrozen);
    const watches = this.#watches.get(sample.athlete);
    if (watches === undefined || input === undefined) return [];
    return this.#run(watches, input);
  }

  /** An athlete's signal has changed, at this Unix time. */
  signal({ athlete, state }: SignalEvent, timeMs: number): AlertEvent[] {
    return this.#run(this.#watches.get(athlete) ?? [], { type: 'signal', timeMs, state });
  }

  /** Time has passed and every sample up to it has been given: what ended by now is judged now. */
  advance(timeMs: number): AlertEvent[] {
    const events: AlertEvent[] = [];
    for (const watches of this.#watches.values()) events.push(...this.#run(watches, { type: 'time', timeMs }));
    return events;
  }

  /** The times given so far were wrong by this, ms; those from now on are right. */
  shift(correctionMs: number): void {
    for (const watch of this.#all()) {
      watch.state = kindOf(watch.rule).shift(watch.state, correctionMs, watch.rule.parameters);
    }
  }

  /** The athlete is of the team. */
  watches(athlete: AthleteId): boolean {
    return this.#watches.has(athlete);
  }

  openAlerts(athlete: AthleteId): string[] {
    return (this.#watches.get(athlete) ?? []).filter(({ open }) => open).map(({ rule }) => rule.name);
  }

  #run(watches: readonly Watch[], input: RuleInput): AlertEvent[] {
    const events: AlertEvent[] = [];
    for (const watch of watches) {
      const verdict = this.#judge(watch, input);
      if (verdict === undefined || verdict.beyond === watch.open) continue;
      if (verdict.isContested && !verdict.beyond) continue;
      watch.open = verdict.beyond;
      events.push({
        athlete: watch.athlete,
        rule: watch.rule.name,
        event: verdict.beyond ? 'raised' : 'cleared',
        timeMs: verdict.timeMs,
        value: verdict.value,
        ...limitsOf(watch.rule),
      });
    }
    return events;
  }

  #judge(watch: Watch, input: RuleInput) {
    const { state, verdict } = kindOf(watch.rule).step(watch.state, input, watch.rule.parameters);
    watch.state = state;
    return verdict;
  }

  *#all(): Iterable<Watch> {
    for (const watches of this.#watches.values()) yield* watches;
  }
}

/** What a rule sees of a sample; nothing where it has no usable heart rate. */
function heartRateOf(sample: Sample, isFrozen: boolean): RuleInput | undefined {
  const bpm = usableBpm(sample);
  if (bpm === undefined) return undefined;
  return { type: 'heart-rate', timeMs: sample.timeMs, bpm, isContested: isFrozen || sample.contested !== undefined };
}

/** A rule's kind, with the tie between its state and its parameters forgotten: a watch keeps both together. */
function kindOf(rule: Rule): RuleKind<ParameterTable, unknown> {
  return RULE_KINDS[rule.kind] as unknown as RuleKind<ParameterTable, unknown>;
}

function limitsOf({ parameters }: Rule): Pick<AlertEvent, 'above' | 'below'> {
  const { above, below } = parameters;
  return { ...(above === undefined ? {} : { above }), ...(below === undefined ? {} : { below }) };
}
