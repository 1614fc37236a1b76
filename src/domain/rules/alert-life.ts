/**
 * The life of the alert of one athlete and one rule: of which at most one is open. It is raised by the first finding
 * beyond a limit, may become graver, may be taken notice of and made quiet, and ends with the first finding within the
 * limit. Nothing else ends it but that its rule is gone: a dropout is no finding.
 */
import { type AlertEvent, SEVERITIES, type Severity, USUAL_SEVERITY } from '../alert.ts';
import type { AthleteId } from '../sample.ts';
import type { Recalled } from '../timekeeper.ts';
import type { Rule } from './kinds.ts';
import type { Finding, Limits, Verdict } from './rule.ts';

export interface AlertLife {
  readonly athlete: AthleteId;
  readonly rule: Rule;
  readonly limits: Limits;
  isOpen: boolean;
  /** Of the last one, at its end. */
  severity: Severity;
  /** Names the alert; undefined where alerts have no names, as in a rehearsal. */
  alert: string | undefined;
  acknowledgedBy: string | undefined;
  note: string | undefined;
  noteLeaves: true | undefined;
  /** Until when it is to be quiet, Unix ms. */
  snoozedUntilMs: number | undefined;
  snoozedBy: string | undefined;
  /** When the last one was raised, Unix ms. */
  raisedMs: number;
  /** These times come from before a restart and are as right as they will be. */
  isRaisedSettled: boolean;
  isQuietSettled: boolean;
}

/** What a finding is judged by besides itself. */
export interface Circumstances {
  /** Another limit of the athlete was crossed as the signal went, which makes this alert one degree graver. */
  readonly isGraver: boolean;
  /** Gives the next alert its name. */
  readonly name: () => string | undefined;
}

export function newLife(athlete: AthleteId, rule: Rule, limits: Limits): AlertLife {
  return {
    athlete,
    rule,
    limits,
    isOpen: false,
    severity: severityOf(rule, false),
    alert: undefined,
    acknowledgedBy: undefined,
    note: undefined,
    noteLeaves: undefined,
    snoozedUntilMs: undefined,
    snoozedBy: undefined,
    raisedMs: Number.NEGATIVE_INFINITY,
    isRaisedSettled: false,
    isQuietSettled: false,
  };
}

/** What the finding leads to, if anything. */
export function judged(
  life: AlertLife,
  finding: Finding,
  { timeMs, value }: Verdict,
  circumstances: Circumstances,
): AlertEvent | undefined {
  if (finding === 'between') return undefined;
  if (finding === 'within') {
    if (!life.isOpen) return undefined;
    life.isOpen = false;
    return eventOf(life, 'cleared', timeMs, { value, reason: 'within-limits' });
  }
  const severity = severityOf(life.rule, circumstances.isGraver);
  if (!life.isOpen) {
    if (isTooSoon(life, timeMs) && !isGraver(severity, life.severity)) return undefined;
    begin(life, severity, timeMs, circumstances.name());
    return eventOf(life, 'raised', timeMs, { value });
  }
  if (!isGraver(severity, life.severity)) return undefined;
  life.severity = severity;
  // Whoever has taken notice has not taken notice of this.
  forgetAnswers(life);
  return eventOf(life, 'escalated', timeMs, { value, reason: 'signal-lost' });
}

function isGraver(severity: Severity, than: Severity): boolean {
  return SEVERITIES.indexOf(severity) > SEVERITIES.indexOf(than);
}

/**
 * The last one was raised less than `repeat` ago. One that was raised later than now comes from before a restart, by a
 * clock that was wrong then or is now: it tells nothing of how long ago that was, and is no reason to be silent.
 */
function isTooSoon({ raisedMs, rule }: AlertLife, timeMs: number): boolean {
  const sinceMs = timeMs - raisedMs;
  return sinceMs >= 0 && sinceMs < (rule.repeatMs ?? 0);
}

/** Who takes notice, and with what words. */
export interface Notice {
  /** The id of a person. */
  readonly by: string;
  readonly note?: string | undefined;
  /** The note may leave the gateway. */
  readonly noteLeaves?: true | undefined;
}

/** Who wants quiet, and for how long, ms. */
export interface Snooze {
  /** The id of a person. */
  readonly by: string;
  readonly forMs: number;
}

/** Somebody has taken notice; nothing where no alert is open. */
export function acknowledged(life: AlertLife, timeMs: number, notice: Notice): AlertEvent | undefined {
  if (!life.isOpen) return undefined;
  life.acknowledgedBy = notice.by;
  life.note = notice.note;
  life.noteLeaves = notice.note === undefined ? undefined : notice.noteLeaves;
  return eventOf(life, 'acknowledged', timeMs);
}

/** The alert is to be quiet for a while; nothing where no alert is open. */
export function snoozed(life: AlertLife, timeMs: number, { by, forMs }: Snooze): AlertEvent | undefined {
  if (!life.isOpen) return undefined;
  life.snoozedUntilMs = timeMs + forMs;
  life.isQuietSettled = false;
  life.snoozedBy = by;
  return eventOf(life, 'snoozed', timeMs);
}

