/** Is the store its user's alone? Heart rates are in it. And may its user open all of it? */
import { dirname } from 'node:path';
import type { Check, Judgement } from '../finding.ts';
import { skipped } from '../finding.ts';
import { HIDDEN, ofStore, type StoreFile, storeFile, storeFiles } from './subject.ts';

const [ANY_OTHER_READS, OTHERS_PASS, ANY_OTHER_WRITES, STICKY] = [0o044, 0o011, 0o022, 0o1000];

/** What programs are told to reach the gateway by, and not what is stored (members of the group may have it). */
const SOCKETS = /\.(status|control)$/;

interface StoreAccessFacts {
  readonly path: string;
  /** Undefined where it is not there yet. */
  readonly folder: StoreFile | undefined;
  /** Undefined where this user may not look. */
  readonly files: readonly StoreFile[] | undefined;
}

export const storeAccessCheck: Check = {
  name: 'store-access',
  run: async (surroundings) =>
    ofStore(surroundings, ({ path }) =>
      storeAccessVerdict({ path, folder: storeFile(dirname(path)), files: storeFiles(path) }),
    ),
};

export function storeAccessVerdict({ path, folder, files }: StoreAccessFacts): Judgement {
  const at = dirname(path);
  if (files === undefined) return skipped(HIDDEN);
  if (folder === undefined) return skipped(`${at} is not there yet; the gateway makes it, or says why it cannot`);
  if ((folder.mode & ANY_OTHER_WRITES) !== 0 && (folder.mode & STICKY) === 0) {
    const evidence = `others may take files out of ${at} and put files into it (mode ${octal(folder)})`;
    return { verdict: 'failed', evidence, remedy: `run "sudo chmod 0700 ${at}"` };
  }
  const stored = files.filter(({ name }) => !SOCKETS.test(name));
  const open = stored.filter(({ mode }) => (mode & ANY_OTHER_READS) !== 0 && (folder.mode & OTHERS_PASS) !== 0);
  if (open.length > 0) {
    return {
      verdict: 'failed',
      evidence: `other users may read ${open.map((file) => `${file.name} (mode ${octal(file)})`).join(', ')}`,
      remedy: `run "sudo chmod 0700 ${at}" and "sudo chmod 0600 ${path}*"`,
    };
  }
  const [main] = stored.filter(({ name }) => path.endsWith(`/${name}`));
  const foreign = stored.filter(({ owner }) => owner !== (main?.owner ?? owner) || owner !== folder.owner);
  if (foreign.length > 0) {
    const whose = foreign.map(({ name, owner }) => `${name} is user ${owner}’s`).join(', ');
    return {
      verdict: 'failed',
      evidence: `${at} is user ${folder.owner}’s, and ${whose}: the gateway may not open it`,
      remedy: `run "sudo chown ${folder.owner} ${path}*"; run "sideline store …" as the user that runs the gateway`,
    };
  }
  const whose = `${at} is user ${folder.owner}’s (mode ${octal(folder)})`;
  return { verdict: 'ok', evidence: `nobody else may read it: ${whose}` };
}

function octal({ mode }: StoreFile): string {
  return mode.toString(8).padStart(4, '0');
}
