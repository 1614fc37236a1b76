/** The kinds that judge readings, told from the whole past each time. */
import type { Rule } from '../../../../src/domain/rules/kinds.ts';
import { type Beat, type Found, GAP, type Past, type Plain, stood, sum, timely } from './history.ts';

interface Point {
  readonly t: number;
  readonly place: 'beyond' | 'between' | 'within';
  readonly contested: boolean;
  readonly value: number;
}

type Mark = Point | 'break';

/** The last of the points, and what those before it make of it. */
function atLast(marks: readonly Mark[], forMs: number, clearForMs: number): Found[] {
  const last = marks.at(-1);
  if (last === undefined || last === 'break') return [];
  const { t, value } = last;
  if (last.place === 'beyond') return beyondFor(marks) >= forMs ? [{ finding: 'beyond', t, value }] : [];
  return withinFor(marks) >= clearForMs ? [{ finding: 'within', t, value }] : [];

  function beyondFor(all: readonly Mark[]): number {
    const points = all.filter((mark) => mark !== 'break');
    const lastGood = points.findLastIndex(({ place, contested }) => place !== 'beyond' && !contested);
    const beyond = points.slice(lastGood + 1).filter(({ place }) => place === 'beyond');
    const gaps = beyond.slice(1).map((point, at) => point.t - (beyond[at]?.t ?? 0));
    const begins = gaps.findLastIndex((gap) => gap > GAP && gap > forMs) + 1;
    return sum(gaps.slice(begins).map(stood));
  }

  function withinFor(all: readonly Mark[]): number {
    let since: number | undefined;
    let after: number | undefined;
    for (const mark of [...all].reverse()) {
      if (mark === 'break' || mark.place !== 'within' || mark.contested) break;
      if (after !== undefined && after - mark.t > GAP) break;
      after = mark.t;
      since = mark.t;
    }
    return since === undefined ? -1 : t - since;
  }
}

/** What the rule finds at each thing of a stretch, of which some are points and some break a way off. */
function atEach(marks: readonly (Mark | undefined)[], forMs: number, clearForMs: number): Found[][] {
  return marks.map((mark, at) => {
    if (mark === undefined) return [];
    const known = marks.slice(0, at + 1).filter((each) => each !== undefined);
    return atLast(known, forMs, clearForMs);
  });
}

function marksOf(stretch: readonly Past[], point: (beat: Beat) => Point): (Mark | undefined)[] {
  return timely(stretch).map((each) => {
    if (each?.kind === 'reading') return point(each);
    return each?.kind === 'break' ? 'break' : undefined;
  });
}

interface Limits {
  readonly above?: number;
  readonly below?: number;
  readonly clear_below?: number;
  readonly clear_above?: number;
}

export function placed(value: number, limits: Limits): Point['place'] {
  const { above = Number.POSITIVE_INFINITY, below = Number.NEGATIVE_INFINITY } = limits;
  if (value > above || value < below) return 'beyond';
  const isLow = limits.clear_below === undefined || value < limits.clear_below;
  const isHigh = limits.clear_above === undefined || value > limits.clear_above;
  return isLow && isHigh ? 'within' : 'between';
}

export const sustained: Plain<'sustained'> = (stretch, { parameters }) =>
  atEach(
    marksOf(stretch, ({ t, bpm, contested }) => ({ t, contested, value: bpm, place: placed(bpm, parameters) })),
    parameters.for,
    parameters.clear_for,
  );

export const returnToPlay: Plain<'return-to-play'> = (stretch, { parameters }) => {
  const { stage_1, stage_2, stage_3, stage_4, stage_5, stage_6 } = parameters;
  const above = [stage_1, stage_2, stage_3, stage_4, stage_5, stage_6][parameters.stage - 1] ?? 0;
  const point = ({ t, bpm, contested }: Beat) => ({ t, contested, value: bpm, place: placed(bpm, { above }) });
  return atEach(marksOf(stretch, point), parameters.for, parameters.clear_for);
};

