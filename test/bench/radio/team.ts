/** The straps that everything is measured with. */
import type { StrapOptions } from '../../virtual-radio/strap-options.ts';
import type { VirtualStrap } from '../../virtual-radio/virtual-strap.ts';

/** Straps by number, each sending once a second unless it is said otherwise, and always by real supervision timeouts. */
export function strapsOf(count: number, options: Partial<StrapOptions> = {}): StrapOptions[] {
  return Array.from({ length: count }, (_, index) => ({ ...options, name: nameOf(index), address: addressOf(index) }));
}

/** Resolves when all are subscribed to. */
export async function allSubscribed(straps: readonly VirtualStrap[]): Promise<void> {
  for (const strap of straps) await strap.until(({ isSubscribed }) => isSubscribed, 'is subscribed');
}

/** How long until the strap is subscribed to, ms from a time of `performance.now()`; infinity when it never is. */
export async function subscribedAfterMs(strap: VirtualStrap, fromMs: number, patienceMs: number): Promise<number> {
  while (performance.now() - fromMs < patienceMs) {
    try {
      await strap.until(({ isSubscribed }) => isSubscribed, 'is subscribed');
      return performance.now() - fromMs;
    } catch {
      // A strap's own patience is shorter.
    }
  }
  return Number.POSITIVE_INFINITY;
}

function nameOf(index: number): string {
  return `Polar H10 ${String(index + 1).padStart(8, '0')}`;
}

function addressOf(index: number): string {
  return `c0:9e:1a:00:00:${(index + 1).toString(16).padStart(2, '0')}`;
}
