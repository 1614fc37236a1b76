/**
 * Windows over event time, made of steps that are aligned to Unix time: a window that slides is judged at the end of each
 * step, and one of a single step is a tumbling window. What is summed up is kept by step, so that memory is the number of
 * steps and not that of readings: `STEPS_MAX` steps of a few numbers each, 6 KB a watch at most.
 *
 * When the time turns out to have been wrong, the step under way ends with the aligned one whose end is nearest to its
 * own and still ahead: it is up to half a step shorter or a step longer, and no reading is in two steps or in none.
 */

/** Every half a second of a minute, or every half a minute of an hour. */
export const STEPS_MAX = 120;

export interface Windows {
  readonly stepMs: number;
  readonly steps: number;
  readonly columns: number;
  /** Step by step, the columns of each beside each other. */
  readonly sums: Float64Array;
  /** Which step is under way. */
  at: number;
  /** When it ends; never, where nothing is in any step. */
  endMs: number;
  /** When the newest one ended that was judged. */
  judgedMs: number;
  /** Of the newest reading. */
  lastMs: number;
  /** How many steps that one is back. */
  age: number;
}

/** @param slideMs absent for tumbling windows */
export function newWindows(columns: number, lengthMs: number, slideMs = lengthMs): Windows {
  const steps = Math.round(lengthMs / slideMs);
  return {
    stepMs: slideMs,
    steps,
    columns,
    sums: new Float64Array(steps * columns),
    at: 0,
    endMs: Number.POSITIVE_INFINITY,
    judgedMs: Number.NEGATIVE_INFINITY,
    lastMs: Number.NEGATIVE_INFINITY,
    age: 0,
  };
}

/**
 * Where the reading's step begins in the sums; a negative number for one of a step that has been judged, which comes too
 * late. Everything due by then must have been judged.
 */
export function enter(windows: Windows, timeMs: number): number {
  const { stepMs, columns } = windows;
  if (timeMs < windows.judgedMs) return -1;
  if (windows.endMs === Number.POSITIVE_INFINITY) {
    windows.endMs = Math.floor(timeMs / stepMs) * stepMs + stepMs;
    windows.lastMs = Number.NEGATIVE_INFINITY;
  } else if (timeMs < windows.endMs - stepMs && timeMs < windows.lastMs) return -1;
  windows.age = 0;
  return windows.at * columns;
}

/** Where the step of the newest reading begins in the sums; a negative number where it is in none any more. */
export function newestStep({ at, age, steps, columns }: Windows): number {
  return age < steps ? ((at + steps - age) % steps) * columns : -1;
}

/** One column over the whole window. */
export function total({ sums, columns }: Windows, column: number): number {
  let sum = 0;
  for (let at = column; at < sums.length; at += columns) sum += sums[at] ?? 0;
  return sum;
}

/** The step under way has been judged: the next one begins, in place of the oldest one. */
export function slide(windows: Windows): void {
  const { sums, columns, steps, stepMs } = windows;
  windows.judgedMs = windows.endMs;
  windows.age += 1;
  windows.at = (windows.at + 1) % steps;
  sums.fill(0, windows.at * columns, (windows.at + 1) * columns);
  windows.endMs = windows.age < steps ? windows.endMs + stepMs : Number.POSITIVE_INFINITY;
}

export function shiftWindows(windows: Windows, correctionMs: number): void {
  const { stepMs } = windows;
  windows.lastMs += correctionMs;
  if (windows.endMs === Number.POSITIVE_INFINITY) {
    windows.judgedMs += correctionMs;
    return;
  }
  const nearestMs = Math.round((windows.endMs + correctionMs) / stepMs) * stepMs;
  // What is in the step lies before its end.
  windows.endMs = nearestMs > windows.lastMs ? nearestMs : nearestMs + stepMs;
  windows.judgedMs += correctionMs;
}
