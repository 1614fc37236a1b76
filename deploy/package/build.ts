/** Builds packages: what is the same for all of them once, the rest for each architecture. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Architecture, MACHINES } from './architecture.ts';
import { billOfMaterials } from './bill-of-materials.ts';
import { APPLICATION, type Compression, debianize, HOME, pack } from './debian-package.ts';
import { copyPackages, installDependencies, shippedPackages } from './dependencies.ts';
import { readHelp } from './help.ts';
import { compileHciSocket, strip } from './native-module.ts';
import { run } from './program.ts';
import { fetchRuntime } from './runtime.ts';
import { Tree } from './tree.ts';

export interface BuildOptions {
  /** The project's folder. */
  readonly root: string;
  readonly architectures: readonly Architecture[];
  /** Where the packages go. */
  readonly out: string;
  /** Of the package, where it is to be another than that of package.json. */
  readonly version?: string;
  readonly compression: Compression;
  /** Told of each part that is begun. */
  readonly onPart?: (what: string) => void;
}

/** @returns the packages, in the order of the architectures */
export function buildPackages(options: BuildOptions): string[] {
  const workshop = mkdtempSync(join(tmpdir(), 'sideline-package-'));
  try {
    const common = buildCommon(options, workshop);
    return options.architectures.map((architecture) => buildPackage(options, common, architecture));
  } finally {
    rmSync(workshop, { recursive: true, force: true });
  }
}

interface Common {
  readonly workshop: string;
  readonly installed: string;
  readonly compiled: string;
  readonly version: string;
  readonly epochS: number;
}

function buildCommon({ root, version, onPart }: BuildOptions, workshop: string): Common {
  const installed = join(workshop, 'installed');
  const compiled = join(workshop, 'dist');
  onPart?.('production dependencies');
  installDependencies(root, installed);
  onPart?.('compiled program');
  const compiler = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  run(process.execPath, [compiler, '-p', join(root, 'tsconfig.build.json'), '--outDir', compiled]);
  const own = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return { workshop, installed, compiled, version: version ?? own.version, epochS: sourceDate(root) };
}

function buildPackage(options: BuildOptions, common: Common, architecture: Architecture): string {
  const { root, out, compression, onPart } = options;
  const { installed, compiled, version, epochS } = common;
  const workshop = join(common.workshop, architecture);
  const tree = new Tree(join(workshop, 'tree'));
  const packages = shippedPackages(installed);

  onPart?.(`${architecture}: Node and native modules`);
  const runtime = fetchRuntime(architecture, join(workshop, 'runtime'));
  const node = tree.path(`${HOME}/bin/node`);
  mkdirSync(tree.path(`${HOME}/bin`), { recursive: true });
  copyFileSync(runtime.program, node);
  strip(architecture, node);

  const application = tree.path(APPLICATION);
  tree.copyFolder(compiled, `${APPLICATION}/dist`);
  writeFileSync(join(application, 'package.json'), manifest(root));
  copyPackages(packages, { from: installed, to: application, node: MACHINES[architecture].node });
  compileHciSocket(architecture, {
    installed,
    workshop: join(workshop, 'native'),
    headers: runtime.headers,
    application,
  });

  onPart?.(`${architecture}: package`);
  const program = join(application, 'dist', 'src', 'cli', 'main.js');
  const contents = { version, architecture, epochS, packages, runtime: node };
  debianize(
    tree,
    { root, architecture, version, epochS },
    {
      help: readHelp((path) => run(process.execPath, [program, ...path, '--help'])),
      licence: runtime.licence,
      billOfMaterials: billOfMaterials(contents),
    },
  );
  mkdirSync(out, { recursive: true });
  const file = join(out, `sideline_${version}_${architecture}.deb`);
  pack(tree, file, epochS, compression);
  return file;
}

/** What the program reads of package.json at run time, and what Node does. */
function manifest(root: string): string {
  const { name, version, type, engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<
    string,
    unknown
  >;
  return `${JSON.stringify({ name, version, private: true, type, engines }, null, 2)}\n`;
}

/** The time of the source, so that the same source gives the same package: https://reproducible-builds.org/specs/source-date-epoch */
function sourceDate(root: string): number {
  const given = process.env['SOURCE_DATE_EPOCH'];
  const seconds = Number(given ?? run('git', ['-C', root, 'log', '-1', '--format=%ct']));
  if (!Number.isSafeInteger(seconds) || seconds < 0)
    throw new Error(`SOURCE_DATE_EPOCH is "${given}", and not seconds`);
  return seconds;
}
