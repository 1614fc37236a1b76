/**
 * The past as plain arrays, made anew from the story for every question: which readings count, and what broke off between
 * them. Written to be read and not to be fast, and without a line of the engine's.
 */
import type { Rule } from '../../../../src/domain/rules/kinds.ts';
import type { Sample } from '../../../../src/domain/sample.ts';
import { remembered, type Step } from './story.ts';

export interface Beat {
  readonly kind: 'reading';
  readonly t: number;
  readonly bpm: number;
  readonly rr: readonly number[];
  readonly contested: boolean;
}

export type Past =
  | Beat
  /** The signal is not live any more, or the process has been another one. */
  | { readonly kind: 'break'; readonly state: string; readonly t: number; readonly since: number }
  | { readonly kind: 'live'; readonly t: number }
  | { readonly kind: 'unusable' }
  /** The battery is low, which matters to no rule. */
  | { readonly kind: 'battery'; readonly t: number }
  | { readonly kind: 'time'; readonly t: number };

const PLAUSIBLE = [25, 240] as const;

/**
 * The story as it looks from its end: shifted times are in place, and what a restart forgets is gone.
 *
 * @param memoriesMs how much of the past each restart leaves
 */
export function pastOf(story: readonly Step[], memoriesMs: readonly number[]): Past[] {
  const steps = lookedBack(story, memoriesMs);
  return steps.flatMap((step, at) => pastStep(step, steps.slice(0, at)));
}

/** The story with what its shifts of the clock show of losses: an athlete who went home long before has lost no signal. */
export function withWhatTurnsOut(story: readonly Step[], memoriesMs: readonly number[]): Step[] {
  return story.flatMap((step, at): Step[] => {
    if (step.type !== 'shift') return [step];
    const before = lookedBack(story.slice(0, at), memoriesMs).map((each) => moved(each, step.correctionMs));
    if (!turnsOutLongAgo(before, step.correctionMs)) return [step];
    return [step, { type: 'signal', state: 'live', timeMs: 0, sinceMs: 0 }];
  });
}

function lookedBack(story: readonly Step[], memoriesMs: readonly number[]): Step[] {
  const restarts = story.filter(({ type }) => type === 'restart');
  let steps: Step[] = [];
  for (const step of story) {
    if (step.type === 'shift') {
      steps = steps.map((each) => moved(each, step.correctionMs));
      steps.push(step);
    } else if (step.type === 'restart') {
      const samples = steps.flatMap((each) => (each.type === 'sample' ? [each] : []));
      const kept = remembered(
        samples.map((each) => ({ timeMs: each.sample.timeMs, each })),
        memoriesMs[restarts.indexOf(step)] ?? 0,
      );
      steps = [...kept.map(({ each }) => each), step];
    } else steps.push(step);
  }
  return steps;
}

/** Nobody knows how long the process was away, and the clock is put right: the athlete was heard more than ten minutes before. */
function turnsOutLongAgo(steps: readonly Step[], correctionMs: number): boolean {
  const begin = steps.findLastIndex(({ type }) => type === 'restart');
  const restart = steps[begin];
  if (restart?.type !== 'restart' || restart.isTimeKnown) return false;
  if (steps.slice(begin).some(({ type }) => type === 'signal' || type === 'shift')) return false;
  const heard = lastHeard(steps.slice(0, begin));
  return heard !== undefined && restart.timeMs - (heard - correctionMs) > TEN_MINUTES;
}

/** The athlete was heard in the ten minutes before the process was another one, as far as anybody knows. */
function isMissed(restart: Step & { type: 'restart' }, before: readonly Step[]): boolean {
  const heard = lastHeard(before);
  const newest = before.findLast((step) => step.type === 'sample')?.sample.timeMs;
  if (heard === undefined || newest === undefined) return false;
  const isKnown = restart.isTimeKnown && heard <= restart.timeMs;
  return (isKnown ? restart.timeMs : newest) - heard <= TEN_MINUTES;
}

function lastHeard(steps: readonly Step[]): number | undefined {
  const heard = steps.flatMap((step) => (step.type === 'sample' && isUsable(step.sample) ? [step.sample.timeMs] : []));
  return heard.at(-1);
}

const TEN_MINUTES = 600_000;

function isUsable({ bpm = 0, contact }: Sample): boolean {
  return contact !== 'lost' && bpm >= PLAUSIBLE[0] && bpm <= PLAUSIBLE[1];
}

function moved(step: Step, by: number): Step {
  switch (step.type) {
    case 'sample':
      return { ...step, sample: { ...step.sample, timeMs: step.sample.timeMs + by } };
    case 'signal':
      return { ...step, timeMs: step.timeMs + by, sinceMs: step.sinceMs + by };
    case 'time':
    case 'restart':
      return { ...step, timeMs: step.timeMs + by };
    default:
      return step;
  }
}

function pastStep(step: Step, before: readonly Step[]): Past[] {
  switch (step.type) {
    case 'sample': {
      const { timeMs: t, bpm = 0, rrMs: rr, contested } = step.sample;
      if (!isUsable(step.sample)) return [{ kind: 'unusable' }];
      return [{ kind: 'reading', t, bpm, rr, contested: contested !== undefined || step.isFrozen }];
    }
    case 'signal':
      if (step.state === 'battery-low') return [{ kind: 'battery', t: step.timeMs }];
      if (step.state === 'live') return [{ kind: 'live', t: step.timeMs }];
      return [{ kind: 'break', state: step.state, t: step.timeMs, since: step.sinceMs }];
    case 'time':
      return [{ kind: 'time', t: step.timeMs }];
    case 'restart':
      return [
        { kind: 'break', state: isMissed(step, before) ? 'missed' : 'restart', t: step.timeMs, since: step.timeMs },
      ];
    case 'shift':
    case 'reload':
      return [];
  }
}

/** The past in pieces, each from where the clock was set back by more than half a minute without a word. */
export function stretchesOf(past: readonly Past[], newestBefore = Number.NEGATIVE_INFINITY): Past[][] {
  const stretches: Past[][] = [[]];
  let newest = newestBefore;
  for (const each of past) {
    if (each.kind === 'reading') {
      if (each.t < newest - 30_000) {
        stretches.push([]);
        newest = each.t;
      }
      newest = Math.max(newest, each.t);
    }
    stretches.at(-1)?.push(each);
  }
  return stretches;
}

/** The same without readings that came late, which are left out as undefined. */
export function timely(stretch: readonly Past[]): (Past | undefined)[] {
  let newest = Number.NEGATIVE_INFINITY;
  return stretch.map((each) => {
    if (each.kind !== 'reading') return each;
    if (each.t < newest) return undefined;
    newest = each.t;
    return each;
  });
}

/** What a rule finds. */
export interface Found {
  readonly finding: 'beyond' | 'within';
  readonly t: number;
  readonly value: number;
}

/** What the rule finds at each thing in a stretch of the past. */
export type Plain<Kind extends Rule['kind']> = (stretch: readonly Past[], rule: Rule & { kind: Kind }) => Found[][];

export const GAP = 5_000;

export function stood(gap: number): number {
  return gap <= GAP ? gap : 1_000;
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
