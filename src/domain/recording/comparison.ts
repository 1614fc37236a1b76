/** What would change if other rules were in force: the alerts of two rehearsals of one recording, held against each other. */
import type { AlertEvent } from '../alert.ts';
import type { AthleteId } from '../sample.ts';
import { type AlertSpan, alertSpans } from './alert-spans.ts';

/** Alerts that were raised no further apart may be one and the same, ms: the longest time a trainer would call "about then". */
export const SAME_WITHIN_MS = 300_000;

/** More alerts than this of one athlete and rule within this time are flapping: nobody looks at the fourth one any more. */
export const FLAP_ALERTS = 3;
export const FLAP_WITHIN_MS = 600_000;

/** In what an alert that moves may differ. */
type Difference = 'raised' | 'value' | 'cleared' | 'severity' | 'shadow';

export type Change =
  | { readonly change: 'appears'; readonly after: AlertSpan }
  | { readonly change: 'vanishes'; readonly before: AlertSpan }
  | {
      readonly change: 'moves';
      readonly before: AlertSpan;
      readonly after: AlertSpan;
      /** In the order of the list above; never empty. */
      readonly differs: readonly Difference[];
    };

/** The most alerts within `FLAP_WITHIN_MS`; at least one of the two numbers is above `FLAP_ALERTS`. */
export interface Flapping {
  readonly athlete: AthleteId;
  readonly rule: string;
  readonly before: number;
  readonly after: number;
}

export interface Comparison {
  /** By the time of the earlier alert of each. */
  readonly changes: readonly Change[];
  /** How many alerts are the same in everything. */
  readonly unchanged: number;
  readonly flapping: readonly Flapping[];
}

/**
 * Which alerts appear, vanish and move, and which rules flap.
 *
 * Only alerts of the same athlete and the same rule name can be one and the same: a rule that is renamed vanishes and
 * appears. Two of them may be when they were open at the same time, or were raised within `SAME_WITHIN_MS` of each other.
 * They are paired from the earliest on, each with at most one of the other side: the earlier of the two next ones is paired
 * with the other side's next one, unless they may not be the same, or the one that follows it on its own side was raised
 * nearer to that; then it stays alone, and has vanished or appeared. Pairs never cross. Which side is which makes no
 * difference but for the words.
 *
 * A pair moves when it differs in the instant at which it was raised or cleared, in the value it was raised with, in its
 * gravest severity, or in being on trial.
 *
 * @param before the events under the rules in force, by time
 * @param after the events under the other rules, by time
 */
export function compare(before: readonly AlertEvent[], after: readonly AlertEvent[]): Comparison {
  const [spansBefore, spansAfter] = [alertSpans(before), alertSpans(after)];
  const changes: Change[] = [];
  const flapping: Flapping[] = [];
  let unchanged = 0;
  for (const key of new Set([...spansBefore.keys(), ...spansAfter.keys()])) {
    const sides = [spansBefore.get(key) ?? [], spansAfter.get(key) ?? []] as const;
    for (const [one, other] of paired(...sides)) {
      const change = changeOf(one, other);
      if (change === undefined) unchanged += 1;
      else changes.push(change);
    }
    flapping.push(...flappingOf(...sides));
  }
  changes.sort((a, b) => beginOf(a) - beginOf(b));
  return { changes, unchanged, flapping };
}

type Pair = readonly [before: AlertSpan | undefined, after: AlertSpan | undefined];

function paired(before: readonly AlertSpan[], after: readonly AlertSpan[]): Pair[] {
  const pairs: Pair[] = [];
  for (let [i, j] = [0, 0]; i < before.length || j < after.length; ) {
    const [one, other] = [before[i], after[j]];
    const isOneAlone = other === undefined || (one !== undefined && staysAlone(one, before[i + 1], other));
    const isOtherAlone = one === undefined || (other !== undefined && staysAlone(other, after[j + 1], one));
    pairs.push([isOtherAlone ? undefined : one, isOneAlone ? undefined : other]);
    if (!isOtherAlone) i++;
    if (!isOneAlone) j++;
  }
  return pairs;
}

/** @param next the one after it on its own side @param other the next one of the other side */
function staysAlone(span: AlertSpan, next: AlertSpan | undefined, other: AlertSpan): boolean {
  if (span.raisedMs >= other.raisedMs) return false;
  const apartMs = other.raisedMs - span.raisedMs;
  const isNear = apartMs <= SAME_WITHIN_MS || other.raisedMs < (span.clearedMs ?? Number.POSITIVE_INFINITY);
  return !isNear || (next !== undefined && Math.abs(other.raisedMs - next.raisedMs) < apartMs);
}

function changeOf(before: AlertSpan | undefined, after: AlertSpan | undefined): Change | undefined {
  if (before === undefined) return after === undefined ? undefined : { change: 'appears', after };
  if (after === undefined) return { change: 'vanishes', before };
  const differs = differences(before, after);
  return differs.length === 0 ? undefined : { change: 'moves', before, after, differs };
}

function differences(before: AlertSpan, after: AlertSpan): Difference[] {
  const keys = {
    raised: 'raisedMs',
    value: 'value',
    cleared: 'clearedMs',
    severity: 'severity',
    shadow: 'shadow',
  } as const;
  return (Object.keys(keys) as Difference[]).filter((name) => before[keys[name]] !== after[keys[name]]);
}

function flappingOf(before: readonly AlertSpan[], after: readonly AlertSpan[]): Flapping[] {
  const [span] = [...before, ...after];
  const [most, mostAfter] = [mostWithin(before), mostWithin(after)];
  if (span === undefined || Math.max(most, mostAfter) <= FLAP_ALERTS) return [];
  return [{ athlete: span.athlete, rule: span.rule, before: most, after: mostAfter }];
}

/** How many are raised within `FLAP_WITHIN_MS`, both ends included, where they are densest. */
function mostWithin(spans: readonly AlertSpan[]): number {
  let [most, first] = [0, 0];
  for (const [last, { raisedMs }] of spans.entries()) {
    while (raisedMs - (spans[first]?.raisedMs ?? raisedMs) > FLAP_WITHIN_MS) first++;
    most = Math.max(most, last - first + 1);
  }
  return most;
}

function beginOf(change: Change): number {
  const times = [
    ...('before' in change ? [change.before.raisedMs] : []),
    ...('after' in change ? [change.after.raisedMs] : []),
  ];
  return Math.min(...times);
}
