/**
 * The samples of one chunk as text: a JSON array with an array for each sample, fields by position, RR in
 * the strap's own unit of 1/1024 s, which is exact and short.
 */
import type { Stored } from '../domain/record.ts';
import type { Contact, Sample } from '../domain/sample.ts';

const RR_UNIT_MS = 1000 / 1024;

type Row = [
  athlete: string,
  strap: string,
  timeMs: number,
  monotonicMs: number,
  bpm: number | null,
  contact: Contact,
  rr: number[],
  energyKj?: number,
];

export function encodeChunk(samples: readonly Sample[]): string {
  return JSON.stringify(samples.map(rowOf));
}

/** The samples with sequence numbers above `afterSeq`; the chunk's first one has `firstSeq`. */
export function decodeChunk(text: string, firstSeq: number, afterSeq: number): Stored<Sample>[] {
  const rows = JSON.parse(text) as Row[];
  const from = Math.max(0, afterSeq + 1 - firstSeq);
  return rows.slice(from).map((row, index) => sampleOf(row, firstSeq + from + index));
}

function rowOf(sample: Sample): Row {
  const { athlete, strap, timeMs, monotonicMs, bpm, contact, energyKj } = sample;
  const rr = sample.rrMs.map((ms) => Math.round(ms / RR_UNIT_MS));
  const row: Row = [athlete, strap, timeMs, Math.round(monotonicMs), bpm ?? null, contact, rr];
  if (energyKj !== undefined) row.push(energyKj);
  return row;
}

function sampleOf([athlete, strap, timeMs, monotonicMs, bpm, contact, rr, energyKj]: Row, seq: number): Stored<Sample> {
  return {
    seq,
    athlete,
    strap,
    timeMs,
    monotonicMs,
    ...(bpm === null ? {} : { bpm }),
    rrMs: rr.map((units) => units * RR_UNIT_MS),
    contact,
    ...(energyKj === undefined ? {} : { energyKj }),
  };
}
