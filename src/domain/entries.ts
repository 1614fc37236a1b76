/**
 * Records as the entries of a message of version 1, in the order of its schema (see src/uplink/message.ts). Apart from
 * the message itself, so that it can be done where the records are read and nobody has to hand them on one by one.
 *
 * Absent means unknown; nothing is invented.
 */
import { type AlertEvent, type AlertReason, quietUntilMs, type Severity } from './alert.ts';
import type { ContestReason } from './contest-reason.ts';
import type { Gap, GapCause } from './gap.ts';
import type { Batch, EncodedBatch, Stored } from './record.ts';
import type { Contact, Sample } from './sample.ts';

export interface SampleEntry {
  readonly seq: number;
  readonly athlete: string;
  readonly strap: string;
  /** Unix time in ms, whole. */
  readonly t: number;
  readonly bpm?: number | undefined;
  /** RR intervals in ms, rounded to two decimals. */
  readonly rr?: number[] | undefined;
  readonly contact: Contact;
  readonly energyKj?: number | undefined;
  readonly way?: 'broadcast' | undefined;
  readonly contested?: ContestReason[] | undefined;
}

export interface AlertEntry {
  readonly seq: number;
  readonly athlete: string;
  readonly rule: string;
  readonly event: AlertEvent['event'];
  /** Unix time in ms, whole. */
  readonly t: number;
  readonly value?: number | undefined;
  readonly above?: number | undefined;
  readonly below?: number | undefined;
  readonly alert?: string | undefined;
  readonly severity?: Severity | undefined;
  readonly shadow?: true | undefined;
  readonly estimated?: true | undefined;
  readonly reason?: AlertReason | undefined;
  readonly by?: string | undefined;
  readonly note?: string | undefined;
  /** Unix time in ms, whole. */
  readonly until?: number | undefined;
  readonly snoozedBy?: string | undefined;
  readonly athletesVersion?: string | undefined;
}

export interface GapEntry {
  readonly seq: number;
  readonly athlete: string;
  /** Unix time in ms, whole. */
  readonly from: number;
  /** Unix time in ms, whole. */
  readonly to?: number | undefined;
  readonly cause: GapCause;
  readonly count?: number | undefined;
}

/** The batch without its records, and with their entries as a JSON array without white space, in UTF-8. */
export function encodedBatch(batch: Batch): EncodedBatch {
  const { length } = batch.records;
  return { ...batch, records: { length }, entries: new TextEncoder().encode(entriesOf(batch)) };
}

function entriesOf(batch: Batch): string {
  switch (batch.kind) {
    case 'samples':
      return JSON.stringify(batch.records.map(sampleEntry));
    case 'alerts':
      return JSON.stringify(batch.records.map(alertEntry));
    case 'gaps':
      return JSON.stringify(batch.records.map(gapEntry));
  }
}

// JSON leaves out what is undefined, so an entry names every field, in the order of the schema.

export function sampleEntry(sample: Stored<Sample>): SampleEntry {
  const { seq, athlete, strap, timeMs, bpm, rrMs, contact, energyKj, way, contested } = sample;
  const rr = rrMs.length > 0 ? rrMs.map(toTwoDecimals) : undefined;
  const reasons = contested === undefined ? undefined : [...contested];
  return { seq, athlete, strap, t: Math.round(timeMs), bpm, rr, contact, energyKj, way, contested: reasons };
}

function alertEntry(stored: Stored<AlertEvent>): AlertEntry {
  return { seq: stored.seq, ...unnumberedAlertEntry(stored) };
}

/** Of an alert that may not be stored yet. */
export function unnumberedAlertEntry(told: AlertEvent): Omit<AlertEntry, 'seq'> {
  const { athlete, rule, event, timeMs, value, above, below, alert, severity, shadow, estimated, reason } = told;
  const { acknowledgedBy: by, snoozedBy, athletesVersion } = told;
  // There may be names in it.
  const note = told.noteLeaves === true ? told.note : undefined;
  const what = { athlete, rule, event, t: Math.round(timeMs), value, above, below };
  const until = quietUntilMs(told);
  return { ...what, alert, severity, shadow, estimated, reason, by, note, until, snoozedBy, athletesVersion };
}

function gapEntry({ seq, athlete, fromMs, toMs, cause, count }: Stored<Gap>): GapEntry {
  const to = toMs === undefined ? undefined : Math.round(toMs);
  return { seq, athlete, from: Math.round(fromMs), to, cause, count };
}

export function toTwoDecimals(value: number): number {
  return Math.round(value * 100) / 100;
}
