/**
 * No usable heart rate for a time, whatever the reason: no signal, a lost link, no contact, a frozen value. The alert is one
 * degree graver where another limit of the athlete was crossed as the signal went (over-limit.ts), which the engine sees
 * to: a signal that goes while the heart rate is beyond a limit is no recovery.
 *
 * It is over when readings that are neither contested nor frozen have come for a while.
 */
import { clearFor } from './clearing.ts';
import { type Finding, type RuleState, ruleKind } from './rule.ts';
import { breakOff, newRuns, type Runs, runOn, runsMemoryMs, shiftRuns } from './runs.ts';

interface SignalRuleState extends RuleState {
  readonly runs: Runs;
  /** Since when there is no usable heart rate; not a number while there is. */
  lostSinceMs: number;
  /** When that was found out. */
  foundMs: number;
  /** When it was last said that it has been so for too long; of this loss. */
  toldMs: number;
}

export const signal = ruleKind({
  summary:
    'No usable heart rate for a time: no signal, contact lost, or a value that does not change any more. One degree graver where the athlete was over another limit as the signal went.',
  parameters: {
    for: {
      type: 'duration',
      summary: 'For how long, counted from the last good reading.',
      min: 5_000,
      max: 3_600_000,
      default: 30_000,
    },
    clear_for: clearFor(5_000),
  },
  atLeastOneOf: [],
  isAboutSignal: true,

  limits: (parameters) => ({ above: parameters.for / 1_000 }),
  memoryMs: (parameters) => runsMemoryMs(0, parameters.clear_for),

  begin: (): SignalRuleState => ({
    verdict: { timeMs: 0, value: 0 },
    runs: newRuns(),
    lostSinceMs: Number.NaN,
    foundMs: Number.NEGATIVE_INFINITY,
    toldMs: Number.NEGATIVE_INFINITY,
  }),

  due(state, timeMs, parameters) {
    const { lostSinceMs, verdict } = state;
    const dueMs = Math.max(lostSinceMs + parameters.for, state.foundMs);
    // Nothing is due while there is a signal, since that compares with no number.
    if (!(timeMs >= dueMs) || timeMs <= state.toldMs) return undefined;
    verdict.timeMs = state.toldMs < dueMs ? dueMs : timeMs;
    verdict.value = (verdict.timeMs - lostSinceMs) / 1_000;
    state.toldMs = timeMs;
    return 'beyond';
  },

  reading(state, reading, parameters): Finding | undefined {
    if (!Number.isNaN(state.lostSinceMs)) {
      // It counts for nothing, and one that is earlier comes late all the same.
      state.runs.lastMs = Math.max(state.runs.lastMs, reading.timeMs);
      return undefined;
    }
    state.verdict.timeMs = reading.timeMs;
    state.verdict.value = 0;
    return runOn(state.runs, reading, 'within', 0, parameters.clear_for);
  },

  signal(state, { state: now, timeMs, sinceMs }) {
    if (now === 'battery-low') return;
    if (now === 'live') {
      state.lostSinceMs = Number.NaN;
      return;
    }
    breakOff(state.runs);
    // What a lost signal turns into is still the same loss.
    if (!Number.isNaN(state.lostSinceMs)) return;
    state.lostSinceMs = sinceMs;
    state.foundMs = timeMs;
    state.toldMs = Number.NEGATIVE_INFINITY;
  },

  shift(state, correctionMs) {
    state.lostSinceMs += correctionMs;
    state.foundMs += correctionMs;
    state.toldMs += correctionMs;
    shiftRuns(state.runs, correctionMs);
  },
});
