/**
 * Time above a limit, or in a zone, within a session. A session is over when nothing was read for so long; a dropout within
 * one counts neither for nor against the budget. An alert is over when the next session begins: with its first reading, so
 * that silence alone ends none, and only if the pause was seen, which a gateway that has lost the past cannot know.
 */
import { type Reading, type RuleState, ruleKind } from './rule.ts';
import { stoodMs } from './standing.ts';

/** A match with everything about it. */
const SESSION_MS = 6 * 3_600_000;

interface LoadState extends RuleState {
  /** Spent in this session, ms. */
  spentMs: number;
  lastMs: number;
  wasInZone: boolean;
  /** The pause before this session was seen. */
  isNew: boolean;
}

export const load = ruleKind({
  summary: 'Time above a limit, or in a zone, that reaches a budget within a session.',
  parameters: {
    above: {
      type: 'rate',
      summary: 'The limit, or where the zone begins: above this.',
      min: 25,
      max: 240,
      required: true,
    },
    up_to: { type: 'rate', summary: 'Where the zone ends, this included; if absent, nowhere.', min: 25, max: 240 },
    budget: {
      type: 'duration',
      summary: 'Alert when so much time was spent there, as far as it was seen.',
      min: 10_000,
      max: SESSION_MS,
      required: true,
    },
    pause: {
      type: 'duration',
      summary: 'A session is over when nothing was read for longer; to be longer than any dropout.',
      min: 1_800_000,
      max: 43_200_000,
      default: 7_200_000,
    },
  },
  atLeastOneOf: [],
  isAboutSession: true,
  // What was spent of one budget is spent of another.
  changeable: ['budget'],

  nonsense({ above, up_to: upTo }) {
    if (upTo === undefined || upTo > above) return undefined;
    const what = 'has an "up_to" that is not more than "above", so that nothing is in the zone';
    return { key: 'up_to', what, remedy: 'let "up_to" be the larger of the two' };
  },
  limits: ({ budget }) => ({ above: budget / 1_000 }),
  memoryMs: ({ pause }) => SESSION_MS + pause,

  begin: (): LoadState => ({
    verdict: { timeMs: 0, value: 0 },
    spentMs: 0,
    lastMs: Number.NEGATIVE_INFINITY,
    wasInZone: false,
    isNew: false,
  }),

  reading(state, { timeMs, bpm, isContested }: Reading, { above, up_to: upTo, budget, pause }) {
    if (timeMs < state.lastMs) return undefined;
    const sinceMs = timeMs - state.lastMs;
    if (sinceMs > pause) {
      state.spentMs = 0;
      state.isNew = state.lastMs !== Number.NEGATIVE_INFINITY;
    } else if (state.wasInZone) state.spentMs += stoodMs(sinceMs);
    state.lastMs = timeMs;
    state.wasInZone = bpm > above && (upTo === undefined || bpm <= upTo);
    state.verdict.timeMs = timeMs;
    state.verdict.value = state.spentMs / 1_000;
    if (state.spentMs >= budget) return 'beyond';
    return state.isNew && !isContested ? 'within' : 'between';
  },

  shift(state, correctionMs) {
    state.lastMs += correctionMs;
  },
});
