/**
 * Whose turn it is. An athlete with an open alert comes first, until an attempt has failed, after which it is somebody
 * else's turn; those whose strap fails again and again come last, until they have waited long; and among equals
 * whoever has waited longest since the last attempt. So nobody's failing keeps anybody else from being served, and
 * nobody is passed over for ever.
 */
import type { AthleteId } from '../../../src/domain/sample.ts';
import type { Wanted } from './wanted.ts';

/** That many failures in a row on one adapter are the adapter's, and in all are the strap's. */
export const FAILURES_MAX = 3;

/** Whoever has waited that long comes before everybody who has not, however often it failed. */
const LONG_WAIT_MS = 120_000;

/** Those without a link, first whose turn is first. */
export function inTurn(wanted: readonly Wanted[], preferred: ReadonlySet<AthleteId>, nowMs: number): Wanted[] {
  const isPreferred = ({ wish }: Wanted) => preferred.has(wish.athlete);
  const last = wanted.reduce<Wanted | undefined>(later, undefined);
  const othersTurn = last !== undefined && last.failures > 0 && last.link === undefined && isPreferred(last);
  const rank = (one: Wanted) => {
    if (one.failures === 0 && isPreferred(one) && !othersTurn) return 0;
    return one.failures < FAILURES_MAX || nowMs - one.lastAttemptMs > LONG_WAIT_MS ? 1 : 2;
  };
  return wanted
    .filter(({ link }) => link === undefined)
    .map((one) => ({ one, rank: rank(one), isLast: Number(othersTurn && isPreferred(one)) }))
    .sort((a, b) => a.rank - b.rank || order(a.one.lastAttemptMs, b.one.lastAttemptMs) || a.isLast - b.isLast)
    .map(({ one }) => one);
}

function later(a: Wanted | undefined, b: Wanted): Wanted {
  return a === undefined || b.lastAttemptMs > a.lastAttemptMs ? b : a;
}

/** Two that were never tried are equal, though their difference is no number. */
function order(a: number, b: number): number {
  return a === b ? 0 : a - b;
}
