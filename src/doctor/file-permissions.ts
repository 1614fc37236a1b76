/**
 * Who else on this machine may read or change what the gateway goes by: its keys, its passwords, the names of the
 * athletes and their limits. A group may read, which is how a service is given its files (mode 0640).
 */
import { statSync } from 'node:fs';
import type { UplinkSettings } from '../config/gateway-schema.ts';
import { NOT_NAMED } from './configuration.ts';
import type { ReadConfiguration } from './configuration-files.ts';
import type { Check, Judgement } from './finding.ts';
import { serviceEnvironmentPath } from './service-environment.ts';

export interface FileFacts {
  readonly path: string;
  readonly what: 'configuration' | 'athletes file' | 'environment' | 'private key';
  /** The permission bits. */
  readonly mode: number;
}

const GROUP_MAY_WRITE = 0o020;
const OTHERS_MAY_READ = 0o004;
const OTHERS_MAY_WRITE = 0o002;

export const filePermissionsCheck: Check = {
  name: 'file-permissions',
  run: async ({ configuration }) =>
    configuration === undefined ? [NOT_NAMED] : filePermissionsVerdicts(fileFacts(configuration)),
};

/** Files that are not there are no matter here: whoever needs them says so. */
export function fileFacts({ path, settings }: ReadConfiguration): FileFacts[] {
  const files: Omit<FileFacts, 'mode'>[] = [
    { path, what: 'configuration' },
    { path: serviceEnvironmentPath(path), what: 'environment' },
    ...(settings === undefined ? [] : [{ path: settings.athletesFile, what: 'athletes file' as const }]),
    ...privateKeys(settings === undefined ? [] : [settings.uplink, settings.mirror]).map((key) => ({
      path: key,
      what: 'private key' as const,
    })),
  ];
  return files.flatMap((file) => {
    const mode = modeOf(file.path);
    return mode === undefined ? [] : [{ ...file, mode }];
  });
}

export function filePermissionsVerdicts(files: readonly FileFacts[]): Judgement[] {
  const bad = files.flatMap((file) => verdictOf(file) ?? []);
  if (bad.length > 0) return bad;
  const count = `${files.length} ${files.length === 1 ? 'file' : 'files'}`;
  return [{ verdict: 'ok', evidence: `nobody else may read or change them: ${count}` }];
}

function verdictOf({ path, what, mode }: FileFacts): Judgement | undefined {
  const isKey = what === 'private key';
  const others = mode & (OTHERS_MAY_READ | OTHERS_MAY_WRITE);
  const isGroups = (mode & GROUP_MAY_WRITE) !== 0;
  if (others === 0 && !isGroups) return undefined;
  const isWritable = (others & OTHERS_MAY_WRITE) !== 0;
  const who = others === 0 ? 'its group' : 'everybody on this machine';
  const may = others === 0 || isWritable ? 'change' : 'read';
  return {
    about: path,
    verdict: isKey || isWritable ? 'failed' : 'warning',
    evidence: `${who} may ${may} this ${what} (mode ${mode.toString(8).padStart(4, '0')})`,
    remedy: `run "sudo chmod ${isKey ? '600' : '640'} ${path}"${isKey ? ', or 640 where the service reads it by its group' : ''}`,
  };
}

function privateKeys(uplinks: readonly (UplinkSettings | undefined)[]): string[] {
  const keys = uplinks.map((uplink) => (uplink?.kind === 'aws-iot' ? uplink.privateKey : uplink?.tls?.privateKey));
  return [...new Set(keys.filter((key) => key !== undefined))];
}

function modeOf(path: string): number | undefined {
  try {
    return statSync(path).mode & 0o777;
  } catch {
    return undefined;
  }
}
