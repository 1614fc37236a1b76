/** Records to and from the text in which they are stored. */
import { crc32 } from 'node:zlib';
import type { AlertEvent } from '../domain/alert.ts';
import type { Gap } from '../domain/gap.ts';
import type { LedgerPast } from '../domain/ledger.ts';
import type { Batch, NewRecord, Stored } from '../domain/record.ts';
import type { Past } from '../domain/rules/engine.ts';
import type { AthleteId, Sample } from '../domain/sample.ts';
import { decodeChunk, encodeChunk } from './chunk.ts';
import type { ChunkParcel, EventParcel, PackedBatch, PackedPast, Parcel } from './store-requests.ts';

/** A chunk is decoded whole to read a part of it, so it is about as large as a batch. */
const CHUNK_SAMPLES_MAX = 500;

/** Samples come first: consecutive numbers make a chunk, and an alert follows the samples that caused it. */
export function pack(records: readonly NewRecord[]): Parcel {
  const chunks: ChunkParcel[] = [];
  const events: EventParcel[] = [];
  let samples: Sample[] = [];
  let offsetMs: number | undefined;
  const close = () => {
    if (samples.length > 0) chunks.push(chunkOf(samples, offsetMs));
    samples = [];
  };
  for (const record of records) {
    if (record.kind !== 'sample') {
      events.push(eventOf(record));
      continue;
    }
    if (record.offsetMs !== offsetMs || samples.length >= CHUNK_SAMPLES_MAX) close();
    offsetMs = record.offsetMs;
    samples.push(record.sample);
  }
  close();
  return { chunks, events };
}

function chunkOf(samples: readonly Sample[], offsetMs: number | undefined): ChunkParcel {
  const text = encodeChunk(samples);
  const counts = new Map<AthleteId, number>();
  let [fromMs, toMs] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { athlete, timeMs } of samples) {
    counts.set(athlete, (counts.get(athlete) ?? 0) + 1);
    fromMs = Math.min(fromMs, timeMs);
    toMs = Math.max(toMs, timeMs);
  }
  return {
    count: samples.length,
    fromMs,
    toMs,
    monotonicMs: samples.at(-1)?.monotonicMs ?? 0,
    offsetMs,
    counts: JSON.stringify([...counts]),
    samples: text,
    crc: crc32(text),
  };
}

function eventOf(record: NewRecord & { readonly kind: 'alert' | 'gap' }): EventParcel {
  const body = JSON.stringify(record.kind === 'alert' ? record.alert : record.gap);
  return { kind: record.kind, offsetMs: record.offsetMs, body, crc: crc32(body) };
}

export function unpack({ kind, range, epoch, unsynchronised, chunks, events }: PackedBatch): Batch {
  const frame = { range, epoch, ...(unsynchronised === undefined ? {} : { unsynchronised }) };
  switch (kind) {
    case 'samples':
      return { ...frame, kind, records: chunks.flatMap((chunk) => decodeChunk(chunk.samples, chunk.firstSeq, chunk)) };
    case 'alerts':
      return { ...frame, kind, records: events.map(({ seq, body, shiftMs }) => alertOf(body, seq, shiftMs)) };
    case 'gaps':
      return { ...frame, kind, records: events.map(({ seq, body, shiftMs }) => gapOf(body, seq, shiftMs)) };
  }
}

export function unpackPast({ openAlerts, openGaps, chunks }: PackedPast): Past & LedgerPast {
  return {
    openAlerts: openAlerts.map((body) => JSON.parse(body) as AlertEvent),
    openGaps: openGaps.map((body) => JSON.parse(body) as Gap),
    samples: chunks.flatMap((chunk) => decodeChunk(chunk.samples, chunk.firstSeq, chunk)),
  };
}

function alertOf(body: string, seq: number, shiftMs: number): Stored<AlertEvent> {
  const alert = JSON.parse(body) as AlertEvent;
  return { ...alert, timeMs: alert.timeMs + shiftMs, seq };
}

function gapOf(body: string, seq: number, shiftMs: number): Stored<Gap> {
  const gap = JSON.parse(body) as Gap;
  const to = gap.toMs === undefined ? {} : { toMs: gap.toMs + shiftMs };
  return { ...gap, fromMs: gap.fromMs + shiftMs, ...to, seq };
}
