/**
 * The average heart rate over tumbling windows aligned to Unix time, judged at the end of each window:
 * `AVG(bpm) > above OR AVG(bpm) < below` over `STEP(time BY INTERVAL window)`, thresholds strict.
 *
 * A window that too little of was seen gives no verdict: an average of three readings in a minute is not
 * an average. What was seen is counted in time, not in readings, so that a strap of 2 Hz and a recording
 * of one row in five seconds mean the same: each reading stands until the next one, where that comes
 * within `STANDS_AT_MOST_MS`, and else for the `NOMINAL_MS` between notifications.
 *
 * When the time turns out to have been wrong, the window under way ends with the aligned one whose end is nearest to its
 * own and still ahead: it is up to half a window shorter or a window longer, and no reading is in two windows or in none.
 */
import { type RuleInput, ruleKind, type Verdict } from './rule.ts';

/** Straps notify about once a second. */
const NOMINAL_MS = 1_000;

/** A longer silence is a gap: five notifications missing in a row is no longer jitter of the radio. */
const STANDS_AT_MOST_MS = 5_000;

interface Window {
  readonly startMs: number;
  readonly endMs: number;
  readonly sum: number;
  readonly count: number;
  readonly lastMs: number;
  /** Time that the readings before the last one stand for. */
  readonly seenMs: number;
  readonly isContested: boolean;
}

export const average = ruleKind({
  summary: 'The average heart rate of each full window, held against a limit above, below or both.',
  parameters: {
    window: {
      type: 'duration',
      summary: 'Length of the windows, which are aligned to the clock: 60s means minute by minute.',
      min: 10_000,
      max: 3_600_000,
      required: true,
    },
    above: { type: 'bpm', summary: 'Alert when the average is more than this.', min: 25, max: 240 },
    below: { type: 'bpm', summary: 'Alert when the average is less than this.', min: 25, max: 240 },
    coverage: {
      type: 'fraction',
      summary: 'The part of a window that must have been seen; with less, the window changes nothing.',
      min: 0,
      max: 1,
      default: 0.5,
    },
  },
  atLeastOneOf: [['above', 'below']],
  initial: undefined as Window | undefined,

  memoryMs: ({ window }) => window,

  step(state, input, parameters) {
    if (input.type === 'signal') return { state };
    // An earlier time ends the window too: after a backward step of the clock the rule has to go on at once and not
    // only when the old time has come round again.
    const { timeMs } = input;
    const isEarlier = state !== undefined && timeMs < state.startMs && input.type === 'heart-rate';
    const ended = state !== undefined && (timeMs >= state.endMs || isEarlier);
    const verdict = ended ? judge(state, parameters) : undefined;
    const open = ended ? undefined : state;
    const next = input.type === 'heart-rate' ? add(open, parameters.window, input) : open;
    return verdict === undefined ? { state: next } : { state: next, verdict };
  },

  shift(state, correctionMs, { window: lengthMs }) {
    if (state === undefined) return undefined;
    const lastMs = state.lastMs + correctionMs;
    const nearestMs = Math.round((state.endMs + correctionMs) / lengthMs) * lengthMs;
    // What is in the window lies before its end.
    const endMs = nearestMs > lastMs ? nearestMs : nearestMs + lengthMs;
    return { ...state, startMs: state.startMs + correctionMs, endMs, lastMs };
  },
});

function add(window: Window | undefined, lengthMs: number, reading: RuleInput & { type: 'heart-rate' }): Window {
  const { bpm, isContested, timeMs } = reading;
  if (window === undefined) {
    const startMs = Math.floor(timeMs / lengthMs) * lengthMs;
    return { startMs, endMs: startMs + lengthMs, sum: bpm, count: 1, lastMs: timeMs, seenMs: 0, isContested };
  }
  const sinceLastMs = timeMs - window.lastMs;
  const standsMs = sinceLastMs >= 0 && sinceLastMs <= STANDS_AT_MOST_MS ? sinceLastMs : NOMINAL_MS;
  return {
    ...window,
    sum: window.sum + bpm,
    count: window.count + 1,
    lastMs: timeMs,
    seenMs: window.seenMs + standsMs,
    isContested: window.isContested || isContested,
  };
}

function judge(
  window: Window,
  { above, below, coverage }: { above?: number; below?: number; coverage: number },
): Verdict | undefined {
  const { startMs, endMs } = window;
  const lengthMs = endMs - startMs;
  const seenMs = Math.min(window.seenMs + NOMINAL_MS, lengthMs);
  if (seenMs < coverage * lengthMs) return undefined;
  const value = window.sum / window.count;
  const beyond = (above !== undefined && value > above) || (below !== undefined && value < below);
  return { timeMs: endMs, beyond, value, isContested: window.isContested };
}
