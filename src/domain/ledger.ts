/**
 * Keeps the gap ledger: watches each athlete's readings and enters every silence between them, when it is
 * noticed and again when it is over, and every reading that came and could not be kept.
 *
 * While the time is not known its stamps are provisional: those made meanwhile are put right all at once when it is.
 * What was read before this boot has its time already, and keeps it.
 *
 * Pure: times come in with the events, entries go out as data.
 */
import { correctedGap, type Gap, type GapCause } from './gap.ts';
import type { AthleteId, Sample } from './sample.ts';
import type { Recalled } from './timekeeper.ts';

/** Straps notify once a second; five missing in a row are a gap and no longer jitter of the radio. */
export const SILENCE_MS = 5_000;

/** Where something is known to have gone wrong, one missing is a gap: half-way between none and one. */
const INTERRUPTION_MS = 1_500;

/** Losses that follow each other within this are one entry: what lies between them is no more than a silence. */
const CONTIGUOUS_MS = SILENCE_MS;

/**
 * How many entries of an athlete and a cause may wait for the store, and what comes then goes into the newest of them: a
 * store that fails for hours has no more waiting than this.
 */
const ENTRIES_MAX = 50;

interface Seen {
  readonly lastMs: number;
  readonly lastMonotonicMs: number;
  /** When the last reading was taken in: later than it came where the radio had to keep it for a while. */
  readonly takenMs: number;
  /** What is known to have ended the readings since the last one. */
  readonly cause: GapCause | undefined;
  /** The silence since the last reading has been entered already. */
  readonly entered: boolean;
  /** `lastMs` is right, whatever becomes known of the time. */
  readonly isSettled: boolean;
}

/** Since the last reading. */
type Silence = Pick<Seen, 'lastMs' | 'cause' | 'isSettled'>;

/** What the log remembers of an earlier run. */
export interface LedgerPast {
  readonly samples: readonly Recalled<Pick<Sample, 'athlete' | 'timeMs'>>[];
  /** The silences that were going on. */
  readonly openGaps: readonly Recalled<Gap>[];
}

/** One reading that was lost, or several. */
export interface Loss {
  readonly athlete: AthleteId;
  readonly cause: GapCause;
  /** Unix time in ms of the first one. */
  readonly fromMs: number;
  /** Of the last one, where there are several. */
  readonly toMs?: number;
  readonly count?: number;
}

export class Ledger {
  readonly #seen = new Map<AthleteId, Seen>();
  readonly #lost = new Map<string, Gap[]>();
  #isProvisional = false;

  /** The time is not known: stamps from now on are put right by `settle`. */
  distrust(): void {
    this.#isProvisional = true;
  }

  /** The time has become known, and provisional stamps are wrong by this much, ms. */
  settle(correctionMs: number): void {
    if (!this.#isProvisional) return;
    this.#isProvisional = false;
    for (const [athlete, seen] of this.#seen) {
      if (!seen.isSettled) this.#seen.set(athlete, { ...seen, lastMs: seen.lastMs + correctionMs, isSettled: true });
    }
    for (const [key, gaps] of this.#lost) {
      this.#lost.set(
        key,
        gaps.map((gap) => correctedGap(gap, correctionMs)),
      );
    }
  }

  /** Takes up an earlier run: since its last readings nothing was read, and silences that went on then go on. */
  resume({ samples, openGaps }: LedgerPast, monotonicMs: number): void {
    const now = { lastMonotonicMs: monotonicMs, takenMs: monotonicMs };
    for (const sample of samples) {
      const stopped = { cause: 'gateway-stopped', entered: false, isSettled: isSettled(sample) } as const;
      this.#seen.set(sample.athlete, { lastMs: sample.timeMs, ...now, ...stopped });
    }
    for (const gap of openGaps) {
      const { athlete, fromMs, cause } = gap;
      this.#seen.set(athlete, { lastMs: fromMs, ...now, cause, entered: true, isSettled: isSettled(gap) });
    }
  }

