/**
 * What an athlete's rules take over from those before when the athletes file has changed while the gateway runs.
 *
 * A rule that is the same goes on as it is, also where only such parameters differ that its state does not rest on. One that has changed begins anew, knowing of a loss of signal that goes on,
 * and its open alert stays open: a change of a limit is no recovery.
 */
import { type AlertLife, carryOn } from './alert-life.ts';
import type { SignalNews } from './rule.ts';
import type { Watch } from './watch.ts';
import type { Watched } from './watched.ts';

export interface TakenOver {
  /** The lives of alerts whose rule is gone. */
  readonly gone: readonly AlertLife[];
  /** The rules that have begun anew. */
  readonly begun: Iterable<Watch>;
}

/**
 * @param after absent where the athlete is of the team no more
 * @param timeMs Unix ms
 * @param judge told of each rule that ends here, so that what is due by now is judged by it
 */
export function takeOver(
  before: Watched,
  after: Watched | undefined,
  timeMs: number,
  judge: (watch: Watch) => void,
): TakenOver {
  if (after !== undefined) {
    after.newestMs = before.newestMs;
    after.over = before.over;
    after.assumed = before.assumed;
    after.loss = before.loss;
  }
  const gone: AlertLife[] = [];
  const begun = new Set(after?.watches);
  for (const watch of before.watches) {
    const next = after?.watches.find(({ life }) => life.rule.name === watch.life.rule.name);
    if (next !== undefined && isSame(watch, next)) {
      next.state = watch.state;
      begun.delete(next);
    } else judge(watch);
    // A trial that has become an alarm has to be raised as one.
    if (next?.life.rule.shadow === watch.life.rule.shadow && next !== undefined) carryOn(next.life, watch.life);
    else gone.push(watch.life);
  }
  if (after?.loss !== undefined) tell(begun, { ...after.loss, timeMs });
  return { gone, begun };
}

function tell(watches: Iterable<Watch>, news: SignalNews): void {
  for (const { kind, state, parameters } of watches) kind.signal?.(state, news, parameters);
}

/** Whether what it has seen is what the other would have; what comes of that may differ. */
function isSame({ kind, life: { rule } }: Watch, { life: { rule: other } }: Watch): boolean {
  const before: Readonly<Record<string, unknown>> = rule.parameters;
  const after: Readonly<Record<string, unknown>> = other.parameters;
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  for (const name of kind.changeable ?? []) names.delete(name);
  return rule.kind === other.kind && [...names].every((name) => before[name] === after[name]);
}
