/** Was the native module that speaks to the kernel's adapters built for this machine and this Node.js? */
import type { Check, Judgement } from './finding.ts';
import { skipped } from './finding.ts';
import { isModuleBroken, type KernelFacts, kernelFacts, NOT_NEEDED } from './kernel-facts.ts';

export const moduleCheck: Check = {
  name: 'bluetooth-module',
  run: async (surroundings) => [moduleVerdict(await kernelFacts(surroundings))],
};

export function moduleVerdict({ configured, isLoaded, socket }: KernelFacts): Judgement {
  if (configured.length === 0) return skipped(NOT_NEEDED);
  if (!isModuleBroken(socket)) return { verdict: 'ok', evidence: 'the native Bluetooth module loads' };
  const reason = socket !== undefined && 'reason' in socket ? socket.reason : '';
  if (socket?.state === 'crashed' && !isLoaded) return skipped('it cannot be tried where the kernel has no Bluetooth');
  const what = socket?.state === 'crashed' ? 'fails' : 'was not built for this machine and this Node.js';
  return {
    verdict: 'failed',
    evidence: `the native Bluetooth module ${what}: ${reason.split('\n', 1)[0] ?? ''}`,
    remedy: 'run "npm rebuild @abandonware/bluetooth-hci-socket" where sideline is installed',
  };
}
