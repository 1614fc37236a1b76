/** Names this boot of the machine, so that monotonic stamps of different boots are never compared. */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';

/** The kernel's boot id; on a system that has none, one for this process, which is safe and only finer. */
export function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return randomUUID();
  }
}
