/** The records of a store, one batch in memory at a time, with their times as delivery puts them right. */
import type { Batch, RecordKind } from '../../domain/record.ts';
import type { SeqRange } from '../../domain/seq-ranges.ts';
import type { OpenStore } from '../open-store.ts';
import { unpack } from '../packing.ts';
import type { Damage } from '../reader.ts';
import { isDamage } from '../sqlite-errors.ts';
import { damagedError, openForReading, requireStore } from './closed-store.ts';

const BATCH = 5_000;

/**
 * @param onDamage called for each row that is passed over, since it is not what was written
 * @throws OperatingError `store-locked`, or `store-unusable` when it is not there or damaged
 */
export function* storedBatches(path: string, kind: RecordKind, onDamage: () => void): Generator<Batch> {
  requireStore(path);
  const { store, close } = openForReading(path);
  try {
    yield* batchesOf(store, kind, { after: 0, through: store.head }, onDamage);
  } catch (error) {
    throw isDamage(error) ? damagedError(error, path) : error;
  } finally {
    close();
  }
}

/** The batches of a store that is open. */
export function* batchesOf(
  store: OpenStore,
  kind: RecordKind,
  range: SeqRange,
  onDamage: () => void,
): Generator<Batch> {
  for (let { after, through } = range; after < range.through; through = range.through) {
    let found = store.reader.read(kind, { after, through }, BATCH);
    if (found !== undefined && 'damaged' in found) {
      const bad = extentOfFirst(found, store);
      found = bad.after > after ? store.reader.read(kind, { after, through: bad.after }, BATCH) : undefined;
      if (found === undefined || 'damaged' in found) {
        onDamage();
        after = bad.through;
        continue;
      }
    }
    if (found === undefined) return;
    after = found.range.through;
    yield unpack(found, store.epoch);
  }
}

function extentOfFirst(damage: Damage, store: OpenStore): SeqRange {
  const [row] = damage.damaged === 'samples' ? damage.chunks : damage.events;
  if (row === undefined) throw new Error('damage is of some row');
  return 'seq' in row ? { after: row.seq - 1, through: row.seq } : store.extentOf(row);
}