interface Steady {
  readonly t: number;
  readonly rate: number;
  readonly contested: boolean;
  /** Of the run of readings without a gap that it is in: the time of its first one. */
  readonly run: number;
}

/** Medians of five, where there are five without a gap; and breaks. */
function steadies(stretch: readonly Past[]): (Steady | 'break' | undefined)[] {
  let run: Beat[] = [];
  return timely(stretch).map((each) => {
    if (each?.kind === 'break') return 'break';
    if (each?.kind !== 'reading') return undefined;
    if (each.t - (run.at(-1)?.t ?? each.t) > GAP) run = [];
    run.push(each);
    const five = run.slice(-5);
    if (five.length < 5) return undefined;
    const rate = five.map(({ bpm }) => bpm).sort((a, b) => a - b)[2] ?? 0;
    return { t: each.t, rate, contested: five.some(({ contested }) => contested), run: run[0]?.t ?? 0 };
  });
}

export const change: Plain<'change'> = (stretch, { parameters }) => {
  const { rise = Number.POSITIVE_INFINITY, fall = Number.POSITIVE_INFINITY, within, clear_for: clearFor } = parameters;
  const all = steadies(stretch);
  const marks = all.map((each, at): Mark | undefined => {
    if (each === 'break' || each === undefined) return each;
    const before = all
      .slice(0, at + 1)
      .filter((one) => one !== 'break' && one !== undefined)
      .filter(({ t }) => t >= each.t - within)
      .map((one) => one.rate);
    const [risen, fallen] = [each.rate - Math.min(...before), Math.max(...before) - each.rate];
    const isRisen = risen >= rise;
    const isFallen = fallen >= fall;
    const value = isRisen || (!isFallen && risen >= fallen) ? risen : -fallen;
    return { t: each.t, contested: each.contested, value, place: isRisen || isFallen ? 'beyond' : 'within' };
  });
  return atEach(marks, 0, clearFor);
};

export const recovery: Plain<'recovery'> = (stretch, { parameters }) => {
  const { above, fall, clear_for: clearFor } = parameters;
  const all = steadies(stretch);
  const marks = all.map((each, at): Mark | undefined => {
    if (each === 'break' || each === undefined) return each;
    const { t, rate, contested, run } = each;
    const points = all.slice(0, at + 1).filter((one) => one !== 'break' && one !== undefined);
    const failed = failure(
      points.filter((one) => one.run === run),
      parameters,
    );
    if (failed !== undefined) return { t, contested, place: 'beyond', value: failed };
    return { t, contested, place: rate <= above - fall ? 'within' : 'between', value: above - rate };
  });
  return atEach(marks, 0, clearFor);
};

