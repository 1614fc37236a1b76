/**
 * RMSSD over windows: the root of the mean of the squared differences of neighbouring RR intervals. It is a number that a
 * clinician has set a band for, and no diagnosis.
 *
 * An interval is an artefact if it is not plausible, or differs by more than a fifth from the plausible one before it.
 * Differences are taken of neighbours that are both none, and never across anything that was not seen: a gap, or a
 * notification without a usable rate. Beats belong to the window in which their notification came.
 */
import { type Band, limitsOfBand, nonsenseOfBand, placeIn } from './band.ts';
import { type Finding, type RuleState, ruleKind } from './rule.ts';
import { nonsenseOfSlide, SLIDE } from './sliding.ts';
import { isGap } from './standing.ts';
import { enter, newWindows, shiftWindows, slide, total, type Windows } from './windows.ts';

/** Plausible intervals, ms, inclusive. */
const PLAUSIBLE_MS = { min: 250, max: 2_400 } as const;

/** The successive-difference rule. */
const ARTEFACT = 0.2;

/** The columns of a step: squared differences and how many, intervals and how many are valid, the time of those, and contested readings. */
const SQUARES = 0;
const PAIRS = 1;
const INTERVALS = 2;
const VALID = 3;
const VALID_MS = 4;
const CONTESTED = 5;
const COLUMNS = 6;

interface VariabilityState extends RuleState {
  readonly windows: Windows;
  /** The plausible interval before, ms; not a number after what was not seen. */
  reference: number;
  /** The interval before, if it was valid; else not a number. */
  neighbour: number;
  lastMs: number;
}

interface Demand extends Band {
  readonly coverage: number;
  readonly valid: number;
}

export const variability = ruleKind({
  summary: 'RMSSD, the root mean square of successive differences of RR intervals, held against a band.',
  parameters: {
    window: {
      type: 'duration',
      summary: 'Length of the windows, which are aligned to the clock.',
      min: 30_000,
      max: 3_600_000,
      required: true,
    },
    slide: SLIDE,
    above: { type: 'interval', summary: 'Alert when RMSSD is more than this, ms.', min: 1, max: 1_000 },
    below: { type: 'interval', summary: 'Alert when RMSSD is less than this, ms.', min: 1, max: 1_000 },
    clear_below: {
      type: 'interval',
      summary: 'An alert for "above" is over when RMSSD is less than this, ms; if absent, when it is not above.',
      min: 1,
      max: 1_000,
    },
    clear_above: {
      type: 'interval',
      summary: 'An alert for "below" is over when RMSSD is more than this, ms; if absent, when it is not below.',
      min: 1,
      max: 1_000,
    },
    coverage: {
      type: 'fraction',
      summary: 'The part of a window that valid RR intervals must fill; with less, the window changes nothing.',
      min: 0,
      max: 1,
      default: 0.5,
    },
    valid: {
      type: 'fraction',
      summary: 'The part of the RR intervals that must be valid; with less, the window changes nothing.',
      min: 0,
      max: 1,
      default: 0.8,
    },
  },
  atLeastOneOf: [['above', 'below']],

  nonsense: (parameters) => nonsenseOfSlide(parameters) ?? nonsenseOfBand(parameters),
  limits: limitsOfBand,
  memoryMs: ({ window }) => window,
  outlastsMs: ({ window }) => window,

  begin: ({ window, slide: slideMs }): VariabilityState => ({
    verdict: { timeMs: 0, value: 0 },
    windows: newWindows(COLUMNS, window, slideMs),
    reference: Number.NaN,
    neighbour: Number.NaN,
    lastMs: Number.NEGATIVE_INFINITY,
  }),

  due(state, timeMs, parameters) {
    if (timeMs < state.windows.endMs) return undefined;
    const finding = judge(state, parameters);
    slide(state.windows);
    return finding;
  },

  reading(state, { timeMs, rrMs, isContested }) {
    if (timeMs < state.lastMs) return undefined;
    if (isGap(timeMs - state.lastMs)) forget(state);
    state.lastMs = timeMs;
    if (rrMs.length === 0) return undefined;
    const at = enter(state.windows, timeMs);
    if (at < 0) {
      forget(state);
      return undefined;
    }
    state.windows.lastMs = timeMs;
    for (let beat = 0; beat < rrMs.length; beat++) add(state, at, rrMs[beat] ?? 0);
    if (isContested) count(state.windows.sums, at + CONTESTED, 1);
    return undefined;
  },

  unusable: forget,

  shift(state, correctionMs) {
    state.lastMs += correctionMs;
    shiftWindows(state.windows, correctionMs);
  },
});

function add(state: VariabilityState, at: number, intervalMs: number): void {
  const { sums } = state.windows;
  count(sums, at + INTERVALS, 1);
  const { reference, neighbour } = state;
  const isPlausible = intervalMs >= PLAUSIBLE_MS.min && intervalMs <= PLAUSIBLE_MS.max;
  // After what was not seen there is nothing to hold it against.
  const isSudden = Math.abs(intervalMs - reference) > ARTEFACT * reference;
  if (isPlausible) state.reference = intervalMs;
  if (!isPlausible || isSudden) {
    state.neighbour = Number.NaN;
    return;
  }
  state.neighbour = intervalMs;
  count(sums, at + VALID, 1);
  count(sums, at + VALID_MS, intervalMs);
  if (Number.isNaN(neighbour)) return;
  count(sums, at + SQUARES, (intervalMs - neighbour) ** 2);
  count(sums, at + PAIRS, 1);
}

function judge(state: VariabilityState, demand: Demand): Finding {
  const { windows, verdict } = state;
  const pairs = total(windows, PAIRS);
  const lengthMs = windows.stepMs * windows.steps;
  if (pairs === 0 || total(windows, VALID) < demand.valid * total(windows, INTERVALS)) return 'between';
  if (total(windows, VALID_MS) < demand.coverage * lengthMs) return 'between';
  verdict.timeMs = windows.endMs;
  verdict.value = Math.sqrt(total(windows, SQUARES) / pairs);
  const place = placeIn(demand, verdict.value);
  if (place === 'within' && (windows.age > 0 || total(windows, CONTESTED) > 0)) return 'between';
  return place;
}

function forget(state: VariabilityState): void {
  state.reference = Number.NaN;
  state.neighbour = Number.NaN;
}

function count(sums: Float64Array, at: number, by: number): void {
  sums[at] = (sums[at] ?? 0) + by;
}
