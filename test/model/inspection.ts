/** What is in a store's files as they lie there now, read from a copy, so that nobody notices. */
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AlertEvent } from '../../src/domain/alert.ts';
import type { Gap } from '../../src/domain/gap.ts';
import type { Batch, RecordKind, Stored } from '../../src/domain/record.ts';
import type { Sample } from '../../src/domain/sample.ts';
import { OpenStore } from '../../src/outbox/open-store.ts';
import { unpack, unpackPast } from '../../src/outbox/packing.ts';
import { Sqlite } from '../../src/outbox/sqlite.ts';

export interface Inspection {
  readonly head: number;
  readonly samples: readonly Stored<Sample>[];
  readonly alerts: readonly Stored<AlertEvent>[];
  readonly gaps: readonly Stored<Gap>[];
  readonly openAlerts: readonly AlertEvent[];
  /** By uplink and kind. */
  readonly acknowledged: OpenStore['acknowledgements'];
}

/** The database and its log, as a crash of the process at this instant would leave them. */
export function copyStore(from: string, to: string): void {
  for (const ending of ['', '-wal']) {
    if (existsSync(from + ending)) copyFileSync(from + ending, to + ending);
    else rmSync(to + ending, { force: true });
  }
}

export function inspect(path: string): Inspection {
  const folder = mkdtempSync(join(tmpdir(), 'sideline-inspection-'));
  const copy = join(folder, 'copy.db');
  copyStore(path, copy);
  const store = new OpenStore(new Sqlite(copy), { limitBytes: 1e12, bootId: 'inspection', uplinks: [] });
  try {
    const all = (kind: RecordKind) => batches(store, kind).flatMap(({ records }) => [...records]);
    return {
      head: store.head,
      samples: all('samples') as Stored<Sample>[],
      alerts: all('alerts') as Stored<AlertEvent>[],
      gaps: all('gaps') as Stored<Gap>[],
      openAlerts: unpackPast(store.reader.recall(0)).openAlerts,
      acknowledged: store.acknowledgements,
    };
  } finally {
    store.close();
    rmSync(folder, { recursive: true });
  }
}

function batches(store: OpenStore, kind: RecordKind): Batch[] {
  const found: Batch[] = [];
  for (let after = 0; after < store.head; ) {
    const packed = store.reader.read(kind, { after, through: store.head }, 500);
    if (packed === undefined) break;
    if ('damaged' in packed) {
      // The store itself drops them with their ledger entry as soon as it meets them.
      const last = packed.damaged === 'samples' ? packed.chunks.at(-1)?.last_seq : packed.events.at(-1)?.seq;
      after = last ?? store.head;
      continue;
    }
    found.push(unpack(packed, store.epoch));
    after = packed.range.through;
  }
  return found;
}
