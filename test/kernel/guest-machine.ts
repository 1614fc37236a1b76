/** The emulated machine: boots the image, and ends by itself or is ended at the deadline. */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';

export interface GuestMachineOptions {
  readonly kernelImage: string;
  readonly archive: string;
  /** Where `console.log` and `verdicts.jsonl` go. */
  readonly directory: string;
  readonly timeoutMs: number;
}

const MEMORY = '1536M';

/** Resolves with whether the machine ended by itself before the deadline. */
export function runGuest({ kernelImage, archive, directory, timeoutMs }: GuestMachineOptions): Promise<boolean> {
  const own = openSync(join(directory, 'qemu.log'), 'w');
  const options = [
    ['-accel', 'tcg,thread=multi'],
    ['-cpu', 'max'],
    // Two, since what is looked for has to do with the kernel's work running beside the program.
    ['-smp', '2'],
    ['-m', MEMORY],
    ['-kernel', kernelImage],
    ['-initrd', archive],
    ['-append', 'console=ttyS0 loglevel=4 panic=-1 mitigations=off random.trust_cpu=on'],
    ['-serial', `file:${join(directory, 'console.log')}`],
    ['-serial', `file:${join(directory, 'verdicts.jsonl')}`],
    ['-nic', 'none'],
    ['-display', 'none'],
    ['-monitor', 'none'],
  ].flat();
  const qemu = spawn('nice', ['-n', '10', 'qemu-system-x86_64', ...options, '-no-reboot'], {
    stdio: ['ignore', own, own],
  });
  closeSync(own);
  return new Promise((resolve, reject) => {
    let isLate = false;
    const deadline = setTimeout(() => {
      isLate = true;
      qemu.kill('SIGKILL');
    }, timeoutMs);
    const kill = () => qemu.kill('SIGKILL');
    process.once('exit', kill);
    qemu.once('error', (error) => {
      clearTimeout(deadline);
      reject(error);
    });
    qemu.once('exit', (code) => {
      clearTimeout(deadline);
      process.off('exit', kill);
      resolve(!isLate && code === 0);
    });
  });
}
