/** Which alerts call which response. */
import { type AlertEvent, type AlertEventName, SEVERITIES, type Severity, USUAL_SEVERITY } from './alert.ts';

/** What a response is for, as the gateway's own file says it. */
export interface ResponseChoice {
  /** By which rules name it. */
  readonly name: string;
  /** The least that calls it, where the rule names no responses. */
  readonly severity: Severity;
  readonly events: readonly AlertEventName[];
}

/**
 * Rules on trial call nobody. A rule that names responses has those, whatever its severity. A snoozed alert is quiet until
 * it becomes graver, which ends the snooze: only that it is snoozed and that it is over are told meanwhile, to whoever
 * asks for that, so that a lamp which was lit goes out.
 */
export function calls(alert: AlertEvent, { name, severity: least, events }: ResponseChoice): boolean {
  const { event, severity = USUAL_SEVERITY, shadow, responses } = alert;
  if (shadow === true || isQuiet(alert) || !events.includes(event)) return false;
  return responses?.includes(name) ?? SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(least);
}

function isQuiet({ event, snoozedForMs }: AlertEvent): boolean {
  return snoozedForMs !== undefined && event !== 'snoozed' && event !== 'cleared' && event !== 'escalated';
}
