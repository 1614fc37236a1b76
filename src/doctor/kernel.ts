/** Does the kernel have Bluetooth, and for this process too? */
import type { Check, Judgement } from './finding.ts';
import { skipped } from './finding.ts';
import { isModuleBroken, isWithoutBluetooth, type KernelFacts, kernelFacts, NOT_NEEDED } from './kernel-facts.ts';

export const kernelCheck: Check = {
  name: 'bluetooth-kernel',
  run: async (surroundings) => [kernelVerdict(await kernelFacts(surroundings))],
};

export function kernelVerdict(facts: KernelFacts): Judgement {
  const { configured, socket } = facts;
  if (configured.length === 0) return skipped(NOT_NEEDED);
  if (isWithoutBluetooth(facts)) {
    return {
      verdict: 'failed',
      evidence: 'the kernel has no Bluetooth: there is no /sys/class/bluetooth, and it gives no Bluetooth socket',
      remedy:
        'load it with "sudo modprobe bluetooth"; where there is no such module use another kernel, or a controller that speaks H4',
    };
  }
  if (socket?.state !== 'refused' || isModuleBroken(socket))
    return { verdict: 'ok', evidence: 'the kernel has Bluetooth' };
  switch (socket.code) {
    case 'EAFNOSUPPORT':
      return {
        verdict: 'failed',
        evidence: 'the kernel has Bluetooth, but not for this process (EAFNOSUPPORT), as in a container',
        remedy:
          'run it outside of the container, or with the network of the host; under systemd without PrivateNetwork= and with AF_BLUETOOTH in RestrictAddressFamilies=',
      };
    case 'EPERM':
    case 'EACCES':
      return { verdict: 'ok', evidence: 'the kernel has Bluetooth, though not for this user' };
    default:
      return {
        verdict: 'failed',
        evidence: `the kernel gives no Bluetooth socket: ${socket.reason}`,
        remedy: 'restart the machine; if that does not help, look for the reason in "sudo dmesg"',
      };
  }
}
