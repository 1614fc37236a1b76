/** Asks a running gateway how it is, and makes sure of the answer. */
import { lstatSync } from 'node:fs';
import { connect } from 'node:net';
import { messageOf, OperatingError } from '../domain/errors.ts';
import { anyStatusSchema, STATUS_VERSION, type StatusDocument, statusSchema } from '../system/status-document.ts';
import { SOCKET_PATH_MAX_BYTES, statusPath } from '../system/status-socket.ts';
import { version } from './version.ts';

/** A gateway in the middle of something answers within milliseconds; one that takes longer hangs. */
const PATIENCE_MS = 5_000;

/** Ten times what a team of 200 takes. */
const ANSWER_MAX_BYTES = 1_000_000;

const SEE_LOG = 'see its log';

export interface Answer {
  /** As it came, with what this program does not know. */
  readonly json: unknown;
  readonly document: StatusDocument;
}

/**
 * @param storePath by which the gateway is known
 * @param config the file that names it, for the remedy
 * @throws OperatingError `status-unavailable` when there is no answer, or none that can be understood
 */
export async function askStatus(storePath: string, config: string, patienceMs = PATIENCE_MS): Promise<Answer> {
  const path = statusPath(storePath);
  const bytes = Buffer.byteLength(path);
  if (bytes > SOCKET_PATH_MAX_BYTES) {
    const what = `the gateway cannot be asked at ${path}: the name of a socket has at most ${SOCKET_PATH_MAX_BYTES} bytes, this one ${bytes}`;
    const remedy = `give the store in ${config} a shorter path`;
    throw new OperatingError('status-unavailable', what, { remedy });
  }
  const text = await received(path, patienceMs).catch((error: unknown) => {
    throw explained(error, { path, storePath, config });
  });
  return understood(text, path);
}

async function received(path: string, patienceMs: number): Promise<string> {
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
  });
}

function understood(text: string, path: string): Answer {
  if (text === '') {
    const remedy = 'it is asked too often, or is stopping: ask again';
    throw unavailable(`the gateway at ${path} hung up without an answer`, remedy);
  }
  const json = parsed(text);
  const any = anyStatusSchema.safeParse(json);
  if (!any.success) throw notUnderstood(path, 'it is no status of a gateway, or not all of one');
  const answer = statusSchema.safeParse(json);
  if (answer.success) return { json, document: answer.data };
  const { v, version: theirs } = any.data;
  if (v === STATUS_VERSION) {
    const [issue] = answer.error.issues;
    throw notUnderstood(path, `sideline ${theirs}, here ${version()}: ${issue?.path.join('.')}: ${issue?.message}`);
  }
  const age = v > STATUS_VERSION ? 'newer' : 'older';
  throw unavailable(
    `the gateway at ${path} is ${age} than this program: it is sideline ${theirs} and answers in version ${v}, this is ${version()} and understands version ${STATUS_VERSION}`,
    v > STATUS_VERSION
      ? 'ask with the program that the gateway was started from'
      : 'restart the gateway, or ask with the program that it was started from',
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

interface Place {
  readonly path: string;
  readonly storePath: string;
  readonly config: string;
}

function explained(error: unknown, { path, storePath, config }: Place): unknown {
  if (error instanceof OperatingError) return error;
  switch (error instanceof Error && 'code' in error ? error.code : undefined) {
    case 'ENOENT':
    case 'ECONNREFUSED': {
      if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() === false) {
        return unavailable(`at ${path} there is something that is no socket`, 'move it away, and restart the gateway');
      }
      const remedy = `start it with "sideline run --config ${config}", or see its log for why it has ended`;
      return unavailable(`no gateway is running on the store ${storePath}: nobody answers at ${path}`, remedy, error);
    }
    case 'EACCES':
    case 'EPERM': {
      const remedy = 'ask as the user that runs the gateway, or as root';
      return unavailable(`this user may not ask the gateway at ${path}`, remedy, error);
    }
    default:
      return unavailable(`the gateway cannot be asked at ${path}: ${messageOf(error)}`, SEE_LOG, error);
  }
}

function unavailable(what: string, remedy: string, cause?: unknown): OperatingError {
  return new OperatingError('status-unavailable', what, { remedy, cause });
}

function notUnderstood(path: string, why: string): OperatingError {
  const remedy = 'restart the gateway, so that it and this program are of one version';
  return unavailable(`what answers at ${path} is not understood (${why})`, remedy);
}
