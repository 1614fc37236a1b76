/** What memory a process holds, as Linux counts it. */
import { readFileSync } from 'node:fs';

export interface Resident {
  readonly mb: number;
  readonly peakMb: number;
}

/** MB are 10^6 bytes. */
export function residentOf(pid: number): Resident {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return { mb: mb(status, 'VmRSS'), peakMb: mb(status, 'VmHWM') };
}

function mb(status: string, field: string): number {
  const kb = new RegExp(`${field}:\\s+(\\d+) kB`).exec(status)?.[1];
  return (Number(kb) * 1024) / 1e6;
}
