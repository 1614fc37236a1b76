/** The parameter for how long readings have to be within the limits before an alert is over, and the signal's part in it. */
import type { NumberSpec, SignalNews } from './rule.ts';
import { breakOff, type Runs } from './runs.ts';

export function clearFor(fallbackMs: number) {
  return {
    type: 'duration',
    summary: 'For how long readings must be within what clears an alert, without a gap, before it is over.',
    min: 0,
    max: 3_600_000,
    default: fallbackMs,
  } as const satisfies NumberSpec;
}

/** Whatever the signal has become but live ends the way to clearing an alert. A low battery is no loss. */
export function breakOffUnlessLive(runs: Runs, { state }: SignalNews): void {
  if (state !== 'live' && state !== 'battery-low') breakOff(runs);
}
