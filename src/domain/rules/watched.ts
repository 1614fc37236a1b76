/** An athlete as the engine keeps them: the watches over them, and what is of no rule alone. */
import type { AthleteId } from '../sample.ts';
import type { Assumption } from './expectation.ts';
import type { Rule } from './kinds.ts';
import { breakOffRate, newOverLimit, type OverLimit, signalCame, signalWent } from './over-limit.ts';
import type { SignalNews } from './rule.ts';
import { type Watch, watchesOf } from './watch.ts';

export interface Watched {
  /** Those about the signal come last, since they look at what the others have found. */
  readonly watches: readonly Watch[];
  over: OverLimit;
  /** Of the newest reading, Unix ms. */
  newestMs: number;
  /** Where nobody can tell yet for how long the athlete was not heard when the process began. */
  assumed: Assumption | undefined;
  /** The loss of the signal that goes on, from its beginning. */
  loss: SignalNews | undefined;
}

export function watchedOf(athlete: AthleteId, rules: readonly Rule[]): Watched {
  return {
    watches: watchesOf(athlete, rules),
    over: newOverLimit(),
    newestMs: Number.NEGATIVE_INFINITY,
    assumed: undefined,
    loss: undefined,
  };
}

export function beginAnew(watched: Watched): void {
  watched.newestMs = Number.NEGATIVE_INFINITY;
  watched.loss = undefined;
  breakOffRate(watched.over, watched.watches);
  for (const watch of watched.watches) watch.state = watch.kind.begin(watch.parameters);
}

/** The process is another one from this Unix time on: nobody has seen what happened in between. */
export function interrupt(watched: Watched, timeMs: number, isLoss: boolean): void {
  const { watches, over } = watched;
  const news = { timeMs, sinceMs: timeMs, state: 'no-signal' } as const;
  if (isLoss) {
    signalWent(over, watches);
    noteLoss(watched, news);
  }
  for (const { kind, state, parameters } of watches) {
    if (!kind.isAboutSignal || isLoss) kind.signal?.(state, news, parameters);
  }
}

/** The athlete went home long before the restart. An alert that says otherwise by now is over when they are heard again. */
export function forgetLoss(watched: Watched): void {
  const { watches, over } = watched;
  watched.loss = undefined;
  signalCame(over);
  for (const { kind, state, parameters } of watches) {
    if (kind.isAboutSignal) kind.signal?.(state, { timeMs: 0, sinceMs: 0, state: 'live' }, parameters);
  }
}

/** The signal has changed: what was lost and turns into another state is still the same loss. */
export function noteLoss(watched: Watched, news: SignalNews): void {
  if (news.state === 'battery-low') return;
  watched.loss = news.state === 'live' ? undefined : (watched.loss ?? news);
}

export function shiftLoss(watched: Watched, correctionMs: number): void {
  const { loss } = watched;
  if (loss === undefined) return;
  watched.loss = { ...loss, timeMs: loss.timeMs + correctionMs, sinceMs: loss.sinceMs + correctionMs };
}
