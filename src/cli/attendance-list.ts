/**
 * Who of the team is there before a match, as a running gateway tells it or as a scan hears it. Pure. Neither heart rates nor
 * names are in it.
 */
import type { Team } from '../domain/athlete.ts';
import { CONTEST_REASONS } from '../domain/contest-reason.ts';
import type { AthleteId } from '../domain/sample.ts';
import type { StatusDocument } from '../system/status-document.ts';
import { stateOf } from './live-columns.ts';
import type { ScannedStrap } from './scan-list.ts';

export interface Attendee {
  readonly athlete: AthleteId;
  /** Usable heart rates come, or, where nobody links to straps, the strap is heard. */
  readonly there: boolean;
  /** How it is, in words. */
  readonly state: string;
  /** What had better be seen to before the match. */
  readonly notes: readonly string[];
  /** dBm; absent where it is not known. */
  readonly rssi?: number;
}

/** Players turn round and pile up, which takes 20 dB and more off what is heard of a strap at the bench. */
const WEAK_DBM = -85;

/** A strap that a gateway links to seldom advertises after that, and what was heard of it before grows old. */
const STRENGTH_MS = 600_000;

/** Most straps advertise each second or faster, and not every advertisement is heard. */
const HEARD_MS = 10_000;

/** @param ids of the athletes file as it is on the disk; of whom the gateway does not tell is missing */
export function attendeesOfGateway(
  { athletes }: Pick<StatusDocument, 'athletes'>,
  ids: readonly string[] = [],
): Attendee[] {
  const unknown = ids.filter((id) => !athletes.some((each) => each.id === id));
  const told = athletes.map(({ id, signal, contested, battery, rssi: heard, sinceRssiMs }): Attendee => {
    const rssi = sinceRssiMs !== undefined && sinceRssiMs <= STRENGTH_MS ? heard : undefined;
    const charge = battery?.percent === undefined ? '' : `, ${battery.percent} %`;
    return {
      athlete: id,
      there: signal === 'live',
      state: stateOf({ signal }).text,
      notes: [
        ...weakness(rssi),
        ...(battery?.low === true ? [`battery low${charge}`] : []),
        ...(contested ?? []).map((reason) => `doubtful: ${CONTEST_REASONS[reason]}`),
      ],
      ...(rssi === undefined ? {} : { rssi }),
    };
  });
  const state = 'in the athletes file, and not known to the running gateway';
  return [...told, ...unknown.map((id) => ({ athlete: id, there: false, state, notes: [] }))];
}

/** @param nowMs monotonic, as the straps' hearing is */
export function attendeesOfScan(team: Team, straps: readonly ScannedStrap[], nowMs: number): Attendee[] {
  return team.map(({ id, strap: match }) => {
    const own = straps.filter(({ athletes: [first] }) => first === id);
    const there = own.filter((strap) => isHeard(strap, nowMs));
    const [strap = own[0]] = there;
    if (strap === undefined) {
      const state = 'serial' in match ? 'known by serial number, which only a running gateway reads' : 'not heard yet';
      return { athlete: id, there: false, state, notes: [] };
    }
    const { rssi, heardMs = nowMs } = strap;
    return {
      athlete: id,
      there: there.length > 0,
      state: there.length > 0 ? 'heard' : `not heard for ${Math.round((nowMs - heardMs) / 1000)} s`,
      notes: [
        ...weakness(rssi),
        ...(there.length > 1 ? ['several straps fit, and only one can be read: give its address'] : []),
      ],
      ...(rssi === undefined ? {} : { rssi }),
    };
  });
}

function weakness(rssi: number | undefined): string[] {
  return rssi !== undefined && rssi < WEAK_DBM ? [`weak signal, ${rssi} dBm`] : [];
}

export function areAllThere(attendees: readonly Attendee[]): boolean {
  return attendees.length > 0 && attendees.every(({ there }) => there);
}

function isHeard({ linked, heardMs }: ScannedStrap, nowMs: number): boolean {
  return linked || (heardMs !== undefined && nowMs - heardMs <= HEARD_MS);
}
