/**
 * The one native module that is compiled here. Those of better-sqlite3 and aws-crt come compiled with their packages,
 * under the lock's checksums, for the Node-API and for a C library as old as Debian 12's or older.
 */
import { copyFileSync, cpSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Architecture, MACHINES } from './architecture.ts';
import { run } from './program.ts';

const PACKAGE = join('node_modules', '@abandonware', 'bluetooth-hci-socket');
const NAME = 'bluetooth_hci_socket';
/** The one place where the package itself looks for it. */
const PLACE = join('build', 'Release');

export interface NativeBuild {
  /** With all dependencies, among them node-gyp and the module's sources. */
  readonly installed: string;
  /** A folder of this build alone. */
  readonly workshop: string;
  /** The runtime's headers. */
  readonly headers: string;
  /** The application, into which the module goes. */
  readonly application: string;
}

export function compileHciSocket(architecture: Architecture, build: NativeBuild): void {
  const { node, tools } = MACHINES[architecture];
  const sources = join(build.workshop, PACKAGE);
  cpSync(join(build.installed, PACKAGE), sources, { recursive: true });
  cpSync(join(build.installed, 'node_modules', 'nan'), join(build.workshop, 'node_modules', 'nan'), {
    recursive: true,
  });
  const gyp = join(build.installed, 'node_modules', 'node-gyp', 'bin', 'node-gyp.js');
  const options = [
    `--arch=${node}`,
    `--nodedir=${build.headers}`,
    `--module_name=${NAME}`,
    `--module_path=${join(sources, 'lib', 'binding')}`,
  ];
  // The paths of the machine that builds are nobody's business, and would make every build another one.
  const hidden = `-ffile-prefix-map=${build.workshop}=. -ffile-prefix-map=${build.headers}=node`;
  run(process.execPath, [gyp, 'rebuild', '--release', ...options], {
    cwd: sources,
    env: {
      ...withoutNpm(),
      CC: `${tools}gcc`,
      CXX: `${tools}g++`,
      AR: `${tools}ar`,
      CFLAGS: hidden,
      CXXFLAGS: hidden,
      LDFLAGS: '-Wl,--build-id=none',
    },
  });
  const target = join(build.application, PACKAGE, PLACE);
  mkdirSync(target, { recursive: true });
  copyFileSync(join(sources, PLACE, `${NAME}.node`), join(target, `${NAME}.node`));
  strip(architecture, join(target, `${NAME}.node`));
}

/** node-gyp lets what npm was told (`nodedir` above all) pass for more than its own options. */
function withoutNpm(): NodeJS.ProcessEnv {
  const names = Object.keys(process.env).filter((name) => /^npm_/i.test(name));
  return Object.fromEntries(names.map((name) => [name, undefined]));
}

/** Takes the symbols that only a debugger reads: a seventh of the Node that its makers publish. */
export function strip(architecture: Architecture, file: string): void {
  run(`${MACHINES[architecture].tools}strip`, ['--strip-unneeded', file]);
}
