/** The store: its room, who may read it, who has it, and what has become of it. */
import { chmod, mkdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { storeAccessCheck } from '../../src/doctor/store/access.ts';
import { storeDamageCheck } from '../../src/doctor/store/damage.ts';
import { storeRoomCheck } from '../../src/doctor/store/room.ts';
import { storeUseCheck } from '../../src/doctor/store/use.ts';
import { answering, type Provoked, running, STORE } from './findings-of.ts';
import type { MachineFile, MachineFolder } from './machine-folder.ts';

const OWN: MachineFile = { text: 'x'.repeat(1000), mode: 0o600 };
const FOLDER = 'var/lib/sideline';
const withMode =
  (mode: number, path = FOLDER) =>
  async ({ root }: MachineFolder) =>
    await chmod(join(root, path), mode);

/** As the kernel tells of a lock that process 812 has on the store. */
async function lockedBy812({ root, proc }: MachineFolder): Promise<void> {
  const { dev, ino } = await stat(join(root, STORE));
  await writeFile(join(proc, 'locks'), locksOf(deviceOf(dev), ino));
}

/** A file of another disk, with the number that the store has on its own. */
async function lockedElsewhere({ root, proc }: MachineFolder): Promise<void> {
  await writeFile(join(proc, 'locks'), locksOf('b3:fe', (await stat(join(root, STORE))).ino));
}

/** On btrfs the kernel's device is that of the mount, and not that of the file. */
async function lockedByMount({ root, proc }: MachineFolder): Promise<void> {
  await writeFile(join(proc, 'locks'), locksOf('00:2f', (await stat(join(root, STORE))).ino));
  await mkdir(join(proc, 'self'), { recursive: true });
  await writeFile(join(proc, 'self/mountinfo'), '27 1 0:47 / / rw - btrfs /dev/mmcblk0p2 rw\n');
}

const locksOf = (device: string, ino: number) =>
  `1: FLOCK  ADVISORY  WRITE 400 00:19:1 0 EOF\n2: POSIX  ADVISORY  WRITE 812 ${device}:${ino} 1073741824 1073742335\n`;

const deviceOf = (dev: number) =>
  [(dev >> 8) & 0xfff, (dev & 0xff) | ((dev >> 12) & 0xfff00)]
    .map((each) => each.toString(16).padStart(2, '0'))
    .join(':');

const SILENT = answering({ state: 'silent', reason: 'the gateway hung up' });

const NO_STORE = 'no gateway.yaml was named that tells where the store is';

export const STORE_CASES: readonly Provoked[] = [
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
    when: 'a file of its number on another disk is in use',
    files: { [STORE]: OWN },
    before: lockedElsewhere,
    verdict: 'ok',
    evidence: 'nobody has it in use',
  },
  {
    check: storeUseCheck,
    when: 'another program has it on a file system of parts',
    files: { [STORE]: OWN, 'proc/812/comm': 'sqlite3\n' },
    before: lockedByMount,
    verdict: 'failed',
    evidence: 'process 812 (sqlite3) has it in use, and no gateway answers',
  },
  {
    check: storeUseCheck,
    when: 'nobody tells who has it',
    files: { [STORE]: OWN },
    verdict: 'skipped',
    evidence: 'who has it in use cannot be told: /proc/locks cannot be read',
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
];
