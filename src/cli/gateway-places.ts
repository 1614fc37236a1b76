/** Where a running gateway may be, for a command that wants one. */
import { lstatSync } from 'node:fs';
import type { Loaded } from '../config/load.ts';
import { loadStorePath } from '../config/load-store-path.ts';
import { serviceEnvironment } from '../doctor/service-environment.ts';
import { OperatingError } from '../domain/errors.ts';
import { type SocketPlaces, serviceSockets, socketsBeside } from '../system/socket-places.ts';
import { foundConfig, installedConfig } from './config-option.ts';

/** One gateway, by all that is known of it. */
export interface SoughtGateway {
  /** Absent where it is known by its place alone. */
  readonly storePath?: string;
  /** The file that names it, for the remedy. */
  readonly config: string;
  /** In this order. */
  readonly sockets: readonly SocketPlaces[];
}

/**
 * Without a configuration it is the one that runs as a service, of which no file need be readable. With one, it is the one
 * on the store that it names: beside that, or as the service.
 *
 * @throws OperatingError `gateway-unavailable` where there is neither a service nor a configuration
 */
export function soughtGateway(given: string | undefined, env: NodeJS.ProcessEnv): Loaded<SoughtGateway> {
  const service = serviceSockets(env);
  if (given === undefined && mayBeThere(service.status)) {
    return { ok: true, value: { config: installedConfig(env), sockets: [service] } };
  }
  const config = given ?? foundConfig(env);
  if (config === undefined) {
    throw new OperatingError(
      'gateway-unavailable',
      `no gateway runs as a service (nothing is at ${service.status}), and ${installedConfig(env)} is not there`,
      { remedy: 'start the service, or say with --config which gateway.yaml is meant' },
    );
  }
  const loaded = loadStorePath(config, serviceEnvironment(config, env));
  if (!loaded.ok) return loaded;
  const storePath = loaded.value;
  const others = mayBeThere(service.status) ? [service] : [];
  return { ok: true, value: { storePath, config, sockets: [socketsBeside(storePath), ...others] } };
}

/** In a folder that this user may not look into, whoever asks there is told so. */
function mayBeThere(path: string): boolean {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.isSocket() === true;
  } catch {
    return true;
  }
}
