/** The kinds that judge windows, told from arrays of everything that has come. */
import { placed } from './by-reading.ts';
import { type Beat, type Found, GAP, type Past, type Plain, stood, sum, timely } from './history.ts';

interface Window {
  readonly end: number;
  readonly beats: readonly Beat[];
}

/** The windows that each thing of the stretch brought to their end, with the readings that had come by then. */
function windowsAtEach(
  stretch: readonly Past[],
  [length, slide]: readonly [number, number],
  isCounted: (beat: Beat, at: number) => boolean,
): Window[][] {
  const beats: Beat[] = [];
  let judgedTo = Number.NEGATIVE_INFINITY;
  return stretch.map((each, at) => {
    if (each.kind !== 'reading' && each.kind !== 'time') return [];
    const windows = endsBy(each.t).map((end) => ({
      end,
      beats: beats.filter(({ t }) => t >= end - length && t < end),
    }));
    judgedTo = windows.at(-1)?.end ?? judgedTo;
    if (each.kind === 'reading' && each.t >= judgedTo && isCounted(each, at)) beats.push(each);
    return windows;
  });

  /** Ends of windows with something in them that have not been judged, nor a later one. */
  function endsBy(now: number): number[] {
    const recent = beats.filter(({ t }) => t + length + slide > judgedTo);
    const ends = recent.flatMap((beat) => {
      const first = Math.floor(beat.t / slide) * slide + slide;
      return Array.from({ length: length / slide }, (_, step) => first + step * slide);
    });
    return [...new Set(ends)].filter((end) => end <= now && end > judgedTo).sort((a, b) => a - b);
  }
}

export const average: Plain<'average'> = (stretch, { parameters }) => {
  const { window: length, slide = length, coverage } = parameters;
  // One that came late counts in the step under way, and in none before.
  const isCounted = (beat: Beat, at: number) => {
    const newest = Math.max(...stretch.slice(0, at + 1).map((each) => (each.kind === 'reading' ? each.t : -Infinity)));
    return beat.t === newest || Math.floor(beat.t / slide) === Math.floor(newest / slide);
  };
  const windows = windowsAtEach(stretch, [length, slide], isCounted);
  return windows.map((all) => {
    return all.flatMap(({ end, beats }): Found[] => {
      const inTime = timely(beats).filter((beat) => beat?.kind === 'reading');
      const stands = inTime.slice(1).map(({ t }, at) => stood(t - (inTime[at]?.t ?? 0)));
      if (Math.min(length, sum(stands) + 1_000) < coverage * length) return [];
      const value = sum(beats.map(({ bpm }) => bpm)) / beats.length;
      return found(end, value, placed(value, parameters), isFresh(beats, end - slide));
    });
  });
};

export const variability: Plain<'variability'> = (stretch, { parameters }) => {
  const { window: length, slide = length, coverage, valid } = parameters;
  const inTime = timely(stretch);
  const intervals = intervalsOf(inTime);
  const isCounted = (beat: Beat, at: number) => inTime[at] !== undefined && beat.rr.length > 0;
  const windows = windowsAtEach(stretch, [length, slide], isCounted);
  return windows.map((all) => {
    return all.flatMap(({ end, beats }): Found[] => {
      const own = intervals.filter(({ beat }) => beats.includes(beat));
      const good = own.filter(({ isValid }) => isValid);
      const squares = good.flatMap(({ difference }) => (difference === undefined ? [] : [difference ** 2]));
      if (squares.length === 0 || good.length < valid * own.length) return [];
      if (sum(good.map(({ ms }) => ms)) < coverage * length) return [];
      const value = Math.sqrt(sum(squares) / squares.length);
      return found(end, value, placed(value, parameters), isFresh(beats, end - slide));
    });
  });
};

interface Interval {
  readonly beat: Beat;
  readonly ms: number;
  readonly isValid: boolean;
  /** To the one before, where both are valid and nothing is missing in between. */
  readonly difference: number | undefined;
}

/** Every interval of the past, held against those before it. */
function intervalsOf(past: readonly (Past | undefined)[]): Interval[] {
  const all: Interval[] = [];
  let run: { ms: number; isPlausible: boolean; isValid: boolean }[] = [];
  let newest = Number.NEGATIVE_INFINITY;
  for (const each of past) {
    if (each?.kind === 'unusable') run = [];
    if (each?.kind !== 'reading') continue;
    if (each.t - newest > GAP) run = [];
    newest = each.t;
    for (const ms of each.rr) {
      const isPlausible = ms >= 250 && ms <= 2_400;
      const reference = run.findLast((one) => one.isPlausible);
      const before = run.at(-1);
      const isValid = isPlausible && (reference === undefined || Math.abs(ms - reference.ms) <= 0.2 * reference.ms);
      const difference = isValid && before?.isValid === true ? ms - before.ms : undefined;
      all.push({ beat: each, ms, isValid, difference });
      run.push({ ms, isPlausible, isValid });
    }
  }
  return all;
}

/** What clears an alert: readings that nobody contests, up to the end of the window. */
function isFresh(beats: readonly Beat[], sinceMs: number): boolean {
  return beats.every(({ contested }) => !contested) && beats.some(({ t }) => t >= sinceMs);
}

function found(t: number, value: number, place: 'beyond' | 'between' | 'within', isFreshWindow: boolean): Found[] {
  if (place === 'between' || (place === 'within' && !isFreshWindow)) return [];
  return [{ finding: place, t, value }];
}
