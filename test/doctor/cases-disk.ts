/** What the store is on: its file system and its disk. */
import { diskErrorCheck } from '../../src/doctor/store/disk-errors.ts';
import { storePlaceCheck } from '../../src/doctor/store/place.ts';
import { wearCheck } from '../../src/doctor/store/wear.ts';
import type { Provoked } from './findings-of.ts';
import type { MachineFiles } from './machine-folder.ts';

const mounted = (type: string, source: string, options = 'rw,noatime', superOptions = 'rw'): MachineFiles => ({
  'proc/self/mountinfo': `22 27 0:21 / /proc rw - proc proc rw\n27 1 179:2 / / ${options} shared:1 - ${type} ${source} ${superOptions}\n`,
});

const EXT4 = mounted('ext4', '/dev/mmcblk0p2');

const BLOCK = 'sys/devices/platform/soc/fe340000.mmc/mmc_host/mmc0/mmc0:aaaa/block/mmcblk0';

const onCard = (device: Readonly<Record<string, string>>, more: MachineFiles = {}): MachineFiles => ({
  ...EXT4,
  [`${BLOCK}/mmcblk0p2/partition`]: '2\n',
  'sys/dev/block/179:2': { link: `${BLOCK}/mmcblk0p2` },
  ...Object.fromEntries(Object.entries(device).map(([name, text]) => [`${BLOCK}/device/${name}`, `${text}\n`])),
  ...more,
});

const SD = { type: 'SD', date: '08/2021' };
const errors = (count: number): MachineFiles => ({ 'sys/fs/ext4/mmcblk0p2/errors_count': `${count}\n` });

const NO_STORE = 'no gateway.yaml was named that tells where the store is';