  /** A reading came, and is taken in now. Gives the entry for the silence before it, if there was one. */
  reading({ athlete, timeMs, monotonicMs }: Sample, nowMs = monotonicMs): Gap | undefined {
    const before = this.#seen.get(athlete);
    this.#seen.set(athlete, {
      lastMs: timeMs,
      lastMonotonicMs: monotonicMs,
      takenMs: Math.max(monotonicMs, nowMs),
      cause: undefined,
      entered: false,
      isSettled: !this.#isProvisional,
    });
    if (before === undefined || !isSilence(before, monotonicMs)) return undefined;
    return this.#ended(athlete, before, timeMs);
  }

  /** Silences of an earlier run that nobody waits for to end: their last entries. */
  abandon(openGaps: LedgerPast['openGaps'], timeMs: number): Gap[] {
    return openGaps.map((gap) =>
      this.#ended(gap.athlete, { ...gap, lastMs: gap.fromMs, isSettled: isSettled(gap) }, timeMs),
    );
  }

  /** Nobody waits any more for the athlete's readings. Gives the last entry of the silence that went on, if one did. */
  leave(athlete: AthleteId, timeMs: number): Gap | undefined {
    const seen = this.#seen.get(athlete);
    this.#seen.delete(athlete);
    const isSilent = seen?.entered === true || seen?.cause === 'gateway-stopped';
    return isSilent ? this.#ended(athlete, seen, timeMs) : undefined;
  }

  /**
   * Time has passed: gives an entry without an end for each silence that has now lasted too long. Those that are being
   * caught up with, reading by reading, are none yet.
   */
  silences(monotonicMs: number): Gap[] {
    const gaps: Gap[] = [];
    for (const [athlete, seen] of this.#seen) {
      if (seen.entered || monotonicMs - seen.takenMs <= SILENCE_MS) continue;
      this.#seen.set(athlete, { ...seen, entered: true });
      gaps.push(this.#begun(athlete, seen));
    }
    return gaps;
  }

  /** What the athlete's readings come through has ended; whatever silence follows has this cause. */
  interrupted(athlete: AthleteId, cause: GapCause): void {
    const before = this.#seen.get(athlete);
    if (before !== undefined && before.cause === undefined) this.#seen.set(athlete, { ...before, cause });
  }

  /** Readings that came and could not be kept. Contiguous losses of one cause are one entry until it is taken. */
  lost({ athlete, cause, fromMs, toMs = fromMs, count = 1 }: Loss): void {
    const key = `${athlete}\n${cause}`;
    const gaps = this.#lost.get(key) ?? [];
    const last = gaps.at(-1);
    if (last !== undefined && (gaps.length >= ENTRIES_MAX || areContiguous(last, fromMs, toMs))) {
      gaps[gaps.length - 1] = {
        ...last,
        fromMs: Math.min(last.fromMs, fromMs),
        toMs: Math.max(last.toMs ?? toMs, toMs),
        count: (last.count ?? 0) + count,
      };
    } else gaps.push({ athlete, fromMs, toMs, cause, count });
    this.#lost.set(key, gaps);
  }

  /** There are entries to take. */
  get hasLost(): boolean {
    return this.#lost.size > 0;
  }

  /** The entries of readings lost since it was last called. */
  takeLost(): Gap[] {
    const gaps = [...this.#lost.values()].flat();
    this.#lost.clear();
    return gaps;
  }

  #begun(athlete: AthleteId, { lastMs, cause = 'no-signal', isSettled }: Silence): Gap {
    const kept = this.#isProvisional && isSettled ? { fromIsSettled: true as const } : {};
    return { athlete, fromMs: lastMs, cause, ...kept };
  }

  #ended(athlete: AthleteId, silence: Silence, timeMs: number): Gap {
    const begun = this.#begun(athlete, silence);
    // Of two times of which one is provisional, nobody can tell yet which is the later one.
    return { ...begun, toMs: begun.fromIsSettled ? timeMs : Math.max(timeMs, silence.lastMs) };
  }
}

function isSettled({ offsetMs, fromIsSettled }: { offsetMs?: number; fromIsSettled?: true }): boolean {
  return offsetMs === undefined || fromIsSettled === true;
}

function areContiguous(gap: Gap, fromMs: number, toMs: number): boolean {
  return fromMs - (gap.toMs ?? gap.fromMs) <= CONTIGUOUS_MS && gap.fromMs - toMs <= CONTIGUOUS_MS;
}

/**
 * Silence is measured on the monotonic clock, since a step of the wall clock is none. A restart is an
 * interruption however short: what came meanwhile is gone.
 */
function isSilence({ cause, entered, lastMonotonicMs }: Seen, monotonicMs: number): boolean {
  if (entered || cause === 'gateway-stopped') return true;
  return monotonicMs - lastMonotonicMs > (cause === undefined ? SILENCE_MS : INTERRUPTION_MS);
}
