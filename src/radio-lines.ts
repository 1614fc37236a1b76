/** The ways to the radio workers of a real gateway: processes that are started here, or found where the service units put them. */
import { extname, join } from 'node:path';
import { SocketLine } from '../device/radio/team/socket-line.ts';
import { endWorkersAt, startWorkerChild } from '../device/radio/team/worker-child.ts';
import type { WorkerLine } from '../device/radio/team/worker-line.ts';
import { ownSocketsFolder, SOCKETS_VARIABLE, workerSocket } from '../device/radio/team/worker-sockets.ts';
import type { GatewaySettings } from './config/gateway-schema.ts';
import type { Clock } from './ports.ts';

/** This file and the worker's are compiled or run from source together. */
const PROGRAM = join(import.meta.dirname, `radio-worker${extname(import.meta.filename)}`);

export interface LineParts {
  readonly clock: Clock;
  readonly random: () => number;
  readonly env: NodeJS.ProcessEnv;
}

/** @throws OperatingError `radio-unavailable` when there can be no sockets for the workers */
export function workerLines(
  { store, radio }: Pick<GatewaySettings, 'store' | 'radio'>,
  { clock, random, env }: LineParts,
): WorkerLine[] {
  const shared = env[SOCKETS_VARIABLE];
  const folder = shared ?? ownSocketsFolder(store.path, env);
  return radio.adapters.map((adapter) => {
    const path = workerSocket(folder, adapter);
    const startWorker = () => startWorkerChild({ adapter, path, program: PROGRAM });
    const own = shared === undefined ? { startWorker, endWorkers: () => endWorkersAt(path) } : {};
    return new SocketLine({ adapter, path, clock, random, ...own });
  });
}
