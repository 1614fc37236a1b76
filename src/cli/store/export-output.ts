/** Where an export goes. */
import type { Writable } from 'node:stream';
import type { ExportRow } from './export-rows.ts';

export interface ExportFormat {
  write(rows: readonly ExportRow[]): Promise<void>;
  /** Whatever was kept, and what ends the file. */
  end(): Promise<void>;
}

/** Resolves when there is room for more, so that a slow reader is waited for. */
export function send(to: Writable, data: string | Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    to.write(data, (error) => (error === null || error === undefined ? resolve() : reject(error)));
  });
}
