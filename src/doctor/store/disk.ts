/** The disk behind a mounted file system, by the links of /sys. */
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { realPathOf } from '../machine-files.ts';
import type { Mount } from './mount.ts';

export interface Disk {
  /** As `mmcblk0`. */
  readonly name: string;
  /** The folder of the disk in /sys. */
  readonly folder: string;
  /** As `mmcblk0p2`, or the disk's own name where it has no partitions. */
  readonly partition: string;
}

/** Undefined where it is not one disk, as on a network, in memory or over several. */
export function diskOf(sys: string, { device, source }: Mount): Disk | undefined {
  // Some file systems have a number of their own, and tell their disk by its name alone.
  const place = realPathOf(join(sys, 'dev/block', device)) ?? realPathOf(join(sys, 'class/block', basename(source)));
  if (place === undefined) return undefined;
  const partition = basename(place);
  const folder = existsSync(join(place, 'partition')) ? dirname(place) : place;
  return { name: basename(folder), folder, partition };
}
