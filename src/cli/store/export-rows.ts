/** What an export has a row of: one list of columns for each kind of record, from which every format is made. */
import { type AlertEvent, quietUntilMs } from '../../domain/alert.ts';
import type { Gap } from '../../domain/gap.ts';
import type { Batch, RecordKind, Stored } from '../../domain/record.ts';
import type { Sample } from '../../domain/sample.ts';

export type Cell = number | string | boolean | readonly number[] | undefined;

type ColumnType = 'integer' | 'number' | 'text' | 'time' | 'numbers' | 'flag';

export interface ExportColumn {
  readonly name: string;
  readonly type: ColumnType;
  /** There is a value in every row. */
  readonly required: boolean;
}

/** Values in the order of the columns; times in Unix ms. */
export type ExportRow = readonly Cell[];

/** The columns that every kind begins with: with the gateway, epoch and number identify the record. */
const IDENTITY = [column('epoch', 'text'), column('seq', 'integer'), column('athlete', 'text')];

/** The times of the record are not right, and never will be. */
const UNSYNCHRONISED = column('unsynchronised', 'flag');

export const EXPORT_COLUMNS: Readonly<Record<RecordKind, readonly ExportColumn[]>> = {
  samples: [
    ...IDENTITY,
    column('strap', 'text'),
    column('time', 'time'),
    optional('bpm', 'integer'),
    column('rr_ms', 'numbers'),
    column('contact', 'text'),
    optional('energy_kj', 'integer'),
    optional('way', 'text'),
    optional('contested', 'text'),
    UNSYNCHRONISED,
  ],
  alerts: [
    ...IDENTITY,
    column('rule', 'text'),
    column('event', 'text'),
    column('time', 'time'),
    optional('value', 'number'),
    optional('above', 'number'),
    optional('below', 'number'),
    optional('alert', 'text'),
    optional('severity', 'text'),
    optional('shadow', 'flag'),
    optional('estimated', 'flag'),
    optional('reason', 'text'),
    optional('by', 'text'),
    optional('note', 'text'),
    optional('until', 'time'),
    optional('snoozed_by', 'text'),
    optional('athletes_version', 'text'),
    UNSYNCHRONISED,
  ],
  gaps: [
    ...IDENTITY,
    column('from', 'time'),
    optional('to', 'time'),
    column('cause', 'text'),
    optional('count', 'integer'),
    UNSYNCHRONISED,
  ],
};

export interface ExportFilter {
  readonly athletes: ReadonlySet<string> | undefined;
  /** Unix ms, the first one in and the last one out. */
  readonly fromMs: number;
  readonly toMs: number;
}

export function rowsOf(batch: Batch, { athletes, fromMs, toMs }: ExportFilter): ExportRow[] {
  const isWanted = (athlete: string, timeMs: number) =>
    (athletes === undefined || athletes.has(athlete)) && timeMs >= fromMs && timeMs < toMs;
  const end = batch.unsynchronised !== undefined;
  const { epoch } = batch;
  switch (batch.kind) {
    case 'samples':
      return batch.records
        .filter(({ athlete, timeMs }) => isWanted(athlete, timeMs))
        .map((sample) => [epoch, ...sampleCells(sample), end]);
    case 'alerts':
      return batch.records
        .filter(({ athlete, timeMs }) => isWanted(athlete, timeMs))
        .map((alert) => [epoch, ...alertCells(alert), end]);
    case 'gaps':
      return batch.records
        .filter(({ athlete, fromMs: timeMs }) => isWanted(athlete, timeMs))
        .map((gap) => [epoch, ...gapCells(gap), end]);
  }
}

function sampleCells({ seq, athlete, strap, timeMs, bpm, rrMs, contact, ...rest }: Stored<Sample>): Cell[] {
  const { energyKj, way, contested } = rest;
  const rr = rrMs.map((ms) => Math.round(ms * 100) / 100);
  return [seq, athlete, strap, Math.round(timeMs), bpm, rr, contact, energyKj, way, contested?.join(' ')];
}

function alertCells(stored: Stored<AlertEvent>): Cell[] {
  const { seq, athlete, rule, event, timeMs, value, above, below, alert, severity, shadow, estimated, reason } = stored;
  const { acknowledgedBy, note, snoozedBy, athletesVersion } = stored;
  const what = [seq, athlete, rule, event, Math.round(timeMs), value, above, below];
  const answers = [acknowledgedBy, note, quietUntilMs(stored), snoozedBy];
  return [...what, alert, severity, shadow, estimated, reason, ...answers, athletesVersion];
}

function gapCells({ seq, athlete, fromMs, toMs, cause, count }: Stored<Gap>): Cell[] {
  return [seq, athlete, Math.round(fromMs), toMs === undefined ? undefined : Math.round(toMs), cause, count];
}

function column(name: string, type: ColumnType): ExportColumn {
  return { name, type, required: true };
}

function optional(name: string, type: ColumnType): ExportColumn {
  return { name, type, required: false };
}
