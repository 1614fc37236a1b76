/** Tells a running gateway what to do about its alerts, and makes sure of the answer. */
import {
  CONTROL_VERSION,
  type ControlAnswer,
  type ControlRequest,
  controlAnswerSchema,
} from '../system/control-document.ts';
import { controlPath } from '../system/control-socket.ts';
import { type Answer, understood } from './gateway-answer.ts';
import { answerOf } from './gateway-line.ts';

/** Longer than a gateway takes whose disk has failed just now. */
const PATIENCE_MS = 12_000;

/**
 * @param storePath by which the gateway is known
 * @param config the file that names it, for the remedy
 * @throws OperatingError `gateway-unavailable` when there is no answer, or none that can be understood: it may have been done
 */
export async function command(
  request: ControlRequest,
  storePath: string,
  config: string,
): Promise<Answer<ControlAnswer>> {
  const path = controlPath(storePath);
  const text = await answerOf({ path, storePath, config }, PATIENCE_MS, `${JSON.stringify(request)}\n`);
  return understood(text, { path, schema: controlAnswerSchema, expected: CONTROL_VERSION, what: 'answer' });
}
