/**
 * The writer and the product as plain JavaScript, as they ship: a process starts in a quarter of the time, and starts
 * are what rounds consist of.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const PROJECT = join(import.meta.dirname, '..', '..');
const FOLDER = 'test/store-faults';

let compiled: string | undefined;

/** The path of a program or a module of this folder, compiled; the first call compiles, into a folder of this process. */
export function compiledPath(name: string): string {
  compiled ??= compile();
  return join(compiled, FOLDER, name.replace(/\.ts$/, '.js'));
}

function compile(): string {
  // Within the project, so that packages are found.
  mkdirSync(join(PROJECT, 'dist'), { recursive: true });
  const folder = mkdtempSync(join(PROJECT, 'dist', 'store-faults-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const compiler = join(PROJECT, 'node_modules/.bin/tsc');
  execFileSync(compiler, ['-p', join(PROJECT, FOLDER, 'tsconfig.json'), '--outDir', folder], { stdio: 'pipe' });
  return folder;
}
