/** Brings what can be read of a damaged store into a new file, all at once. */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { OperatingError } from '../../domain/errors.ts';
import { Salvage, type Salvaged } from '../salvage/salvage.ts';
import { Wreck } from '../salvage/wreck.ts';
import { holdAnything, openStore, requireStore } from './closed-store.ts';

export interface SalvageRequest {
  readonly from: string;
  readonly into: string;
  /** Also what every uplink has acknowledged. */
  readonly isAll: boolean;
}

interface IntoNew extends Salvaged {
  /** That of the old store, where it can be read. */
  readonly epoch: string | undefined;
}

/** @throws OperatingError `store-locked`, or `store-unusable` when there is nothing to read or something in the way */
export function salvageInto({ from, into, isAll }: SalvageRequest): IntoNew {
  requireStore(from);
  if (existsSync(into) || existsSync(`${into}-wal`)) {
    throw new OperatingError('store-unusable', `${into}: there is a file already`, { remedy: 'name a new one' });
  }
  const held = holdAnything(from);
  try {
    return salvaged(from, into, isAll);
  } finally {
    held?.close();
  }
}

function salvaged(from: string, into: string, isAll: boolean): IntoNew {
  const wreck = new Wreck(from);
  const uplinks = isAll ? [] : [...new Set(wreck.rows('acknowledged').map(({ uplink }) => uplink))];
  const { store, close } = openStore(into);
  try {
    const rows = (['open_alert', 'open_gap', 'boot'] as const).flatMap((table) => wreck.rows(table));
    const file = basename(from);
    store.adopt(file, 0, rows);
    const salvage = new Salvage({ file, wreck, uplinks, through: 0 });
    for (;;) {
      const { done } = salvage.step(store);
      if (done === undefined) continue;
      store.forgetSalvage(file);
      store.checkpoint('TRUNCATE');
      return { ...done, epoch: wreck.epoch };
    }
  } finally {
    close();
    wreck.close();
  }
}
