/** The samples as the peers carry them: each as a message of its own, with what identifies it at the receiver. */
import type { Sample } from '../../../src/domain/sample.ts';
import { sampleAt } from './heartbeats.ts';
import type { Publication } from './plain-publisher.ts';

export const PEER_TOPIC = 'bench/samples';

/** The same fields as in the product's own messages. */
export function payloadOf(number: number): string {
  const { athlete, strap, timeMs, bpm, rrMs, contact } = sampleAt(number);
  const rr = rrMs.map((ms) => Math.round(ms * 100) / 100);
  return JSON.stringify({ seq: number, athlete, strap, t: timeMs, bpm, rr, contact });
}

/** Samples `from` to `to`, the last one not among them. */
export function publicationsBetween(from: number, to: number): Publication[] {
  return Array.from({ length: to - from }, (_, index) => ({ topic: PEER_TOPIC, payload: payloadOf(from + index) }));
}

/** Names a sample whoever carried it. */
export function keyOf({ athlete, timeMs }: Pick<Sample, 'athlete' | 'timeMs'>): string {
  return `${athlete}/${timeMs}`;
}

interface SampleEntry {
  readonly athlete: string;
  readonly t: number;
}

/** What a payload carries, of the product's messages or of a peer's; nothing of other records. */
export function keysIn(payload: Buffer): string[] {
  const message = JSON.parse(payload.toString()) as SampleEntry & { readonly samples?: readonly SampleEntry[] };
  const entries = message.samples ?? (message.t === undefined ? [] : [message]);
  return entries.map(({ athlete, t }) => keyOf({ athlete, timeMs: t }));
}
