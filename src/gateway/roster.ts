/** What is known of each athlete right now, for those who look: the terminal's table and the status line. */
import type { Athlete, Team } from '../domain/athlete.ts';
import { SILENCE_MS } from '../domain/ledger.ts';
import { type AthleteId, type Sample, usableBpm } from '../domain/sample.ts';

export type LinkState = 'searching' | 'connecting' | 'subscribed';

/** Distinct on purpose: none of the others is a recovery. */
type SignalState = 'live' | 'contact-lost' | 'no-reading' | 'silent' | LinkState;

export interface AthleteStatus {
  readonly athlete: Athlete;
  readonly signal: SignalState;
  /** The last usable heart rate, bpm; absent unless the signal is live. */
  readonly bpm?: number;
}

interface Entry {
  readonly athlete: Athlete;
  link: LinkState;
  last: Sample | undefined;
}

export class Roster {
  readonly #entries: ReadonlyMap<AthleteId, Entry>;

  constructor(team: Team) {
    this.#entries = new Map(team.map((athlete) => [athlete.id, { athlete, link: 'searching', last: undefined }]));
  }

  link(athlete: AthleteId, state: LinkState): void {
    const entry = this.#entries.get(athlete);
    if (entry === undefined) return;
    entry.link = state;
    if (state !== 'subscribed') entry.last = undefined;
  }

  reading(sample: Sample): void {
    const entry = this.#entries.get(sample.athlete);
    if (entry !== undefined) entry.last = sample;
  }

  status(monotonicMs: number): AthleteStatus[] {
    return [...this.#entries.values()].map(({ athlete, link, last }) => {
      if (link !== 'subscribed' || last === undefined) return { athlete, signal: link };
      if (monotonicMs - last.monotonicMs > SILENCE_MS) return { athlete, signal: 'silent' };
      const bpm = usableBpm(last);
      if (bpm !== undefined) return { athlete, signal: 'live', bpm };
      return { athlete, signal: last.contact === 'lost' ? 'contact-lost' : 'no-reading' };
    });
  }
}
