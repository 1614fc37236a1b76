/** The programs' start, with the options for Node from their first lines: these are written in one place. */
import { readFileSync } from 'node:fs';

/**
 * @param template with the places `@OPTIONS@` and `@PROGRAM@`
 * @param compiled the compiled program
 * @param program its path in the application
 * @throws Error when the program does not begin as one for Node
 */
export function launcher(template: string, compiled: string, program: string): string {
  const [line = ''] = readFileSync(compiled, 'utf8').split('\n');
  const options = /^#!\/usr\/bin\/env -S node((?: --[\w=-]+)*)$/.exec(line)?.[1];
  if (options === undefined) throw new Error(`${program} begins with "${line}", which names no options for Node`);
  return template.replace('@OPTIONS@', options.trim()).replace('@PROGRAM@', program);
}
