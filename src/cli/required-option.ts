/** An option that has to be given. */
import { type Command, Option } from 'commander';

/**
 * Unlike commander's own required options, this one is missed only after the options that are not known have been
 * refused: for `--confg x` the misspelling is what a person has to hear of, not that `--config` is missing.
 */
export function requireOption(
  command: Command,
  flags: string,
  description: string,
  { parse, also = '' }: { parse?: (text: string) => unknown; also?: string } = {},
): Command {
  const option = new Option(flags, description);
  if (parse !== undefined) option.argParser(parse);
  return command.addOption(option).hook('preAction', () => {
    if (command.getOptionValue(option.attributeName()) !== undefined) return;
    command.error(`error: required option '${flags}' not specified${also}`);
  });
}
