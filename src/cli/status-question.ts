/** Asks a running gateway how it is, and makes sure of the answer. */
import { isOperatingError } from '../domain/errors.ts';
import type { SocketPlaces } from '../system/socket-places.ts';
import { STATUS_VERSION, type StatusDocument, statusSchema } from '../system/status-document.ts';
import { type Answer, understood } from './gateway-answer.ts';
import { answerOf } from './gateway-line.ts';
import type { SoughtGateway } from './gateway-places.ts';

/** A gateway in the middle of something answers within milliseconds; one that takes longer hangs. */
const PATIENCE_MS = 5_000;

/** @throws OperatingError `gateway-unavailable` when there is no answer, or none that can be understood */
export async function askStatus(
  sought: SoughtGateway,
  patienceMs = PATIENCE_MS,
): Promise<Answer<StatusDocument> & { readonly sockets: SocketPlaces }> {
  const [first, ...others] = sought.sockets;
  if (first === undefined) throw new Error('a gateway is sought somewhere');
  try {
    return await askAt(first, sought, patienceMs);
  } catch (error) {
    if (!isOperatingError(error)) throw error;
    for (const sockets of others) {
      const answer = await askAt(sockets, sought, patienceMs).catch(() => undefined);
      // A service on another store is another gateway.
      if (answer !== undefined && answer.document.store.path === sought.storePath) return answer;
    }
    throw error;
  }
}

async function askAt(sockets: SocketPlaces, { storePath, config }: SoughtGateway, patienceMs: number) {
  const path = sockets.status;
  const text = await answerOf({ path, storePath, config }, patienceMs);
  const answer = understood(text, { path, schema: statusSchema, expected: STATUS_VERSION, what: 'status' });
  return { ...answer, sockets };
}
