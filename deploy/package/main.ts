/** `npm run package`: builds the Debian packages. */
import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { ARCHITECTURES, type Architecture, isArchitecture } from './architecture.ts';
import { buildPackages } from './build.ts';
import { COMPRESSIONS, type Compression } from './debian-package.ts';

const USAGE = `usage: npm run package [-- OPTION…]
  --arch amd64|arm64     this architecture only; may be given twice (default: both)
  --out FOLDER           where the packages go (default: build)
  --version VERSION      of the package (default: that of package.json)
  --compression NAME     small or fast (default: small)`;

const ROOT = join(import.meta.dirname, '..', '..');

process.exitCode = main();

function main(): number {
  const options = optionsOf(process.argv.slice(2));
  if (typeof options === 'string') return say(`${options}\n${USAGE}`, 2);
  try {
    const files = buildPackages({ root: ROOT, ...options, onPart: (what) => say(what, 0) });
    for (const file of files) process.stdout.write(`${file}\t${statSync(file).size} bytes\n`);
    return 0;
  } catch (error) {
    return say(error instanceof Error ? error.message : String(error), 1);
  }
}

interface Options {
  readonly architectures: readonly Architecture[];
  readonly out: string;
  readonly version?: string;
  readonly compression: Compression;
}

/** What is wrong with them, in words, where they cannot be understood. */
function optionsOf(args: readonly string[]): Options | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        arch: { type: 'string', multiple: true, default: [...ARCHITECTURES] },
        out: { type: 'string', default: join(ROOT, 'build') },
        version: { type: 'string' },
        compression: { type: 'string', default: 'small' },
      },
    });
    const { arch, out, version, compression } = values;
    const unknown = arch.find((name) => !isArchitecture(name));
    if (unknown !== undefined) return `"${unknown}" is no architecture of a package: ${ARCHITECTURES.join(' or ')}`;
    if (!Object.hasOwn(COMPRESSIONS, compression)) return `"${compression}" is no compression: small or fast`;
    // https://www.debian.org/doc/debian-policy/ch-controlfields.html#version
    if (version !== undefined && !/^\d[\w.+~-]*$/.test(version))
      return `"${version}" is no version of a Debian package`;
    return {
      architectures: arch.filter(isArchitecture),
      out: resolve(out),
      ...(version === undefined ? {} : { version }),
      compression: compression as Compression,
    };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

function say(what: string, code: number): number {
  process.stderr.write(`${what}\n`);
  return code;
}
