/**
 * Where a damaged store goes: beside its place, with its log, under a name of its own. It is ours, so nothing of it is
 * lost by that. How long it stays is the business of salvages.ts.
 *
 * To be called while the store is locked, so that no other process's file is moved.
 */
import { closeSync, existsSync, fsyncSync, openSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

const LOG = '-wal';
const LOG_INDEX = '-shm';
const MARK = '.damaged-';

/** @returns the path of the copy */
export function moveAside(path: string): string {
  const last = Math.max(0, ...copiesOf(path).map(numberOf));
  const copy = `${path}${MARK}${last + 1}`;
  renameSync(path, copy);
  // Whatever happens in between, `completeMove` brings the log after its file.
  moveLog(path, copy);
  syncFolder(path);
  return copy;
}

/**
 * Does what a crash between the two moves has left undone: a log without its file is the newest copy's. SQLite would
 * delete it.
 */
export function completeMove(path: string): void {
  const copy = copiesOf(path).at(-1);
  if (copy === undefined || existsSync(path) || !existsSync(path + LOG) || existsSync(copy + LOG)) return;
  moveLog(path, copy);
  syncFolder(path);
}

/** The paths of what was moved aside, oldest first. */
export function copiesOf(path: string): string[] {
  const start = `${basename(path)}${MARK}`;
  return readdirSync(dirname(path))
    .filter((name) => name.startsWith(start) && /^[0-9]+$/.test(name.slice(start.length)))
    .map((name) => join(dirname(path), name))
    .sort((a, b) => numberOf(a) - numberOf(b));
}

export function removeCopy(copy: string): void {
  for (const ending of ['', LOG, LOG_INDEX]) rmSync(copy + ending, { force: true });
}

export function bytesOf(copy: string): number {
  const sizes = ['', LOG].map((ending) => statSync(copy + ending, { throwIfNoEntry: false })?.size ?? 0);
  return sizes.reduce((sum, size) => sum + size, 0);
}

function numberOf(copy: string): number {
  return Number(copy.slice(copy.lastIndexOf(MARK) + MARK.length));
}

function moveLog(path: string, copy: string): void {
  if (existsSync(path + LOG)) renameSync(path + LOG, copy + LOG);
  // It is made anew from the log, and must not be taken for the next store's.
  rmSync(path + LOG_INDEX, { force: true });
}

function syncFolder(path: string): void {
  const folder = openSync(dirname(path), 'r');
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
