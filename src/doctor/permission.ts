/**
 * May this process use the kernel's adapters? That takes the capability CAP_NET_RAW (capabilities(7)), which root has
 * outside of containers. A gateway that runs as a service may have it where a person at a terminal has not.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Check, Judgement, Surroundings } from './finding.ts';
import { skipped } from './finding.ts';
import { kernelAdapters, NOT_NEEDED } from './kernel-facts.ts';

/** Its bit in the sets of capabilities (linux/capability.h). */
const CAP_NET_RAW = 13n;

export interface PermissionFacts {
  readonly configured: readonly string[];
  readonly hasCapability: boolean;
  /** The effective user's id. */
  readonly user: number | undefined;
  /** Those of the adapters that a gateway uses now. */
  readonly inUse: readonly string[];
}

export const permissionCheck: Check = {
  name: 'bluetooth-permission',
  run: async (surroundings) => [permissionVerdict(await permissionFacts(surroundings))],
};

export async function permissionFacts({
  proc,
  adapters,
  askWorker,
}: Pick<Surroundings, 'proc' | 'adapters' | 'askWorker'>): Promise<PermissionFacts> {
  const configured = kernelAdapters(adapters);
  const workers = await Promise.all(configured.map(askWorker));
  const inUse = configured.filter((_, index) => {
    const worker = workers[index];
    return worker?.state === 'answered' && worker.hello.ready;
  });
  const status = readFileSync(join(proc, 'self/status'), 'utf8');
  const effective = /^CapEff:\s*([0-9a-f]+)$/im.exec(status)?.[1];
  const user = /^Uid:\s*\d+\s+(\d+)/m.exec(status)?.[1];
  return {
    configured,
    hasCapability: effective !== undefined && ((BigInt(`0x${effective}`) >> CAP_NET_RAW) & 1n) === 1n,
    user: user === undefined ? undefined : Number(user),
    inUse,
  };
}

export function permissionVerdict({ configured, hasCapability, user, inUse }: PermissionFacts): Judgement {
  if (configured.length === 0) return skipped(NOT_NEEDED);
  if (hasCapability) return { verdict: 'ok', evidence: 'this process has the capability CAP_NET_RAW' };
  if (inUse.length === configured.length) {
    return { verdict: 'ok', evidence: `a gateway uses ${inUse.join(', ')} now, though this user could not` };
  }
  if (user === 0) {
    return {
      verdict: 'failed',
      evidence: 'this process is root’s and has not the capability CAP_NET_RAW, as in a container',
      remedy: 'give the container NET_RAW, or the service AmbientCapabilities=CAP_NET_RAW',
    };
  }
  return {
    verdict: 'failed',
    evidence: `this user (${user ?? 'unknown'}) has not the capability CAP_NET_RAW`,
    remedy: 'run it as the systemd service, or with sudo',
  };
}
