/** What is known of each athlete right now, for those who look: the terminal's table and the status line. */
import type { Athlete, Team } from '../domain/athlete.ts';
import type { ContestReason } from '../domain/contest-reason.ts';
import { type AthleteId, type Sample, usableBpm } from '../domain/sample.ts';
import { isReadingState, type SignalMonitor, type SignalState } from '../domain/signal.ts';
import type { Reception } from '../ports.ts';

type LinkState = 'searching' | 'connecting' | 'subscribed';

/**
 * Distinct on purpose: none of the others is a recovery. What is known of the signal comes before how far the radio is
 * with the link; `no-reading` is live, and the last reading alone had no rate.
 */
type SignalStatus = SignalState | LinkState | 'no-reading';

export interface AthleteStatus {
  readonly athlete: Athlete;
  readonly signal: SignalStatus;
  /** The last usable heart rate, bpm; absent unless the signal is live. */
  readonly bpm?: number;
  /** By which way the last reading came; absent for a link, and where none comes any more. */
  readonly way?: 'broadcast';
  /** Why the last reading is contested; absent where it is not, and where none comes any more. */
  readonly contested?: readonly ContestReason[];
  /** Absent where the strap has told nothing. */
  readonly battery?: { readonly percent?: number; readonly low: boolean };
  /** When the last reading came, monotonic; absent where none has since the start. */
  readonly lastReadingMs?: number;
  /** By which the strap is read, or was last. */
  readonly adapter?: string;
  /** How well that adapter last heard the strap advertise; absent where it does not know. */
  readonly reception?: Reception;
}

interface Entry {
  readonly athlete: Athlete;
  isConnecting: boolean;
  last: Sample | undefined;
  adapter: string | undefined;
  reception: Reception | undefined;
}

const NEW = { isConnecting: false, last: undefined, adapter: undefined, reception: undefined } as const;

export class Roster {
  readonly #signals: SignalMonitor;
  #entries: ReadonlyMap<AthleteId, Entry> = new Map();

  constructor(team: Team, signals: SignalMonitor) {
    this.#signals = signals;
    this.change(team);
  }

  /** The team is this from now on, in this order. @returns who has left */
  change(team: Team): AthleteId[] {
    const before = this.#entries;
    this.#entries = new Map(team.map((athlete) => [athlete.id, { ...NEW, ...before.get(athlete.id), athlete }]));
    return [...before.keys()].filter((athlete) => !this.#entries.has(athlete));
  }

  connecting(athlete: AthleteId, isConnecting: boolean): void {
    const entry = this.#entries.get(athlete);
    if (entry !== undefined) entry.isConnecting = isConnecting;
  }

  reading(sample: Sample): void {
    const entry = this.#entries.get(sample.athlete);
    if (entry !== undefined) entry.last = sample;
  }

  /** @param reception what is known of it now; another adapter's says nothing of this one */
  heard(athlete: AthleteId, adapter: string | undefined, reception: Reception | undefined): void {
    const entry = this.#entries.get(athlete);
    if (entry === undefined || adapter === undefined) return;
    const before = entry.adapter === adapter ? entry.reception : undefined;
    entry.adapter = adapter;
    entry.reception = reception ?? before;
  }

  status(): AthleteStatus[] {
    return [...this.#entries.values()].map(({ athlete, isConnecting, last, adapter, reception }) => {
      const battery = this.#signals.batteryOf(athlete.id);
      const unlinked = isConnecting ? 'connecting' : 'searching';
      const link = this.#signals.isLinked(athlete.id) ? 'subscribed' : unlinked;
      const state = this.#signals.stateOf(athlete.id);
      const { way, contested } = (isReadingState(state) ? last : undefined) ?? {};
      return {
        athlete,
        ...statusOf(state, link, last),
        ...(way === undefined ? {} : { way }),
        ...(contested === undefined ? {} : { contested }),
        ...(battery === undefined ? {} : { battery }),
        ...(last === undefined ? {} : { lastReadingMs: last.monotonicMs }),
        ...(adapter === undefined ? {} : { adapter }),
        ...(reception === undefined ? {} : { reception }),
      };
    });
  }
}

type ReadingStatus = Pick<AthleteStatus, 'signal' | 'bpm'>;

function statusOf(state: SignalState | undefined, link: LinkState, last: Sample | undefined): ReadingStatus {
  if (!isReadingState(state)) return { signal: link === 'connecting' ? link : (state ?? link) };
  if (state !== 'live' || last === undefined) return { signal: state };
  const bpm = usableBpm(last);
  if (bpm !== undefined) return { signal: 'live', bpm };
  return { signal: last.contact === 'lost' ? 'contact-lost' : 'no-reading' };
}
