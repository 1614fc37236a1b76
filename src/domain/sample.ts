/**
 * One heart-rate notification or broadcast of one athlete's strap, as the gateway keeps it.
 *
 * A sample holds what the strap sent, when and by which way it came, and nothing derived but the doubts about it: an
 * impossible RR interval is kept, since a receiver may judge it differently, and `bpm` is absent where the strap sent
 * 0, its way of saying "I do not know".
 */
import type { ContestReason } from './contest-reason.ts';
import type { Recalled } from './timekeeper.ts';

/** Chosen by the operator in the athletes file; the only thing about an athlete that leaves the gateway. */
export type AthleteId = string;

/** The strap's address as twelve lower-case hex digits, most significant byte first, without colons. */
export type StrapId = string;

/** Skin contact as the strap reports it (bits 1 and 2 of the Heart Rate Measurement flags). */
export type Contact = 'detected' | 'lost' | 'unsupported';

export interface Sample {
  readonly athlete: AthleteId;
  readonly strap: StrapId;
  /** Unix time in ms at which the reading arrived. */
  readonly timeMs: number;
  /** Monotonic time in ms since boot at the same instant: what durations are measured with. */
  readonly monotonicMs: number;
  /** Beats per minute, 1 to 65535; absent where the strap sent 0. */
  readonly bpm?: number;
  /** RR intervals in ms, oldest first, in steps of 1000/1024 ms; empty where the strap sent none. */
  readonly rrMs: readonly number[];
  readonly contact: Contact;
  /** Energy expended since the strap's last reset, kJ. */
  readonly energyKj?: number;
  /** Where the reading came in an advertisement; absent for a link. */
  readonly way?: 'broadcast';
  /** Why the reading may not be what it says it is; absent where nothing speaks against it, never empty. */
  readonly contested?: readonly ContestReason[];
}

/** A sample that an earlier run has left behind. */
export type RecalledSample = Recalled<Sample> & {
  /** It is of a boot that never learned the time: its own is wrong for ever. */
  readonly isUnsynchronised?: true;
};

/** A heart rate outside this range is an artefact of the sensor, not of the heart (bpm, inclusive). */
const PLAUSIBLE_BPM = { min: 25, max: 240 } as const;

/** The heart rate that rules may use: absent without skin contact, at 0 bpm and out of the plausible range. */
export function usableBpm(sample: Pick<Sample, 'bpm' | 'contact'>): number | undefined {
  const { bpm, contact } = sample;
  if (bpm === undefined || contact === 'lost') return undefined;
  return bpm >= PLAUSIBLE_BPM.min && bpm <= PLAUSIBLE_BPM.max ? bpm : undefined;
}
