/** Alerts from their raising to their end, as a person thinks of them, from the events that they are told in. */
import { type AlertEvent, SEVERITIES, type Severity, USUAL_SEVERITY } from '../alert.ts';
import type { AthleteId } from '../sample.ts';

export interface AlertSpan {
  readonly athlete: AthleteId;
  readonly rule: string;
  /** Unix ms. */
  readonly raisedMs: number;
  /** Unix ms; absent while it is open. */
  readonly clearedMs?: number;
  /** What was held against the limit as it was raised, in the limit's unit; absent where nothing was measured. */
  readonly value?: number;
  /** The gravest it had. */
  readonly severity: Severity;
  /** The rule is on trial. */
  readonly shadow?: true;
}

/** @param events of any athletes and rules, by time @returns by athlete and rule, and in each by time */
export function alertSpans(events: readonly AlertEvent[]): ReadonlyMap<string, readonly AlertSpan[]> {
  const spans = new Map<string, AlertSpan[]>();
  for (const event of events) {
    const key = JSON.stringify([event.athlete, event.rule]);
    const ofRule = spans.get(key) ?? [];
    spans.set(key, ofRule);
    if (event.event === 'raised') ofRule.push(begun(event));
    else if (ofRule.length > 0) ofRule.push(gone(ofRule.pop() as AlertSpan, event));
  }
  return spans;
}

function begun({ athlete, rule, timeMs, value, severity = USUAL_SEVERITY, shadow }: AlertEvent): AlertSpan {
  return {
    athlete,
    rule,
    raisedMs: timeMs,
    ...(value === undefined ? {} : { value }),
    severity,
    ...(shadow === undefined ? {} : { shadow }),
  };
}

function gone(span: AlertSpan, { event, timeMs, severity = USUAL_SEVERITY }: AlertEvent): AlertSpan {
  if (event === 'cleared') return { ...span, clearedMs: timeMs };
  const isGraver = SEVERITIES.indexOf(severity) > SEVERITIES.indexOf(span.severity);
  return isGraver ? { ...span, severity } : span;
}
