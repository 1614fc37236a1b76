/**
 * To which addresses a webhook may go. A name on the allow-list is not enough: whoever answers for the name could have it
 * lead to this machine itself or to what only its own link can reach, such as a cloud's metadata.
 */
import { lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

const NEVER = blockList([
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['224.0.0.0', 3],
  ['::', 128],
  ['fe80::', 10],
  ['ff00::', 8],
]);

const LOOPBACK = blockList([
  ['127.0.0.0', 8],
  ['::1', 128],
]);

/** A host of a URL that says itself that it is this machine. */
export function isLoopbackHost(host: string): boolean {
  const address = host.replace(/^\[|\]$/g, '');
  return address === 'localhost' || isIn(LOOPBACK, address);
}

/** A host of a URL that no webhook may go to, whoever allows it. */
export function isForbiddenHost(host: string): boolean {
  return isIn(NEVER, host.replace(/^\[|\]$/g, ''));
}

/** Looks a name up and leaves out the addresses that it must not lead to. */
export const guardedLookup: LookupFunction = (hostname, options, done) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error !== null) return done(error, '', 0);
    const allowed = addresses.filter(({ address }) => mayLeadTo(hostname, address));
    const [first] = allowed;
    if (first === undefined) return done(new Error(`${hostname} leads to an address that no webhook may go to`), '', 0);
    if (options.all === true) return done(null, allowed);
    done(null, first.address, first.family);
  });
};

/** Whether a webhook may go to this address of the host: to this machine only where the name says that it is meant. */
export function mayLeadTo(hostname: string, address: string): boolean {
  return !isIn(NEVER, address) && (!isIn(LOOPBACK, address) || isLoopbackHost(hostname));
}

function isIn(list: BlockList, address: string): boolean {
  const version = isIP(address);
  return version !== 0 && list.check(address, version === 4 ? 'ipv4' : 'ipv6');
}

function blockList(subnets: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [net, prefix] of subnets) list.addSubnet(net, prefix, isIP(net) === 4 ? 'ipv4' : 'ipv6');
  return list;
}
