/**
 * Is it a kernel that is known to go wrong with Bluetooth links? Of Debian 12's (6.1) it was seen that a link which ends
 * just after it was made can trip a bug in its L2CAP ("list_del corruption", from hci_chan_del), after which the strap
 * cannot be used any more. Debian 13's (6.12) did not in the same drill (docs/decisions/0019).
 */
import { join } from 'node:path';
import type { Check, Judgement, Surroundings } from './finding.ts';
import { skipped } from './finding.ts';
import { kernelAdapters, NOT_NEEDED } from './kernel-facts.ts';
import { textIn } from './machine-files.ts';

const KNOWN_TO_FAIL = /^6\.1\./;

export interface KernelReleaseFacts {
  readonly configured: readonly string[];
  /** As in `uname -r`; absent where it cannot be told. */
  readonly release: string | undefined;
}

export const kernelReleaseCheck: Check = {
  name: 'bluetooth-kernel-release',
  run: async (surroundings) => [kernelReleaseVerdict(kernelReleaseFacts(surroundings))],
};

export function kernelReleaseFacts({ proc, adapters }: Pick<Surroundings, 'proc' | 'adapters'>): KernelReleaseFacts {
  return { configured: kernelAdapters(adapters), release: textIn(join(proc, 'sys', 'kernel', 'osrelease')) };
}

export function kernelReleaseVerdict({ configured, release }: KernelReleaseFacts): Judgement {
  if (configured.length === 0) return skipped(NOT_NEEDED);
  if (release === undefined) return skipped('the release of the kernel cannot be told');
  if (!KNOWN_TO_FAIL.test(release)) return { verdict: 'ok', evidence: `kernel ${release}` };
  return {
    verdict: 'warning',
    evidence: `kernel ${release}: of 6.1 it is known that a Bluetooth link that ends early may jam its adapter`,
    remedy: 'use the kernel of Debian 13 (6.12) or a later one',
  };
}
