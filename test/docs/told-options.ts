/** What the program's own help says that there is, for pages to be held to. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { flagOf, readHelp } from '../../deploy/package/help.ts';
import { ROOT } from './markdown.ts';

const PROGRAM = join(ROOT, 'dist', 'src', 'cli', 'main.js');
const help = readHelp((path) => execFileSync(PROGRAM, [...path, '--help'], { encoding: 'utf8' }));

/** What is wrong with a command line of `sideline`, which its words begin with; undefined where nothing is. */
export function whatIsWrong([, ...words]: readonly string[]): string | undefined {
  let command = help;
  let path = '';
  while (command.commands.length > 0) {
    const [word] = words;
    if (word === undefined || word === '…' || word.startsWith('-')) break;
    path = `${path} ${word}`;
    const next = command.commands.find(({ path }) => path.at(-1) === word);
    if (next === undefined) return `there is no command${path}`;
    words.shift();
    command = next;
  }
  const flags = new Set(command.options.map(flagOf));
  const wrong = words
    .filter((word) => /^--?[a-z]/.test(word))
    .map((word) => word.replace(/=.*$/, ''))
    .find((word) => !flags.has(word));
  return wrong === undefined ? undefined : `sideline${path} has no option ${wrong}`;
}
