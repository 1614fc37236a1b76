/**
 * Where a value lies: beyond one of two limits, within what clears an alert, or between the two. Limits are strict, and so
 * are those that clear; where none of these is given, whatever is not beyond is within.
 */
import type { Finding, Nonsense } from './rule.ts';

export interface Band {
  readonly above?: number;
  readonly below?: number;
  readonly clear_below?: number;
  readonly clear_above?: number;
}

export function placeIn(band: Band, value: number): Finding {
  const { above, below, clear_below: clearBelow, clear_above: clearAbove } = band;
  if (above !== undefined && value > above) return 'beyond';
  if (below !== undefined && value < below) return 'beyond';
  if (clearBelow !== undefined && value >= clearBelow) return 'between';
  if (clearAbove !== undefined && value <= clearAbove) return 'between';
  return 'within';
}

export function limitsOfBand({ above, below }: Band) {
  return { ...(above === undefined ? {} : { above }), ...(below === undefined ? {} : { below }) };
}

/** What clears an alert has to belong to a limit, and to lie on its inner side. */
export function nonsenseOfBand(band: Band): Nonsense | undefined {
  const { above, below, clear_below: clearBelow, clear_above: clearAbove } = band;
  if (clearBelow !== undefined && above === undefined) return without('clear_below', 'above');
  if (clearAbove !== undefined && below === undefined) return without('clear_above', 'below');
  if (clearBelow !== undefined && above !== undefined && clearBelow > above) {
    const what = 'has a "clear_below" that is more than "above", where the limit is crossed';
    return { key: 'clear_below', what, remedy: 'let "clear_below" be the smaller of the two' };
  }
  if (clearAbove !== undefined && below !== undefined && clearAbove < below) {
    const what = 'has a "clear_above" that is less than "below", where the limit is crossed';
    return { key: 'clear_above', what, remedy: 'let "clear_above" be the larger of the two' };
  }
  if (clearAbove !== undefined && clearBelow !== undefined && clearAbove >= clearBelow) {
    const what = 'has a "clear_above" that is not less than "clear_below", so that nothing would clear an alert';
    return { key: 'clear_above', what, remedy: 'let "clear_above" be the smaller of the two' };
  }
  return undefined;
}

function without(key: string, limit: string): Nonsense {
  return {
    key,
    what: `has a "${key}" without "${limit}", which it belongs to`,
    remedy: `add "${limit}", or remove "${key}"`,
  };
}
