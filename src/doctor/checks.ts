/** All checks, in the order in which their findings are read: what rests on something comes after it. */
import { adapterCheck } from './adapter.ts';
import { blockCheck } from './block.ts';
import { daemonCheck } from './bluetooth-daemon.ts';
import { certificatesCheck } from './certificates.ts';
import { configurationCheck } from './configuration.ts';
import { controllerCheck } from './controller.ts';
import { filePermissionsCheck } from './file-permissions.ts';
import type { Check, Finding, Surroundings } from './finding.ts';
import { kernelCheck } from './kernel.ts';
import { kernelReleaseCheck } from './kernel-release.ts';
import { moduleCheck } from './native-module.ts';
import { permissionCheck } from './permission.ts';
import { powerCheck } from './power.ts';
import { responsesCheck } from './responses.ts';
import { uplinkCheck } from './uplink.ts';

const CHECKS: readonly Check[] = [
  configurationCheck,
  filePermissionsCheck,
  kernelCheck,
  kernelReleaseCheck,
  moduleCheck,
  permissionCheck,
  daemonCheck,
  blockCheck,
  adapterCheck,
  powerCheck,
  controllerCheck,
  certificatesCheck,
  uplinkCheck,
  responsesCheck,
];

/** They look all at once, since some of them wait for an answer that may not come. */
export async function examine(surroundings: Surroundings): Promise<Finding[]> {
  const found = await Promise.all(
    CHECKS.map(async ({ name, run }) => (await run(surroundings)).map((judgement) => ({ check: name, ...judgement }))),
  );
  return found.flat();
}
