/** A controller behind a Unix socket, as an emulator offers it, or behind TCP, as a serial server does. */
import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { messageOf, OperatingError } from '../../../src/domain/errors.ts';
import type { AdapterName } from './adapter-name.ts';

type SocketName = AdapterName & { readonly kind: 'h4-unix' | 'h4-tcp' };

const KEEP_ALIVE_MS = 5_000;

/** @throws OperatingError `radio-unavailable` when nobody answers there, or the signal aborts first */
export async function openSocket(name: SocketName, signal: AbortSignal): Promise<Socket> {
  const isUnix = name.kind === 'h4-unix';
  const place = isUnix ? name.path : `${name.host}:${name.port}`;
  // A serial server that has lost its power says nothing of it, so that it is asked now and then.
  const overTcp = { noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS };
  const options: NetConnectOpts = isUnix ? { path: name.path } : { host: name.host, port: name.port, ...overTcp };
  const late = 'nobody answered in time';
  if (signal.aborted) throw unavailable(place, late, isUnix);
  const socket = connect(options);
  return await new Promise((resolve, reject) => {
    const done = () => {
      signal.removeEventListener('abort', onAbort);
      socket.off('error', onError);
    };
    const fail = (why: string, cause?: unknown) => {
      done();
      // It may fail once more on its way out.
      socket.on('error', () => {});
      socket.destroy();
      reject(unavailable(place, why, isUnix, cause));
    };
    const onAbort = () => fail(late);
    const onError = (error: Error) => fail(messageOf(error), error);
    signal.addEventListener('abort', onAbort, { once: true });
    socket.on('error', onError);
    socket.once('connect', () => {
      done();
      resolve(socket);
    });
  });
}

function unavailable(place: string, why: string, isUnix: boolean, cause?: unknown): OperatingError {
  const remedy = isUnix
    ? 'start what offers the controller at that socket, and see that this user may open it'
    : 'start what offers the controller there, and see that host and port are right and no firewall is between';
  return new OperatingError('radio-unavailable', `no Bluetooth controller at ${place}: ${why}`, { remedy, cause });
}
