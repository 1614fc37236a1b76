/**
 * An entry of the gap ledger: readings that will not be delivered, whose they were, when, and why.
 *
 * A silence is entered when it is noticed, without an end, and again with the same beginning when it is over. So
 * a strap that never comes back has its entry too. Readings that came and were lost are entered with their count.
 */
import type { AthleteId } from './sample.ts';

/** The closed list of causes; the text is what an operator is told. */
export const GAP_CAUSES = {
  'link-lost': 'the Bluetooth link was lost',
  'out-of-range': 'the strap was heard no more, and its link timed out',
  'adapter-lost': 'the Bluetooth adapter, or its process, was lost',
  'no-signal': 'no link was lost, but no reading came',
  'gateway-stopped': 'the gateway was not running',
  'queue-overflow': 'readings came faster than they could be taken in',
  'radio-dropped': 'the radio had no room left to keep them while the gateway was away',
  'store-unwritable': 'the store could not be written and memory was full',
  malformed: 'the strap sent bytes that are no heart-rate measurement',
  evicted: 'the store reached its size limit before they could be delivered',
  corrupted: 'the file of the store was damaged, and they could not be read any more',
  undeliverable: 'one record alone is larger than the uplink takes',
} as const;

export type GapCause = keyof typeof GAP_CAUSES;

export interface Gap {
  readonly athlete: AthleteId;
  /** Unix time in ms of the last reading before the gap, or of the first one lost. */
  readonly fromMs: number;
  /** Unix time in ms of the first reading after the gap, or of the last one lost; absent while it goes on. */
  readonly toMs?: number;
  readonly cause: GapCause;
  /** How many readings were lost; absent for a silence, where nobody knows. */
  readonly count?: number;
  /**
   * For the store alone, where the entry was made while the clock was not trusted: `fromMs` is the time of a reading
   * before this boot, or put right already, and is not to be corrected with the rest. It is in no message.
   */
  readonly fromIsSettled?: true;
}

/** An entry that the store has made by itself. */
export interface EnteredGap {
  readonly gap: Gap;
  /** An earlier one, not sent to anybody, that is part of it and whose place it has taken. */
  readonly before?: Gap;
}

/** Whether nobody knows how many readings there would have been; of what was corrupted there were some, whoever's. */
export function isSilence({ cause, count }: Gap): boolean {
  return count === undefined && cause !== 'corrupted';
}

/** The entry as it is once the time is known, by which its times are wrong, ms. Ends before its beginning no more. */
export function correctedGap({ fromIsSettled, ...gap }: Gap, correctionMs: number): Gap {
  const fromMs = fromIsSettled === true ? gap.fromMs : gap.fromMs + correctionMs;
  if (gap.toMs === undefined) return { ...gap, fromMs };
  return { ...gap, fromMs, toMs: Math.max(fromMs, gap.toMs + correctionMs) };
}
