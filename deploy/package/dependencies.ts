/** The production dependencies, from npm's lock and with the checksums in it. */
import { copyFileSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { run } from './program.ts';
import { NOT_LOADED, ships } from './what-ships.ts';

/** What package-lock.json says of one package; the part that matters here. */
interface LockedPackage {
  readonly version: string;
  /** Where it goes by another name than that of its folder. */
  readonly name?: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export interface ShippedPackage extends LockedPackage {
  /** Its folder, from the application's: `node_modules/pino`. */
  readonly folder: string;
  /** The name that it is imported by, which the folder ends with. */
  readonly importName: string;
  /** The folders of what it depends on, as far as that ships. */
  readonly needs: readonly string[];
}

/** Installs what package.json asks for in production, running nothing of it. */
export function installDependencies(root: string, folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const file of ['package.json', 'package-lock.json']) copyFileSync(join(root, file), join(folder, file));
  run('npm', ['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'], { cwd: folder });
}

/**
 * Everything that the application reaches over the dependencies that it loads, itself first, by folder.
 *
 * @param installed the folder with package-lock.json, and what it asks for
 */
export function shippedPackages(installed: string): ShippedPackage[] {
  const { packages } = JSON.parse(readFileSync(join(installed, 'package-lock.json'), 'utf8')) as {
    packages: Readonly<Record<string, LockedPackage>>;
  };
  const shipped = new Map<string, ShippedPackage>();
  const add = (folder: string) => {
    const locked = packages[folder];
    if (locked === undefined || shipped.has(folder)) return;
    const importName = folder === '' ? 'sideline' : folder.slice(folder.lastIndexOf('node_modules/') + 13);
    const skipped = [...(NOT_LOADED['*'] ?? []), ...(NOT_LOADED[importName] ?? [])];
    const needs = Object.keys({ ...locked.dependencies, ...locked.optionalDependencies })
      .filter((name) => !skipped.includes(name))
      .flatMap((name) => resolve(packages, folder, name) ?? []);
    const license = locked.license ?? formerLicence(join(installed, folder));
    shipped.set(folder, { ...locked, ...(license === undefined ? {} : { license }), folder, importName, needs });
    needs.forEach(add);
  };
  add('');
  return [...shipped.values()].sort((a, b) => (a.folder < b.folder ? -1 : 1));
}

/** Packages of npm's first years list their licences, which npm's lock passes over. */
function formerLicence(folder: string): string | undefined {
  const { licenses } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    licenses?: readonly { readonly type: string }[];
  };
  return licenses?.map(({ type }) => type).join(' OR ');
}

/** Where Node would find it: beside the package, or beside one that it lies in. */
function resolve(packages: object, from: string, name: string): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const candidate = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (candidate in packages) return candidate;
    if (folder === '') return undefined;
  }
}

/** Copies the files of the packages that a gateway loads. */
export function copyPackages(
  packages: readonly ShippedPackage[],
  { from, to, node }: { readonly from: string; readonly to: string; readonly node: string },
): void {
  for (const { folder, importName } of packages) {
    if (folder === '') continue;
    for (const path of filesOf(join(from, folder))) {
      if (!ships(importName, path, node)) continue;
      const target = join(to, folder, path);
      mkdirSync(dirname(target), { recursive: true });
      copyFileSync(join(from, folder, path), target);
    }
  }
}

/** The package's own files, without those of packages that lie in it. */
function filesOf(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).replaceAll(sep, '/'))
    .filter((path) => !path.split('/').includes('node_modules'));
}
