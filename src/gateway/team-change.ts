/**
 * Another version of the athletes file, taken as what it is: an event among those of the radio. What came before it
 * belongs to the team and the rules before, and what comes after it to those now.
 */
import type { AlertEvent } from '../domain/alert.ts';
import type { TeamVersion } from '../domain/athlete.ts';
import type { Gap } from '../domain/gap.ts';
import type { IntakeParts } from './intake.ts';

export interface TeamChange extends TeamVersion {
  readonly type: 'team';
  readonly monotonicMs: number;
}

/** What comes of it, to be kept in this order. */
export interface TeamChanged {
  /** By the rules before. */
  readonly before: readonly AlertEvent[];
  /** By the rules now. */
  readonly after: readonly AlertEvent[];
  /** The ends of silences of athletes who have left. */
  readonly gaps: readonly Gap[];
}

export function changeTeam(parts: IntakeParts, { team, version, monotonicMs }: TeamChange): TeamChanged {
  const { contest, engine, ledger, roster, signals, telemetry, timekeeper } = parts;
  const { timeMs } = timekeeper.stamp(monotonicMs);
  const came = team.filter(({ id }) => !engine.watches(id)).length;
  const { before, after } = engine.reload(team, timeMs);
  const left = roster.change(team);
  const gaps = left.flatMap((athlete) => {
    signals.forget(athlete);
    contest.forget(athlete);
    return ledger.leave(athlete, timeMs) ?? [];
  });
  const athletes = { athletes: team.length, came, left: left.length };
  telemetry.emit({ event: 'athletes.reloaded', athletesVersion: version, ...athletes });
  return { before, after, gaps };
}
