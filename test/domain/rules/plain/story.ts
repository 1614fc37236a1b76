/** What may come to the rules of one athlete, in order, and how an engine takes it. */
import type { AlertEvent } from '../../../../src/domain/alert.ts';
import type { Team } from '../../../../src/domain/athlete.ts';
import { type RecalledReading, RuleEngine } from '../../../../src/domain/rules/engine.ts';
import type { Rule } from '../../../../src/domain/rules/kinds.ts';
import type { Sample } from '../../../../src/domain/sample.ts';
import type { SignalEvent } from '../../../../src/domain/signal.ts';

export type Step =
  | { readonly type: 'sample'; readonly sample: Sample; readonly isFrozen: boolean }
  | {
      readonly type: 'signal';
      readonly state: SignalEvent['state'];
      readonly timeMs: number;
      readonly sinceMs: number;
    }
  | { readonly type: 'time'; readonly timeMs: number }
  | { readonly type: 'shift'; readonly correctionMs: number }
  /** The process ends and another one goes on with what the log has, at this time, which may be known to be right. */
  | { readonly type: 'restart'; readonly timeMs: number; readonly isTimeKnown: boolean }
  /** The athletes file has changed: the athlete has these rules, or is of the team no more. */
  | { readonly type: 'reload'; readonly rules: readonly Rule[] | undefined; readonly timeMs: number };

export const ATHLETE = '7';

/** What came of the story, step by step. */
export function told(rule: Rule, story: readonly Step[]): AlertEvent[] {
  let rules: readonly Rule[] | undefined = [rule];
  let engine = new RuleEngine(teamOf(rules));
  let log: RecalledReading[] = [];
  let open: AlertEvent[] = [];
  const events: AlertEvent[] = [];
  for (const step of story) {
    const found = [...taken(engine, step)];
    events.push(...found);
    for (const event of found) open = event.event === 'cleared' ? [] : [event];
    if (step.type === 'sample') log.push(step.isFrozen ? { ...step.sample, isFrozen: true } : step.sample);
    if (step.type === 'shift') {
      const later = <T extends { readonly timeMs: number }>(each: T) => ({
        ...each,
        timeMs: each.timeMs + step.correctionMs,
      });
      log = log.map(later);
      open = open.map(later);
    }
    if (step.type === 'reload') rules = step.rules;
    if (step.type === 'restart') {
      engine = new RuleEngine(teamOf(rules));
      log = remembered(log, engine.memoryMs);
      const { timeMs, isTimeKnown } = step;
      engine.resume({ openAlerts: open, samples: log }, { name: 'run', timeMs, isTimeKnown });
    }
  }
  return events;
}

function taken(engine: RuleEngine, step: Step): readonly AlertEvent[] {
  switch (step.type) {
    case 'sample':
      return engine.step(step.sample, { isFrozen: step.isFrozen });
    case 'signal': {
      const { state, timeMs, sinceMs } = step;
      return engine.signal({ athlete: ATHLETE, state, monotonicMs: timeMs, sinceMs, evidence: {} }, timeMs);
    }
    case 'time':
      return engine.advance(step.timeMs);
    case 'shift':
      engine.shift(step.correctionMs);
      return [];
    case 'restart':
      return [];
    case 'reload': {
      const { before, after } = engine.reload(teamOf(step.rules), step.timeMs);
      return [...before, ...after];
    }
  }
}

function teamOf(rules: readonly Rule[] | undefined): Team {
  return rules === undefined ? [] : [{ id: ATHLETE, strap: { name: 'x' }, rules }];
}

/** What the log gives back: the samples of so long before the newest one. */
export function remembered<T extends Pick<Sample, 'timeMs'>>(log: readonly T[], memoryMs: number): T[] {
  const newestMs = log.at(-1)?.timeMs ?? 0;
  return log.filter(({ timeMs }) => timeMs >= newestMs - memoryMs);
}
