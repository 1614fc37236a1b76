/** The guest's file system as a cpio archive: node, the emulated controllers, the compiled drill, and what they load. */
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, cpSync, mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Kernel, modulesInOrder } from './kernel-package.ts';

const PROJECT = join(import.meta.dirname, '../..');

/** What the guest runs. Each brings its shared libraries along. */
const PROGRAMS = ['btvirt', 'hciconfig', 'setpriv'];

const MODULES = ['af_alg', 'algif_hash', 'algif_skcipher', 'cmac', 'ecb', 'ecdh_generic', 'bluetooth', 'hci_vhci'];

const PACKAGES = [
  '@abandonware/noble',
  '@abandonware/bleno',
  '@abandonware/bluetooth-hci-socket',
  'debug',
  'ms',
  'napi-thread-safe-callback',
  'node-addon-api',
  // What the product's own modules load.
  'zod',
];

export interface GuestImageOptions {
  readonly kernel: Kernel;
  /** An empty directory for the parts and the archive. */
  readonly directory: string;
  /** How many connections the search for leaks makes. */
  readonly rounds: number;
}

/** @returns the path of the archive */
export function buildGuestImage({ kernel, directory, rounds }: GuestImageOptions): string {
  const root = join(directory, 'root');
  mkdirSync(join(root, 'bin'), { recursive: true });
  copyFileSync(programPath('busybox'), join(root, 'bin/busybox'));
  copyFileSync(join(import.meta.dirname, 'guest/init'), join(root, 'init'));
  chmodSync(join(root, 'init'), 0o755);
  for (const program of PROGRAMS) addProgram(root, programPath(program));
  addProgram(root, process.execPath, 'node');
  addModules(root, kernel);
  addDrill(root, rounds);
  const archive = join(directory, 'guest.cpio');
  execFileSync('sh', ['-c', `find . -print0 | cpio --null --quiet -o -H newc > "${archive}"`], { cwd: root });
  return archive;
}

function programPath(program: string): string {
  return execFileSync('sh', ['-c', `command -v ${program}`], { encoding: 'utf8' }).trim();
}

function addProgram(root: string, path: string, name = basename(path)): void {
  const to = join(root, 'usr/bin', name);
  copy(realpathSync(path), to);
  const libraries = execFileSync('ldd', [path], { encoding: 'utf8' }).match(/\/\S+(?= \(0x)/g) ?? [];
  for (const library of libraries) copy(realpathSync(library), join(root, library));
}

function addModules(root: string, kernel: Kernel): void {
  mkdirSync(join(root, 'modules'));
  const names = modulesInOrder(kernel, MODULES).map((file) => {
    const name = basename(file).replace(/\.xz$/, '');
    const to = join(root, 'modules', name);
    if (file.endsWith('.xz')) writeFileSync(to, execFileSync('xz', ['-dc', file], { maxBuffer: 64 * 1024 * 1024 }));
    else copyFileSync(file, to);
    return `/modules/${name}`;
  });
  writeFileSync(join(root, 'modules/order'), `${names.join('\n')}\n`);
}

function addDrill(root: string, rounds: number): void {
  const drill = join(root, 'drill');
  const compiler = join(PROJECT, 'node_modules/.bin/tsc');
  execFileSync(compiler, ['-p', join(import.meta.dirname, 'tsconfig.json'), '--outDir', drill], { stdio: 'pipe' });
  writeFileSync(join(drill, 'package.json'), '{"type":"module"}\n');
  writeFileSync(join(drill, 'rounds'), `${rounds}\n`);
  for (const name of PACKAGES) {
    cpSync(join(PROJECT, 'node_modules', name), join(drill, 'node_modules', name), { recursive: true });
  }
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true });
  copyFileSync(from, to);
}
