/** Completion for bash: commands, their commands, their options; files after an option that takes one. */
import { allCommands, type CommandHelp, flagOf } from './help.ts';

const FILE_VALUE = /<(file|folder|path)>/;

/**
 * @param template the shell's part, with places for what the help knows
 * @returns a script for /usr/share/bash-completion/completions
 */
export function bashCompletion(template: string, help: CommandHelp): string {
  const commands = [help, ...allCommands(help)];
  const valued = commands.flatMap(({ options }) => options.filter(({ term }) => term.includes('<')));
  const flags = (wanted: boolean) => valued.filter(({ term }) => FILE_VALUE.test(term) === wanted).map(flagOf);
  const file = new Set(flags(true));
  const other = new Set(flags(false).filter((flag) => !file.has(flag)));
  const words = commands.map((command) => `'${pathOf(command)}') words='${wordsOf(command).join(' ')}' ;;`);
  return template
    .replace('@TAKE_FILE@', [...file].join(' | '))
    .replace('@TAKE_OTHER@', [...other].join(' | '))
    .replace(
      '@PATHS@',
      allCommands(help)
        .map((command) => `'${pathOf(command)}'`)
        .join(' | '),
    )
    .replace('@WORDS@', words.join('\n    '));
}

/** With a space before each part, as the script puts it together. */
function pathOf({ path }: CommandHelp): string {
  return path.map((part) => ` ${part}`).join('');
}

function wordsOf(command: CommandHelp): string[] {
  return [...command.commands.map(({ path }) => path.at(-1) ?? ''), ...command.options.map(flagOf)];
}
