/** What the workers are to scan for, as the team stands. */
import type { StrapId } from '../../../src/domain/sample.ts';
import type { Wanted } from './wanted.ts';

export interface Listening {
  readonly scan: boolean;
  readonly addresses: readonly StrapId[];
  readonly names: readonly string[];
}

/**
 * Everybody who is wished for, by what can be told from an advertisement: of a strap that is known by its serial
 * number the address that it was last read under, and so of one that is known by name, which not every advertisement
 * has in it.
 *
 * Scanning goes on while anybody has no link, whether or not there is a place: what the strap broadcasts is heard
 * then. With every link up it would only take air from them.
 */
export function listeningFor(wanted: readonly Wanted[]): Listening {
  const addresses = new Set<StrapId>();
  const names = new Set<string>();
  for (const { wish, current } of wanted) {
    if ('address' in wish.match) addresses.add(wish.match.address);
    else if (current !== undefined) addresses.add(current.id);
    if ('name' in wish.match) names.add(wish.match.name);
  }
  const scan = wanted.some(({ link }) => link?.state !== 'subscribed');
  return { scan, addresses: [...addresses], names: [...names] };
}
