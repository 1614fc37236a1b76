/** Whether the store could be opened or made at a path, found by looking only: nothing is made or written here. */
import { accessSync, constants, type Stats, statSync } from 'node:fs';
import { dirname } from 'node:path';

export interface StoreObstacle {
  /** What stands in the way: the path itself or the nearest thing above it that exists. */
  readonly at: string;
  readonly reason: string;
  readonly remedy: string;
  /** So it is where a disk is not mounted yet, and its mount point is somebody else's. */
  readonly mayPass?: true;
}

const OTHER_USER = 'name a place that this user may write to, or check as the user that runs the gateway';

/** @param path absolute */
export function storeObstacle(path: string): StoreObstacle | undefined {
  const found = statsOf(path);
  if (found === undefined) return folderObstacle(nearest(dirname(path)));
  if (found.isDirectory()) return { at: path, reason: 'it is a directory', remedy: 'name a file in it' };
  if (!found.isFile()) return { at: path, reason: 'it is not a regular file', remedy: 'name another file' };
  if (isForbidden(path, constants.R_OK | constants.W_OK)) {
    return { at: path, reason: 'this user may not read and write it', remedy: OTHER_USER, mayPass: true };
  }
  // SQLite keeps its log in files beside the store.
  return folderObstacle(dirname(path));
}

function folderObstacle(folder: string): StoreObstacle | undefined {
  if (statsOf(folder)?.isDirectory() === false) {
    return { at: folder, reason: 'it is not a directory', remedy: 'name a file in a directory' };
  }
  if (!isForbidden(folder, constants.W_OK | constants.X_OK)) return undefined;
  return { at: folder, reason: 'this user may not make files in it', remedy: OTHER_USER, mayPass: true };
}

/** The nearest of the path and what is above it that this user can see. The root always is. */
function nearest(path: string): string {
  let place = path;
  while (statsOf(place) === undefined && dirname(place) !== place) place = dirname(place);
  return place;
}

/** Undefined for what is not there, and for what this user may not look at. */
function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/**
 * Permission only: that a disk is read-only at the moment is no fault of the configuration, and the gateway has to
 * be started again until it is not.
 */
function isForbidden(path: string, mode: number): boolean {
  try {
    accessSync(path, mode);
    return false;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    return code === 'EACCES' || code === 'EPERM';
  }
}
