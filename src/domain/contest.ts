/**
 * Which readings are contested, and why: what the radio tells of a strap's identity stands for a while, and what the
 * readings themselves show is looked for in each of them. A strap's past goes with the strap: another one begins anew.
 *
 * Pure: times come in with the events. Memory is bounded an athlete, 25 KB where the strap sends RR intervals.
 */
import type { ContestReason } from './contest-reason.ts';
import { RateAgreement } from './rate-agreement.ts';
import { ReplayWatch } from './replay.ts';
import type { AthleteId, Sample, StrapId } from './sample.ts';

/** What is seen in the radio and not in the readings. */
const IDENTITY_DOUBTS = ['second-advertiser', 'gatt-table-changed'] as const;
export type IdentityDoubt = (typeof IDENTITY_DOUBTS)[number];

/**
 * How long a doubt about an identity stands after it was last told. Nothing tells that it is over: a second sender may
 * only be out of earshot, and a changed table stays. Ten minutes are enough to be seen and looked into; with no end,
 * one update of a strap's firmware would contest its readings for ever.
 */
export const IDENTITY_DOUBT_MS = 600_000;

interface Watch {
  readonly strap: StrapId;
  readonly agreement: RateAgreement;
  /** Made with the first interval: a strap that sends none needs none. */
  replay: ReplayWatch | undefined;
}

/** What is said of one reading. */
export interface Finding {
  /** In the order of the list of reasons; empty for a reading that nobody contests. */
  readonly reasons: readonly ContestReason[];
  /** Those of them that did not hold for the reading before. */
  readonly begun: readonly ContestReason[];
}

const UNCONTESTED: Finding = { reasons: [], begun: [] };

export class Contest {
  readonly #watches = new Map<AthleteId, Watch>();
  readonly #doubts = new Map<AthleteId, Map<IdentityDoubt, number>>();
  readonly #standing = new Map<AthleteId, readonly ContestReason[]>();

  /** The radio doubts the identity of the athlete's strap, from this monotonic time on. */
  doubt(athlete: AthleteId, doubt: IdentityDoubt, monotonicMs: number): void {
    const doubts = this.#doubts.get(athlete) ?? new Map<IdentityDoubt, number>();
    this.#doubts.set(athlete, doubts.set(doubt, monotonicMs + IDENTITY_DOUBT_MS));
  }

  reading(sample: Sample): Finding {
    const { athlete } = sample;
    const reasons = this.#reasonsOf(sample);
    const before = this.#standing.get(athlete);
    if (reasons.length === 0) {
      if (before !== undefined) this.#standing.delete(athlete);
      return UNCONTESTED;
    }
    this.#standing.set(athlete, reasons);
    return { reasons, begun: reasons.filter((reason) => before?.includes(reason) !== true) };
  }

  /** The athlete is of the team no more. */
  forget(athlete: AthleteId): void {
    this.#watches.delete(athlete);
    this.#doubts.delete(athlete);
    this.#standing.delete(athlete);
  }

  #reasonsOf(sample: Sample): ContestReason[] {
    const watch = this.#watchOf(sample);
    const reasons: ContestReason[] = this.#doubtsAt(sample);
    if (watch.replay?.reading(sample.rrMs) === true) reasons.push('replayed');
    if (watch.agreement.disagrees(sample)) reasons.push('rr-disagrees');
    return reasons;
  }

  #watchOf({ athlete, strap, rrMs }: Sample): Watch {
    let watch = this.#watches.get(athlete);
    if (watch === undefined || watch.strap !== strap) {
      watch = { strap, agreement: new RateAgreement(), replay: undefined };
      this.#watches.set(athlete, watch);
    }
    if (rrMs.length > 0) watch.replay ??= new ReplayWatch();
    return watch;
  }

  #doubtsAt({ athlete, monotonicMs }: Sample): IdentityDoubt[] {
    const doubts = this.#doubts.get(athlete);
    if (doubts === undefined) return [];
    const standing = IDENTITY_DOUBTS.filter((doubt) => monotonicMs <= (doubts.get(doubt) ?? Number.NEGATIVE_INFINITY));
    if (standing.length === 0) this.#doubts.delete(athlete);
    return standing;
  }
}