export const DISK_CASES: readonly Provoked[] = [
  { check: storePlaceCheck, when: 'none is named', hasStore: false, verdict: 'skipped', evidence: NO_STORE },
  {
    check: storePlaceCheck,
    when: 'the kernel does not tell',
    verdict: 'skipped',
    evidence: 'which file system it is on cannot be told',
  },
  {
    check: storePlaceCheck,
    when: 'it is on ext4',
    files: EXT4,
    verdict: 'ok',
    evidence: 'it is on ext4 (/dev/mmcblk0p2 at /)',
  },
  {
    check: storePlaceCheck,
    when: 'it is in memory',
    files: mounted('tmpfs', 'tmpfs'),
    verdict: 'failed',
    evidence: 'it is on tmpfs (tmpfs at /), which is memory: all of it goes with the power',
  },
  {
    check: storePlaceCheck,
    when: 'it is on an overlay',
    files: mounted('overlay', 'overlayroot'),
    verdict: 'failed',
    evidence:
      'it is on overlay (overlayroot at /): what is written to an overlay goes with the power, or with its container',
  },
  {
    check: storePlaceCheck,
    when: 'the kernel has made it read-only',
    files: mounted('ext4', '/dev/mmcblk0p2', 'rw,noatime', 'ro,errors=remount-ro'),
    verdict: 'failed',
    evidence: 'it is on ext4 (/dev/mmcblk0p2 at /), which is read-only now; the kernel makes it so after errors',
  },
  {
    check: storePlaceCheck,
    when: 'it is on a share',
    files: mounted('cifs', '//nas/share'),
    verdict: 'warning',
    evidence:
      'it is on cifs (//nas/share at /), over a network, where neither locks nor finished writes can be relied upon',
  },
  {
    check: storePlaceCheck,
    when: 'it is on a stick',
    files: mounted('vfat', '/dev/sda1'),
    verdict: 'warning',
    evidence:
      'it is on vfat (/dev/sda1 at /), which cannot keep others from reading it and may lose all when the power goes',
  },
  {
    check: storePlaceCheck,
    when: 'it is without barriers',
    files: mounted('ext4', '/dev/mmcblk0p2', 'rw', 'rw,nobarrier'),
    verdict: 'warning',
    evidence: 'it is on ext4 (/dev/mmcblk0p2 at /) without barriers: what was written may be lost when the power goes',
  },
  { check: diskErrorCheck, when: 'none is named', hasStore: false, verdict: 'skipped', evidence: NO_STORE },
  {
    check: diskErrorCheck,
    when: 'it is on no disk',
    files: mounted('tmpfs', 'tmpfs'),
    verdict: 'skipped',
    evidence: 'it is not on one disk of this machine',
  },
  {
    check: diskErrorCheck,
    when: 'nothing can be read',
    files: onCard(SD),
    verdict: 'skipped',
    evidence: 'this user may not read the kernel’s log; run it with sudo',
  },
  {
    check: diskErrorCheck,
    when: 'there were none, and the log is not to be read',
    files: onCard(SD, errors(0)),
    verdict: 'ok',
    evidence: 'the file system on mmcblk0 has counted no errors; the kernel’s log is not this user’s to read',
  },
  {
    check: diskErrorCheck,
    when: 'there were none but of another disk',
    files: onCard(SD, errors(0)),
    programs: {
      journalctl:
        'echo "I/O error, dev sda, sector 2048"; echo "EXT4-fs error (device sda1): x"; echo "mmc1: error -110"',
    },
    verdict: 'ok',
    evidence: 'the file system on mmcblk0 has counted no errors, and the kernel has logged none since the start',
  },
  {
    check: diskErrorCheck,
    when: 'the file system counts none and the log has none',
    files: onCard(SD),
    programs: { journalctl: 'echo "Booting Linux on physical CPU 0x0"' },
    verdict: 'ok',
    evidence: 'the kernel has logged no errors of mmcblk0 since the start',
  },
  {
    check: diskErrorCheck,
    when: 'the file system has counted some',
    files: onCard(SD, errors(3)),
    verdict: 'warning',
    evidence: 'the file system on mmcblk0 has counted 3 errors since it was checked last',
  },
  {
    check: diskErrorCheck,
    when: 'the kernel has logged some',
    files: onCard(SD, errors(3)),
    programs: {
      journalctl:
        'echo "mmc0: cache flush error -110"; echo "I/O error, dev mmcblk0, sector 7186624 op 0x1:(WRITE)"; echo "EXT4-fs error (device mmcblk0p2): ext4_find_entry"',
    },
    verdict: 'failed',
    evidence: 'the kernel has logged 3 errors of mmcblk0 since the start, the first: mmc0: cache flush error -110',
  },
  { check: wearCheck, when: 'none is named', hasStore: false, verdict: 'skipped', evidence: NO_STORE },
  {
    check: wearCheck,
    when: 'it is on no disk',
    files: mounted('nfs4', 'nas:/share'),
    verdict: 'skipped',
    evidence: 'it is not on one disk of this machine',
  },
  {
    check: wearCheck,
    when: 'it is on an SD card',
    files: onCard(SD),
    verdict: 'skipped',
    evidence: 'mmcblk0 is an SD card, made 08/2021, and they tell nothing of their wear: have a spare one with you',
  },
  {
    check: wearCheck,
    when: 'it is on another disk, found by its name',
    files: {
      ...mounted('btrfs', '/dev/nvme0n1p2'),
      'sys/devices/pci/nvme0/nvme0n1/nvme0n1p2/partition': '2\n',
      'sys/class/block/nvme0n1p2': { link: 'sys/devices/pci/nvme0/nvme0n1/nvme0n1p2' },
    },
    verdict: 'skipped',
    evidence: 'nvme0n1 tells nothing of its wear here; "sudo smartctl -a /dev/nvme0n1" may',
  },
  {
    check: wearCheck,
    when: 'it is on eMMC that does not tell',
    files: onCard({ type: 'MMC', life_time: '0x00 0x00' }),
    verdict: 'skipped',
    evidence: 'mmcblk0 is eMMC that tells nothing of its wear',
  },
  {
    check: wearCheck,
    when: 'its eMMC is good',
    files: onCard({ type: 'MMC', life_time: '0x02 0x01', pre_eol_info: '0x01' }),
    verdict: 'ok',
    evidence: 'mmcblk0 (eMMC) has used up 10 to 20 % of its life',
  },
  {
    check: wearCheck,
    when: 'its eMMC is nearly worn',
    files: onCard({ type: 'MMC', life_time: '0x03 0x09', pre_eol_info: '0x01' }),
    verdict: 'warning',
    evidence: 'mmcblk0 (eMMC) has used up 80 to 90 % of its life',
  },
  {
    check: wearCheck,
    when: 'the spare blocks of its eMMC go',
    files: onCard({ type: 'MMC', life_time: '0x03 0x04', pre_eol_info: '0x02' }),
    verdict: 'warning',
    evidence: 'mmcblk0 (eMMC) has used up 30 to 40 % of its life, and eight tenths of its spare blocks',
  },
  {
    check: wearCheck,
    when: 'its eMMC is worn',
    files: onCard({ type: 'MMC', life_time: '0x0b 0x05', pre_eol_info: '0x03' }),
    verdict: 'failed',
    evidence: 'mmcblk0 (eMMC) has used up all of its life, and nine tenths of its spare blocks',
  },
];
