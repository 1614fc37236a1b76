/** Are the adapters switched on that are there? /sys does not tell; the kernel's Bluetooth socket does. */
import type { Check, Judgement } from './finding.ts';
import { skipped } from './finding.ts';
import { type KernelFacts, kernelFacts, NOT_NEEDED } from './kernel-facts.ts';

export const powerCheck: Check = {
  name: 'bluetooth-power',
  run: async (surroundings) => powerVerdicts(await kernelFacts(surroundings)),
};

export function powerVerdicts({ configured, there, socket }: KernelFacts): Judgement[] {
  if (configured.length === 0) return [skipped(NOT_NEEDED)];
  return configured.map((about): Judgement => {
    if (!there.includes(about)) return skipped('it is not there', about);
    const device = socket?.state === 'open' ? socket.devices.find(({ adapter }) => adapter === about) : undefined;
    if (device === undefined) return skipped('whether it is on cannot be told without a Bluetooth socket', about);
    if (device.isUp) return { about, verdict: 'ok', evidence: 'it is on' };
    return {
      about,
      verdict: 'failed',
      evidence: 'it is down',
      remedy: `switch it on with "sudo hciconfig ${about} up"; a block that bluetooth-block tells of goes first`,
    };
  });
}
