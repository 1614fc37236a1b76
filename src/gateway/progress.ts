/**
 * Whether the pipeline goes on: the ingest loop makes its rounds, each delivery loop its turns and ends what it begins,
 * and the store answers. It goes by what they have done, looks at nothing else, and has no timer: whoever asks is told.
 *
 * A store that waits for its disk counts as going on, however long: a restart mends no disk, ends what sounds the alarm
 * at the pitch meanwhile, and loses what waits in memory. Without a broker, without a strap, with the disk given up for
 * memory, during a salvage or a drain all of this goes on too. Only durations by the monotonic clock count.
 */
import type { Clock, Outbox } from '../ports.ts';

/** Each loop wakes by itself at least once a second; what the rest of the process does may delay it. */
const ROUND_WITHIN_MS = 10_000;

/** More than the store ever computes on one request; the disk's time is not in it. */
const ANSWER_WITHIN_MS = 30_000;

/** An uplink loses by itself in a third of this what is not acknowledged. */
const WORK_WITHIN_MS = 60_000;

/** What does not go on, and for how long. */
interface Stuck {
  readonly part: 'ingest' | 'delivery' | 'store';
  /** The uplink of a delivery. */
  readonly uplink?: string;
  readonly forMs: number;
}

export interface ProgressReport {
  readonly ok: boolean;
  /** Empty where it is ok. */
  readonly stuck: readonly Stuck[];
}

/** Monotonic times of the clock that `Progress` has, ms. */
interface Loop {
  /** When it last made a round, or was made. */
  readonly roundMs: number;
}

export interface ProgressParts {
  /** Real time. */
  readonly clock: Clock;
  /** Whoever simulates time stops it while something is being stored, and no round is due then. */
  readonly ingest: Loop & { readonly isTimeHeld: boolean };
  readonly deliveries: readonly {
    readonly role: string;
    /** Also when the oldest of what it has begun was begun, where anything is not over. */
    readonly delivery: Loop & { readonly workSinceMs: number | undefined };
  }[];
  readonly outbox: Pick<Outbox, 'unanswered'>;
}

export class Progress {
  readonly #parts: ProgressParts;
  /** When the store was last seen waiting for its disk. */
  #diskMs = Number.NEGATIVE_INFINITY;

  constructor(parts: ProgressParts) {
    this.#parts = parts;
  }

  report(): ProgressReport {
    const { clock, deliveries, ingest, outbox } = this.#parts;
    const nowMs = clock.monotonicMs();
    const unanswered = outbox.unanswered();
    if (unanswered?.isWaitingForDisk === true) this.#diskMs = nowMs;
    // What waits for the store waits for its disk too.
    const excusedMs = nowMs - this.#diskMs;
    const stuck: Stuck[] = [];
    const judge = (forMs: number, withinMs: number, what: Omit<Stuck, 'forMs'>) => {
      if (forMs > withinMs) stuck.push({ ...what, forMs: Math.round(forMs) });
    };
    if (!ingest.isTimeHeld) judge(nowMs - ingest.roundMs, ROUND_WITHIN_MS, { part: 'ingest' });
    judge(Math.min(unanswered?.forMs ?? 0, excusedMs), ANSWER_WITHIN_MS, { part: 'store' });
    for (const { role, delivery } of deliveries) {
      const { roundMs, workSinceMs = nowMs } = delivery;
      const what = { part: 'delivery', uplink: role } as const;
      if (nowMs - roundMs > ROUND_WITHIN_MS) judge(nowMs - roundMs, ROUND_WITHIN_MS, what);
      else judge(Math.min(nowMs - workSinceMs, excusedMs), WORK_WITHIN_MS, what);
    }
    return { ok: stuck.length === 0, stuck };
  }
}
