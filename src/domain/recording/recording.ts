/**
 * A recording of one athlete's heart, as notifications that a strap would have sent: what `rehearse` runs
 * through the rules and what a simulated strap plays back. Both use this one form, so that they agree.
 */

export interface RecordedMeasurement {
  /** Unix time in ms. */
  readonly timeMs: number;
  /** Beats per minute, whole; 0 where it is unknown. */
  readonly bpm: number;
  /** RR intervals in ms, oldest first. */
  readonly rrMs: readonly number[];
}

export interface Recording {
  /** In ascending time; at least one. */
  readonly measurements: readonly RecordedMeasurement[];
}

/** Straps notify once a second. */
const NOTIFY_EVERY_MS = 1_000;

/**
 * Turns bare RR intervals into the notifications of a strap: one a second, counted from `startMs`, with the
 * beats that ended in that second and their mean rate `60000 · n / ΣRR`, rounded. Where none ended, the last
 * rate is sent again without RR, as straps do. Nothing is sent before the first beat.
 */
export function* measurementsFromBeats(startMs: number, rrMs: Iterable<number>): Generator<RecordedMeasurement> {
  let beatEndMs = 0;
  let noticeMs = NOTIFY_EVERY_MS;
  let bpm = 0;
  let ended: number[] = [];
  for (const rr of rrMs) {
    beatEndMs += rr;
    while (beatEndMs > noticeMs) {
      if (ended.length > 0) bpm = meanRate(ended);
      if (bpm > 0) yield { timeMs: startMs + noticeMs, bpm, rrMs: ended };
      ended = [];
      noticeMs += NOTIFY_EVERY_MS;
    }
    ended.push(rr);
  }
  if (ended.length > 0) yield { timeMs: startMs + noticeMs, bpm: meanRate(ended), rrMs: ended };
}

function meanRate(rrMs: readonly number[]): number {
  const totalMs = rrMs.reduce((sum, rr) => sum + rr, 0);
  return Math.round((60_000 * rrMs.length) / totalMs);
}
