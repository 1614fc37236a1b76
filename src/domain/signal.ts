/**
 * How each athlete's signal is, from what comes and what does not: one state at a time, told when it changes, with the
 * numbers that speak for it. None but `live` says anything about the heart, and none is a recovery.
 *
 * Pure: times come in with the events and are monotonic. An athlete of whom nothing was ever heard has no state.
 */
import { type Battery, type BatteryNews, isLow, withNews } from './battery.ts';
import { UnchangedRun } from './frozen.ts';
import { SILENCE_MS } from './ledger.ts';
import { type AthleteId, type Sample, usableBpm } from './sample.ts';

export type LossState = 'out-of-range' | 'adapter-lost' | 'link-lost';

export type SignalState =
  /** Usable heart rates come. */
  | 'live'
  /** Readings come, and no usable rate for `NO_RATE_MS`: the strap says so, or sends 0 bpm, its other way of saying so. */
  | 'contact-lost'
  /** Readings come that are one and the same (frozen.ts). */
  | 'frozen'
  /** Nothing comes, for `SILENCE_MS`, though nobody has told that a link was lost. */
  | 'no-signal'
  /** The link ended because the strap was not heard for the supervision timeout; or with its adapter; or otherwise. */
  | LossState;

export interface SignalEvent {
  readonly athlete: AthleteId;
  /** A low battery comes beside every other state, and is told when it begins. */
  readonly state: SignalState | 'battery-low';
  /** When it was found out. */
  readonly monotonicMs: number;
  /** Since when it is so: the first or the last reading that speaks for it. */
  readonly sinceMs: number;
  /** Counts, durations in ms and percentages; never a heart rate. */
  readonly evidence: Readonly<Record<string, number>>;
}

/** What a signal has become. */
export interface SignalChange extends SignalEvent {
  readonly state: SignalState;
}

export interface LinkNews {
  readonly athlete: AthleteId;
  readonly adapter: string;
  readonly monotonicMs: number;
  readonly state: 'connecting' | 'subscribed' | 'lost' | 'failed';
  readonly cause?: 'out-of-range' | 'adapter-lost' | 'other';
}

export interface AdapterNews {
  readonly adapter: string;
  readonly monotonicMs: number;
  readonly state: 'ready' | 'lost';
}

/** One reading in a row or two without a rate are every strap's; watches do it all the time. */
const NO_RATE_MS = 3_000;

interface Watch {
  state: SignalState | undefined;
  /** The last reading or, before the first one over a link, its beginning. */
  lastMs: number | undefined;
  /** When that was taken in: later, where the radio had to keep it for a while. */
  takenMs: number;
  /** The adapters over which there is a link: for a moment two, when it is handed over. */
  readonly links: Set<string>;
  /** Readings in a row without a usable rate. */
  unusable: { readonly sinceMs: number; readings: number } | undefined;
  run: UnchangedRun;
  battery: Battery | undefined;
}

export class SignalMonitor {
  readonly #watches = new Map<AthleteId, Watch>();
  /** Whether each adapter is there. */
  readonly #adapters = new Map<string, boolean>();

  /** Absent before anything was heard, and between a new link and its first reading. */
  stateOf(athlete: AthleteId): SignalState | undefined {
    return this.#watches.get(athlete)?.state;
  }

