/**
 * The variables that the service has: those of this process and, where it lacks them, those of the file `environment`
 * beside gateway.yaml, which systemd reads for the service (EnvironmentFile= in systemd.exec(5)).
 */
import { dirname, join } from 'node:path';
import { readText } from '../config/text-file.ts';

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
  return config === undefined ? env : { ...serviceVariables(config), ...env };
}

function unquoted(text: string): string {
  const [, inner] = /^"(.*)"$/.exec(text) ?? /^'(.*)'$/.exec(text) ?? [];
  return inner ?? text;
}
