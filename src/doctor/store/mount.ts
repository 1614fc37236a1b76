/** Which file system a path is on, from /proc/self/mountinfo (proc_pid_mountinfo(5)). */
import { dirname, join } from 'node:path';
import { realPathOf, textIn } from '../machine-files.ts';

export interface Mount {
  /** As `179:2`; `0:…` for what is on no disk. */
  readonly device: string;
  readonly at: string;
  /** As `ext4`. */
  readonly type: string;
  /** As `/dev/mmcblk0p2`. */
  readonly source: string;
  /** Of the mount and of the file system. */
  readonly options: readonly string[];
}

/** @param path need not be there yet */
export function mountOf(proc: string, path: string): Mount | undefined {
  const place = existing(path);
  // The last line counts where one is mounted over another.
  return mountsIn(textIn(join(proc, 'self/mountinfo')) ?? '')
    .filter(({ at }) => at === '/' || place === at || place.startsWith(`${at}/`))
    .reduce<Mount | undefined>(
      (best, each) => (best !== undefined && best.at.length > each.at.length ? best : each),
      undefined,
    );
}

/** The nearest of the path and what is above it that this user can see, without links. The root always is. */
export function existing(path: string): string {
  let place = path;
  while (realPathOf(place) === undefined && dirname(place) !== place) place = dirname(place);
  return realPathOf(place) ?? '/';
}

function mountsIn(text: string): Mount[] {
  return text.split('\n').flatMap((line) => {
    const [left = '', right = ''] = line.split(' - ');
    const [, , device, , at, options] = left.split(' ');
    const [type, source, superOptions] = right.split(' ');
    if (device === undefined || at === undefined || type === undefined || source === undefined) return [];
    const both = [options ?? '', superOptions ?? ''].flatMap((each) => each.split(','));
    return [{ device, at: unescaped(at), type, source: unescaped(source), options: both }];
  });
}

/** A space in a path is written `\040`. */
function unescaped(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
