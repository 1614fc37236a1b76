/** All checks, in the order in which their findings are read: what rests on something comes after it. */
import { messageOf } from '../domain/errors.ts';
import { adapterCheck } from './adapter.ts';
import { blockCheck } from './block.ts';
import { daemonCheck } from './bluetooth-daemon.ts';
import { certificatesCheck } from './certificates.ts';
import { batteryClockCheck } from './clock/battery.ts';
import { clockCheck } from './clock/clock.ts';
import { configurationCheck } from './configuration.ts';
import { controllerCheck } from './controller.ts';
import { filePermissionsCheck } from './file-permissions.ts';
import type { Check, Finding, Judgement, Surroundings } from './finding.ts';
import { boardCheck } from './gateway/board.ts';
import { nameCheck } from './gateway/name.ts';
import { serviceCheck } from './gateway/service.ts';
import { versionCheck } from './gateway/version.ts';
import { watchdogCheck } from './gateway/watchdog.ts';
import { kernelCheck } from './kernel.ts';
import { kernelReleaseCheck } from './kernel-release.ts';
import { heatCheck } from './machine/heat.ts';
import { memoryCheck } from './machine/memory.ts';
import { nodeCheck } from './machine/node.ts';
import { machinePowerCheck } from './machine/power.ts';
import { systemCheck } from './machine/system.ts';
import { machineWatchdogCheck } from './machine/watchdog.ts';
import { moduleCheck } from './native-module.ts';
import { permissionCheck } from './permission.ts';
import { powerCheck } from './power.ts';
import { responsesCheck } from './responses.ts';
import { storeAccessCheck } from './store/access.ts';
import { storeDamageCheck } from './store/damage.ts';
import { diskErrorCheck } from './store/disk-errors.ts';
import { storePlaceCheck } from './store/place.ts';
import { storeRoomCheck } from './store/room.ts';
import { storeUseCheck } from './store/use.ts';
import { wearCheck } from './store/wear.ts';
import { uplinkCheck } from './uplink.ts';
import { wifiCheck } from './wifi.ts';

export interface CheckGroup {
  readonly title: string;
  readonly checks: readonly Check[];
}

export const CHECK_GROUPS: readonly CheckGroup[] = [
  { title: 'Configuration', checks: [configurationCheck, filePermissionsCheck] },
  {
    title: 'Machine',
    checks: [systemCheck, nodeCheck, machinePowerCheck, heatCheck, memoryCheck, machineWatchdogCheck],
  },
  { title: 'Clock', checks: [clockCheck, batteryClockCheck] },
  {
    title: 'Bluetooth',
    checks: [
      kernelCheck,
      kernelReleaseCheck,
      moduleCheck,
      permissionCheck,
      daemonCheck,
      blockCheck,
      adapterCheck,
      powerCheck,
      controllerCheck,
      wifiCheck,
    ],
  },
  {
    title: 'Store',
    checks: [
      storePlaceCheck,
      storeRoomCheck,
      storeAccessCheck,
      storeUseCheck,
      storeDamageCheck,
      diskErrorCheck,
      wearCheck,
    ],
  },
  { title: 'Network', checks: [certificatesCheck, uplinkCheck, responsesCheck] },
  { title: 'Gateway', checks: [serviceCheck, watchdogCheck, versionCheck, boardCheck, nameCheck] },
];

/** Beyond the patience of everything that a check waits for, so that only one that hangs meets it. */
const PATIENCE_MS = 60_000;

/**
 * They look all at once, since some of them wait for an answer that may not come. One that fails or hangs is a finding of its
 * own, and keeps none of the others from theirs.
 */
export async function examine(
  surroundings: Surroundings,
  { groups = CHECK_GROUPS, patienceMs = PATIENCE_MS } = {},
): Promise<Finding[]> {
  const all = groups.flatMap(({ title, checks }) => checks.map((check) => ({ group: title, check })));
  const found = await Promise.all(
    all.map(async ({ group, check }) => {
      const judgements = await within(patienceMs, judged(check, surroundings)).catch((error: unknown) => [
        unseen(error),
      ]);
      return judgements.map((judgement): Finding => ({ group, check: check.name, ...judgement }));
    }),
  );
  return found.flat();
}

/** What it throws before it begins to wait, too. */
async function judged(check: Check, surroundings: Surroundings): Promise<readonly Judgement[]> {
  return await check.run(surroundings);
}

function unseen(error: unknown): Judgement {
  return {
    verdict: 'failed',
    evidence: `it could not be looked at: ${messageOf(error)}`,
    remedy: 'run it again, with sudo; if it stays so, report it with what is said here',
  };
}

async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it took more than ${ms / 1000} seconds`)), ms);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
