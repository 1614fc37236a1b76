/**
 * Does the machine restart by itself when its kernel hangs? A Raspberry Pi has a watchdog for that, which systemd feeds
 * where it is told to (systemd-system.conf(5), RuntimeWatchdogSec).
 */
import { join } from 'node:path';
import type { Check, Judgement, Surroundings } from '../finding.ts';
import { skipped } from '../finding.ts';
import { isSet, propertiesIn } from '../gateway/units.ts';
import { namesIn, textIn } from '../machine-files.ts';
import { printed } from '../program.ts';

interface MachineWatchdogFacts {
  /** What the driver calls it, as `Broadcom BCM2835 Watchdog timer`; undefined where there is none. */
  readonly device: string | undefined;
  readonly isActive: boolean;
  /** As systemd prints it; undefined where it cannot be asked. */
  readonly fedEvery: string | undefined;
}

export const machineWatchdogCheck: Check = {
  name: 'machine-watchdog',
  run: async (surroundings) => [machineWatchdogVerdict(await watchdogFacts(surroundings))],
};

async function watchdogFacts({ sys, run }: Pick<Surroundings, 'sys' | 'run'>): Promise<MachineWatchdogFacts> {
  const [name] = namesIn(join(sys, 'class/watchdog'));
  const folder = join(sys, 'class/watchdog', name ?? '');
  const shown = printed(await run('systemctl', ['show', '--no-pager', '--property=RuntimeWatchdogUSec']));
  return {
    device: name === undefined ? undefined : (textIn(join(folder, 'identity')) ?? name),
    isActive: textIn(join(folder, 'state')) === 'active',
    fedEvery: shown === undefined ? undefined : propertiesIn(shown)['RuntimeWatchdogUSec'],
  };
}

function machineWatchdogVerdict({ device, isActive, fedEvery }: MachineWatchdogFacts): Judgement {
  if (device === undefined) return skipped('this machine has no hardware watchdog');
  if (isActive || isSet(fedEvery)) {
    return { verdict: 'ok', evidence: `${device} restarts the machine when it hangs` };
  }
  return {
    verdict: 'warning',
    evidence: `the hardware watchdog (${device}) is not used: a machine that hangs hangs until somebody comes`,
    remedy:
      'write "[Manager]" and "RuntimeWatchdogSec=15" into /etc/systemd/system.conf.d/watchdog.conf and restart the machine',
  };
}
