/** The store, what it is on and what has become of it. */
import { chmod, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { storeAccessCheck } from '../../src/doctor/store/access.ts';
import { storeDamageCheck } from '../../src/doctor/store/damage.ts';
import { diskErrorCheck } from '../../src/doctor/store/disk-errors.ts';
import { storePlaceCheck } from '../../src/doctor/store/place.ts';
import { storeRoomCheck } from '../../src/doctor/store/room.ts';
import { storeUseCheck } from '../../src/doctor/store/use.ts';
import { wearCheck } from '../../src/doctor/store/wear.ts';
import { answering, running, STORE } from './findings-of.ts';
import type { MachineFile, MachineFiles, MachineFolder } from './machine-folder.ts';
import type { Provoked } from './provoked.ts';

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

const OWN: MachineFile = { text: 'x'.repeat(1000), mode: 0o600 };
const FOLDER = 'var/lib/sideline';
const withMode =
  (mode: number, path = FOLDER) =>
  async ({ root }: MachineFolder) =>
    await chmod(join(root, path), mode);

/** As the kernel tells of a lock that process 812 has on the store. */
async function lockedBy812({ root, proc }: MachineFolder): Promise<void> {
  const { ino } = await stat(join(root, STORE));
  const locks = `1: FLOCK  ADVISORY  WRITE 400 00:19:1 0 EOF\n2: POSIX  ADVISORY  WRITE 812 b3:02:${ino} 1073741824 1073742335\n`;
  await writeFile(join(proc, 'locks'), locks);
}

const SILENT = answering({ state: 'silent', reason: 'the gateway hung up' });

const NO_STORE = 'no gateway.yaml was named that tells where the store is';

export const STORE_CASES: readonly Provoked[] = [
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
  { check: storeRoomCheck, when: 'none is named', hasStore: false, verdict: 'skipped', evidence: NO_STORE },
  {
    check: storeRoomCheck,
    when: 'the room cannot be told',
    given: { freeBytes: () => Promise.reject(new Error('ENOSYS')) },
    verdict: 'skipped',
    evidence: 'how much room there is cannot be told',
  },
  {
    check: storeRoomCheck,
    when: 'there is room',
    files: { [STORE]: OWN, [`${STORE}-wal`]: OWN },
    verdict: 'ok',
    evidence: 'it takes 2 KB of 2 GB, and 20 GB are free on the disk',
  },
  {
    check: storeRoomCheck,
    when: 'the disk is full before the store is',
    given: { ...running({}, { usedBytes: 500_000_000 }), freeBytes: async () => 1_000_000_000 },
    verdict: 'warning',
    evidence: 'the disk is full before max_size is reached: it takes 500 MB of 2 GB, and 1 GB are free on the disk',
  },
  {
    check: storeRoomCheck,
    when: 'the disk is nearly full',
    files: { [STORE]: OWN },
    given: { freeBytes: async () => 40_000_000 },
    verdict: 'failed',
    evidence: 'the disk is nearly full: it takes 1 KB of 2 GB, and 40 MB are free on the disk',
  },
  { check: storeAccessCheck, when: 'none is named', hasStore: false, verdict: 'skipped', evidence: NO_STORE },
  {
    check: storeAccessCheck,
    when: 'there is none yet',
    verdict: 'skipped',
    evidence: '/var/lib/sideline is not there yet; the gateway makes it, or says why it cannot',
  },
  {
    check: storeAccessCheck,
    when: 'it is its user’s alone',
    files: { [STORE]: OWN, [`${STORE}-wal`]: OWN, [`${STORE}.status`]: { text: '', mode: 0o660 } },
    before: withMode(0o700),
    verdict: 'ok',
    evidence: /^nobody else may read it: \/var\/lib\/sideline is user \d+’s \(mode 0700\)$/,
  },
  {
    check: storeAccessCheck,
    when: 'others may read it',
    files: { [STORE]: OWN, [`${STORE}-wal`]: { text: '', mode: 0o644 } },
    before: withMode(0o755),
    verdict: 'failed',
    evidence: 'other users may read outbox.db-wal (mode 0644)',
  },
  {
    check: storeAccessCheck,
    when: 'its group may read it',
    files: { [STORE]: { text: '', mode: 0o640 } },
    before: withMode(0o750),
    verdict: 'failed',
    evidence: 'other users may read outbox.db (mode 0640)',
  },
  {
    check: storeAccessCheck,
    when: 'others may take it away',
    files: { [STORE]: OWN },
    before: withMode(0o777),
    verdict: 'failed',
    evidence: 'others may take files out of /var/lib/sideline and put files into it (mode 0777)',
  },
  { check: storeUseCheck, when: 'none is named', hasStore: false, verdict: 'skipped', evidence: NO_STORE },
  {
    check: storeUseCheck,
    when: 'its gateway runs',
    files: { [STORE]: OWN },
    before: lockedBy812,
    given: running(),
    verdict: 'ok',
    evidence: 'the gateway pitch-3 has it, which has been running for 60 min',
  },
  {
    check: storeUseCheck,
    when: 'nobody has it',
    files: { [STORE]: OWN, 'proc/locks': '1: POSIX  ADVISORY  WRITE 812 b3:02:1 0 EOF\n' },
    verdict: 'ok',
    evidence: 'nobody has it in use',
  },
  {
    check: storeUseCheck,
    when: 'another program has it',
    files: { [STORE]: OWN, 'proc/812/comm': 'sqlite3\n' },
    before: lockedBy812,
    verdict: 'failed',
    evidence: 'process 812 (sqlite3) has it in use, and no gateway answers',
  },
  {
    check: storeUseCheck,
    when: 'its gateway does not answer',
    files: { [STORE]: OWN, 'proc/812/comm': 'node\n' },
    before: lockedBy812,
    given: SILENT,
    verdict: 'failed',
    evidence: 'process 812 (node) has it in use, and no gateway answers: the gateway hung up',
  },
  {
    check: storeUseCheck,
    when: 'this user may not ask',
    given: SILENT,
    verdict: 'warning',
    evidence: 'there is a gateway that does not answer: the gateway hung up',
  },
  { check: storeDamageCheck, when: 'none is named', hasStore: false, verdict: 'skipped', evidence: NO_STORE },
  {
    check: storeDamageCheck,
    when: 'nothing is known of any',
    files: { [STORE]: OWN },
    verdict: 'ok',
    evidence: 'nothing damaged lies beside it; "sideline store check" goes through all of it',
  },
  {
    check: storeDamageCheck,
    when: 'its gateway has found none',
    given: running({}, { damaged: false }),
    verdict: 'ok',
    evidence: 'its gateway, which goes through it after each start, has found no damage',
  },
  {
    check: storeDamageCheck,
    when: 'its gateway has found some',
    given: running({}, { damaged: true }),
    verdict: 'warning',
    evidence: 'damage was found in it since the gateway started',
  },
  {
    check: storeDamageCheck,
    when: 'a damaged one lies beside it',
    files: { [STORE]: OWN, [`${STORE}.damaged-1`]: OWN, [`${STORE}.damaged-1-wal`]: OWN },
    given: running({}, { damaged: true }),
    verdict: 'warning',
    evidence: 'a damaged store was moved aside: outbox.db.damaged-1',
  },
  {
    check: storeDamageCheck,
    when: 'its last write failed',
    given: running({}, { failing: true }),
    verdict: 'failed',
    evidence: 'its last write failed, or has been going on for ten seconds',
  },
  {
    check: storeDamageCheck,
    when: 'it goes on in memory',
    given: running({}, { failing: true, inMemory: true }),
    verdict: 'failed',
    evidence: 'its disk cannot be written, and the gateway goes on from memory: that goes with the power',
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
