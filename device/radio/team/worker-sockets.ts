/** Where the workers of a gateway listen. */
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OperatingError } from '../../../src/domain/errors.ts';

/** The longest path of a Unix socket on Linux, bytes (`sockaddr_un`, without the closing zero). */
const PATH_MAX_BYTES = 107;

/** The folder that the service units agree on; where it is given, somebody else starts the workers. */
export const SOCKETS_VARIABLE = 'SIDELINE_RADIO_SOCKETS';

/** What the service units of deploy/systemd name. */
export const SERVICE_SOCKETS = '/run/sideline-radio';

/**
 * The folder for the sockets of workers that a gateway starts itself. It goes by the store, so that the same gateway
 * finds its workers again and no two gateways meet.
 *
 * @throws OperatingError `radio-unavailable` when somebody else has put something at its place
 */
export function ownSocketsFolder(storePath: string, env: NodeJS.ProcessEnv): string {
  const folder = join(env['XDG_RUNTIME_DIR'] ?? tmpdir(), `sideline-${digest(storePath)}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const { uid, mode } = lstatSync(folder);
  // A folder in a place where everybody may write could be somebody else's, who would then hear every heartbeat.
  if (!lstatSync(folder).isDirectory() || uid !== process.getuid?.() || (mode & 0o077) !== 0) {
    throw new OperatingError('radio-unavailable', `${folder} is not a private folder of this user`, {
      remedy: 'remove it',
    });
  }
  return folder;
}

/** @throws OperatingError `radio-unavailable` when the folder's path is too long for a socket in it */
export function workerSocket(folder: string, adapter: string): string {
  const name = /^hci\d+$/.test(adapter) ? adapter : `h4-${digest(adapter)}`;
  const path = join(folder, `${name}.sock`);
  if (Buffer.byteLength(path) > PATH_MAX_BYTES) {
    throw new OperatingError('radio-unavailable', `${path} is too long for the name of a socket`, {
      remedy: 'choose a folder with a shorter path',
    });
  }
  return path;
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
