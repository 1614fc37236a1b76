/**
 * A second implementation of the rules: what becomes of a story is worked out from its whole past, kept in arrays, without
 * state from one step to the next. It answers the same question as the engine and shares nothing with it but the numbers
 * that are written down in the decisions.
 */
import { SEVERITIES, type Severity, USUAL_SEVERITY } from '../../../../src/domain/alert.ts';
import { RULE_KINDS, type Rule } from '../../../../src/domain/rules/kinds.ts';
import type { ParameterTable, RuleKind, RuleState } from '../../../../src/domain/rules/rule.ts';
import { change, load, recovery, returnToPlay, signal, sustained } from './by-reading.ts';
import { average, variability } from './by-window.ts';
import { type Found, type Past, type Plain, pastOf, stretchesOf, withWhatTurnsOut } from './history.ts';
import { isSameJudge, lossOf, newestOf, ruleIn } from './reloads.ts';
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
  /** Absent for an alert whose rule is gone. */
  readonly value: number | undefined;
}

/** From where on a rule knows what has happened, and what it is told of before. */
interface Scene {
  readonly begin: number;
  /** The loss of signal that went on when it began. */
  readonly opening: readonly Step[];
  /** Of the newest reading before. */
  readonly newest: number;
}

const WHOLE: Scene = { begin: 0, opening: [], newest: Number.NEGATIVE_INFINITY };

export function toldPlainly(first: Rule, given: readonly Step[]): PlainEvent[] {
  const events: PlainEvent[] = [];
  const memoriesMs = memoriesOf(first, given);
  const story = withWhatTurnsOut(given, memoriesMs);
  let rule: Rule | undefined = first;
  let isThere = true;
  /** Where the athlete came into the team. */
  let came = 0;
  let scene = WHOLE;
  let raisedMs: number | undefined;
  let raisedAs: Severity = USUAL_SEVERITY;
  let isOpen = false;
  for (const [from, to] of eras(story)) {
    const step = story[from];
    if (step?.type === 'shift' && raisedMs !== undefined) raisedMs += step.correctionMs;
    if (step?.type === 'restart') {
      if (!isOpen) raisedMs = undefined;
      came = 0;
      scene = WHOLE;
    }
    if (step?.type === 'reload') reload(step, from);
    if (rule === undefined) continue;
    // What a rule is told of when it begins is news.
    const known = scene.begin > from ? 0 : lengthAt(from + 1) - ownOf(step);
    take(foundIn(rule, to).slice(known));
  }
  return events;

  function reload(step: Step & { type: 'reload' }, at: number): void {
    const next = ruleIn(step.rules);
    const before = rule;
    const goesOn = before !== undefined && next !== undefined && isSameJudge(before, next);
    if (before !== undefined && !goesOn) {
      // What was due by then is judged by the rule before.
      take(foundIn(before, at, [{ type: 'time', timeMs: step.timeMs }]).slice(lengthAt(at)));
    }
    rule = next;
    if (next?.shadow !== before?.shadow || next === undefined) {
      if (isOpen) events.push({ event: 'cleared', timeMs: step.timeMs, value: undefined });
      isOpen = false;
      raisedMs = undefined;
    }
    if (!isThere) came = at + 1;
    isThere = step.rules !== undefined;
    if (!goesOn) {
      const stretch = stretchesOf(pastOf(story.slice(came, at), memoriesMs)).at(-1) ?? [];
      const loss = lossOf(stretch);
      const opening: Step[] =
        loss === undefined ? [] : [{ type: 'signal', state: 'no-signal', timeMs: step.timeMs, sinceMs: loss.since }];
      scene = { begin: at + 1, opening, newest: newestOf(stretch) };
    }
  }

  function take(news: readonly Found[][]): void {
    for (const { finding, t: timeMs, value } of news.flat()) {
      if (finding === 'within' && isOpen) {
        isOpen = false;
        events.push({ event: 'cleared', timeMs, value });
      }
      // One that was raised later than now was so by a clock that was wrong.
      const sinceMs = timeMs - (raisedMs ?? -Infinity);
      const severity = rule?.severity ?? USUAL_SEVERITY;
      const isGraver = SEVERITIES.indexOf(severity) > SEVERITIES.indexOf(raisedAs);
      const isTooSoon = sinceMs >= 0 && sinceMs < (rule?.repeatMs ?? 0) && !isGraver;
      if (finding === 'beyond' && !isOpen && !isTooSoon) {
        isOpen = true;
        raisedMs = timeMs;
        raisedAs = severity;
        events.push({ event: 'raised', timeMs, value });
      }
    }
  }

  function pastAt(to: number, more: readonly Step[] = []): Past[] {
    const { begin, opening } = scene;
    return pastOf([...opening, ...story.slice(begin, to), ...more], memoriesMs);
  }

  function lengthAt(to: number): number {
    return pastAt(to).length;
  }

  function foundIn(judge: Rule, to: number, more: readonly Step[] = []): Found[][] {
    const shifts = story.slice(scene.begin, to).map((each) => (each.type === 'shift' ? each.correctionMs : 0));
    const newest = shifts.reduce((sum, shift) => sum + shift, scene.newest);
    const plain = PLAIN[judge.kind] as Plain<Rule['kind']>;
    return stretchesOf(pastAt(to, more), newest).flatMap((stretch) => plain(stretch, judge as never));
  }
}

/** How much of the past each restart leaves, by the rule that there was. */
function memoriesOf(first: Rule, story: readonly Step[]): number[] {
  let rule: Rule | undefined = first;
  return story.flatMap((step) => {
    if (step.type === 'reload') rule = ruleIn(step.rules);
    if (step.type !== 'restart') return [];
    if (rule === undefined) return [0];
    const kind = RULE_KINDS[rule.kind] as unknown as RuleKind<ParameterTable, RuleState>;
    return [kind.memoryMs(rule.parameters)];
  });
}

/** From where to where, the end not included, the past only grows. */
function eras(story: readonly Step[]): [number, number][] {
  const begins = story.flatMap(({ type }, at) => (at === 0 || isTurn(type) ? [at] : []));
  return begins.map((begin, at) => [begin, begins[at + 1] ?? story.length]);
}

function isTurn(type: Step['type']): boolean {
  return type === 'shift' || type === 'restart' || type === 'reload';
}

/** The first step of an era is news too, unless it is a turn. */
function ownOf(step: Step | undefined): number {
  return step === undefined || isTurn(step.type) ? 0 : 1;
}
