/** What is known of a strap's battery, and whether it is low: by the charge that it tells, or because it says so. */
import type { StrapId } from './sample.ts';

/** Percent. Straps tell in coarse steps, and the last of them is a training session or two. */
export const BATTERY_LOW_PERCENT = 15;

/** A battery that recovers in the warmth is low until it is above this. */
const BATTERY_GOOD_PERCENT = 20;

export interface BatteryNews {
  readonly strap: StrapId;
  /** Absent where the strap only tells whether it is low. */
  readonly percent?: number;
  readonly low: boolean;
}

export interface Battery {
  readonly strap: StrapId;
  /** The last charge that was told, 0 to 100. */
  readonly percent?: number;
  /** By that charge. */
  readonly isLowByCharge: boolean;
  /** By the strap's own word, which may disagree with the charge. */
  readonly isSaidLow: boolean;
}

export function isLow({ isLowByCharge, isSaidLow }: Battery): boolean {
  return isLowByCharge || isSaidLow;
}

export function withNews(known: Battery | undefined, { strap, percent, low }: BatteryNews): Battery {
  const before = known?.strap === strap ? known : { strap, isLowByCharge: false, isSaidLow: false };
  if (percent === undefined) return { ...before, isSaidLow: low };
  const limit = before.isLowByCharge ? BATTERY_GOOD_PERCENT : BATTERY_LOW_PERCENT;
  return { ...before, percent, isLowByCharge: low || percent <= limit };
}
