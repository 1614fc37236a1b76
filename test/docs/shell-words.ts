/** The lines of a fenced block of commands, taken apart as far as pages go: quotes, comments and lines that go on. */

export interface CommandLine {
  /** As written, without its comment. */
  readonly text: string;
  readonly words: readonly string[];
}

export function commandLines(block: string): CommandLine[] {
  return block
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .map((line) => ({ text: line.replace(/(^|\s+)#.*$/, ''), words: wordsOf(line) }))
    .filter(({ words }) => words.length > 0);
}

/** Words up to a comment; what stands in quotes is one. */
export function wordsOf(line: string): string[] {
  const words: string[] = [];
  for (const [, double, single, plain] of line.matchAll(/"([^"]*)"|'([^']*)'|(\S+)/g)) {
    if (plain?.startsWith('#') === true) break;
    words.push(double ?? single ?? plain ?? '');
  }
  return words;
}

/** The commands of one line, without what runs them as somebody else: `sudo`, `env A=B`. */
export function commandsOf(words: readonly string[]): string[][] {
  const commands: string[][] = [[]];
  for (const word of words) {
    if (word === '&&' || word === '|' || word === ';') commands.push([]);
    else commands.at(-1)?.push(word);
  }
  return commands.map(withoutPrefix).filter((command) => command.length > 0);
}

function withoutPrefix(words: string[]): string[] {
  const [first, ...rest] = words;
  if (first === 'sudo' && rest[0] === '-u') return withoutPrefix(rest.slice(2));
  if (first === 'sudo' || first === 'env' || /^[A-Z_]+=/.test(first ?? '')) return withoutPrefix(rest);
  return words;
}
