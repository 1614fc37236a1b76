/** Brings what can be read of a damaged store into a new file, all at once. */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { OperatingError } from '../../domain/errors.ts';
import { Salvage, type Salvaged } from '../salvage/salvage.ts';
import { Wreck } from '../salvage/wreck.ts';
import { openStore, refuseInUse, requireStore } from './closed-store.ts';

export interface SalvageRequest {
  readonly from: string;
  readonly into: string;
  /** Also what every uplink has acknowledged. */
  readonly isAll: boolean;
}

/** @throws OperatingError `store-locked`, or `store-unusable` when there is nothing to read or something in the way */
export function salvageInto({ from, into, isAll }: SalvageRequest): Salvaged & { readonly epoch: string | undefined } {
  requireStore(from);
  if (existsSync(into)) {
    throw new OperatingError('store-unusable', `${into}: there is a file already`, { remedy: 'name a new one' });
  }
  refuseInUse(from);
  const wreck = new Wreck(from);
  const uplinks = isAll ? [] : [...new Set(wreck.rows('acknowledged').map(({ uplink }) => uplink))];
  const { store } = openStore(into);
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
    store.close();
    wreck.close();
  }
}
