/** Which processes there are, by the names of their programs. */
import { join } from 'node:path';
import { namesIn, textIn } from './machine-files.ts';

/** The kernel cuts a program's name off behind so many characters (proc(5), `comm`). */
const NAME_MAX = 15;

export function processesOf(proc: string, program: string): number[] {
  const name = program.slice(0, NAME_MAX);
  return namesIn(proc)
    .filter((entry) => /^\d+$/.test(entry) && textIn(join(proc, entry, 'comm')) === name)
    .map(Number)
    .sort((a, b) => a - b);
}
