/** Tells a running gateway what to do about its alerts, and makes sure of the answer. */
import {
  CONTROL_VERSION,
  type ControlAnswer,
  type ControlRequest,
  controlAnswerSchema,
} from '../system/control-document.ts';
import type { SocketPlaces } from '../system/socket-places.ts';
import { type Answer, understood } from './gateway-answer.ts';
import { answerOf } from './gateway-line.ts';
import type { SoughtGateway } from './gateway-places.ts';
import { askStatus } from './status-question.ts';

/** Longer than a gateway takes whose disk has failed just now. */
const PATIENCE_MS = 12_000;

/**
 * @throws OperatingError `gateway-unavailable` when there is no answer, or none that can be understood: it may have been done
 */
export async function command(request: ControlRequest, sought: SoughtGateway): Promise<Answer<ControlAnswer>> {
  const { storePath, config } = sought;
  const { control: path } = await socketsOf(sought);
  const text = await answerOf({ path, storePath, config }, PATIENCE_MS, `${JSON.stringify(request)}\n`);
  return understood(text, { path, schema: controlAnswerSchema, expected: CONTROL_VERSION, what: 'answer' });
}

/** Where there is more than one place, who is at which is asked first: nobody is to be told what is meant for another. */
async function socketsOf(sought: SoughtGateway): Promise<SocketPlaces> {
  const [first, ...others] = sought.sockets;
  if (first !== undefined && others.length === 0) return first;
  const { sockets } = await askStatus(sought);
  return sockets;
}
