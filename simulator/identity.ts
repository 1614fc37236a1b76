/**
 * Who the simulated straps say they are: what their matches name, and the rest invented.
 *
 * Invariant: nothing that is invented is named by any match, so that each match fits one strap alone.
 */
import type { StrapMatch } from '../src/domain/athlete.ts';
import type { StrapId } from '../src/domain/sample.ts';

export interface StrapIdentity {
  readonly id: StrapId;
  readonly name: string;
  readonly serial: string;
}

/** One for each match, in their order; ids that are invented are unique by the place in it. */
export function strapIdentities(matches: readonly StrapMatch[]): StrapIdentity[] {
  const named = new Set(matches.map((match) => Object.values(match).join()));
  return matches.map((match, index) => {
    // Steps of the whole length lead from no place's numbers to another's.
    const inventedId = (tries: number) => `a09e1b${(index + 1 + tries * matches.length).toString(16).padStart(6, '0')}`;
    const id = 'address' in match ? match.address : firstFree(named, inventedId);
    const inventedName = (tries: number) => numbered(`Simulated ${id.slice(4).toUpperCase()}`, tries);
    const inventedSerial = (tries: number) => numbered(`SIM${id.toUpperCase()}`, tries);
    return {
      id,
      name: 'name' in match ? match.name : firstFree(named, inventedName),
      serial: 'serial' in match ? match.serial : firstFree(named, inventedSerial),
    };
  });
}

/** Ends, since there are only so many matches and no two candidates are alike. */
function firstFree(named: ReadonlySet<string>, candidate: (tries: number) => string): string {
  for (let tries = 0; ; tries++) {
    const text = candidate(tries);
    if (!named.has(text)) return text;
  }
}

function numbered(text: string, tries: number): string {
  return tries === 0 ? text : `${text}-${tries + 1}`;
}
