/**
 * Writes the published schemas and the reference page; with `--check` it writes nothing and fails with the
 * names of those that are not what the schemas in the code would give.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { publishedFiles } from './published-files.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const files = [...publishedFiles()];
const stale = files.filter(([path, content]) => current(path) !== content);
if (process.argv.includes('--check')) {
  for (const [path] of stale) process.stderr.write(`${path}:1:1: not up to date; run npm run schemas\n`);
  process.stdout.write(`${files.length} published files checked, ${stale.length} not up to date\n`);
  process.exitCode = stale.length === 0 ? 0 : 1;
} else {
  for (const [path, content] of stale) {
    mkdirSync(dirname(join(ROOT, path)), { recursive: true });
    writeFileSync(join(ROOT, path), content);
    process.stdout.write(`wrote ${path}\n`);
  }
}

function current(path: string): string | undefined {
  const file = join(ROOT, path);
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
}
