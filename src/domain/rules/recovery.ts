/**
 * A heart rate that does not fall after effort. Effort is a steady heart rate above a limit for a time; it is over with the
 * first one that is not above, and from the last one that was, the rate must fall by so much within so long.
 *
 * Nothing is judged of a recovery during which the signal was lost, or the effort was taken up again. Contested readings
 * neither end a recovery nor make one: only time does. So a dip that only contested readings show interrupts no effort,
 * unless it lasts until the recovery would have had to be over.
 */
import { breakOffUnlessLive, clearFor } from './clearing.ts';
import { type Finding, type RuleState, ruleKind } from './rule.ts';
import { newRuns, type Runs, runOn, shiftRuns } from './runs.ts';
import { isGap } from './standing.ts';
import { isSteadyContested, newSteadyRate, type SteadyRate, shiftSteadyRate, steadied } from './steady-rate.ts';

interface RecoveryState extends RuleState {
  readonly steady: SteadyRate;
  readonly runs: Runs;
  phase: 'rest' | 'effort' | 'recovering' | 'failed';
  /** Since when the rate has been above the limit; not a number while it is not. */
  sinceMs: number;
  /** The last rate above the limit, and when that was. */
  from: number;
  endedMs: number;
  /** The least since then. */
  least: number;
  /** That the effort is over is known from contested readings only. */
  isDoubtful: boolean;
  lastMs: number;
}

interface Demand {
  readonly above: number;
  readonly effort_for: number;
  readonly fall: number;
  readonly within: number;
}

export const recovery = ruleKind({
  summary: 'A heart rate that has not fallen by so much so long after effort.',
  parameters: {
    above: {
      type: 'rate',
      summary: 'What counts as effort: a heart rate above this.',
      min: 25,
      max: 240,
      required: true,
    },
    effort_for: {
      type: 'duration',
      summary: 'For how long, without a gap, before it counts.',
      min: 5_000,
      max: 3_600_000,
      default: 60_000,
    },
    fall: {
      type: 'bpm',
      summary: 'By how much the heart rate must fall from the last one that was above.',
      min: 1,
      max: 150,
      required: true,
    },
    within: {
      type: 'duration',
      summary: 'Alert when it has not by so long after.',
      min: 10_000,
      max: 1_800_000,
      required: true,
    },
    clear_for: clearFor(10_000),
  },
  atLeastOneOf: [],

  limits: ({ fall }) => ({ below: fall }),
  memoryMs: ({ effort_for: effortMs, within, clear_for: clearForMs }) => effortMs + within + clearForMs + 60_000,

  begin: (): RecoveryState => ({
    verdict: { timeMs: 0, value: 0 },
    steady: newSteadyRate(),
    runs: newRuns(),
    phase: 'rest',
    sinceMs: Number.NaN,
    from: 0,
    endedMs: Number.NEGATIVE_INFINITY,
    least: 0,
    isDoubtful: false,
    lastMs: Number.NEGATIVE_INFINITY,
  }),

  reading(state, reading, parameters) {
    const { timeMs } = reading;
    if (timeMs >= state.lastMs) {
      if (isGap(timeMs - state.lastMs)) interrupt(state);
      state.lastMs = timeMs;
    }
    const rate = steadied(state.steady, reading);
    if (rate === undefined) return undefined;
    const isContested = isSteadyContested(state.steady);
    follow(state, { rate, timeMs, isContested }, parameters);
    state.verdict.timeMs = timeMs;
    state.verdict.value = state.phase === 'failed' ? state.from - state.least : parameters.above - rate;
    return runOn(state.runs, { timeMs, isContested }, placeOf(state, rate, parameters), 0, parameters.clear_for);
  },

  signal: ({ runs }, news) => breakOffUnlessLive(runs, news),

  shift(state, correctionMs) {
    state.sinceMs += correctionMs;
    state.endedMs += correctionMs;
    state.lastMs += correctionMs;
    shiftSteadyRate(state.steady, correctionMs);
    shiftRuns(state.runs, correctionMs);
  },
});

interface Steady {
  readonly rate: number;
  readonly timeMs: number;
  readonly isContested: boolean;
}

function follow(state: RecoveryState, steady: Steady, demand: Demand): void {
  const { rate, timeMs, isContested } = steady;
  const { above, fall } = demand;
  if (rate > above && !(isContested && state.phase === 'recovering' && !state.isDoubtful)) {
    exert(state, steady, demand);
    return;
  }
  if (state.phase === 'effort') {
    state.phase = 'recovering';
    state.least = state.from;
    state.isDoubtful = true;
  }
  if (!isContested) {
    state.isDoubtful = false;
    state.sinceMs = Number.NaN;
    state.least = Math.min(state.least, rate);
  }
  const isDown = !isContested && rate <= above - fall;
  if (state.phase === 'failed' && isDown) state.phase = 'rest';
  if (state.phase !== 'recovering') return;
  if (state.from - state.least >= fall) state.phase = 'rest';
  else if (timeMs - state.endedMs >= demand.within) state.phase = 'failed';
}

/** From whatever it was before, this is effort, or on the way to one. */
function exert(state: RecoveryState, { rate, timeMs }: Steady, { effort_for: effortMs }: Demand): void {
  if (state.phase === 'recovering' && state.isDoubtful) state.phase = 'effort';
  if (state.phase === 'recovering' || state.phase === 'failed') {
    state.phase = 'rest';
    state.sinceMs = timeMs;
  }
  if (Number.isNaN(state.sinceMs)) state.sinceMs = timeMs;
  if (timeMs - state.sinceMs >= effortMs) state.phase = 'effort';
  state.from = rate;
  state.endedMs = timeMs;
}

function placeOf({ phase }: RecoveryState, rate: number, { above, fall }: Demand): Finding {
  if (phase === 'failed') return 'beyond';
  return rate <= above - fall ? 'within' : 'between';
}

function interrupt(state: RecoveryState): void {
  state.phase = 'rest';
  state.sinceMs = Number.NaN;
}
