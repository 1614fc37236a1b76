/**
 * The average heart rate over windows, judged at the end of each: `AVG(bpm) > above OR AVG(bpm) < below` over
 * `STEP(time BY INTERVAL window)`, thresholds strict. Windows are tumbling ones, aligned to Unix time, or slide.
 *
 * A window that too little of was seen gives no finding: an average of three readings in a minute is not
 * an average. What was seen is counted in time, not in readings (standing.ts).
 *
 * A window that slides clears an alert only while readings come: what moves out of it during a dropout is no recovery.
 */
import { type Band, limitsOfBand, nonsenseOfBand, placeIn } from './band.ts';
import { type Finding, type Reading, type RuleState, ruleKind } from './rule.ts';
import { nonsenseOfSlide, SLIDE } from './sliding.ts';
import { NOMINAL_MS, stoodMs } from './standing.ts';
import { enter, newestStep, newWindows, shiftWindows, slide, total, type Windows } from './windows.ts';

/** The columns of a step: the sum of the rates, how many, the time they stood for, how many of them are contested. */
const SUM = 0;
const COUNT = 1;
const SEEN = 2;
const CONTESTED = 3;
const COLUMNS = 4;

interface AverageState extends RuleState {
  readonly windows: Windows;
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
    slide: SLIDE,
    above: { type: 'rate', summary: 'Alert when the average is more than this.', min: 25, max: 240 },
    below: { type: 'rate', summary: 'Alert when the average is less than this.', min: 25, max: 240 },
    clear_below: {
      type: 'rate',
      summary: 'An alert for "above" is over when the average is less than this; if absent, when it is not above.',
      min: 25,
      max: 240,
    },
    clear_above: {
      type: 'rate',
      summary: 'An alert for "below" is over when the average is more than this; if absent, when it is not below.',
      min: 25,
      max: 240,
    },
    coverage: {
      type: 'fraction',
      summary: 'The part of a window that must have been seen; with less, the window changes nothing.',
      min: 0,
      max: 1,
      default: 0.5,
    },
  },
  atLeastOneOf: [['above', 'below']],

  nonsense: (parameters) => nonsenseOfSlide(parameters) ?? nonsenseOfBand(parameters),
  isBeyond: (bpm, parameters) => placeIn(parameters, bpm) === 'beyond',
  limits: limitsOfBand,
  memoryMs: ({ window }) => window,
  outlastsMs: ({ window }) => window,

  begin: ({ window, slide: slideMs }): AverageState => ({
    verdict: { timeMs: 0, value: 0 },
    windows: newWindows(COLUMNS, window, slideMs),
  }),

  due(state, timeMs, parameters) {
    const { windows } = state;
    if (timeMs < windows.endMs) return undefined;
    const finding = judge(state, parameters);
    slide(windows);
    return finding;
  },

  reading({ windows }, reading) {
    add(windows, reading);
    return undefined;
  },

  shift: ({ windows }, correctionMs) => shiftWindows(windows, correctionMs),
});

function add(windows: Windows, { timeMs, bpm, isContested }: Reading): void {
  const before = newestStep(windows);
  const at = enter(windows, timeMs);
  if (at < 0) return;
  const { sums, lastMs } = windows;
  sums[at + SUM] = (sums[at + SUM] ?? 0) + bpm;
  sums[at + COUNT] = (sums[at + COUNT] ?? 0) + 1;
  if (isContested) sums[at + CONTESTED] = (sums[at + CONTESTED] ?? 0) + 1;
  if (timeMs < lastMs) return;
  // The reading before stood until now, as far as its step is still in the window.
  if (before >= 0 && lastMs !== Number.NEGATIVE_INFINITY) {
    sums[before + SEEN] = (sums[before + SEEN] ?? 0) + stoodMs(timeMs - lastMs);
  }
  windows.lastMs = timeMs;
}

function judge(state: AverageState, parameters: Band & { readonly coverage: number }): Finding {
  const { windows, verdict } = state;
  const lengthMs = windows.stepMs * windows.steps;
  const count = total(windows, COUNT);
  const seenMs = Math.min(total(windows, SEEN) + NOMINAL_MS, lengthMs);
  if (count === 0 || seenMs < parameters.coverage * lengthMs) return 'between';
  verdict.timeMs = windows.endMs;
  verdict.value = total(windows, SUM) / count;
  const place = placeIn(parameters, verdict.value);
  if (place === 'within' && (windows.age > 0 || total(windows, CONTESTED) > 0)) return 'between';
  return place;
}
