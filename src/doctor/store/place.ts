/** Is the store on a file system that keeps what was written when the power goes? */
import type { Check, Judgement } from '../finding.ts';
import { skipped } from '../finding.ts';
import { type Mount, mountOf } from './mount.ts';
import { ofStore } from './subject.ts';

const IN_MEMORY = new Set(['tmpfs', 'ramfs', 'devtmpfs']);

/** Where neither locks nor what was synced can be relied upon (sqlite.org/useovernet.html). */
const OVER_NETWORK = /^(nfs4?|cifs|smb3?|smbfs|9p|ceph|glusterfs|afs|davfs|fuse\.sshfs|fuse\.rclone|virtiofs)$/;

/** They know no owners, and lose more than a file when the power goes. */
const WITHOUT_OWNERS = new Set(['vfat', 'msdos', 'exfat', 'fuseblk', 'ntfs', 'ntfs3']);

const KEEPS = 'name a place on the card or disk under store.path in gateway.yaml';

export const storePlaceCheck: Check = {
  name: 'store-place',
  run: async (surroundings) => ofStore(surroundings, ({ path }) => storePlaceVerdict(mountOf(surroundings.proc, path))),
};

function storePlaceVerdict(mount: Mount | undefined): Judgement {
  if (mount === undefined) return skipped('which file system it is on cannot be told');
  const { type, at, source, options } = mount;
  const what = `it is on ${type} (${source} at ${at})`;
  if (IN_MEMORY.has(type)) {
    return { verdict: 'failed', evidence: `${what}, which is memory: all of it goes with the power`, remedy: KEEPS };
  }
  if (type === 'overlay') {
    return {
      verdict: 'failed',
      evidence: `${what}: what is written to an overlay goes with the power, or with its container`,
      remedy: `switch the overlay file system off ("sudo raspi-config", Performance Options), or ${KEEPS}`,
    };
  }
  if (options.includes('ro')) {
    return {
      verdict: 'failed',
      evidence: `${what}, which is read-only now; the kernel makes it so after errors`,
      remedy:
        'look for the reason in "sudo dmesg"; after errors of the card copy the store elsewhere and replace the card',
    };
  }
  if (OVER_NETWORK.test(type)) {
    const evidence = `${what}, over a network, where neither locks nor finished writes can be relied upon`;
    return { verdict: 'warning', evidence, remedy: KEEPS };
  }
  if (WITHOUT_OWNERS.has(type)) {
    const evidence = `${what}, which cannot keep others from reading it and may lose all when the power goes`;
    return { verdict: 'warning', evidence, remedy: 'use ext4 for the place of the store' };
  }
  if (options.includes('nobarrier') || options.includes('barrier=0')) {
    const evidence = `${what} without barriers: what was written may be lost when the power goes`;
    return { verdict: 'warning', evidence, remedy: 'take nobarrier and barrier=0 out of /etc/fstab' };
  }
  return { verdict: 'ok', evidence: what };
}