/** The quiet of an open alert ends by this time; nothing where it does not. */
export function resumed(life: AlertLife, timeMs: number): AlertEvent | undefined {
  const endMs = life.snoozedUntilMs;
  if (!life.isOpen || endMs === undefined || endMs > timeMs) return undefined;
  forgetQuiet(life);
  return eventOf(life, 'resumed', endMs);
}

/**
 * The alert is open as it was after this event, its last one. An event later than now is from before a restart, by a clock
 * that was wrong then or is now: nobody knows how much of its quiet is left, and quiet is what must not last too long.
 *
 * @param nowMs the time of the restart, Unix ms
 */
export function restore(life: AlertLife, event: Recalled<AlertEvent>, nowMs = Number.POSITIVE_INFINITY): void {
  const { timeMs, severity, snoozedForMs, offsetMs } = event;
  begin(life, severity ?? severityOf(life.rule, false), timeMs, event.alert);
  life.isRaisedSettled = offsetMs === undefined;
  if (event.event !== 'raised') life.raisedMs = Number.NEGATIVE_INFINITY;
  life.acknowledgedBy = event.acknowledgedBy;
  life.note = event.note;
  life.noteLeaves = event.noteLeaves;
  life.snoozedBy = event.snoozedBy;
  if (snoozedForMs === undefined) return;
  const isPossible = timeMs <= nowMs;
  life.snoozedUntilMs = isPossible ? timeMs + snoozedForMs : nowMs;
  life.isQuietSettled = isPossible && offsetMs === undefined;
}

/**
 * The athletes file has changed, and this is the life under the rule of the same name as it is now: what is open stays
 * open as grave as it was raised, and its limits are those of the rule now.
 */
export function carryOn(life: AlertLife, before: AlertLife): void {
  const { athlete: _, rule: __, limits: ___, ...state } = before;
  Object.assign(life, state);
}

/** The rule is gone, and with it its alert; nothing where none is open. */
export function ruleGone(life: AlertLife, timeMs: number): AlertEvent | undefined {
  if (!life.isOpen) return undefined;
  life.isOpen = false;
  forgetAnswers(life);
  return eventOf(life, 'cleared', timeMs, { reason: 'rule-gone' });
}

/** All times so far were wrong by this, ms, but those that are settled. */
export function shiftLife(life: AlertLife, correctionMs: number): void {
  if (!life.isRaisedSettled) life.raisedMs += correctionMs;
  if (life.snoozedUntilMs !== undefined && !life.isQuietSettled) life.snoozedUntilMs += correctionMs;
}

/** The end of an alert whose rule is gone, from its last event. */
export function abandoned(last: AlertEvent, timeMs: number): AlertEvent {
  const { athlete, rule, above, below, alert, severity, shadow, estimated, responses } = last;
  return {
    athlete,
    rule,
    event: 'cleared',
    timeMs,
    ...defined({ above, below, alert, severity, shadow, estimated }),
    reason: 'rule-gone',
    ...defined({ responses }),
  };
}

function begin(life: AlertLife, severity: Severity, timeMs: number, alert: string | undefined): void {
  life.isOpen = true;
  life.severity = severity;
  life.raisedMs = timeMs;
  life.isRaisedSettled = false;
  life.alert = alert;
  forgetAnswers(life);
}

function forgetAnswers(life: AlertLife): void {
  life.acknowledgedBy = undefined;
  life.note = undefined;
  life.noteLeaves = undefined;
  forgetQuiet(life);
}

function forgetQuiet(life: AlertLife): void {
  life.snoozedUntilMs = undefined;
  life.snoozedBy = undefined;
}

function eventOf(
  life: AlertLife,
  event: AlertEvent['event'],
  timeMs: number,
  more: Pick<AlertEvent, 'value' | 'reason'> = {},
): AlertEvent {
  const { athlete, rule, limits, alert, severity, acknowledgedBy, note, noteLeaves, snoozedUntilMs } = life;
  const { value, reason } = more;
  const { shadow, estimated, responses } = rule;
  const snoozedForMs =
    snoozedUntilMs === undefined || snoozedUntilMs <= timeMs ? undefined : Math.round(snoozedUntilMs - timeMs);
  const snoozedBy = snoozedForMs === undefined ? undefined : life.snoozedBy;
  return {
    athlete,
    rule: rule.name,
    event,
    timeMs,
    ...defined({ value }),
    ...limits,
    ...defined({ alert, severity, shadow, estimated, reason, responses, acknowledgedBy, note, noteLeaves }),
    ...defined({ snoozedForMs, snoozedBy }),
  };
}

function severityOf({ severity = USUAL_SEVERITY }: Rule, isGraver: boolean): Severity {
  const at = SEVERITIES.indexOf(severity) + (isGraver ? 1 : 0);
  return SEVERITIES[at] ?? severity;
}

type Defined<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Without what is undefined. */
export function defined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Defined<T>;
}
