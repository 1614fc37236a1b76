/** A threshold that a clinician set was crossed, or is held again. It states a measurement, never a diagnosis. */
import type { AthleteId } from './sample.ts';

/** From the least to the gravest. */
export const SEVERITIES = ['notice', 'warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** Of a rule that says nothing else. */
export const USUAL_SEVERITY: Severity = 'warning';

/** What may happen to an alert, in the order of its life; the text is what an operator is told. */
export const ALERT_EVENTS = {
  raised: 'the limit was crossed',
  escalated: 'it has become graver, and whoever had taken notice has to again',
  acknowledged: 'somebody has taken notice; it stays open',
  snoozed: 'it stays open, and quiet until a time',
  resumed: 'it is open still as the quiet ends, and alarms again',
  cleared: 'the limit is held again, or there is no such rule any more',
} as const;
export type AlertEventName = keyof typeof ALERT_EVENTS;

/** Why an alert became graver or is over. No loss of signal is among the reasons for its end. */
export const ALERT_REASONS = {
  'signal-lost': 'the signal was lost while another limit was crossed',
  'within-limits': 'readings were within the limit',
  'rule-gone': 'the athletes file has this rule no more, or has changed it from a trial to an alarm or back',
} as const;
export type AlertReason = keyof typeof ALERT_REASONS;

/**
 * One event in the life of an alert. Each says how the alert stands after it, so that the last one is all that has to be
 * known of an open alert.
 */
export interface AlertEvent {
  readonly athlete: AthleteId;
  /** The rule's name in the athletes file; with the athlete it names the alert, of which at most one is open. */
  readonly rule: string;
  readonly event: AlertEventName;
  /** Unix time in ms that the event belongs to: for an average, the end of its window. */
  readonly timeMs: number;
  /**
   * What was held against the limit, in the limit's unit (bpm for an average). Absent where nothing was measured: for
   * what people do, and where the athletes file has the rule no more.
   */
  readonly value?: number;
  /** The limits in force, so that the event can be read without the athletes file. */
  readonly above?: number;
  readonly below?: number;
  /** The same for all events of one alert. Absent in a rehearsal. */
  readonly alert?: string;
  readonly severity?: Severity;
  /** The rule is on trial: its alerts are recorded and alarm nobody. */
  readonly shadow?: true;
  /** The limit rests on a maximum heart rate that was estimated from the age and not measured. */
  readonly estimated?: true;
  readonly reason?: AlertReason;
  /** The responses that its rule names, which are called in place of those for its severity. Stays on the gateway. */
  readonly responses?: readonly string[];
  /** Who has taken notice, by the id of a person, and with what words. */
  readonly acknowledgedBy?: string;
  /** Free text, in which there may be names: it stays on the gateway, unless `noteLeaves`. */
  readonly note?: string;
  /** Whoever runs the gateway has allowed notes to be sent, when this one was written. */
  readonly noteLeaves?: true;
  /** Of the athletes file that was in force at the event; absent where there is no such file. */
  readonly athletesVersion?: string;
  /** How much longer the alert is to be quiet, ms from `timeMs`: a duration, since times may have to be put right. */
  readonly snoozedForMs?: number;
  /** Who wants it quiet, by the id of a person. */
  readonly snoozedBy?: string;
}

/** The athlete's alert is open after this event. */
export function isOpenAfter({ event }: Pick<AlertEvent, 'event'>): boolean {
  return event !== 'cleared';
}

/** Until when the alert is to be quiet, Unix ms, whole; undefined where it is not. */
export function quietUntilMs({ timeMs, snoozedForMs }: AlertEvent): number | undefined {
  return snoozedForMs === undefined ? undefined : Math.round(timeMs + snoozedForMs);
}
