/**
 * What some tests need beyond npm packages. A test whose needs are not met is skipped and says what to do;
 * where skipping is forbidden (SIDELINE_FORBID_SKIPS=1, as in continuous integration) its file fails instead.
 */
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const PROGRAMS = [
  'mosquitto',
  'openssl',
  'socat',
  'script',
  'systemd-notify',
  'strace',
  'fiu-run',
  'prlimit',
  'btvirt',
  'cc',
  'systemd-nspawn',
  'perl',
  'setpriv',
  'dpkg-deb',
  'readelf',
  'aarch64-linux-gnu-g++',
  'qemu-aarch64-static',
] as const;
type Program = (typeof PROGRAMS)[number];
/** `root` is the right to mount file systems, and to trace a process that one has not started. */
export type Requirement = Program | 'recordings' | 'root';

/** One command for all of them, so that nobody goes through it program by program. */
const INSTALL =
  'sudo apt-get install -y mosquitto openssl socat systemd strace fiu-utils bluez-test-tools gcc libc6-dev systemd-container dbus g++ python3 dpkg crossbuild-essential-arm64 qemu-user-static';

/** Debian puts daemons where only root's PATH looks. */
const SBIN = ['/usr/local/sbin', '/usr/sbin', '/sbin'];

const RECORDINGS = join(import.meta.dirname, '..', '..', 'shared', 'data');

/** To be spread into a test's options. */
export function requires(...what: Requirement[]): { skip?: string } {
  const missing = what.filter((requirement) => !isPresent(requirement));
  if (missing.length === 0) return {};
  const skip = `needs ${missing.join(', ')}: ${remedies(missing)}`;
  if (process.env['SIDELINE_FORBID_SKIPS'] === '1') throw new Error(`skipping is forbidden, and a test ${skip}`);
  return { skip };
}

/** The path of a program that `requires` has found. */
export function programPath(program: string): string {
  const path = findProgram(program);
  if (path === undefined) throw new Error(`${program} is not installed: ${INSTALL}`);
  return path;
}

/** The path of a recording of a real heart, which stands beside the repository and not in it. */
export function recordingPath(name: string): string {
  return join(RECORDINGS, name);
}

function isPresent(requirement: Requirement): boolean {
  switch (requirement) {
    case 'recordings':
      return existsSync(RECORDINGS);
    case 'root':
      return hasCapabilities(CAPABILITIES.sysPtrace, CAPABILITIES.sysAdmin);
    default:
      return findProgram(requirement) !== undefined;
  }
}

/** Bits of the effective set, by `capability.h`. A container's root may have neither. */
const CAPABILITIES = { sysPtrace: 19n, sysAdmin: 21n };

function hasCapabilities(...bits: bigint[]): boolean {
  const [, effective = '0'] = /^CapEff:\s*([0-9a-f]+)/m.exec(readFileSync('/proc/self/status', 'utf8')) ?? [];
  return bits.every((bit) => ((BigInt(`0x${effective}`) >> bit) & 1n) === 1n);
}

function remedies(missing: readonly Requirement[]): string {
  return [
    ...(missing.some((requirement) => PROGRAMS.some((program) => program === requirement)) ? [INSTALL] : []),
    ...(missing.includes('root') ? ['run the tests as root'] : []),
    ...(missing.includes('recordings') ? ['put the recordings into shared/data beside the repository'] : []),
  ].join('; ');
}

function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...SBIN];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
