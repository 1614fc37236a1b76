/** The option that names Bluetooth adapters in place of those of gateway.yaml. */
import { InvalidArgumentError, Option } from 'commander';
import { parseAdapterName } from '../../device/radio/hci/adapter-name.ts';
import { isOperatingError, messageOf } from '../domain/errors.ts';

/** As gateway.yaml has it where it says nothing else. */
export const DEFAULT_ADAPTERS: readonly string[] = ['hci0'];

export function adapterOption(description: string): Option {
  const whence = '(default: those of the config, or hci0)';
  return new Option('--adapter <name...>', `${description} ${whence}`).argParser(adapters);
}

function adapters(name: string, before: readonly string[] | undefined): string[] {
  try {
    parseAdapterName(name);
  } catch (error) {
    const remedy = isOperatingError(error) ? `; ${error.remedy}` : '';
    throw new InvalidArgumentError(`${messageOf(error)}${remedy}.`);
  }
  return [...new Set([...(before ?? []), name])];
}
