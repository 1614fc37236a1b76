/** What a gateway has in its store, to be held against what its straps have sent. */
import { SqliteOutbox } from '../../../src/outbox/sqlite-outbox.ts';

const READ_MAX = 5_000;

/** A strap's address as the gateway writes it. */
export function bareAddress(address: string): string {
  return address.replaceAll(':', '').toLowerCase();
}

/** The number that each measurement of a strap of the virtual radio carries, by strap and in the order of the store. */
export async function storedNumbers(path: string): Promise<ReadonlyMap<string, readonly number[]>> {
  const outbox = SqliteOutbox.openHere({ path, maxBytes: 2e9, bootId: 'bench', uplinks: ['primary'] });
  const numbers = new Map<string, number[]>();
  try {
    for (let after = 0; ; ) {
      const batch = await outbox.read('samples', { after, through: outbox.head }, READ_MAX);
      if (batch?.kind !== 'samples') return numbers;
      for (const { seq, strap, energyKj } of batch.records) {
        after = seq;
        const ofStrap = numbers.get(strap) ?? [];
        numbers.set(strap, ofStrap);
        if (energyKj !== undefined) ofStrap.push(energyKj);
      }
    }
  } finally {
    await outbox.close();
  }
}
