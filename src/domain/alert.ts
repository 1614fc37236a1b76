/** A threshold that a clinician set was crossed, or is held again. It states a measurement, never a diagnosis. */
import type { AthleteId } from './sample.ts';

export interface AlertEvent {
  readonly athlete: AthleteId;
  /** The rule's name in the athletes file; with the athlete it names the alert, of which at most one is open. */
  readonly rule: string;
  readonly event: 'raised' | 'cleared';
  /** Unix time in ms that the event belongs to: for an average, the end of its window. */
  readonly timeMs: number;
  /**
   * What was held against the limit, in the limit's unit (bpm for an average). Absent where an alert was cleared
   * because the athletes file has its rule no more.
   */
  readonly value?: number;
  /** The limits in force, so that the event can be read without the athletes file. */
  readonly above?: number;
  readonly below?: number;
}
