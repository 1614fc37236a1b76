/** The program's version, as package.json has it. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** This file is compiled to another depth than it is written at, so the nearest package.json is looked for. */
export function version(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;
}
