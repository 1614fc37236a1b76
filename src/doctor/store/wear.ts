/**
 * How worn is what the store is on? Only eMMC tells it, in tenths of its life and as a state of its spare blocks (JEDEC
 * eMMC 5.0, EXT_CSD 267 to 269). SD cards tell nothing, and what disks know takes root and another program.
 */
import { join } from 'node:path';
import type { Check, Judgement } from '../finding.ts';
import { skipped } from '../finding.ts';
import { numberIn, textIn } from '../machine-files.ts';
import { diskOf } from './disk.ts';
import { mountOf } from './mount.ts';
import { ofStore } from './subject.ts';

/** EXT_CSD_PRE_EOL_INFO: 2 when 80 % of the spare blocks are used up, 3 when 90 % are. */
const [SPARE_LOW, SPARE_GONE] = [2, 3];

/** DEVICE_LIFE_TIME_EST_TYP: tenths of its life that are over, 11 when all is. */
const [LIFE_NEARLY_OVER, LIFE_OVER] = [9, 11];

interface WearFacts {
  readonly disk: string;
  /** What the kernel calls it: `MMC`, `SD`, or nothing for another disk. */
  readonly type: string | undefined;
  /** When a card was made, as `08/2021`. */
  readonly made: string | undefined;
  /** Tenths of its life that are over, of its two kinds of blocks. */
  readonly lifeTenths: readonly number[];
  readonly spareState: number | undefined;
}

export const wearCheck: Check = {
  name: 'store-wear',
  run: async ({ sys, proc, store }) => ofStore({ store }, ({ path }) => wearVerdict(wearFacts({ sys, proc }, path))),
};

function wearFacts(
  { sys, proc }: { readonly sys: string; readonly proc: string },
  path: string,
): WearFacts | undefined {
  const mount = mountOf(proc, path);
  const disk = mount === undefined ? undefined : diskOf(sys, mount);
  if (disk === undefined) return undefined;
  const device = join(disk.folder, 'device');
  const type = disk.name.startsWith('mmcblk') ? textIn(join(device, 'type')) : undefined;
  const life = textIn(join(device, 'life_time')) ?? '';
  return {
    disk: disk.name,
    type,
    made: textIn(join(device, 'date')),
    lifeTenths: life
      .split(/\s+/)
      .filter((each) => each !== '')
      .map(Number),
    spareState: numberIn(join(device, 'pre_eol_info')),
  };
}

function wearVerdict(facts: WearFacts | undefined): Judgement {
  if (facts === undefined) return skipped('it is not on one disk of this machine');
  const { disk, type, made, lifeTenths, spareState = 0 } = facts;
  if (type === undefined) return skipped(`${disk} tells nothing of its wear here; "sudo smartctl -a /dev/${disk}" may`);
  if (type === 'SD') {
    const since = made === undefined ? '' : `, made ${made}`;
    return skipped(`${disk} is an SD card${since}, and they tell nothing of their wear: have a spare one with you`);
  }
  // 0 stands for one that does not say.
  const worn = Math.max(0, ...lifeTenths.filter((tenths) => Number.isInteger(tenths)));
  if (worn === 0 && spareState === 0) return skipped(`${disk} is eMMC that tells nothing of its wear`);
  const evidence = `${disk} (eMMC) has used up ${worn >= LIFE_OVER ? 'all' : `${(worn - 1) * 10} to ${worn * 10} %`} of its life`;
  const remedy = 'move the gateway to another board or disk, with its store, before it becomes read-only';
  if (worn >= LIFE_OVER || spareState >= SPARE_GONE)
    return { verdict: 'failed', evidence: withSpare(evidence, spareState), remedy };
  if (worn >= LIFE_NEARLY_OVER || spareState >= SPARE_LOW) {
    return { verdict: 'warning', evidence: withSpare(evidence, spareState), remedy };
  }
  return { verdict: 'ok', evidence };
}

function withSpare(evidence: string, state: number): string {
  if (state < SPARE_LOW) return evidence;
  return `${evidence}, and ${state >= SPARE_GONE ? 'nine' : 'eight'} tenths of its spare blocks`;
}
