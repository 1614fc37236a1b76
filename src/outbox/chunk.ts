/**
 * The samples of one chunk as text: a JSON array with an array for each sample, fields by position, RR in
 * the strap's own unit of 1/1024 s, which is exact and short.
 *
 * Fields that few samples have stand at the end, null where they are absent, and are left out where nothing follows.
 * New ones are added behind, so that what an earlier version wrote is read as it was.
 */

import type { ContestReason } from '../domain/contest-reason.ts';
import { sampleEntry } from '../domain/entries.ts';
import type { Stored } from '../domain/record.ts';
import type { Contact, Sample } from '../domain/sample.ts';

/** Of a row in which nothing follows. */
const ROW_LENGTH = 7;

const RR_UNIT_MS = 1000 / 1024;

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

type Row = [
  athlete: string,
  strap: string,
  timeMs: number,
  monotonicMs: number,
  bpm: number | null,
  contact: Contact,
  rr: number[],
  energyKj?: number | null,
  way?: 'broadcast' | null,
  contested?: readonly ContestReason[] | null,
];

export function encodeChunk(samples: readonly Sample[]): string {
  return JSON.stringify(samples.map(rowOf));
}

/**
 * The samples of a chunk whose first one has `firstSeq`, without the first `skip`, and at most `limit`; their times are
 * moved by `shiftMs`.
 */
export function decodeChunk(
  text: string,
  firstSeq: number,
  { skip = 0, limit = Number.POSITIVE_INFINITY, shiftMs = 0 }: { skip?: number; limit?: number; shiftMs?: number } = {},
): Stored<Sample>[] {
  const rows = JSON.parse(text) as Row[];
  return rows.slice(skip, skip + limit).map((row, index) => sampleOf(row, firstSeq + skip + index, shiftMs));
}

function rowOf(sample: Sample): Row {
  const { athlete, strap, timeMs, monotonicMs, bpm, contact, energyKj, way, contested } = sample;
  const rr = sample.rrMs.map((ms) => Math.round(ms / RR_UNIT_MS));
  const row: Row = [athlete, strap, timeMs, Math.round(monotonicMs), bpm ?? null, contact, rr];
  if (contested !== undefined) row.push(energyKj ?? null, way ?? null, contested);
  else if (way !== undefined) row.push(energyKj ?? null, way);
  else if (energyKj !== undefined) row.push(energyKj);
  return row;
}

function sampleOf(row: Row, seq: number, shiftMs: number): Stored<Sample> {
  // Field by field: a drain makes 100,000 of them a second, and a spread costs as much as all the rest of it.
  const sample: Writable<Stored<Sample>> = {
    seq,
    athlete: row[0],
    strap: row[1],
    timeMs: row[2] + shiftMs,
    monotonicMs: row[3],
    rrMs: row[6].map(rrMsOf),
    contact: row[5],
  };
  const bpm = row[4];
  if (bpm !== null) sample.bpm = bpm;
  if (row.length === ROW_LENGTH) return sample;
  const [energyKj, way, contested] = [row[7], row[8], row[9]];
  if (energyKj !== undefined && energyKj !== null) sample.energyKj = energyKj;
  if (way !== undefined && way !== null) sample.way = way;
  if (contested !== undefined && contested !== null) sample.contested = contested;
  return sample;
}

export function rrMsOf(units: number): number {
  return units * RR_UNIT_MS;
}

/** The entry of one row alone, given as its JSON. */
export function rowEntry(text: string, seq: number, shiftMs: number): string {
  return JSON.stringify(sampleEntry(sampleOf(JSON.parse(text) as Row, seq, shiftMs)));
}
