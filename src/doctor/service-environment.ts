/**
 * The variables that the service has, for whoever reads its configuration by hand: those of this process and, where it lacks
 * them, those of the file `environment` beside gateway.yaml, which systemd reads for the service (EnvironmentFile= in
 * systemd.exec(5)), and the folder that its credentials come from (LoadCredential=).
 */
import { dirname, join, resolve } from 'node:path';
import { readText } from '../config/text-file.ts';

/** Of the packaged service, whose unit loads the credentials. */
const INSTALLED_CONFIG = '/etc/sideline/gateway.yaml';
/** The service itself has copies in a folder that is there only while it runs. */
const CREDENTIALS_SOURCE = '/etc/credstore';

export function serviceEnvironmentPath(config: string): string {
  return join(dirname(config), 'environment');
}

/** Empty where there is no such file, or where this user may not read it. */
export function serviceVariables(config: string): Readonly<Record<string, string>> {
  const read = readText(serviceEnvironmentPath(config));
  if (!read.ok) return {};
  const pairs = read.text.split('\n').flatMap((line) => {
    const [, name, value = ''] = /^\s*([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line) ?? [];
    return name === undefined ? [] : [[name, unquoted(value.trim())] as const];
  });
  return Object.fromEntries(pairs);
}

export function serviceEnvironment(config: string | undefined, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  if (config === undefined) return env;
  const credentials = resolve(config) === INSTALLED_CONFIG ? { CREDENTIALS_DIRECTORY: CREDENTIALS_SOURCE } : {};
  return { ...credentials, ...serviceVariables(config), ...env };
}

function unquoted(text: string): string {
  const [, inner] = /^"(.*)"$/.exec(text) ?? /^'(.*)'$/.exec(text) ?? [];
  return inner ?? text;
}
