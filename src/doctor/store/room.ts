/** Is there room for the store to grow to what it may take? */
import { dirname } from 'node:path';
import type { Check, Judgement, Surroundings } from '../finding.ts';
import { skipped } from '../finding.ts';
import { sizeText } from '../size-text.ts';
import { existing } from './mount.ts';
import { ofStore, type StoreSubject, storeFiles } from './subject.ts';

/** With less the log of SQLite and the rest of the machine get into trouble at any time, bytes. */
const SCARCE_BYTES = 100_000_000;

interface StoreRoomFacts {
  /** For the gateway still to write, bytes; undefined where that cannot be told. */
  readonly freeBytes: number | undefined;
  /** What the store takes up, bytes; undefined where this user may not look. */
  readonly usedBytes: number | undefined;
  readonly maxBytes: number;
}

export const storeRoomCheck: Check = {
  name: 'store-room',
  run: async (surroundings) =>
    ofStore(surroundings, async (store) => storeRoomVerdict(await storeRoomFacts(surroundings, store))),
};

async function storeRoomFacts(
  { freeBytes, askGateway }: Pick<Surroundings, 'freeBytes' | 'askGateway'>,
  { path, maxBytes }: StoreSubject,
): Promise<StoreRoomFacts> {
  const gateway = await askGateway();
  const files = storeFiles(path)?.reduce((sum, { bytes }) => sum + bytes, 0);
  const told = gateway.state === 'answered' ? gateway.status.store.usedBytes : undefined;
  const free = await freeBytes(existing(dirname(path))).catch(() => undefined);
  return { freeBytes: free, usedBytes: told ?? files, maxBytes };
}

function storeRoomVerdict({ freeBytes, usedBytes, maxBytes }: StoreRoomFacts): Judgement {
  if (freeBytes === undefined) return skipped('how much room there is cannot be told');
  const takes = usedBytes === undefined ? '' : `it takes ${sizeText(usedBytes)} of ${sizeText(maxBytes)}, `;
  const evidence = `${takes}and ${sizeText(freeBytes)} are free on the disk`;
  if (freeBytes < SCARCE_BYTES) {
    return {
      verdict: 'failed',
      evidence: `the disk is nearly full: ${evidence}`,
      remedy:
        'make room, as with "sudo journalctl --vacuum-size=100M" and "sudo apt clean"; see what is large with "du"',
    };
  }
  const missingBytes = maxBytes - (usedBytes ?? 0) - freeBytes + SCARCE_BYTES;
  if (missingBytes > 0) {
    return {
      verdict: 'warning',
      evidence: `the disk is full before max_size is reached: ${evidence}`,
      remedy: `make room of ${sizeText(missingBytes)}, or write a smaller store.max_size into gateway.yaml`,
    };
  }
  return { verdict: 'ok', evidence };
}
