/** Are the adapters of the kernel there that are to be used? */
import type { Check, Judgement } from './finding.ts';
import { skipped } from './finding.ts';
import { isWithoutBluetooth, type KernelFacts, kernelFacts, NOT_NEEDED } from './kernel-facts.ts';

export const adapterCheck: Check = {
  name: 'bluetooth-adapter',
  run: async (surroundings) => adapterVerdicts(await kernelFacts(surroundings)),
};

export function adapterVerdicts(facts: KernelFacts): Judgement[] {
  const { configured, there } = facts;
  if (configured.length === 0) return [skipped(NOT_NEEDED)];
  return configured.map((about): Judgement => {
    if (there.includes(about)) return { about, verdict: 'ok', evidence: 'it is there' };
    if (isWithoutBluetooth(facts)) return skipped('there can be none without Bluetooth in the kernel', about);
    if (there.length === 0) {
      return {
        about,
        verdict: 'failed',
        evidence: 'this machine has no Bluetooth adapter',
        remedy:
          'plug one in; that of a Raspberry Pi is there unless "dtoverlay=disable-bt" is in /boot/firmware/config.txt',
      };
    }
    return {
      about,
      verdict: 'failed',
      evidence: `it is not there; ${there.length === 1 ? 'there is' : 'there are'} ${there.join(', ')}`,
      remedy: 'plug it in, or name one that is there under radio.adapters in gateway.yaml',
    };
  });
}
