/** Reaches a running gateway over one of its sockets, gets its answer whole, and says why there is none. */
import { lstatSync } from 'node:fs';
import { connect } from 'node:net';
import { messageOf, OperatingError } from '../domain/errors.ts';
import { SOCKET_PATH_MAX_BYTES } from '../system/local-socket.ts';

/** Ten times what a team of 200 takes. */
const ANSWER_MAX_BYTES = 1_000_000;

const SEE_LOG = 'see its log';

export interface GatewayPlace {
  /** Of the socket. */
  readonly path: string;
  /** By which the gateway is known; absent where it is by its place. */
  readonly storePath?: string | undefined;
  /** The file that names it, for the remedy. */
  readonly config: string;
}

/**
 * @param request what is said to it, with its line end; absent where it speaks by itself
 * @throws OperatingError `gateway-unavailable` when there is no answer
 */
export async function answerOf(place: GatewayPlace, patienceMs: number, request?: string): Promise<string> {
  const { path, config } = place;
  const bytes = Buffer.byteLength(path);
  if (bytes > SOCKET_PATH_MAX_BYTES) {
    const what = `the gateway cannot be asked at ${path}: the name of a socket has at most ${SOCKET_PATH_MAX_BYTES} bytes, this one ${bytes}`;
    throw unavailable(what, `give the store in ${config} a shorter path`);
  }
  const text = await received(path, patienceMs, request).catch((error: unknown) => {
    throw explained(error, place);
  });
  if (text !== '') return text;
  const remedy = 'it is asked too often, or is stopping: ask again';
  throw unavailable(`the gateway at ${path} hung up without an answer`, remedy);
}

async function received(path: string, patienceMs: number, request: string | undefined): Promise<string> {
  return await new Promise((resolve, reject) => {
    const socket = connect(path);
    const chunks: Buffer[] = [];
    let length = 0;
    const fail = (error: Error) => socket.destroy(error);
    const overdue = setTimeout(
      () => fail(unavailable(`the gateway at ${path} does not answer`, `it hangs, or is stopping: ${SEE_LOG}`)),
      patienceMs,
    );
    socket.on('data', (chunk) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length > ANSWER_MAX_BYTES) fail(notUnderstood(path, 'it is too long'));
    });
    socket.once('end', () => resolve(Buffer.concat(chunks).toString()));
    socket.once('error', reject);
    socket.once('close', () => clearTimeout(overdue));
    if (request !== undefined) socket.write(request);
  });
}

/** The socket of a gateway has said something else than its answer. */
export function notUnderstood(path: string, why: string): OperatingError {
  const remedy = 'restart the gateway, so that it and this program are of one version';
  return unavailable(`what answers at ${path} is not understood (${why})`, remedy);
}

export function unavailable(what: string, remedy: string, cause?: unknown): OperatingError {
  return new OperatingError('gateway-unavailable', what, { remedy, cause });
}

function explained(error: unknown, { path, storePath, config }: GatewayPlace): unknown {
  if (error instanceof OperatingError) return error;
  switch (error instanceof Error && 'code' in error ? error.code : undefined) {
    case 'ENOENT':
    case 'ECONNREFUSED': {
      if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() === false) {
        return unavailable(`at ${path} there is something that is no socket`, 'move it away, and restart the gateway');
      }
      const remedy = `start it with "sideline run --config ${config}", or see its log for why it has ended`;
      const what =
        storePath === undefined ? 'no gateway is running' : `no gateway is running on the store ${storePath}`;
      return unavailable(`${what}: nobody answers at ${path}`, remedy, error);
    }
    case 'EACCES':
    case 'EPERM': {
      const remedy =
        'ask as the user that runs the gateway, as root, or where it is a service as a member of its group, sideline';
      return unavailable(`this user may not ask the gateway at ${path}`, remedy, error);
    }
    // It hangs up on whoever is one too many.
    case 'ECONNRESET':
    case 'EPIPE':
      return unavailable(`the gateway at ${path} hung up`, 'it is asked too often, or is stopping: ask again', error);
    default:
      return unavailable(`the gateway cannot be asked at ${path}: ${messageOf(error)}`, SEE_LOG, error);
  }
}
