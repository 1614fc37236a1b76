/** Reads a configuration file's text, within a limit, and says in a person's words why it cannot. */
import { createHash } from 'node:crypto';
import { type BigIntStats, closeSync, constants, fstatSync, openSync, readFileSync, type Stats } from 'node:fs';
import { open } from 'node:fs/promises';
import { isNestedTooDeeply } from './nesting.ts';

/** 200 athletes with rules of their own take a twentieth of this; more is another kind of file. */
const FILE_MAX_BYTES = 1_048_576;

const VERSION_DIGITS = 12;

export type Text =
  /** The version is the beginning of the SHA-256 of the file's bytes, as `sha256sum` shows it. */
  { readonly ok: true; readonly text: string; readonly version: string } | Unreadable;

interface Unreadable {
  readonly ok: false;
  readonly reason: string;
  readonly remedy: string;
  readonly mayPass?: true;
}

interface WhyUnreadable {
  readonly reason: string;
  readonly remedy: string;
  /** Without anybody changing the path: what is named may be on a disk that is mounted late. */
  readonly mayPass?: true;
}

export function readText(path: string): Text {
  let descriptor: number | undefined;
  try {
    // Without O_NONBLOCK, opening a pipe that nobody writes to would wait for ever.
    descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    return whyNotRead(fstatSync(descriptor)) ?? decode(readFileSync(descriptor));
  } catch (error) {
    return { ok: false, ...whyUnreadable(error) };
  } finally {
    if (descriptor !== undefined) closeSync(descriptor);
  }
}

/**
 * The same without holding anybody up, as a file on a network share may.
 *
 * @returns nothing where it was written to meanwhile
 */
export async function readTextMeanwhile(path: string): Promise<Text | undefined> {
  try {
    const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
    try {
      const before = await file.stat({ bigint: true });
      const unreadable = whyNotRead(before);
      if (unreadable !== undefined) return unreadable;
      const bytes = Buffer.alloc(Number(before.size));
      const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
      const after = await file.stat({ bigint: true });
      const isSame = after.mtimeNs === before.mtimeNs && after.size === before.size && bytesRead === bytes.length;
      return isSame ? decode(bytes) : undefined;
    } finally {
      await file.close();
    }
  } catch (error) {
    return { ok: false, ...whyUnreadable(error) };
  }
}

function whyNotRead(file: Stats | BigIntStats): Unreadable | undefined {
  if (file.isDirectory()) return { ok: false, reason: 'it is a directory', remedy: 'name the file in it' };
  if (!file.isFile()) return { ok: false, reason: 'it is not a regular file', remedy: 'name a regular file' };
  if (file.size <= FILE_MAX_BYTES) return undefined;
  const reason = `it has ${file.size} bytes, more than the ${FILE_MAX_BYTES} that are read`;
  return { ok: false, reason, remedy: 'check that this is the right file' };
}

/** Whether a file could be opened and read, without reading it: keys are not ours to look at here. */
export function whyFileUnreadable(path: string): WhyUnreadable | undefined {
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
    if (!isNestedTooDeeply(text)) return { ok: true, text, version: versionOf(bytes) };
    return { ok: false, reason: 'it is nested too deeply', remedy: 'check that this is the right file' };
  } catch {
    return { ok: false, reason: 'it is not UTF-8 text', remedy: 'save it as UTF-8' };
  }
}

function versionOf(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, VERSION_DIGITS);
}

/** @param reader who is to be let read the file */
export function whyUnreadable(error: unknown, reader = 'the user that runs the gateway'): WhyUnreadable {
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return { reason: 'no such file', remedy: 'correct the path, or put the file there', mayPass: true };
    case 'EISDIR':
      return { reason: 'it is a directory', remedy: 'name the file in it' };
    case 'EACCES':
    case 'EPERM':
      return { reason: 'permission denied', remedy: `let ${reader} read it`, mayPass: true };
    default:
      return { reason: code, remedy: 'correct the path', mayPass: true };
  }
}
