/**
 * A second implementation of the rules: what becomes of a story is worked out from its whole past, kept in arrays, without
 * state from one step to the next. It answers the same question as the engine and shares nothing with it but the numbers
 * that are written down in the decisions.
 */
import type { Rule } from '../../../../src/domain/rules/kinds.ts';
import { change, load, recovery, returnToPlay, signal, sustained } from './by-reading.ts';
import { average, variability } from './by-window.ts';
import { type Found, type Past, type Plain, pastOf, stretchesOf } from './history.ts';
import type { Step } from './story.ts';

const PLAIN: { readonly [K in Rule['kind']]: Plain<K> } = {
  average,
  sustained,
  change,
  recovery,
  load,
  variability,
  signal,
  'return-to-play': returnToPlay,
};

export interface PlainEvent {
  readonly event: 'raised' | 'cleared';
  readonly timeMs: number;
  readonly value: number;
}

/** @param memoryMs how much of the past a restart leaves */
export function toldPlainly(rule: Rule, story: readonly Step[], memoryMs: number): PlainEvent[] {
  const events: PlainEvent[] = [];
  let raisedMs: number | undefined;
  let isOpen = false;
  for (const [from, to] of eras(story)) {
    const shift = story[from];
    if (shift?.type === 'shift' && raisedMs !== undefined) raisedMs += shift.correctionMs;
    if (shift?.type === 'restart' && !isOpen) raisedMs = undefined;
    const past = pastOf(story.slice(0, to), memoryMs);
    const news = foundAtEach(rule, past).slice(pastOf(story.slice(0, from + 1), memoryMs).length - ownOf(shift));
    for (const { finding, t: timeMs, value } of news.flat()) {
      if (finding === 'within' && isOpen) {
        isOpen = false;
        events.push({ event: 'cleared', timeMs, value });
      }
      // One that was raised later than now was so by a clock that was wrong.
      const sinceMs = timeMs - (raisedMs ?? -Infinity);
      const isTooSoon = sinceMs >= 0 && sinceMs < (rule.repeatMs ?? 0);
      if (finding === 'beyond' && !isOpen && !isTooSoon) {
        isOpen = true;
        raisedMs = timeMs;
        events.push({ event: 'raised', timeMs, value });
      }
    }
  }
  return events;
}

/** From where to where, the end not included, the past only grows. */
function eras(story: readonly Step[]): [number, number][] {
  const begins = story.flatMap(({ type }, at) => (at === 0 || type === 'shift' || type === 'restart' ? [at] : []));
  return begins.map((begin, at) => [begin, begins[at + 1] ?? story.length]);
}

/** The first step of an era is news too, unless it is a shift or a restart. */
function ownOf(step: Step | undefined): number {
  return step === undefined || step.type === 'shift' || step.type === 'restart' ? 0 : 1;
}

function foundAtEach(rule: Rule, past: readonly Past[]): Found[][] {
  const plain = PLAIN[rule.kind] as Plain<Rule['kind']>;
  return stretchesOf(past).flatMap((stretch) => plain(stretch, rule as never));
}
