/**
 * Runs what was recorded through the rules of an athlete or a team, exactly as the gateway would have, and says what would
 * have come of it.
 *
 * In a rehearsal both clocks are one: the times of the samples are right, and durations are counted by them. Time passes
 * with the samples, those of the others too, so that whoever is heard no more is found out while the team plays on.
 */
import type { AlertEvent } from '../alert.ts';
import type { Athlete, Team } from '../athlete.ts';
import { SILENCE_MS } from '../ledger.ts';
import { RuleEngine } from '../rules/engine.ts';
import type { AthleteId, Sample } from '../sample.ts';
import { type SignalChange, SignalMonitor } from '../signal.ts';
import { type Judgement, Judging } from './judging.ts';
import { recordedSamples } from './recorded-samples.ts';
import type { Recording } from './recording.ts';

/** How often the gateway looks at the time, and how much later than its end a window is judged, so that it is complete. */
const LOOK_EVERY_MS = 1_000;
const ARRIVAL_MS = 250;

/** No rule waits for longer after a reading: an hour's window, or an hour of a lost signal, and when that is found out. */
const WAITS_AT_MOST_MS = 2 * 3_600_000;

interface Watch {
  readonly judging: Judging;
  readonly signals: SignalMonitor;
  /** The last reading, Unix ms, while a silence after it has not been found out. */
  heardMs: number | undefined;
}

export class Rehearsal {
  readonly #engine: RuleEngine;
  readonly #watches: ReadonlyMap<AthleteId, Watch>;
  readonly #events: AlertEvent[] = [];
  #newestMs = Number.NEGATIVE_INFINITY;
  #lookedMs = Number.NEGATIVE_INFINITY;

  constructor(team: Team) {
    this.#engine = new RuleEngine(team);
    this.#watches = new Map(
      team.map(({ id, rules }) => [
        id,
        { judging: new Judging(rules), signals: new SignalMonitor(), heardMs: undefined },
      ]),
    );
  }

  /** The next sample, in the order in which they came, with the doubts about it. One of nobody in the team is time only. */
  takes(sample: Sample): void {
    const { athlete, timeMs } = sample;
    this.#passes(timeMs);
    const watch = this.#watches.get(athlete);
    if (watch === undefined) return;
    this.#silence(watch, timeMs);
    const heard = sample.monotonicMs === timeMs ? sample : { ...sample, monotonicMs: timeMs };
    for (const change of watch.signals.reading(heard)) this.#changed(change);
    watch.heardMs = timeMs;
    watch.judging.takes(heard);
    this.#events.push(...this.#engine.step(heard, { isFrozen: watch.signals.stateOf(athlete) === 'frozen' }));
  }

  /** Nothing comes any more, which is judged as engine.ts says. @returns everything that came of it, by time */
  end(): readonly AlertEvent[] {
    if (this.#newestMs > Number.NEGATIVE_INFINITY) {
      this.#events.push(...this.#engine.finish(this.#newestMs));
    }
    return this.#events.sort((a, b) => a.timeMs - b.timeMs);
  }

  /** How much of it each rule of the athlete could judge, after the end. */
  judgements(athlete: AthleteId): Judgement[] {
    return this.#watches.get(athlete)?.judging.end() ?? [];
  }

  /** What is due while nobody sends anything is due in its order: how grave one alert is depends on the others. */
  #passes(timeMs: number): void {
    if (timeMs <= this.#newestMs) return;
    const dueUntilMs = this.#newestMs + WAITS_AT_MOST_MS;
    this.#newestMs = timeMs;
    if (this.#lookedMs === Number.NEGATIVE_INFINITY) this.#lookedMs = timeMs;
    for (let atMs = this.#lookedMs + LOOK_EVERY_MS; atMs <= Math.min(timeMs, dueUntilMs); atMs += LOOK_EVERY_MS) {
      this.#look(atMs);
    }
    if (timeMs - this.#lookedMs >= LOOK_EVERY_MS) this.#look(timeMs);
  }

  #look(atMs: number): void {
    this.#lookedMs = atMs;
    for (const watch of this.#watches.values()) this.#silence(watch, atMs);
    this.#events.push(...this.#engine.advance(atMs - ARRIVAL_MS));
  }

  /** An athlete's signal up to this time, when nothing is sent until then. */
  #silence(watch: Watch, untilMs: number): void {
    if (watch.heardMs === undefined || untilMs - watch.heardMs <= SILENCE_MS) return;
    for (const change of watch.signals.passed(watch.heardMs + SILENCE_MS + 1)) this.#changed(change);
    watch.heardMs = undefined;
  }

  #changed(change: SignalChange): void {
    this.#events.push(...this.#engine.signal(change, change.monotonicMs));
  }
}

/** A recording of one athlete from its beginning to its end. */
export function rehearse(athlete: Athlete, recording: Recording): readonly AlertEvent[] {
  const rehearsal = new Rehearsal([athlete]);
  for (const sample of recordedSamples(athlete.id, recording)) rehearsal.takes(sample);
  return rehearsal.end();
}
