/** The samples of a period out of a store that no gateway has in use, as far as their times are right or were put right. */
import { OperatingError } from '../../domain/errors.ts';
import type { Batch, TimeBounds } from '../../domain/record.ts';
import type { AthleteId, Sample } from '../../domain/sample.ts';
import type { SeqRange } from '../../domain/seq-ranges.ts';
import type { OpenStore } from '../open-store.ts';
import type { Connection } from '../sqlite.ts';
import { isDamage } from '../sqlite-errors.ts';
import { damagedError, openForReading, requireStore } from './closed-store.ts';
import { batchesOf } from './records.ts';

export interface Period {
  /** Unix ms, the first one in and the last one out. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Whose; everybody's if absent. */
  readonly athlete?: AthleteId;
}

/** Told of what is passed over. */
export interface PassedOver {
  /** A row that is not what was written. */
  readonly damaged: () => void;
  /** Samples whose time was never known, and which may be of the period. */
  readonly untimed: (count: number) => void;
}

type SampleBatch = Batch & { readonly kind: 'samples' };

/**
 * A batch in memory at a time. Each athlete's come in the order in which they were stored, but for what was saved from a
 * damaged store: that is older than everything else and comes first.
 *
 * @throws OperatingError `store-locked`, or `store-unusable` when it is not there, is damaged, or has none of the period
 */
export function* samplesOfPeriod(path: string, period: Period, passedOver: PassedOver): Generator<Sample> {
  requireStore(path);
  const { db, store, close } = openForReading(path);
  try {
    const range = rangeOf(db, period);
    let count = 0;
    for (const samples of inOrder(store, range, period, passedOver)) {
      for (const sample of samples) {
        count += 1;
        yield sample;
      }
    }
    if (count === 0) throw nothingIn(path, period, db);
  } catch (error) {
    throw isDamage(error) ? damagedError(error, path) : error;
  } finally {
    close();
  }
}

type PeriodRange = SeqRange & { readonly hasSaved: boolean };

/** Between which numbers the period's samples are: chunks that are wholly of other times are not read. */
function rangeOf(db: Connection, { fromMs, toMs }: Period): PeriodRange {
  const row = db
    .prepare<[number, number], { after: number | null; through: number | null; saved: number | null }>(
      `SELECT min(first_seq) - 1 AS after, max(last_seq) AS through, max(origin IS NOT NULL) AS saved FROM chunk
        WHERE (to_ms >= ? AND coalesce(from_ms, 0) < ?) OR offset_ms IS NOT NULL`,
    )
    .get(fromMs, toMs);
  return { after: row?.after ?? 0, through: row?.through ?? 0, hasSaved: row?.saved === 1 };
}

function* inOrder(
  store: OpenStore,
  range: PeriodRange,
  period: Period,
  passedOver: PassedOver,
): Generator<readonly Sample[]> {
  if (range.hasSaved) {
    for (const batch of batchesOf(store, 'samples', range, () => {})) {
      if (batch.storedIn !== undefined) yield chosen(batch, period, passedOver);
    }
  }
  for (const batch of batchesOf(store, 'samples', range, passedOver.damaged)) {
    if (batch.storedIn === undefined) yield chosen(batch, period, passedOver);
  }
}

function chosen(batch: Batch, { fromMs, toMs, athlete }: Period, passedOver: PassedOver): readonly Sample[] {
  const { records, unsynchronised } = batch as SampleBatch;
  const whose = athlete === undefined ? records : records.filter((sample) => sample.athlete === athlete);
  if (unsynchronised === undefined) return whose.filter(({ timeMs }) => timeMs >= fromMs && timeMs < toMs);
  if (whose.length > 0 && mayBeIn(unsynchronised, fromMs, toMs)) passedOver.untimed(whose.length);
  return [];
}

function mayBeIn({ notBeforeMs, notAfterMs }: TimeBounds, fromMs: number, toMs: number): boolean {
  return (notBeforeMs ?? Number.NEGATIVE_INFINITY) < toMs && (notAfterMs ?? Number.POSITIVE_INFINITY) >= fromMs;
}

function nothingIn(path: string, { fromMs, toMs, athlete }: Period, db: Connection): OperatingError {
  const whose = athlete === undefined ? '' : ` of athlete ${athlete}`;
  const parts = [
    ...(Number.isFinite(fromMs) ? [` from ${iso(fromMs)}`] : []),
    ...(Number.isFinite(toMs) ? [` to ${iso(toMs)}`] : []),
  ];
  const held = db
    .prepare<[], { from: number | null; to: number | null }>(
      'SELECT min(coalesce(from_ms, to_ms)) AS "from", max(to_ms) AS "to" FROM chunk WHERE offset_ms IS NULL',
    )
    .get();
  const [first, last] = [held?.from ?? undefined, held?.to ?? undefined];
  const remedy =
    first === undefined || last === undefined
      ? 'name the store of a gateway that has heard somebody'
      : `its readings are from ${iso(first)} to ${iso(last)}`;
  return new OperatingError('store-unusable', `${path}: no readings${whose}${parts.join('')}`, { remedy });
}

function iso(timeMs: number): string {
  return new Date(timeMs).toISOString();
}
