/**
 * The line for the athletes file by which a strap is known again: by its address where that stays, else by its name.
 *
 * The two highest bits of a random address say what it is (Core Specification, volume 6, part B, section 1.3.2): ones
 * for a static one, which a strap keeps; everything else is private, of phones and watches, and another one in minutes.
 */
import { isOneStrapsName } from '../../device/radio/team/identity.ts';
import type { StrapId } from '../domain/sample.ts';

export interface Advertiser {
  readonly strap: StrapId;
  readonly addressType: 'public' | 'random';
  readonly name?: string | undefined;
}

export interface Proposal {
  /** An entry of the list `athletes`, with the id to be filled in; absent where nothing in the air is the strap's own. */
  readonly line?: string;
  /** What speaks against it. */
  readonly remark?: string;
}

export function proposalFor({ strap, addressType, name }: Advertiser): Proposal {
  if (addressType === 'public' || isStatic(strap)) return { line: entry(`address: "${addressText(strap)}"`) };
  if (name === undefined) return { remark: 'its address changes and it tells no name: know it by its serial number' };
  const line = entry(`name: ${quoted(name)}`);
  return isOneStrapsName(name) ? { line } : { line, remark: 'its address changes, and others may have this name' };
}

/** `a0:9e:1a:00:00:07`. */
export function addressText(strap: StrapId): string {
  return strap.replace(/..(?=.)/g, '$&:');
}

function isStatic(strap: StrapId): boolean {
  return Number.parseInt(strap.slice(0, 2), 16) >= 0xc0;
}

function entry(match: string): string {
  return `- { id: "…", strap: { ${match} } }`;
}

/** JSON's quotes are YAML's double quotes; a `${` in a name is no reference to the environment. */
function quoted(name: string): string {
  return JSON.stringify(name.replaceAll('${', () => '$${'));
}
