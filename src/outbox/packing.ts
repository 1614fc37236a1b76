/** Records to and from the text in which they are stored. */
import { crc32 } from 'node:zlib';
import type { AlertEvent } from '../domain/alert.ts';
import { encodedBatch } from '../domain/entries.ts';
import { correctedGap, type Gap } from '../domain/gap.ts';
import type { LedgerPast } from '../domain/ledger.ts';
import type { Batch, EncodedBatch, NewRecord, Stored } from '../domain/record.ts';
import type { Past } from '../domain/rules/engine.ts';
import type { AthleteId, Sample } from '../domain/sample.ts';
import type { ClockPast, TimeMark } from '../domain/timekeeper.ts';
import { decodeChunk, encodeChunk } from './chunk.ts';
import { EntryBytes } from './entry-bytes.ts';
import type { ChunkParcel, ChunkSlice, EventParcel, PackedBatch, PackedPast, Parcel } from './store-requests.ts';

/** A chunk is decoded whole to read a part of it, so it is about as large as a batch. */
const CHUNK_SAMPLES_MAX = 500;

/** Nothing is in it between two batches. */
const ENTRIES = new EntryBytes();

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

/** @param storeEpoch of the store that it was read from */
export function unpack(packed: PackedBatch, storeEpoch: string): Batch {
  const { kind, unsynchronised, chunks, events } = packed;
  const frame = frameOf(packed, storeEpoch);
  switch (kind) {
    case 'samples':
      return { ...frame, kind, records: chunks.flatMap(samplesOf) };
    case 'alerts':
      return { ...frame, kind, records: events.map(({ seq, body, shiftMs }) => ({ ...alertOf(body, shiftMs), seq })) };
    case 'gaps': {
      const isRight = unsynchronised === undefined;
      const gaps = events.map(({ seq, body, shiftMs }) => ({ ...gapOf(body, isRight ? shiftMs : undefined), seq }));
      return { ...frame, kind, records: gaps };
    }
  }
}

/** A batch that was read as it is asked for. @param storeEpoch of the store that it was read from */
export function inForm(
  batch: PackedBatch,
  storeEpoch: string,
  isEncoded: boolean,
): { readonly batch: PackedBatch } | { readonly encoded: EncodedBatch } {
  return isEncoded ? { encoded: encodedOf(batch, storeEpoch) } : { batch };
}

/** The buffer of an encoded batch that nobody needs any more. */
export function reuse(spare: ArrayBuffer): void {
  ENTRIES.spares.put(spare);
}

function encodedOf(packed: PackedBatch, storeEpoch: string): EncodedBatch {
  if (packed.kind !== 'samples') return encodedBatch(unpack(packed, storeEpoch));
  const { kind, chunks } = packed;
  const length = chunks.reduce((sum, { limit }) => sum + limit, 0);
  for (const chunk of chunks) ENTRIES.addRows(chunk);
  return { ...frameOf(packed, storeEpoch), kind, records: { length }, entries: ENTRIES.take() };
}

function samplesOf(chunk: ChunkSlice<Uint8Array>): Stored<Sample>[] {
  return decodeChunk(Buffer.from(chunk.samples).toString(), chunk.firstSeq, chunk);
}

function frameOf({ range, epoch, unsynchronised }: PackedBatch, storeEpoch: string) {
  return {
    range,
    epoch,
    ...(epoch === storeEpoch ? {} : { storedIn: storeEpoch }),
    ...(unsynchronised === undefined ? {} : { unsynchronised }),
  };
}

export function unpackPast({ openAlerts, openGaps, chunks, ...time }: PackedPast): Past & LedgerPast & ClockPast {
  return {
    openAlerts: openAlerts.map(({ body, shiftMs = 0, ...mark }) => ({ ...alertOf(body, shiftMs), ...markOf(mark) })),
    openGaps: openGaps.map(({ body, shiftMs, ...mark }) => ({ ...gapOf(body, shiftMs), ...markOf(mark) })),
    samples: chunks.flatMap((chunk) => {
      const samples = decodeChunk(chunk.samples, chunk.firstSeq, chunk);
      const mark = {
        ...markOf(chunk),
        ...(chunk.isUnsynchronised === true ? { isUnsynchronised: true as const } : {}),
      };
      return Object.keys(mark).length === 0 ? samples : samples.map((sample) => ({ ...sample, ...mark }));
    }),
    ...time,
  };
}

function markOf({ offsetMs }: TimeMark): TimeMark {
  return offsetMs === undefined ? {} : { offsetMs };
}

function alertOf(body: string, shiftMs: number): AlertEvent {
  const alert = JSON.parse(body) as AlertEvent;
  return { ...alert, timeMs: alert.timeMs + shiftMs };
}

/** Without a shift the entry is as it was made. */
function gapOf(body: string, shiftMs: number | undefined): Gap {
  const gap = JSON.parse(body) as Gap;
  return shiftMs === undefined ? gap : correctedGap(gap, shiftMs);
}
