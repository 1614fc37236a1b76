/** The option that names `gateway.yaml`, and where that is when nobody says so: one place for every command. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { requireOption } from './required-option.ts';

const INSTALLED = '/etc/sideline';
const FLAGS = '--config <file>';

/** Where the Debian package puts it, or where systemd says it is (`ConfigurationDirectory=`). */
export function installedConfig(env: NodeJS.ProcessEnv = process.env): string {
  return join(env['CONFIGURATION_DIRECTORY'] ?? INSTALLED, 'gateway.yaml');
}

/** The file, where it is there for this user to see. */
export function foundConfig(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const path = installedConfig(env);
  return existsSync(path) ? path : undefined;
}

/** For a command that cannot do without. */
export function requireConfig(command: Command): Command {
  const fallback = foundConfig();
  if (fallback !== undefined) return command.option(FLAGS, 'gateway.yaml', fallback);
  return requireOption(command, FLAGS, `gateway.yaml (default: ${installedConfig()}, where that is)`, {
    also: `, and there is no ${installedConfig()}`,
  });
}

/** For a command that does less without one. @param what the file is for */
export function defaultConfig(command: Command, what: string): Command {
  const fallback = foundConfig();
  if (fallback !== undefined) return command.option(FLAGS, what, fallback);
  return command.option(FLAGS, `${what} (default: ${installedConfig()}, where that is)`);
}

/** For a command that finds a running gateway by itself. */
export function offerConfig(command: Command): Command {
  return command.option(
    FLAGS,
    `gateway.yaml of the gateway that is meant (default: the one that runs as a service, or ${installedConfig()})`,
  );
}