/** By how little the rate has fallen, where the last of these points is in a recovery that has failed. */
function failure(
  points: readonly Steady[],
  { above, effort_for: effortFor, fall, within }: (Rule & { kind: 'recovery' })['parameters'],
): number | undefined {
  for (let from = 0; from < points.length; ) {
    const effort = effortFrom(from);
    if (effort === undefined) return undefined;
    const end = endOf(effort);
    if (end === undefined) return undefined;
    const last = points[end - 1];
    if (last === undefined) throw new Error('an effort has points');
    const next = recoveryFrom(end, last);
    if (typeof next === 'object') return next.fallen;
    from = next;
  }
  return undefined;

  /** The index at which an effort has lasted long enough. */
  function effortFrom(from: number): number | undefined {
    let since: number | undefined;
    for (let at = from; at < points.length; at++) {
      const point = points[at];
      if (point === undefined) continue;
      if (point.rate > above) {
        since ??= point.t;
        if (point.t - since >= effortFor) return at;
      } else if (!point.contested) since = undefined;
    }
    return undefined;
  }

  /** The index of the first point of the recovery: a dip that only contested points show is none, unless it lasts. */
  function endOf(effort: number): number | undefined {
    for (let at = effort + 1; at < points.length; at++) {
      const rest = points.slice(at);
      const back = rest.findIndex((point) => point.rate > above);
      const dip = back === -1 ? rest : rest.slice(0, back);
      const begin = points[at - 1]?.t ?? 0;
      const lasts = dip.some(({ t }) => t - begin >= within);
      if (dip.length > 0 && (lasts || back === -1 || dip.some(({ contested }) => !contested))) return at;
      at += dip.length;
    }
    return undefined;
  }

  /** Where to look for the next effort, or by how much the rate has fallen where this recovery has failed for good. */
  function recoveryFrom(end: number, last: Steady): number | { readonly fallen: number } {
    const rates = [last.rate];
    let hasFailed = false;
    for (let at = end; at < points.length; at++) {
      const point = points[at];
      if (point === undefined) continue;
      if (point.rate > above && (hasFailed || !point.contested)) return at;
      if (!point.contested) rates.push(point.rate);
      if (hasFailed) {
        if (!point.contested && point.rate <= above - fall) return at + 1;
        continue;
      }
      if (last.rate - Math.min(...rates) >= fall) return at + 1;
      if (point.t - last.t >= within) hasFailed = true;
    }
    return hasFailed ? { fallen: last.rate - Math.min(...rates) } : points.length;
  }
}

export const load: Plain<'load'> = (stretch, { parameters }) => {
  const { above, up_to: upTo = Number.POSITIVE_INFINITY, budget, pause } = parameters;
  const past = timely(stretch);
  return past.map((each, index): Found[] => {
    if (each?.kind !== 'reading') return [];
    const all = past.slice(0, index + 1).filter((one) => one?.kind === 'reading');
    const begin = all.findLastIndex((beat, at) => at > 0 && beat.t - (all[at - 1]?.t ?? 0) > pause);
    const session = all.slice(Math.max(0, begin));
    const spent = sum(
      session.slice(1).map(({ t }, at) => {
        const before = session[at];
        return before !== undefined && before.bpm > above && before.bpm <= upTo ? stood(t - before.t) : 0;
      }),
    );
    const found = { t: each.t, value: spent / 1_000 };
    if (spent >= budget) return [{ finding: 'beyond', ...found }];
    return begin > 0 && !each.contested ? [{ finding: 'within', ...found }] : [];
  });
};

export const signal: Plain<'signal'> = (stretch, { parameters }) => {
  const lossAt = stretch.map((_, at) => {
    const news = stretch.slice(0, at + 1).filter((each) => isLoss(each) || each.kind === 'live');
    return news.slice(news.findLastIndex(({ kind }) => kind === 'live') + 1)[0];
  });
  const marks = timely(stretch).map((each, at): Mark | undefined => {
    if (each !== undefined && isLoss(each)) return 'break';
    if (each?.kind !== 'reading' || lossAt[at] !== undefined) return undefined;
    return { t: each.t, contested: each.contested, value: 0, place: 'within' };
  });
  const heard = atEach(marks, 0, parameters.clear_for);
  return stretch.map((each, at): Found[] => {
    // What was due of a loss is due though it is over by now.
    const loss = lossAt[each.kind === 'live' ? at - 1 : at];
    if (loss === undefined || loss.kind !== 'break') return heard[at] ?? [];
    if (each.kind === 'unusable') return [];
    const due = Math.max(loss.since + parameters.for, loss.t);
    // It is said once for each time, at first of the time when it was due.
    const said = stretch
      .slice(stretch.indexOf(loss), at)
      .flatMap((one) => (one.kind !== 'unusable' && one.t >= due ? [one.t] : []));
    if (each.t < due || said.some((t) => t >= each.t)) return [];
    const t = said.length === 0 ? due : each.t;
    return [{ finding: 'beyond', t, value: (t - loss.since) / 1_000 }];
  });
};

function isLoss(each: Past): boolean {
  return each.kind === 'break' && each.state !== 'restart';
}
