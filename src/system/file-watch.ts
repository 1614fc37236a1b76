/**
 * Tells when the file at a path may be another one than before, and has been left alone for a moment. It asks once a
 * second in place of waiting for events: network shares have none, editors put another file in the file's place, and
 * configuration tools another link.
 *
 * A file that is written slowly may rest half-written for longer than that moment; whoever cannot have it taken then
 * writes beside it and renames.
 */
import { stat } from 'node:fs/promises';
import type { Clock } from '../ports.ts';

const EVERY_MS = 1_000;

/** How often in a row it must look the same after a change. */
const SAME_TIMES = 3;

/** The file is at rest, and not as it was when this was called last; the first time, as it is. */
type OnChange = () => Promise<void>;

export interface FileWatchParts {
  readonly path: string;
  readonly clock: Clock;
  readonly onChange: OnChange;
}

export class FileWatch {
  readonly #parts: FileWatchParts;
  #mark: string | undefined;
  #times = 0;

  constructor(parts: FileWatchParts) {
    this.#parts = parts;
  }

  /** Watches until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { path, clock } = this.#parts;
    while (!signal.aborted) {
      const mark = await markOf(path);
      if (signal.aborted) return;
      await this.#look(mark);
      await clock.sleep(EVERY_MS, signal);
    }
  }

  async #look(mark: string): Promise<void> {
    this.#times = mark === this.#mark ? this.#times + 1 : 1;
    this.#mark = mark;
    if (this.#times === SAME_TIMES) await this.#parts.onChange();
  }
}

/** Another one where the file may have other bytes, is another file, or cannot be looked at for another reason. */
async function markOf(path: string): Promise<string> {
  try {
    const { dev, ino, size, mtimeNs, ctimeNs } = await stat(path, { bigint: true });
    return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  }
}
