/** Is Bluetooth blocked by rfkill, in software or by a switch (the kernel's Documentation/driver-api/rfkill.rst)? */
import { join } from 'node:path';
import type { Check, Judgement, Surroundings } from './finding.ts';
import { skipped } from './finding.ts';
import { kernelAdapters, NOT_NEEDED } from './kernel-facts.ts';
import { namesIn, textIn } from './machine-files.ts';

interface Block {
  /** An adapter's, as `hci0`, or that of the machine's own switch. */
  readonly name: string;
  readonly soft: boolean;
  readonly hard: boolean;
}

interface BlockFacts {
  readonly configured: readonly string[];
  readonly switches: readonly Block[];
}

export const blockCheck: Check = {
  name: 'bluetooth-block',
  run: async (surroundings) => [blockVerdict(blockFacts(surroundings))],
};

export function blockFacts({ sys, adapters }: Pick<Surroundings, 'sys' | 'adapters'>): BlockFacts {
  const folder = join(sys, 'class/rfkill');
  const switches = namesIn(folder).flatMap((name) => {
    const read = (file: string) => textIn(join(folder, name, file)) ?? '';
    if (read('type') !== 'bluetooth') return [];
    return [{ name: read('name') || name, soft: read('soft') === '1', hard: read('hard') === '1' }];
  });
  return { configured: kernelAdapters(adapters), switches };
}

export function blockVerdict({ configured, switches }: BlockFacts): Judgement {
  if (configured.length === 0) return skipped(NOT_NEEDED);
  // Somebody may well have blocked an adapter that is not to be used.
  const ours = switches.filter(({ name }) => configured.includes(name) || kernelAdapters([name]).length === 0);
  const hard = ours.filter((each) => each.hard).map(({ name }) => name);
  const soft = ours.filter((each) => each.soft).map(({ name }) => name);
  if (hard.length > 0) {
    return {
      verdict: 'failed',
      evidence: `switched off by hardware (rfkill, hard): ${hard.join(', ')}`,
      remedy: 'switch Bluetooth on with the switch or key of the machine, or in its firmware settings',
    };
  }
  if (soft.length > 0) {
    return {
      verdict: 'failed',
      evidence: `blocked by software (rfkill, soft): ${soft.join(', ')}`,
      remedy: 'run "sudo rfkill unblock bluetooth"',
    };
  }
  return { verdict: 'ok', evidence: 'nothing is blocked' };
}
