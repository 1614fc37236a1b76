/**
 * The drill on a real kernel: boots a Debian kernel in an emulator, with an emulated Bluetooth controller, and plays
 * the scenes of `guest/link-scenes.ts` and `guest/failure-scenes.ts` there: noble over `KernelHciSocket`, and a strap
 * that is no business of the kernel's. Prints the verdicts as JSON, one a line, and fails unless each scene was played
 * and holds.
 *
 * Not part of the tests: it takes some minutes and packages of Debian that nothing else needs.
 *
 *     npm run drill:kernel -- [--kernel DIRECTORY] [--rounds NUMBER] [--timeout SECONDS]
 *
 * Without `--kernel` apt fetches the kernel of this Debian, which is unpacked and not installed. The directory is what
 * `dpkg -x linux-image-….deb DIRECTORY` makes of any other.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { buildGuestImage } from './guest-image.ts';
import { runGuest } from './guest-machine.ts';
import { debianKernel, kernelIn } from './kernel-package.ts';

interface Verdict {
  readonly scene: string;
  readonly holds: boolean;
}

/** The program by which each package is told to be there. */
const NEEDED: Readonly<Record<string, string>> = {
  'qemu-system-x86': 'qemu-system-x86_64',
  cpio: 'cpio',
  'busybox-static': 'busybox',
  bluez: 'hciconfig',
  'bluez-test-tools': 'btvirt',
  kmod: 'modinfo',
  'util-linux': 'setpriv',
  'xz-utils': 'xz',
};

const KERNEL_CACHE = join(import.meta.dirname, '../../node_modules/.cache/kernel-drill');

/** The last scene, which is reported as failed when one before it threw. */
const END = 'end';

async function drill(): Promise<boolean> {
  const { values } = parseArgs({
    options: {
      kernel: { type: 'string' },
      rounds: { type: 'string', default: '100' },
      timeout: { type: 'string', default: '420' },
    },
  });
  const missing = Object.entries(NEEDED).filter(([, program]) => !isThere(program));
  if (missing.length > 0) {
    const packages = missing.map(([name]) => name).join(' ');
    process.stderr.write(`the drill needs: apt-get install --no-install-recommends ${packages}\n`);
    return false;
  }
  const kernel = values.kernel === undefined ? debianKernel(KERNEL_CACHE) : kernelIn(values.kernel);
  const directory = mkdtempSync(join(tmpdir(), 'sideline-kernel-drill-'));
  const archive = buildGuestImage({ kernel, directory, rounds: Number(values.rounds) });
  const timeoutMs = Number(values.timeout) * 1000;
  const hasEnded = await runGuest({ kernelImage: kernel.image, archive, directory, timeoutMs });
  const verdicts = verdictsIn(join(directory, 'verdicts.jsonl'));
  for (const verdict of verdicts) process.stdout.write(`${JSON.stringify(verdict)}\n`);
  const holds = hasEnded && verdicts.every((verdict) => verdict.holds) && verdicts.at(-1)?.scene === END;
  if (holds) rmSync(directory, { recursive: true });
  else process.stderr.write(`${hasEnded ? '' : 'the guest did not end by itself; '}its console is in ${directory}\n`);
  return holds;
}

function isThere(program: string): boolean {
  try {
    execFileSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

function verdictsIn(file: string): Verdict[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, 'utf8').split(/\r?\n/);
  return lines.filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as Verdict);
}

process.exitCode = (await drill()) ? 0 : 1;
