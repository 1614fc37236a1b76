/**
 * A Debian kernel with its modules, unpacked and never installed: that of the machine's own release, or one that
 * the caller unpacked elsewhere.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

export interface Kernel {
  readonly release: string;
  readonly image: string;
  /** The directory of that release's modules. */
  readonly modules: string;
}

/** @throws Error when it is not what `dpkg -x linux-image-….deb` makes */
export function kernelIn(directory: string): Kernel {
  // Since Debian 13 the modules lie under /usr.
  const libraries = ['lib/modules', 'usr/lib/modules'].map((path) => join(directory, path)).filter(existsSync);
  const [library] = libraries;
  const [release] = library === undefined ? [] : readdirSync(library);
  if (library === undefined || release === undefined) throw new Error(`there is no unpacked kernel in ${directory}`);
  return { release, image: join(directory, 'boot', `vmlinuz-${release}`), modules: join(library, release) };
}

/** Fetches the kernel of this Debian with apt, once, and unpacks it in the directory. */
export function debianKernel(directory: string): Kernel {
  const unpacked = join(directory, 'unpacked');
  if (existsSync(unpacked)) return kernelIn(unpacked);
  mkdirSync(directory, { recursive: true });
  const depends = execFileSync('apt-cache', ['depends', 'linux-image-amd64'], { encoding: 'utf8' });
  const name = /Depends: (linux-image-\S+)/.exec(depends)?.[1];
  if (name === undefined) throw new Error('apt knows no linux-image-amd64: run "apt-get update" as root');
  execFileSync('apt-get', ['-q', 'download', name], { cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] });
  const file = readdirSync(directory).find((entry) => entry.startsWith(`${name}_`) && entry.endsWith('.deb'));
  if (file === undefined) throw new Error(`apt did not fetch ${name}`);
  execFileSync('dpkg', ['-x', join(directory, file), unpacked]);
  return kernelIn(unpacked);
}

/** The files of the modules and of all that they need, in the order in which they can be loaded. */
export function modulesInOrder({ modules }: Kernel, names: readonly string[]): string[] {
  const files = new Map(
    readdirSync(modules, { recursive: true, encoding: 'utf8' })
      .filter((path) => /\.ko(\.xz)?$/.test(path))
      .map((path) => [moduleName(path), join(modules, path)]),
  );
  const order = new Set<string>();
  const add = (name: string) => {
    const file = files.get(name);
    // What is not there as a module is built in, or the loading will say so.
    if (file === undefined || order.has(file)) return;
    const depends = execFileSync('modinfo', ['-F', 'depends', file], { encoding: 'utf8' }).trim();
    for (const needed of depends.split(',').filter((each) => each !== '')) add(needed.replaceAll('-', '_'));
    order.add(file);
  };
  for (const name of names) add(name);
  return [...order];
}

function moduleName(path: string): string {
  return (path.split('/').at(-1) ?? '').replace(/\.ko(\.xz)?$/, '').replaceAll('-', '_');
}
