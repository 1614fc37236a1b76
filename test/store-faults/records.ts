/**
 * Records whose content follows from a running number, and the way back: what is read from a store says which number
 * it was, so that what was told as stored can be looked for, and any other content is found out.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Gap } from '../../src/domain/gap.ts';
import type { Batch, NewRecord, RecordKind } from '../../src/domain/record.ts';
import type { AthleteId } from '../../src/domain/sample.ts';

const T0 = 1_700_000_000_000;
/** Long, so that some samples lie around an alert, which are the last to go, and others do not. */
const STEP_MS = 60_000;
const ATHLETES = 7;
const RR_UNIT_MS = 1000 / 1024;

/** Numbers of one remainder are alerts, those of another are ledger entries; primes, so that both come in any order. */
const ALERT_EVERY = 53;
const GAP_EVERY = 61;

export function kindOf(number: number): RecordKind {
  if (number % ALERT_EVERY === 7) return 'alerts';
  return number % GAP_EVERY === 9 ? 'gaps' : 'samples';
}

export function athleteOf(number: number): AthleteId {
  return String(number % ATHLETES);
}

export function timeOf(number: number): number {
  return T0 + number * STEP_MS;
}

export function recordOf(number: number): NewRecord {
  const athlete = athleteOf(number);
  const timeMs = timeOf(number);
  const scattered = Math.imul(number + 1, 0x9e3779b1) >>> 0;
  switch (kindOf(number)) {
    case 'alerts': {
      const event = number % 2 === 0 ? 'raised' : 'cleared';
      const value = 160 + (scattered % 400) / 10;
      return { kind: 'alert', alert: { athlete, rule: 'high-average', event, timeMs, value, above: 160 } };
    }
    case 'gaps':
      return {
        kind: 'gap',
        gap: { athlete, fromMs: timeMs, toMs: timeMs + 1, cause: 'malformed', count: 1 + (scattered % 9) },
      };
    case 'samples': {
      const rrMs = Array.from(
        { length: scattered % 3 },
        (_, i) => (600 + ((scattered >>> (8 * i)) & 0xff)) * RR_UNIT_MS,
      );
      const strap = `a09e1a0000${athlete.padStart(2, '0')}`;
      const sample = { athlete, strap, timeMs, monotonicMs: 5_000 + number * STEP_MS, bpm: 40 + (scattered % 180) };
      return { kind: 'sample', sample: { ...sample, rrMs, contact: 'detected' } };
    }
  }
}

/** What was lost, as the store itself entered it: its entries stand beside the ones that were appended. */
export type Loss = Gap & { readonly cause: 'evicted' | 'corrupted' };

export interface Recognised {
  readonly epoch: string;
  readonly kind: RecordKind;
  /** Sequence number and running number of each record that was appended. */
  readonly records: readonly (readonly [seq: number, number: number])[];
  /** What the store entered by itself. */
  readonly losses: readonly (readonly [seq: number, loss: Loss])[];
  /** Records that nobody appended as they are. */
  readonly strange: readonly unknown[];
}

/** Which running numbers a batch's records have. */
export function recognise(batch: Batch): Recognised {
  const records: [number, number][] = [];
  const losses: [number, Loss][] = [];
  const strange: unknown[] = [];
  for (const stored of batch.records) {
    const { seq, ...content } = stored;
    if (batch.kind === 'gaps' && isLoss(content as Gap)) {
      losses.push([seq, content as Loss]);
      continue;
    }
    const timeMs = 'timeMs' in content ? content.timeMs : content.fromMs;
    const number = (timeMs - T0) / STEP_MS;
    if (isDeepStrictEqual(content, contentOf(batch.kind, number))) records.push([seq, number]);
    else strange.push(stored);
  }
  return { epoch: batch.epoch, kind: batch.kind, records, losses, strange };
}

function contentOf(kind: RecordKind, number: number): unknown {
  if (!Number.isSafeInteger(number) || number < 0 || kindOf(number) !== kind) return undefined;
  const record = recordOf(number);
  switch (record.kind) {
    case 'sample':
      return record.sample;
    case 'alert':
      return record.alert;
    case 'gap':
      return record.gap;
  }
}

function isLoss(gap: Gap): gap is Loss {
  const cause: string = gap.cause;
  return cause === 'evicted' || cause === 'corrupted';
}
