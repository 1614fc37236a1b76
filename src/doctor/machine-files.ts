/**
 * Reads what the kernel and others tell in small files. What is not there, has gone in the meantime or is not for this
 * user is no text: of a machine that lacks something the probes learn that it lacks it.
 */
import { readdirSync, readFileSync, realpathSync } from 'node:fs';

/** Without the white space around it. */
export function textIn(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return undefined;
  }
}

/** The whole number in a file, decimal or with `0x` before it. */
export function numberIn(file: string): number | undefined {
  const text = textIn(file);
  return text !== undefined && /^-?\d+$|^0x[0-9a-f]+$/i.test(text) ? Number(text) : undefined;
}

/** Sorted; empty for a folder that is not there. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).sort();
  } catch {
    return [];
  }
}

/** Where links lead to. */
export function realPathOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
