/** A team with its straps and one radio, all from one seed. */
import type { Athlete, StrapMatch, Team } from '../src/domain/athlete.ts';
import { measurementsFromBeats, type RecordedMeasurement, type Recording } from '../src/domain/recording/recording.ts';
import type { AthleteId } from '../src/domain/sample.ts';
import type { StrapWish } from '../src/ports.ts';
import { SimulatedBindings } from './bindings.ts';
import type { SimulatedClock } from './clock.ts';
import { scheduleFaults } from './faults.ts';
import { rrIntervals } from './heart.ts';
import { strapIdentities } from './identity.ts';
import { Random } from './random.ts';
import { SimulatedStrap } from './strap.ts';

export interface SimulatedAthlete {
  readonly id: AthleteId;
  readonly strap: StrapMatch;
  /** Played at its own times on the clock's wall time instead of a heart; where it has nothing to send the strap sleeps. */
  readonly recording?: Recording;
}

export interface WorldOptions {
  readonly seed: number | string;
  readonly clock: SimulatedClock;
  readonly athletes: readonly SimulatedAthlete[];
  /** Whether athletes walk out of range and straps slip. */
  readonly faults: boolean;
}

export interface World {
  readonly bindings: SimulatedBindings;
  readonly straps: ReadonlyMap<AthleteId, SimulatedStrap>;
  readonly wishes: readonly StrapWish[];
  /** For whatever else is to be reproducible from the seed. */
  readonly random: Random;
}

export function createWorld({ seed, clock, athletes, faults }: WorldOptions): World {
  const random = new Random(seed);
  const straps = new Map<AthleteId, SimulatedStrap>();
  const identities = strapIdentities(athletes.map(({ strap }) => strap));
  for (const [index, athlete] of athletes.entries()) {
    const identity = identities[index];
    if (identity === undefined) throw new Error('every athlete has a strap');
    const own = random.stream(`athlete ${athlete.id}`);
    const measurements = athlete.recording?.measurements ?? heartbeats(clock, own.stream('heart'));
    const strap = new SimulatedStrap({ clock, ...identity, measurements });
    if (faults) scheduleFaults(strap, { clock, random: own.stream('faults') });
    straps.set(athlete.id, strap);
  }
  const bindings = new SimulatedBindings([...straps.values()], { clock, random: random.stream('radio') });
  const wishes = athletes.map(({ id, strap }) => ({ athlete: id, match: strap }));
  return { bindings, straps, wishes, random };
}

/** A heart's notifications from now on, at a whole millisecond of each second that is the strap's own. */
function heartbeats(clock: SimulatedClock, random: Random): Iterable<RecordedMeasurement> {
  const startMs = clock.wallMs() + Math.floor(random.between(0, 1000));
  return measurementsFromBeats(startMs, rrIntervals(random));
}

const GIVEN_NAMES = ['Alex', 'Billie', 'Casey', 'Drew', 'Eden', 'Frankie', 'Gale', 'Harper', 'Indy', 'Jules', 'Kit'];
const FAMILY_NAMES = ['Ashby', 'Brook', 'Carter', 'Dale', 'Ellis', 'Fenn', 'Grove', 'Hale', 'Isley', 'Marsh'];

/** Athletes "1" to "n", as the numbers on their shirts, with names that nobody bears and rules to be seen at work. */
export function demoTeam(count: number, seed: number | string = 1): Team {
  const random = new Random(seed).stream('team');
  return Array.from({ length: count }, (_, index) =>
    demoAthlete(String(index + 1), index, random.stream(String(index))),
  );
}

function demoAthlete(id: AthleteId, index: number, random: Random): Athlete {
  const givenName = GIVEN_NAMES[index % GIVEN_NAMES.length];
  const familyName = FAMILY_NAMES[index % FAMILY_NAMES.length];
  const parameters = { window: 60_000, coverage: 0.5 };
  return {
    id,
    name: `${givenName} ${familyName}`,
    strap: { address: `a09e1a${id.padStart(6, '0')}` },
    rules: [
      {
        name: 'high-average',
        kind: 'average',
        parameters: { ...parameters, above: 160 + Math.floor(random.between(0, 11)) },
      },
      { name: 'low-average', kind: 'average', parameters: { ...parameters, below: 40 } },
    ],
  };
}
