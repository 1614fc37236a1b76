/** Puts a package together from a built application: Debian's texts, rights and the archive itself. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Architecture, MACHINES } from './architecture.ts';
import { bashCompletion } from './completion.ts';
import type { CommandHelp } from './help.ts';
import { launcher } from './launcher.ts';
import { manPage } from './man-page.ts';
import { run } from './program.ts';
import type { Tree } from './tree.ts';

/** Where everything of ours lies on the machine. */
export const HOME = 'usr/lib/sideline';
export const APPLICATION = `${HOME}/app`;

const PROGRAMS = {
  'usr/bin/sideline': 'dist/src/cli/main.js',
  [`${HOME}/sideline-radio`]: 'dist/src/radio-worker.js',
};
const MAINTAINER_SCRIPTS = ['preinst', 'postinst', 'prerm', 'postrm'];
/** Not below /etc: dpkg would stop in the middle of an upgrade to ask about them. */
const SAMPLES = ['gateway.yaml', 'athletes.yaml'];
const UNITS = ['sideline.service', 'sideline-radio@.service'];
const DOC = 'usr/share/doc/sideline';

export interface PackageFacts {
  /** The project's folder, with `deploy`. */
  readonly root: string;
  readonly architecture: Architecture;
  readonly version: string;
  /** Seconds since 1970; no file in the package is younger. */
  readonly epochS: number;
}

/** How it is packed. xz is the smallest; zstd is packed and unpacked several times faster, and read since Debian 12. */
export const COMPRESSIONS = { small: ['-Zxz', '-z6'], fast: ['-Zzstd', '-z3'] } as const;
export type Compression = keyof typeof COMPRESSIONS;

export interface Carried {
  readonly help: CommandHelp;
  /** Of the Node that is carried. */
  readonly licence: string;
  readonly billOfMaterials: object;
}

/** Adds all that is Debian's to a tree that has the runtime and the application already. */
export function debianize(tree: Tree, facts: PackageFacts, { help, licence, billOfMaterials }: Carried): void {
  const text = (name: string) => filled(readFileSync(join(facts.root, 'deploy', 'debian', name), 'utf8'), facts);
  tree.setUsualModes();
  tree.setMode(`${HOME}/bin/node`, 0o755);
  for (const [path, program] of Object.entries(PROGRAMS)) {
    tree.program(path, launcher(text('launcher'), tree.path(`${APPLICATION}/${program}`), program));
  }
  tree.program(`${HOME}/open-alerts`, text('open-alerts'));
  for (const unit of UNITS) {
    tree.write(`usr/lib/systemd/system/${unit}`, readFileSync(join(facts.root, 'deploy', 'systemd', unit)));
  }
  tree.write('usr/lib/sysusers.d/sideline.conf', text('sideline.sysusers'));
  for (const name of SAMPLES) tree.write(`usr/share/sideline/${name}`, text(name));
  tree.compressed('usr/share/man/man1/sideline.1', manPage(help, { version: facts.version, date: dayOf(facts) }));
  tree.compressed('usr/share/man/man8/sideline-radio.8', text('sideline-radio.8'));
  tree.write('usr/share/bash-completion/completions/sideline', bashCompletion(text('completion.bash'), help));
  tree.write(`${DOC}/copyright`, text('copyright'));
  tree.compressed(`${DOC}/node-licence`, readFileSync(licence));
  tree.compressed(`${DOC}/changelog`, readFileSync(join(facts.root, 'CHANGELOG.md')));
  tree.write(`${DOC}/sbom.cdx.json`, `${JSON.stringify(billOfMaterials, null, 2)}\n`);
  for (const name of MAINTAINER_SCRIPTS) tree.program(`DEBIAN/${name}`, text(name));
  tree.write('DEBIAN/md5sums', checksums(tree));
  tree.write('DEBIAN/control', text('control').replace('@INSTALLED_SIZE@', String(sizeKiB(tree))));
}

/** Packs the tree, with no time in it later than that of the source. */
export function pack(tree: Tree, file: string, epochS: number, compression: Compression): void {
  const options = ['--root-owner-group', ...COMPRESSIONS[compression]];
  run('dpkg-deb', [...options, '--build', tree.root, file], { env: { SOURCE_DATE_EPOCH: String(epochS) } });
}

function filled(template: string, facts: PackageFacts): string {
  return template
    .replaceAll('@VERSION@', facts.version)
    .replaceAll('@ARCHITECTURE@', facts.architecture)
    .replaceAll('@KERNEL@', MACHINES[facts.architecture].kernel)
    .replaceAll('@DATE@', dayOf(facts));
}

function dayOf({ epochS }: PackageFacts): string {
  return new Date(epochS * 1000).toISOString().slice(0, 10);
}

/** What `debsums` holds the installed files against. */
function checksums(tree: Tree): string {
  return tree
    .files()
    .map((path) => `${createHash('md5').update(tree.read(path)).digest('hex')}  ${path}\n`)
    .join('');
}

/** By Debian's policy: every file rounded up to whole KiB. */
function sizeKiB(tree: Tree): number {
  return tree.files().reduce((sum, path) => sum + Math.ceil(tree.read(path).length / 1024), 0);
}
