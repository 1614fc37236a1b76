/** What the program's own help says, as data: the one source of the man page and of completion. */

export interface HelpItem {
  /** `--config <file>`, or `decode [options] <hex...>`. */
  readonly term: string;
  readonly meaning: string;
}

export interface CommandHelp {
  /** `['store', 'export']`; empty for the program itself. */
  readonly path: readonly string[];
  readonly usage: string;
  readonly description: string;
  readonly options: readonly HelpItem[];
  readonly commands: readonly CommandHelp[];
}

/** Gives the help of a command; of the program itself for an empty path. */
export type Ask = (path: readonly string[]) => string;

/** @throws Error when the help has another form than commander's */
export function readHelp(ask: Ask, path: readonly string[] = []): CommandHelp {
  const text = ask(path);
  const usage = /^Usage: (.+)$/m.exec(text)?.[1];
  if (usage === undefined) throw new Error(`the help of "${path.join(' ')}" has no line of usage:\n${text}`);
  const [, ...sections] = text.split(/\n\n+/);
  const titled = (title: string) => sections.find((section) => section.startsWith(`${title}:\n`));
  const description = sections.find((section) => !/^\w+:\n/.test(section)) ?? '';
  return {
    path,
    usage,
    description: description.replaceAll(/\s+/g, ' ').trim(),
    options: items(titled('Options')),
    commands: items(titled('Commands'))
      .map(({ term }) => term.split(' ')[0] ?? '')
      .filter((name) => name !== 'help')
      .map((name) => readHelp(ask, [...path, name])),
  };
}

/** Two columns, terms at an indent of two; what goes on is further in. */
function items(section: string | undefined): HelpItem[] {
  const found: { term: string; meaning: string }[] = [];
  for (const line of section?.split('\n').slice(1) ?? []) {
    const [, indent = '', rest = ''] = /^( *)(.*)$/.exec(line) ?? [];
    const last = found.at(-1);
    if (indent.length === 2) {
      const [, term = rest, meaning = ''] = /^(.*?)(?: {2,}(.*))?$/.exec(rest) ?? [];
      found.push({ term, meaning });
    } else if (last !== undefined) {
      last.meaning = `${last.meaning} ${rest}`.trim();
    }
  }
  return found;
}

/** The long name of an option, or its short one: `--config`. */
export function flagOf({ term }: HelpItem): string {
  return /--[\w-]+/.exec(term)?.[0] ?? term.split(/[ ,]/)[0] ?? term;
}

/** Every command, those of commands as well. */
export function allCommands(help: CommandHelp): CommandHelp[] {
  return help.commands.flatMap((command) => [command, ...allCommands(command)]);
}
