/**
 * The handles of the links that are up, written down beside the worker's socket, for the next worker should this one be
 * killed: a controller of one's own goes on holding them then, and straps with a link do not advertise.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';

/** Of a connection handle (Bluetooth Core Specification, volume 4, part E, section 5.4.2). */
const HANDLE_MAX = 0xeff;

/** More than any controller holds. */
const HANDLES_MAX = 64;

export class HeldLinks {
  readonly #path: string;
  #written = '';

  /** @param path of the file, in a folder that is the worker's and the gateway's only */
  constructor(path: string) {
    this.#path = path;
  }

  /** What a worker that was killed has left behind, once; nothing where it ended in order. */
  take(): number[] {
    const handles = handlesIn(this.#path);
    rmSync(this.#path, { force: true });
    return handles;
  }

  /** Costs something only where the handles have changed. Never throws: it saves some seconds, and no more. */
  hold(handles: readonly number[]): void {
    const text = JSON.stringify(handles);
    if (text === this.#written) return;
    this.#written = text;
    try {
      writeFileSync(this.#path, text, { mode: 0o600 });
    } catch {
      // The folder is full or gone, and the supervision timeout frees the straps in the end.
    }
  }
}

function handlesIn(path: string): number[] {
  try {
    const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
    const isHandle = (each: unknown) => Number.isInteger(each) && Number(each) >= 0 && Number(each) <= HANDLE_MAX;
    return Array.isArray(value) ? value.filter(isHandle).slice(0, HANDLES_MAX) : [];
  } catch {
    return [];
  }
}
