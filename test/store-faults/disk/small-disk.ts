/** A disk in memory that can be filled, enlarged and made read-only. */
import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { programPath } from '../../requirements.ts';

export class SmallDisk {
  readonly path: string;

  constructor(path: string, bytes: number) {
    this.path = path;
    mkdirSync(path);
    execFileSync(programPath('mount'), ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', path]);
  }

  resize(bytes: number): void {
    this.#remount(`size=${bytes}`);
  }

  /** Refused by the kernel while a file is open for writing. */
  setReadOnly(isReadOnly: boolean): void {
    this.#remount(isReadOnly ? 'ro' : 'rw');
  }

  remove(): void {
    execFileSync(programPath('umount'), [this.path]);
  }

  #remount(how: string): void {
    execFileSync(programPath('mount'), ['-o', `remount,${how}`, this.path]);
  }
}