  /** The adapters that were heard of. */
  adapters(): Pick<AdapterNews, 'adapter' | 'state'>[] {
    return [...this.#adapters].map(([adapter, isReady]) => ({ adapter, state: isReady ? 'ready' : 'lost' }));
  }

  isLinked(athlete: AthleteId): boolean {
    return (this.#watches.get(athlete)?.links.size ?? 0) > 0;
  }

  batteryOf(athlete: AthleteId): { readonly percent?: number; readonly low: boolean } | undefined {
    const battery = this.#watches.get(athlete)?.battery;
    if (battery === undefined) return undefined;
    const { percent } = battery;
    return { ...(percent === undefined ? {} : { percent }), low: isLow(battery) };
  }

  /**
   * Takes up an earlier run, before the first event. A restart is a dropout: nobody has a state after it, but a value that
   * was frozen before is frozen when it comes again.
   *
   * @param samples in the order in which they were stored
   * @returns the same, those marked that were frozen
   */
  resume<T extends Sample>(samples: readonly T[], nowMs: number): (T & { readonly isFrozen?: true })[] {
    const past = new SignalMonitor();
    const clocks = new Map<AthleteId, { stampMs: number; monotonicMs: number }>();
    const marked = samples.map((sample) => {
      const { athlete, timeMs } = sample;
      const { stampMs, monotonicMs: beforeMs } = clocks.get(athlete) ?? { stampMs: timeMs, monotonicMs: 0 };
      // By the stamps: the monotonic clock of another boot is another one. Where they go back, nobody knows how long it was.
      const monotonicMs = beforeMs + (timeMs < stampMs ? SILENCE_MS + 1 : timeMs - stampMs);
      clocks.set(athlete, { stampMs: timeMs, monotonicMs });
      past.reading({ ...sample, monotonicMs });
      return past.stateOf(athlete) === 'frozen' ? { ...sample, isFrozen: true as const } : sample;
    });
    for (const [athlete, { run }] of past.#watches) {
      if (!run.isFrozen) continue;
      run.moveTo(nowMs);
      this.#watchOf(athlete).run = run;
    }
    return marked;
  }

  /** @param nowMs when the reading is taken in, monotonic */
  reading(sample: Sample, nowMs = sample.monotonicMs): SignalChange[] {
    const { athlete, monotonicMs, contact } = sample;
    const watch = this.#watchOf(athlete);
    const silentMs = Math.max(0, monotonicMs - (watch.lastMs ?? monotonicMs));
    if (silentMs > SILENCE_MS) forgetRuns(watch);
    watch.lastMs = monotonicMs;
    watch.takenMs = Math.max(monotonicMs, nowMs);
    const bpm = usableBpm(sample);
    if (bpm === undefined) {
      if (contact === 'lost') watch.run.forget();
      return this.#withoutRate(athlete, watch, monotonicMs);
    }
    watch.unusable = undefined;
    watch.run.reading(sample, bpm);
    const proof = watch.run.frozenAt(monotonicMs);
    if (proof !== undefined) {
      return change(athlete, watch, 'frozen', { monotonicMs, sinceMs: watch.run.sinceMs, evidence: proof });
    }
    if (watch.state === 'live') return [];
    return change(athlete, watch, 'live', { monotonicMs, sinceMs: monotonicMs, evidence: { silentMs } });
  }

  link({ athlete, adapter, monotonicMs, state, cause = 'other' }: LinkNews): SignalChange[] {
    const watch = this.#watchOf(athlete);
    if (state === 'subscribed') {
      watch.links.add(adapter);
      if (!isReadingState(watch.state)) {
        watch.state = undefined;
        watch.lastMs = monotonicMs;
        watch.takenMs = monotonicMs;
      }
    }
    if (state !== 'lost') return [];
    watch.links.delete(adapter);
    // The end of a link that was handed over ends nothing, and may be told after the beginning of the next one.
    if (watch.links.size > 0) return [];
    return lose(athlete, watch, cause === 'other' ? 'link-lost' : cause, monotonicMs);
  }

  /** With an adapter go its links and, with the last one, what came in advertisements. */
  adapter({ adapter, monotonicMs, state }: AdapterNews): SignalChange[] {
    this.#adapters.set(adapter, state === 'ready');
    if (state === 'ready') return [];
    const isDeaf = ![...this.#adapters.values()].includes(true);
    return [...this.#watches].flatMap(([athlete, watch]) => {
      const isCutOff = watch.links.delete(adapter) || (isDeaf && watch.state !== undefined);
      return isCutOff && watch.links.size === 0 ? lose(athlete, watch, 'adapter-lost', monotonicMs) : [];
    });
  }

  /** @returns the event of a battery that is low from now on */
  battery(news: BatteryNews & { readonly athlete: AthleteId; readonly monotonicMs: number }): SignalEvent | undefined {
    const { athlete, monotonicMs, percent } = news;
    const watch = this.#watchOf(athlete);
    const before = watch.battery;
    watch.battery = withNews(before, news);
    const wasLow = before?.strap === news.strap && isLow(before);
    if (wasLow || !isLow(watch.battery)) return undefined;
    const evidence: SignalEvent['evidence'] = percent === undefined ? {} : { percent };
    return { athlete, state: 'battery-low', monotonicMs, sinceMs: monotonicMs, evidence };
  }

  /** Nobody asks about the athlete's signal any more. */
  forget(athlete: AthleteId): void {
    this.#watches.delete(athlete);
  }

  /** Every event up to this time has been told: whoever has been silent for too long by then is found out. */
  passed(monotonicMs: number): SignalChange[] {
    return [...this.#watches].flatMap(([athlete, watch]) => {
      const { lastMs, takenMs, state } = watch;
      const isExpected = state === undefined || isReadingState(state);
      if (!isExpected || lastMs === undefined || monotonicMs - takenMs <= SILENCE_MS) return [];
      const evidence = { silentMs: monotonicMs - lastMs };
      return change(athlete, watch, 'no-signal', { monotonicMs, sinceMs: lastMs, evidence });
    });
  }

  #withoutRate(athlete: AthleteId, watch: Watch, monotonicMs: number): SignalChange[] {
    watch.unusable ??= { sinceMs: monotonicMs, readings: 0 };
    watch.unusable.readings += 1;
    const { sinceMs, readings } = watch.unusable;
    const withoutRateMs = monotonicMs - sinceMs;
    if (withoutRateMs < NO_RATE_MS) return [];
    // What comes after it may well be the same rate again.
    watch.run.forget();
    return change(athlete, watch, 'contact-lost', { monotonicMs, sinceMs, evidence: { withoutRateMs, readings } });
  }

