/**
 * How many lines of one event the log gets: what goes wrong a thousand times a minute is not to fill the disk, nor to hide
 * what else there is to read. The first ones of each minute are written, then it is said how many more there were.
 *
 * Invariants: alerts are never left out; whatever is left out is told, at the level of the gravest of it, and counts.
 */
import type { Clock } from '../ports.ts';
import type { EventName, Level, TelemetryEvent } from './events.ts';

/** A line for each of a team when its adapter goes; less than 100 MB a day while one thing goes wrong all the time. */
const LINES_A_MINUTE = 60;

const MINUTE_MS = 60_000;

const GRAVEST: readonly Level[] = ['error', 'warn', 'info', 'debug'];

interface Minute {
  readonly beganMs: number;
  lines: number;
  leftOut: number;
  gravest: Level;
}

export class EventLimit {
  readonly #clock: Pick<Clock, 'monotonicMs'>;
  /** One for each event that there is, at most. */
  readonly #minutes = new Map<EventName, Minute>();

  /** @param clock real time */
  constructor(clock: Pick<Clock, 'monotonicMs'>) {
    this.#clock = clock;
  }

  /** Whether this one is to be written. */
  admits(name: EventName, level: Level): boolean {
    if (name.startsWith('alert.') || name === 'log.left-out') return true;
    const minute = this.#minutes.get(name) ?? this.#begin(name);
    minute.lines += 1;
    if (minute.lines <= LINES_A_MINUTE) return true;
    minute.leftOut += 1;
    if (GRAVEST.indexOf(level) < GRAVEST.indexOf(minute.gravest)) minute.gravest = level;
    return false;
  }

  /** What was left out of the minutes that are over, or of all; each is told once. */
  leftOut({ all = false } = {}): TelemetryEvent[] {
    const nowMs = this.#clock.monotonicMs();
    const over = [...this.#minutes].filter(([, { beganMs }]) => all || nowMs - beganMs >= MINUTE_MS);
    return over.flatMap(([of, { leftOut: count, gravest }]) => {
      this.#minutes.delete(of);
      return count === 0 ? [] : [{ event: 'log.left-out', of, count, gravest } as const];
    });
  }

  #begin(name: EventName): Minute {
    const minute: Minute = { beganMs: this.#clock.monotonicMs(), lines: 0, leftOut: 0, gravest: 'debug' };
    this.#minutes.set(name, minute);
    return minute;
  }
}
