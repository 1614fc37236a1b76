/**
 * What the ledger has entered since the start, added up by athlete and cause: for those who look. It grows with the team
 * and the list of causes, not with the entries.
 */
import { type Gap, type GapCause, isSilence } from './gap.ts';
import type { AthleteId } from './sample.ts';

export interface GapTotal {
  readonly athlete: AthleteId;
  readonly cause: GapCause;
  /** How many gaps, the one that goes on included. */
  readonly gaps: number;
  /** How long those lasted that are over, s. */
  readonly seconds: number;
  /** How many readings are known to be lost; a silence counts none, since nobody knows. */
  readonly readings: number;
  /** A silence that goes on. */
  readonly isOpen: boolean;
}

interface Sum extends Pick<Gap, 'athlete' | 'cause'> {
  gaps: number;
  ms: number;
  readings: number;
}

export class GapTotals {
  readonly #sums = new Map<string, Sum>();
  /** Under what the silence was entered that goes on; an athlete has one at most. */
  readonly #open = new Map<AthleteId, Sum>();

  /**
   * An entry was stored.
   *
   * @param before an earlier one, counted already, whose place it has taken
   */
  add(gap: Gap, before?: Gap): void {
    const { athlete, cause, toMs, count = 0 } = gap;
    // A silence is entered twice, and by the time it is over its cause may be known better.
    if (isSilence(gap)) this.#withdraw(athlete);
    const sum = this.#sumOf(athlete, cause);
    sum.gaps += before === undefined ? 1 : 0;
    sum.readings += count - (before?.count ?? 0);
    sum.ms += lengthMs(gap) - (before === undefined ? 0 : lengthMs(before));
    if (toMs === undefined && isSilence(gap)) this.#open.set(athlete, sum);
  }

  /** In no particular order. */
  totals(): GapTotal[] {
    const sums = [...this.#sums.values()].filter(({ gaps }) => gaps > 0);
    return sums.map((sum) => {
      const { athlete, cause, gaps, ms, readings } = sum;
      return {
        athlete,
        cause,
        gaps,
        seconds: Math.round(ms / 1000),
        readings,
        isOpen: this.#open.get(athlete) === sum,
      };
    });
  }

  /** What was entered when the silence began makes room for what is entered now. */
  #withdraw(athlete: AthleteId): void {
    const sum = this.#open.get(athlete);
    if (sum !== undefined) sum.gaps -= 1;
    this.#open.delete(athlete);
  }

  #sumOf(athlete: AthleteId, cause: GapCause): Sum {
    const key = `${athlete}\n${cause}`;
    const sum = this.#sums.get(key) ?? { athlete, cause, gaps: 0, ms: 0, readings: 0 };
    this.#sums.set(key, sum);
    return sum;
  }
}

/** Of one that goes on nobody knows yet. */
function lengthMs({ fromMs, toMs = fromMs }: Gap): number {
  return Math.max(0, toMs - fromMs);
}
