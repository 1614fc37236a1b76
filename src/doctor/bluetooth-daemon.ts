/**
 * Does BlueZ's own daemon run? It makes connections of its own and ends scans, which noble takes for the straps' and
 * its own.
 */
import type { Check, Judgement, Surroundings } from './finding.ts';
import { skipped } from './finding.ts';
import { kernelAdapters, NOT_NEEDED } from './kernel-facts.ts';
import { processesOf } from './processes.ts';

const DAEMON = 'bluetoothd';

export interface DaemonFacts {
  readonly configured: readonly string[];
  readonly pids: readonly number[];
}

export const daemonCheck: Check = {
  name: 'bluetooth-daemon',
  run: async (surroundings) => [daemonVerdict(daemonFacts(surroundings))],
};

export function daemonFacts({ proc, adapters }: Pick<Surroundings, 'proc' | 'adapters'>): DaemonFacts {
  return { configured: kernelAdapters(adapters), pids: processesOf(proc, DAEMON) };
}

export function daemonVerdict({ configured, pids }: DaemonFacts): Judgement {
  if (configured.length === 0) return skipped(NOT_NEEDED);
  if (pids.length === 0) return { verdict: 'ok', evidence: `${DAEMON} does not run` };
  return {
    verdict: 'warning',
    evidence: `${DAEMON} runs (process ${pids.join(', ')}) and may take the adapter and the straps for itself`,
    remedy: 'run "sudo systemctl disable --now bluetooth", unless something else on this machine needs it',
  };
}
