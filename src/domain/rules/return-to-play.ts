/**
 * The ceiling that a clinician has set for an athlete's stage of a graded return to sport (Amsterdam 2022 has six). It says
 * that a heart rate was above a number for a time. It says nothing about why, nor whether somebody is fit to play.
 */
import { breakOffUnlessLive, clearFor } from './clearing.ts';
import { type Nonsense, type NumberSpec, type RuleState, ruleKind } from './rule.ts';
import { newRuns, type Runs, runOn, runsMemoryMs, shiftRuns } from './runs.ts';
import { STANDS_AT_MOST_MS } from './standing.ts';

const STAGES = 6;

interface StageState extends RuleState {
  readonly runs: Runs;
  readonly ceiling: number;
}

type Stages = { readonly stage: number } & { readonly [K in `stage_${1 | 2 | 3 | 4 | 5 | 6}`]?: number };

export const returnToPlay = ruleKind({
  summary: 'The ceiling that a clinician has set for the stage of a graded return to play that the athlete is in.',
  parameters: {
    stage: {
      type: 'whole',
      summary: 'The stage that the athlete is in now.',
      min: 1,
      max: STAGES,
      required: true,
      isOfAthlete: true,
    },
    stage_1: ceilingOf(1),
    stage_2: ceilingOf(2),
    stage_3: ceilingOf(3),
    stage_4: ceilingOf(4),
    stage_5: ceilingOf(5),
    stage_6: ceilingOf(6),
    set_by: {
      type: 'text',
      summary: 'Name of the clinician who has set the ceilings; stays on the gateway.',
      required: true,
    },
    set_on: {
      type: 'date',
      summary: 'The day on which they were set, as in 2026-01-31.',
      required: true,
      isPast: true,
    },
    for: {
      type: 'duration',
      summary: 'For how long the heart rate must be above the ceiling, as far as it was seen.',
      min: STANDS_AT_MOST_MS,
      max: 600_000,
      default: 10_000,
    },
    clear_for: clearFor(30_000),
  },
  atLeastOneOf: [],

  nonsense: nonsenseOfStages,
  isBeyond: (bpm, parameters) => bpm > ceilingNow(parameters),
  limits: (parameters) => ({ above: ceilingNow(parameters) }),
  memoryMs: (parameters) => runsMemoryMs(parameters.for, parameters.clear_for),

  begin: (parameters): StageState => ({
    verdict: { timeMs: 0, value: 0 },
    runs: newRuns(),
    ceiling: ceilingNow(parameters),
  }),

  reading({ runs, verdict, ceiling }, reading, parameters) {
    verdict.timeMs = reading.timeMs;
    verdict.value = reading.bpm;
    const place = reading.bpm > ceiling ? 'beyond' : 'within';
    return runOn(runs, reading, place, parameters.for, parameters.clear_for);
  },

  signal: ({ runs }, news) => breakOffUnlessLive(runs, news),
  shift: ({ runs }, correctionMs) => shiftRuns(runs, correctionMs),
});

function ceilingOf(stage: number) {
  return {
    type: 'ceiling',
    summary: `The ceiling of stage ${stage}: alert when the heart rate stays above it.`,
    min: 25,
    max: 240,
  } as const satisfies NumberSpec;
}

function ceilingAt(stages: Stages, stage: number): number | undefined {
  return stages[`stage_${stage}` as keyof Stages];
}

function ceilingNow(stages: Stages): number {
  const ceiling = ceilingAt(stages, stages.stage);
  if (ceiling === undefined) throw new Error('a stage without its ceiling has passed the configuration');
  return ceiling;
}

function nonsenseOfStages(stages: Stages): Nonsense | undefined {
  if (ceilingAt(stages, stages.stage) === undefined) {
    const key = `stage_${stages.stage}`;
    return { key: 'stage', what: `is at a "stage" that has no ceiling`, remedy: `add "${key}"` };
  }
  let [before, beforeKey] = [0, ''];
  for (let stage = 1; stage <= STAGES; stage++) {
    const ceiling = ceilingAt(stages, stage);
    if (ceiling === undefined) continue;
    const key = `stage_${stage}`;
    if (ceiling < before) {
      const what = `has a "${key}" that is lower than "${beforeKey}"`;
      return { key, what, remedy: 'let no stage have a lower ceiling than the one before it' };
    }
    [before, beforeKey] = [ceiling, key];
  }
  return undefined;
}
