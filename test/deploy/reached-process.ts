/**
 * Follows every import from the programs of an unpacked application: `reached-process.ts APPLICATION PROGRAM…`, to be run
 * by the Node that it carries. Prints `{ reached, missing }` as JSON, paths from the application's folder.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire, isBuiltin } from 'node:module';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const [application = '', ...programs] = process.argv.slice(2);

/** Imports and requires of literals, comments taken away before. */
const IMPORT = /(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)(['"`])([\w@./:-]+)\1/g;

const waiting = programs.map((program) => join(application, program));
const reached = new Set<string>(waiting);
const missing: { from: string; what: string }[] = [];
for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
  if (!/\.[cm]?js$/.test(file)) continue;
  const text = readFileSync(file, 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '');
  for (const [, , what = ''] of text.matchAll(IMPORT)) {
    if (isBuiltin(what)) continue;
    const found = resolved(what, file, text);
    if (found === undefined) missing.push({ from: relative(application, file), what });
    else if (!reached.has(found)) waiting.push(found);
    if (found !== undefined) reached.add(found);
  }
}
process.stdout.write(JSON.stringify({ reached: [...reached].map((file) => relative(application, file)), missing }));

function resolved(what: string, file: string, text: string): string | undefined {
  try {
    const asModule = /^(import|export)\b/m.test(text) && !text.includes(`require('${what}')`);
    const path = asModule
      ? fileURLToPath(import.meta.resolve(what, pathToFileURL(file).href))
      : createRequire(file).resolve(what);
    // What lies above the application is of the machine that tests, and of no gateway.
    return existsSync(path) && path.startsWith(`${application}/`) ? path : undefined;
  } catch {
    return undefined;
  }
}
