/**
 * Whether a row is what was written. The checksum of a row covers every column of it, so that a number that has
 * changed is found like a text that has: one that claims more samples than there are would have them acknowledged.
 */
import { crc32 } from 'node:zlib';
import type { RecordKind } from '../domain/record.ts';
import type { ChunkRow, EventRow } from './statements.ts';

/** @param textCrc CRC-32 of the samples' text, where it is known already */
export function chunkCrc(row: Omit<ChunkRow<string | Buffer>, 'crc'>, textCrc = crc32(row.samples)): number {
  const { first_seq, last_seq, total, from_ms, to_ms, boot, offset_ms, counts, origin } = row;
  return crc32([first_seq, last_seq, total, from_ms, to_ms, boot, offset_ms, counts, origin].join('\n'), textCrc);
}

/** @param bodyCrc CRC-32 of the body, where it is known already */
export function eventCrc({ seq, body, boot, offset_ms, origin }: Omit<EventRow, 'crc'>, bodyCrc = crc32(body)): number {
  return crc32([seq, boot, offset_ms, origin].join('\n'), bodyCrc);
}

export function acknowledgedCrc(uplink: string, kind: RecordKind, ranges: string): number {
  return crc32(`${uplink}\n${kind}\n${ranges}`);
}

/** What the first format wrote has no checksum: it is whole when it can be read, as far as anybody can tell. */
export function isWhole(row: ChunkRow<string | Buffer>): boolean {
  return row.crc === null ? isCounted(row) : chunkCrc(row) === row.crc && !hasEmpty(row);
}

/** Whether there are as many samples in the text as the numbers say, whatever is in them. */
export function isCounted({ samples: text, first_seq, last_seq }: ChunkRow<string | Buffer>): boolean {
  const samples = parsed(String(text));
  return Array.isArray(samples) && samples.every(Array.isArray) && samples.length === last_seq - first_seq + 1;
}

export function isWholeEvent(row: EventRow): boolean {
  return row.crc === null ? isObject(parsed(row.body)) : eventCrc(row) === row.crc && !hasEmpty(row);
}

/**
 * Whether something is empty that is absent or has something in it: both have the same checksum. A byte of a row says
 * which of the two it is. No boot is the same as an empty one.
 */
function hasEmpty({ offset_ms, origin }: Pick<EventRow, 'offset_ms' | 'origin'>): boolean {
  const values: readonly (string | number | { readonly length: number } | null)[] = [offset_ms, origin];
  return values.some((value) => value !== null && typeof value !== 'number' && value.length === 0);
}

/** The value of a JSON text, undefined where it is none. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}