  #watchOf(athlete: AthleteId): Watch {
    let watch = this.#watches.get(athlete);
    if (watch === undefined) {
      watch = {
        state: undefined,
        lastMs: undefined,
        takenMs: 0,
        links: new Set(),
        unusable: undefined,
        run: new UnchangedRun(),
        battery: undefined,
      };
      this.#watches.set(athlete, watch);
    }
    return watch;
  }
}

export function isLossState(state: SignalState): state is LossState {
  return state === 'out-of-range' || state === 'adapter-lost' || state === 'link-lost';
}

/** Readings come, whatever is in them. */
export function isReadingState(state: SignalState | undefined): state is 'live' | 'contact-lost' | 'frozen' {
  return state === 'live' || state === 'contact-lost' || state === 'frozen';
}

/**
 * What comes after an interruption is no continuation, but for a value that had frozen before: the same one after it is
 * frozen as it was, or a dropout would be a recovery.
 */
function forgetRuns(watch: Watch): void {
  if (!watch.run.isFrozen) watch.run.forget();
  watch.unusable = undefined;
}

function lose(athlete: AthleteId, watch: Watch, state: LossState, monotonicMs: number): SignalChange[] {
  const sinceMs = watch.lastMs ?? monotonicMs;
  forgetRuns(watch);
  // The first loss is why the signal went.
  if (watch.state !== undefined && isLossState(watch.state)) return [];
  return change(athlete, watch, state, { monotonicMs, sinceMs, evidence: { silentMs: monotonicMs - sinceMs } });
}

function change(
  athlete: AthleteId,
  watch: Watch,
  state: SignalState,
  found: Pick<SignalEvent, 'monotonicMs' | 'sinceMs' | 'evidence'>,
): SignalChange[] {
  if (watch.state === state) return [];
  watch.state = state;
  return [{ athlete, state, ...found }];
}
