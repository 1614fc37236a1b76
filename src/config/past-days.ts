/**
 * Days on which something was done that are yet to come: a slip of the pen, which `sideline check` finds. The daemon does
 * not, since the clock of a Pi that has just begun may be years behind, and no athlete is to go unwatched for that.
 */
import { PLAUSIBLE } from '../domain/timekeeper.ts';
import type { Problem } from './problem.ts';
import type { KindDescription } from './rule-schema.ts';
import { subject } from './wording.ts';
import type { Path, YamlFile } from './yaml-file.ts';

/** Where a day begins first, east of the date line. */
const EARLIEST_MS = 14 * 3_600_000;

/**
 * @param rule what is written there, which is right otherwise
 * @param todayMs Unix time; absent where the clock is not to be believed, as one that has lost its time never is
 */
export function comingDays(
  file: YamlFile,
  kind: KindDescription,
  path: Path,
  rule: Readonly<Record<string, unknown>>,
  todayMs: number | undefined,
): Problem[] {
  if (todayMs === undefined || todayMs < PLAUSIBLE.notBeforeMs || todayMs > PLAUSIBLE.notAfterMs) return [];
  const keys = Object.entries(kind.parameters).filter(([, spec]) => 'isPast' in spec && spec.isPast === true);
  return keys.flatMap(([key]) => {
    const day = rule[key];
    if (typeof day !== 'string' || Date.parse(`${day}T00:00:00Z`) - EARLIEST_MS <= todayMs) return [];
    const today = new Date(todayMs).toISOString().slice(0, 10);
    const what = `${subject(file, [...path, key])} is ${day}, which is yet to come: the clock says ${today}`;
    return [file.problem([...path, key], 'value', what, 'correct the day, or the clock')];
  });
}
