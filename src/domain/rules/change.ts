/**
 * A heart rate that rises or falls by so much within a time: against the least and the greatest of that time, each of them
 * without wild readings (steady-rate.ts). The alert is over when there has been no such change for a while.
 */
import { breakOffUnlessLive, clearFor } from './clearing.ts';
import { type Extremes, extremeWith, newExtremes, shiftExtremes } from './extremes.ts';
import { type RuleState, ruleKind } from './rule.ts';
import { newRuns, type Runs, runOn, shiftRuns } from './runs.ts';
import { isSteadyContested, newSteadyRate, type SteadyRate, shiftSteadyRate, steadied } from './steady-rate.ts';

interface ChangeState extends RuleState {
  readonly steady: SteadyRate;
  readonly least: Extremes;
  readonly greatest: Extremes;
  readonly runs: Runs;
}

export const change = ruleKind({
  summary: 'A heart rate that rises or falls by so much within a time, wild readings left out.',
  parameters: {
    rise: { type: 'bpm', summary: 'Alert when the heart rate has risen by this or more.', min: 5, max: 200 },
    fall: { type: 'bpm', summary: 'Alert when the heart rate has fallen by this or more.', min: 5, max: 200 },
    within: {
      type: 'duration',
      summary: 'The time in which it has.',
      min: 5_000,
      max: 600_000,
      required: true,
    },
    clear_for: clearFor(30_000),
  },
  atLeastOneOf: [['rise', 'fall']],

  limits: ({ rise, fall }) => ({
    ...(rise === undefined ? {} : { above: rise }),
    ...(fall === undefined ? {} : { below: -fall }),
  }),
  memoryMs: ({ within, clear_for: clearForMs }) => within + clearForMs + 60_000,

  begin: (): ChangeState => ({
    verdict: { timeMs: 0, value: 0 },
    steady: newSteadyRate(),
    least: newExtremes('least'),
    greatest: newExtremes('greatest'),
    runs: newRuns(),
  }),

  reading(state, reading, { rise, fall, within, clear_for: clearForMs }) {
    const { steady, verdict } = state;
    const rate = steadied(steady, reading);
    if (rate === undefined) return undefined;
    const { timeMs } = reading;
    const risen = rate - extremeWith(state.least, timeMs, rate, within);
    const fallen = extremeWith(state.greatest, timeMs, rate, within) - rate;
    const isRisen = rise !== undefined && risen >= rise;
    const isFallen = fall !== undefined && fallen >= fall;
    verdict.timeMs = timeMs;
    verdict.value = isRisen || (!isFallen && risen >= fallen) ? risen : -fallen;
    const isContested = isSteadyContested(steady);
    return runOn(state.runs, { timeMs, isContested }, isRisen || isFallen ? 'beyond' : 'within', 0, clearForMs);
  },

  signal: ({ runs }, news) => breakOffUnlessLive(runs, news),

  shift(state, correctionMs) {
    shiftSteadyRate(state.steady, correctionMs);
    shiftExtremes(state.least, correctionMs);
    shiftExtremes(state.greatest, correctionMs);
    shiftRuns(state.runs, correctionMs);
  },
});
