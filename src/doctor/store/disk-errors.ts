/**
 * Have reading and writing failed where the store is? The kernel counts the errors of an ext4 file system for good
 * (Documentation/ABI/testing/sysfs-fs-ext4), and logs those of the disk in this boot.
 */
import { join } from 'node:path';
import type { Check, Judgement, Surroundings } from '../finding.ts';
import { skipped } from '../finding.ts';
import { kernelLog } from '../kernel-log.ts';
import { numberIn } from '../machine-files.ts';
import { diskOf } from './disk.ts';
import { mountOf } from './mount.ts';
import { ofStore } from './subject.ts';

interface DiskErrorFacts {
  readonly disk: string;
  /** Of the file system since it was checked last; undefined for another than ext4. */
  readonly fileSystemErrors: number | undefined;
  /** Lines of the kernel's log; undefined for those who may not read it. */
  readonly logged: readonly string[] | undefined;
}

export const diskErrorCheck: Check = {
  name: 'store-errors',
  run: async (surroundings) =>
    ofStore(surroundings, async ({ path }) => diskErrorVerdict(await diskErrorFacts(surroundings, path))),
};

async function diskErrorFacts(
  surroundings: Pick<Surroundings, 'sys' | 'proc' | 'run'>,
  path: string,
): Promise<DiskErrorFacts | undefined> {
  const { sys, proc } = surroundings;
  const mount = mountOf(proc, path);
  const disk = mount === undefined ? undefined : diskOf(sys, mount);
  if (disk === undefined) return undefined;
  const log = await kernelLog(surroundings);
  return {
    disk: disk.name,
    fileSystemErrors: numberIn(join(sys, 'fs/ext4', disk.partition, 'errors_count')),
    logged: log?.filter((line) => isErrorOf(line, disk.name, disk.partition)),
  };
}

/** As the block layer, ext4 and the driver of cards write them. */
function isErrorOf(line: string, disk: string, partition: string): boolean {
  if (/I\/O error/i.test(line)) return new RegExp(`\\b(${disk}|${partition})\\b`).test(line);
  if (/^(\[[^\]]*\] ?)?EXT4-fs error/.test(line)) return line.includes(`(device ${partition})`);
  const card = /^mmcblk(\d+)/.exec(disk)?.[1];
  return card !== undefined && new RegExp(`\\bmmc${card}: .*(error|timeout|timed out|Card stuck)`, 'i').test(line);
}

function diskErrorVerdict(facts: DiskErrorFacts | undefined): Judgement {
  if (facts === undefined) return skipped('it is not on one disk of this machine');
  const { disk, fileSystemErrors = 0, logged } = facts;
  const [first] = logged ?? [];
  if (logged !== undefined && first !== undefined) {
    return {
      verdict: 'failed',
      evidence: `the kernel has logged ${logged.length} errors of ${disk} since the start, the first: ${first.slice(0, 100)}`,
      remedy: 'copy the store elsewhere and replace the card; look at machine-power too, which cards fail of',
    };
  }
  if (fileSystemErrors > 0) {
    return {
      verdict: 'warning',
      evidence: `the file system on ${disk} has counted ${fileSystemErrors} errors since it was checked last`,
      remedy:
        'have it checked at the next start ("fsck.mode=force" in /boot/firmware/cmdline.txt); replace the card if they come again',
    };
  }
  if (logged === undefined && facts.fileSystemErrors === undefined) {
    return skipped('this user may not read the kernel’s log; run it with sudo');
  }
  if (facts.fileSystemErrors === undefined) {
    return { verdict: 'ok', evidence: `the kernel has logged no errors of ${disk} since the start` };
  }
  const log =
    logged === undefined
      ? '; the kernel’s log is not this user’s to read'
      : ', and the kernel has logged none since the start';
  return { verdict: 'ok', evidence: `the file system on ${disk} has counted no errors${log}` };
}
