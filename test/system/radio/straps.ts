/** Teams of straps to put on a field. */
import type { StrapOptions } from '../../virtual-radio/virtual-strap.ts';

/** Links of straps that have gone end soon, so that the tests need not wait for the gateway's own six seconds. */
const SUPERVISION_TIMEOUT_MS = 600;

/** @param number two digits at most; no two of a field may have the same */
export function strapOf(number: number, more: Partial<StrapOptions> = {}): StrapOptions {
  const digits = String(number).padStart(2, '0');
  return {
    name: `Polar H10 000000${digits}`,
    address: `c0:9e:1a:00:00:${digits}`,
    supervisionTimeoutMs: SUPERVISION_TIMEOUT_MS,
    ...more,
  };
}

/** @param first the number of the first of them */
export function strapsOf(count: number, more: Partial<StrapOptions> = {}, first = 1): StrapOptions[] {
  return Array.from({ length: count }, (_, index) => strapOf(first + index, more));
}
