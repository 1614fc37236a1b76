/**
 * A heart rate that stays above or below a limit for a time. It judges readings one by one, so that it is sooner than an
 * average; `for` is what keeps one wild reading from being an alert.
 */
import { limitsOfBand, nonsenseOfBand, placeIn } from './band.ts';
import { breakOffUnlessLive, clearFor } from './clearing.ts';
import { type RuleState, ruleKind } from './rule.ts';
import { newRuns, type Runs, runOn, runsMemoryMs, shiftRuns } from './runs.ts';
import { STANDS_AT_MOST_MS } from './standing.ts';

interface SustainedState extends RuleState {
  readonly runs: Runs;
}

export const sustained = ruleKind({
  summary: 'A heart rate that stays above or below a limit for a time.',
  parameters: {
    above: { type: 'rate', summary: 'Alert when the heart rate stays above this.', min: 25, max: 240 },
    below: { type: 'rate', summary: 'Alert when the heart rate stays below this.', min: 25, max: 240 },
    for: {
      type: 'duration',
      summary: 'For how long, as far as it was seen; a gap does not count, and a longer one begins anew.',
      min: STANDS_AT_MOST_MS,
      max: 3_600_000,
      required: true,
    },
    clear_below: {
      type: 'rate',
      summary: 'What clears an alert for "above" is below this; if absent, not above it.',
      min: 25,
      max: 240,
    },
    clear_above: {
      type: 'rate',
      summary: 'What clears an alert for "below" is above this; if absent, not below it.',
      min: 25,
      max: 240,
    },
    clear_for: clearFor(10_000),
  },
  atLeastOneOf: [['above', 'below']],

  nonsense: nonsenseOfBand,
  isBeyond: (bpm, parameters) => placeIn(parameters, bpm) === 'beyond',
  limits: limitsOfBand,
  memoryMs: (parameters) => runsMemoryMs(parameters.for, parameters.clear_for),

  begin: (): SustainedState => ({ verdict: { timeMs: 0, value: 0 }, runs: newRuns() }),

  reading({ runs, verdict }, reading, parameters) {
    const place = placeIn(parameters, reading.bpm);
    verdict.timeMs = reading.timeMs;
    verdict.value = reading.bpm;
    return runOn(runs, reading, place, parameters.for, parameters.clear_for);
  },

  signal: ({ runs }, news) => breakOffUnlessLive(runs, news),
  shift: ({ runs }, correctionMs) => shiftRuns(runs, correctionMs),
});
