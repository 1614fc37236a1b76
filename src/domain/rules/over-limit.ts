/**
 * Whether an athlete was over a limit as the signal went, which makes the loss graver. That is so when an alert was open
 * that says something of the heart as it is now, or when the steady heart rate (the median of the last five readings) was
 * beyond what a rule that alarms allows at an instant, though not yet for as long as that rule asks.
 *
 * It is settled when the signal goes: what is not seen afterwards makes no loss less grave. Only an alert that is raised
 * later, by a window that was still under way, makes one graver. All of it can be told from the readings and the open
 * alerts, so that a restart changes nothing.
 */
import type { Reading } from './rule.ts';
import { isGap } from './standing.ts';
import { hasContested, newSteadyRate, type SteadyRate, shiftSteadyRate, steadyRate, takeRate } from './steady-rate.ts';
import type { Watch } from './watch.ts';

export interface OverLimit {
  rate: SteadyRate;
  /**
   * As it was before the last gap, and before the contested readings that there are: a reading or two after a gap do not
   * show that it is any different, and contested ones never do.
   */
  wasBeyond: boolean;
  /** As the signal went; undefined while there is one. */
  asItWent: boolean | undefined;
}

export function newOverLimit(): OverLimit {
  return { rate: newSteadyRate(), wasBeyond: false, asItWent: undefined };
}

export function followRate(over: OverLimit, watches: readonly Watch[], reading: Reading): void {
  const isContest = reading.isContested && !hasContested(over.rate);
  if (isContest || isGap(reading.timeMs - over.rate.lastMs)) over.wasBeyond = isRateBeyond(over, watches);
  takeRate(over.rate, reading);
}

/** The times of the readings so far have nothing to do with those that come. */
export function breakOffRate(over: OverLimit, watches: readonly Watch[]): void {
  over.wasBeyond = isRateBeyond(over, watches);
  over.rate = newSteadyRate();
}

/** There is no usable heart rate any more; what a loss turns into later is still the same one. */
export function signalWent(over: OverLimit, watches: readonly Watch[]): void {
  over.asItWent ??= isRateBeyond(over, watches) || hasAlertOfNow(watches);
}

export function signalCame(over: OverLimit): void {
  over.asItWent = undefined;
}

export function isOverLimit({ asItWent }: OverLimit, watches: readonly Watch[]): boolean {
  return asItWent === true || hasAlertOfNow(watches);
}

export function shiftOverLimit({ rate }: OverLimit, correctionMs: number): void {
  shiftSteadyRate(rate, correctionMs);
}

function isRateBeyond({ rate, wasBeyond }: OverLimit, watches: readonly Watch[]): boolean {
  const bpm = steadyRate(rate);
  if (bpm === undefined || (wasBeyond && hasContested(rate))) return wasBeyond;
  return watches.some(
    ({ kind, parameters, life }) => life.rule.shadow !== true && kind.isBeyond?.(bpm, parameters) === true,
  );
}

function hasAlertOfNow(watches: readonly Watch[]): boolean {
  return watches.some(
    ({ kind, life }) =>
      life.isOpen && life.rule.shadow !== true && kind.isAboutSignal !== true && kind.isAboutSession !== true,
  );
}
