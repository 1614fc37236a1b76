/** Who has the store in use? The kernel lists the locks with their processes (proc_locks(5)). */
import { join } from 'node:path';
import type { Check, GatewayAnswer, Judgement } from '../finding.ts';
import { skipped } from '../finding.ts';
import { textIn } from '../machine-files.ts';
import { HIDDEN, ofStore, storeFile, storeFiles } from './subject.ts';

interface Holder {
  readonly pid: number;
  /** As in `comm`. */
  readonly program: string;
}

interface StoreUseFacts {
  /** False where this user may not look. */
  readonly isVisible: boolean;
  readonly holder: Holder | undefined;
  readonly gateway: GatewayAnswer;
}

export const storeUseCheck: Check = {
  name: 'store-use',
  run: async (surroundings) =>
    ofStore(surroundings, async ({ path }) =>
      storeUseVerdict({
        isVisible: storeFiles(path) !== undefined,
        holder: holderOf(surroundings.proc, path),
        gateway: await surroundings.askGateway(),
      }),
    ),
};

function storeUseVerdict({ isVisible, holder, gateway }: StoreUseFacts): Judgement {
  if (gateway.state === 'answered') {
    const { gateway: name, uptimeMs } = gateway.status;
    const minutes = Math.floor(uptimeMs / 60_000);
    return { verdict: 'ok', evidence: `the gateway ${name} has it, which has been running for ${minutes} min` };
  }
  if (holder !== undefined) {
    const who = `process ${holder.pid} (${holder.program})`;
    return {
      verdict: 'failed',
      evidence: `${who} has it in use, and no gateway answers${gateway.state === 'silent' ? `: ${gateway.reason}` : ''}`,
      remedy: `where that is another gateway, stop it or give it a store of its own; see "ps -fp ${holder.pid}"`,
    };
  }
  if (gateway.state === 'silent') {
    return {
      verdict: 'warning',
      evidence: `there is a gateway that does not answer: ${gateway.reason}`,
      remedy: 'run it with sudo, or look into the log of the gateway',
    };
  }
  return isVisible ? { verdict: 'ok', evidence: 'nobody has it in use' } : skipped(HIDDEN);
}

function holderOf(proc: string, path: string): Holder | undefined {
  const inode = storeFile(path)?.inode;
  if (inode === undefined) return undefined;
  // As in `1: POSIX  ADVISORY  WRITE 812 b3:02:4711 1073741824 1073742335`.
  const line = (textIn(join(proc, 'locks')) ?? '').split('\n').find((each) => each.includes(`:${inode} `));
  const pid = /^\d+:\s+\S+\s+\S+\s+\S+\s+(\d+)\s/.exec(line ?? '')?.[1];
  if (pid === undefined) return undefined;
  return { pid: Number(pid), program: textIn(join(proc, pid, 'comm')) ?? 'of another user' };
}
