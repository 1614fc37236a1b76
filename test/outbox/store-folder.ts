/** A store in a folder of its own, opened in whatever way a test needs. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SqliteOutbox as Outbox } from '../../src/outbox/sqlite-outbox.ts';
import { SqliteOutbox } from '../../src/outbox/sqlite-outbox.ts';
import { OTHER, UPLINK } from '../contract/outbox.ts';

export const MB = 1_000_000;

interface Opening {
  readonly maxBytes?: number;
  readonly bootId?: string;
  readonly board?: string;
  readonly uplinks?: readonly string[];
  readonly fileRetryMs?: number;
  readonly keepAroundMs?: number;
}

/** What a store has told by itself. */
type Notice = Parameters<NonNullable<Parameters<typeof SqliteOutbox.openHere>[0]['onNotice']>>[0];

export class StoreFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'sideline-outbox-'));
  readonly file = join(this.path, 'store', 'outbox.db');

  readonly notices: Notice[] = [];

  /** In this thread, for one uplink unless it is said otherwise. */
  openWith(opening: Opening): Outbox {
    return SqliteOutbox.openHere(this.#options(opening));
  }

  readonly open = (maxBytes?: number): Outbox => this.openWith(maxBytes === undefined ? {} : { maxBytes });

  readonly openHere = (): Outbox => this.openWith({ uplinks: [UPLINK, OTHER] });

  readonly openInThread = (opening: Opening = {}): Promise<Outbox> =>
    SqliteOutbox.open(this.#options({ uplinks: [UPLINK, OTHER], ...opening }));

  /** What lies beside the store. */
  get names(): string[] {
    return readdirSync(join(this.path, 'store')).sort();
  }

  readonly remove = (): void => rmSync(this.path, { recursive: true });

  #options({ maxBytes = 100 * MB, bootId = 'boot-1', uplinks = [UPLINK], ...more }: Opening) {
    const onNotice = (notice: Notice) => void this.notices.push(notice);
    return { path: this.file, maxBytes, bootId, uplinks, onNotice, ...more };
  }
}
