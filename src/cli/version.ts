/** What package.json says of the program. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

interface Package {
  readonly version: string;
  readonly engines: { readonly node: string };
}

export function version(): string {
  return packageFile().version;
}

/** The versions of Node.js that it runs with, as `>=20.19`. */
export function nodeRange(): string {
  return packageFile().engines.node;
}

/** This file is compiled to another depth than it is written at, so the nearest package.json is looked for. */
function packageFile(): Package {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Package;
}
