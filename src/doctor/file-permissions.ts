/**
 * Who else on this machine may read or change what the gateway goes by: its keys, its passwords, the names of the
 * athletes and their limits. A group may read, which is how a service is given its files (mode 0640). Whoever owns a file
 * may change it, and whoever may write to its folder may put another in its place.
 */
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
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
  readonly owner: number;
  readonly folder: { readonly path: string; readonly mode: number; readonly owner: number };
}

/** Who may change everything here anyway, by their numbers: root, the gateway's user, and whoever asks. */
export type Trusted = ReadonlySet<number>;

const GROUP_MAY_WRITE = 0o020;
const OTHERS_MAY_READ = 0o004;
const OTHERS_MAY_WRITE = 0o002;
const STICKY = 0o1000;

export const filePermissionsCheck: Check = {
  name: 'file-permissions',
  run: async ({ configuration }) =>
    configuration === undefined
      ? [NOT_NAMED]
      : filePermissionsVerdicts(fileFacts(configuration), trustedOwners(configuration, process.env)),
};

/** Files that are not there are no matter here: whoever needs them says so. */
export function fileFacts({ path, settings }: ReadConfiguration): FileFacts[] {
  const files: Pick<FileFacts, 'path' | 'what'>[] = [
    { path, what: 'configuration' },
    { path: serviceEnvironmentPath(path), what: 'environment' },
    ...(settings === undefined ? [] : [{ path: settings.athletesFile, what: 'athletes file' as const }]),
    ...privateKeys(settings === undefined ? [] : [settings.uplink, settings.mirror]).map((key) => ({
      path: key,
      what: 'private key' as const,
    })),
  ];
  return files.flatMap((file) => {
    const found = accessOf(file.path);
    const folder = accessOf(dirname(file.path));
    if (found === undefined || folder === undefined) return [];
    return [{ ...file, ...found, folder: { path: dirname(file.path), ...folder } }];
  });
}

/** The gateway's user is the one whose the folder of the store is. With sudo it is the user behind it that asks. */
export function trustedOwners({ settings }: ReadConfiguration, env: NodeJS.ProcessEnv): Trusted {
  const store = settings === undefined ? undefined : accessOf(dirname(settings.store.path));
  const numbers = [
    0,
    process.getuid?.(),
    store?.owner,
    env['SUDO_UID'] === undefined ? undefined : Number(env['SUDO_UID']),
  ];
  return new Set(numbers.filter((number) => number !== undefined));
}

export function filePermissionsVerdicts(files: readonly FileFacts[], trusted: Trusted): Judgement[] {
  const folders = new Map(files.map(({ folder }) => [folder.path, folder]));
  const bad = [
    ...files.flatMap((file) => [...modeVerdict(file), ...ownerVerdict(file.path, file.owner, trusted)]),
    ...[...folders.values()].flatMap((folder) => [
      ...folderVerdict(folder),
      ...ownerVerdict(folder.path, folder.owner, trusted),
    ]),
  ];
  if (bad.length > 0) return bad;
  const count = `${files.length} ${files.length === 1 ? 'file' : 'files'}`;
  return [{ verdict: 'ok', evidence: `nobody else may read or change them: ${count}` }];
}

function ownerVerdict(path: string, owner: number, trusted: Trusted): Judgement[] {
  if (trusted.has(owner)) return [];
  return [
    {
      about: path,
      verdict: 'warning',
      evidence: `it is user ${owner}’s, who is neither root nor the gateway’s user, and may change it`,
      remedy: `where that user is not to, run "sudo chown root ${path}"`,
    },
  ];
}

/** In a sticky folder, as /tmp is, each may take away their own only. */
function folderVerdict({ path, mode }: FileFacts['folder']): Judgement[] {
  const isOthers = (mode & OTHERS_MAY_WRITE) !== 0;
  if ((mode & STICKY) !== 0 || (!isOthers && (mode & GROUP_MAY_WRITE) === 0)) return [];
  return [
    {
      about: path,
      verdict: isOthers ? 'failed' : 'warning',
      evidence: `${isOthers ? 'everybody on this machine' : 'its group'} may put other files in the place of those in this folder (mode ${octal(mode)})`,
      remedy: `run "sudo chmod go-w ${path}"`,
    },
  ];
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

function modeVerdict({ path, what, mode }: FileFacts): Judgement[] {
  const isKey = what === 'private key';
  const others = mode & (OTHERS_MAY_READ | OTHERS_MAY_WRITE);
  const isGroups = (mode & GROUP_MAY_WRITE) !== 0;
  if (others === 0 && !isGroups) return [];
  const isWritable = (others & OTHERS_MAY_WRITE) !== 0;
  const who = others === 0 ? 'its group' : 'everybody on this machine';
  const may = others === 0 || isWritable ? 'change' : 'read';
  return [
    {
      about: path,
      verdict: isKey || isWritable ? 'failed' : 'warning',
      evidence: `${who} may ${may} this ${what} (mode ${octal(mode)})`,
      remedy: `run "sudo chmod ${isKey ? '600' : '640'} ${path}"${isKey ? ', or 640 where the service reads it by its group' : ''}`,
    },
  ];
}

function privateKeys(uplinks: readonly (UplinkSettings | undefined)[]): string[] {
  const keys = uplinks.map((uplink) => (uplink?.kind === 'aws-iot' ? uplink.privateKey : uplink?.tls?.privateKey));
  return [...new Set(keys.filter((key) => key !== undefined))];
}

function accessOf(path: string): { mode: number; owner: number } | undefined {
  try {
    const { mode, uid } = statSync(path);
    return { mode: mode & 0o7777, owner: uid };
  } catch {
    return undefined;
  }
}
