/** Reads a configuration file's text, within a limit, and says in a person's words why it cannot. */
import { closeSync, constants, fstatSync, openSync, readFileSync } from 'node:fs';
import { isNestedTooDeeply } from './nesting.ts';

/** 200 athletes with rules of their own take a twentieth of this; more is another kind of file. */
const FILE_MAX_BYTES = 1_048_576;

export type Text =
  | { readonly ok: true; readonly text: string }
  | { readonly ok: false; readonly reason: string; readonly remedy: string };

export function readText(path: string): Text {
  let descriptor: number | undefined;
  try {
    // Without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const file = fstatSync(descriptor);
    if (file.isDirectory()) return { ok: false, reason: 'it is a directory', remedy: 'name the file in it' };
    if (!file.isFile()) return { ok: false, reason: 'it is not a regular file', remedy: 'name a regular file' };
    if (file.size > FILE_MAX_BYTES) {
      const reason = `it has ${file.size} bytes, more than the ${FILE_MAX_BYTES} that are read`;
      return { ok: false, reason, remedy: 'check that this is the right file' };
    }
    return decode(readFileSync(descriptor));
  } catch (error) {
    return { ok: false, ...whyUnreadable(error) };
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/** Whether a file could be opened and read, without reading it: keys are not ours to look at here. */
export function whyFileUnreadable(path: string): { reason: string; remedy: string } | undefined {
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    if (fstatSync(descriptor).isDirectory()) return { reason: 'it is a directory', remedy: 'name the file in it' };
    return undefined;
  } catch (error) {
    return whyUnreadable(error);
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

function decode(bytes: Buffer): Text {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    if (!isNestedTooDeeply(text)) return { ok: true, text };
    return { ok: false, reason: 'it is nested too deeply', remedy: 'check that this is the right file' };
  } catch {
    return { ok: false, reason: 'it is not UTF-8 text', remedy: 'save it as UTF-8' };
  }
}

/** @param reader who is to be let read the file */
export function whyUnreadable(
  error: unknown,
  reader = 'the user that runs the gateway',
): { reason: string; remedy: string } {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return { reason: 'no such file', remedy: 'correct the path, or put the file there' };
    case 'EISDIR':
      return { reason: 'it is a directory', remedy: 'name the file in it' };
    case 'EACCES':
    case 'EPERM':
      return { reason: 'permission denied', remedy: `let ${reader} read it` };
    default:
      return { reason: code, remedy: 'correct the path' };
  }
}
