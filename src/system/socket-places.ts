/**
 * Where a running gateway can be reached. As a service it is in the folder that systemd gives it (`RuntimeDirectory=`), for
 * the members of its group too; otherwise beside its store, for its own user alone.
 */
import { join } from 'node:path';

export interface SocketPlaces {
  readonly status: string;
  readonly control: string;
  /** Of both. Node cannot ask who is at the other end, so this and the folder's are the check. */
  readonly mode: number;
}

const OWN_USER = 0o600;
const OWN_GROUP = 0o660;

/** As the service unit names it. */
const SERVICE_FOLDER = '/run/sideline';

export function socketsBeside(storePath: string): SocketPlaces {
  return { status: `${storePath}.status`, control: `${storePath}.control`, mode: OWN_USER };
}

function socketsIn(folder: string): SocketPlaces {
  return { status: join(folder, 'status.socket'), control: join(folder, 'control.socket'), mode: OWN_GROUP };
}

/** The one that systemd gives to whatever asks, where it does; systemd separates several by colons. */
function givenFolder(env: NodeJS.ProcessEnv): string | undefined {
  const [folder = ''] = (env['RUNTIME_DIRECTORY'] ?? '').split(':');
  return folder === '' ? undefined : folder;
}

/** Where the service's are, for those that it does not start itself. */
export function serviceSockets(env: NodeJS.ProcessEnv): SocketPlaces {
  return socketsIn(givenFolder(env) ?? SERVICE_FOLDER);
}

/** Of a gateway that starts now. */
export function ownSockets(storePath: string, env: NodeJS.ProcessEnv): SocketPlaces {
  const folder = givenFolder(env);
  return folder === undefined ? socketsBeside(storePath) : socketsIn(folder);
}
