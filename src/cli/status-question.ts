/** Asks a running gateway how it is, and makes sure of the answer. */
import { STATUS_VERSION, type StatusDocument, statusSchema } from '../system/status-document.ts';
import { statusPath } from '../system/status-socket.ts';
import { type Answer, understood } from './gateway-answer.ts';
import { answerOf } from './gateway-line.ts';

/** A gateway in the middle of something answers within milliseconds; one that takes longer hangs. */
const PATIENCE_MS = 5_000;

/**
 * @param storePath by which the gateway is known
 * @param config the file that names it, for the remedy
 * @throws OperatingError `gateway-unavailable` when there is no answer, or none that can be understood
 */
export async function askStatus(
  storePath: string,
  config: string,
  patienceMs = PATIENCE_MS,
): Promise<Answer<StatusDocument>> {
  const path = statusPath(storePath);
  const text = await answerOf({ path, storePath, config }, patienceMs);
  return understood(text, { path, schema: statusSchema, expected: STATUS_VERSION, what: 'status' });
}
